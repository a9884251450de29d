//! Takes the built web app from `web/dist` into the binary. Never runs npm: `cargo xtask build` builds the web app
//! first. Without it the server shows a page that says so, unless `REQUIRE_WEB_UI=1` makes that an error.

use std::path::Path;
use std::{env, fs, io};

const PLACEHOLDER: &str = "placeholder.html";

fn main() -> io::Result<()> {
    let manifest_dir = variable("CARGO_MANIFEST_DIR");
    let out_dir = variable("OUT_DIR");
    let out_dir = Path::new(&out_dir);
    let dist = Path::new(&manifest_dir).join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed={PLACEHOLDER}");
    println!("cargo::rerun-if-env-changed=REQUIRE_WEB_UI");
    let built = dist.join("index.html").is_file();
    let assets = if built {
        fs::copy(dist.join("index.html"), out_dir.join("index.html"))?;
        // A debug build reads the files when they are asked for: compressing them takes long without optimisation.
        let embed = variable("PROFILE") == "release";
        let dist = dist.canonicalize()?;
        memory_serve::assets_to_code("web/dist", &dist, out_dir, embed, |_| ())
    } else if variable("REQUIRE_WEB_UI") == "1" {
        println!(
            "cargo::error=the web app is not built (web/dist/index.html is missing); run `cargo xtask web`"
        );
        "&[]".to_owned()
    } else {
        println!("cargo::warning=the web app is not built; the server will show a placeholder page");
        fs::copy(PLACEHOLDER, out_dir.join("index.html"))?;
        "&[]".to_owned()
    };
    fs::write(out_dir.join("assets.rs"), assets)?;
    fs::write(out_dir.join("is_built.rs"), built.to_string())
}

#[expect(clippy::disallowed_methods, reason = "a build script is told everything through its environment")]
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
