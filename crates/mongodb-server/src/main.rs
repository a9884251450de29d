//! The server for as long as somebody holds the other end of the input: to try something on it by hand, or, without an
//! input, to see that there is one. Prints the address, which may have a password, and nothing else on its output.

use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match mongodb_server::start() {
        Ok(server) => {
            let _ = writeln!(std::io::stdout(), "{}", server.uri());
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}
