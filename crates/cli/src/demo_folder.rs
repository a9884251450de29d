//! Keeps what a demo made away from the real Outlook: its people and their calendars exist in the simulator alone.

use std::path::Path;

use url::{Host, Url};

use crate::failure::Failure;
use crate::settings::Effective;

/// The file that marks a folder as a demo's own.
pub(crate) const MARK: &str = ".callboard-demo";

/// The settings that name a provider's servers.
const PROVIDERS: [&str; 2] = ["outlook_authority_url", "outlook_graph_url"];

/// Refuses providers on other machines where the data folder or the store's file is in a demo's folder, wherever the
/// setting came from.
pub(crate) fn only_simulated(settings: &Effective, folders: &[&Path]) -> Result<(), Failure> {
    let Some(folder) = folders.iter().find(|folder| folder.join(MARK).exists()) else { return Ok(()) };
    match PROVIDERS.into_iter().find(|key| !settings.get(key).is_some_and(is_on_this_machine)) {
        None => Ok(()),
        Some(key) => Err(settings
            .bad(
                key,
                format!(
                    "{} was made by `callboard demo` and is only used with the simulated Outlook on this machine; for \
                     the real one choose another data_dir and store",
                    folder.display()
                ),
            )
            .into()),
    }
}

fn is_on_this_machine(address: &str) -> bool {
    Url::parse(address).is_ok_and(|address| match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::is_on_this_machine;

    #[test]
    fn only_the_loopback_is_this_machine() {
        for address in
            ["http://127.0.0.1:9000", "http://localhost:9000/x", "http://[::1]:9000", "http://127.8.0.1"]
        {
            assert!(is_on_this_machine(address), "{address}");
        }
        for address in [
            "https://graph.microsoft.com",
            "https://login.microsoftonline.com",
            "http://localhost.example.com",
            "http://127.0.0.1@graph.microsoft.com",
            "http://10.0.0.1",
            "nonsense",
            "",
        ] {
            assert!(!is_on_this_machine(address), "{address}");
        }
    }
}
