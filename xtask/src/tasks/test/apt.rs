//! Packages of the system, where this may install them: on Debian's kin, as root.

use crate::kit::{Done, Run, find_program};

/// Installs packages; does nothing where that is not possible: whoever needs them then says what to install.
pub(super) fn install(packages: &str) -> Done {
    if find_program("apt-get").is_none() || !is_root() {
        return Ok(());
    }
    Run::new("apt-get").words("update -q").run()?;
    Run::new("apt-get").words(&format!("install -q -y --no-install-recommends {packages}")).run()
}

fn is_root() -> bool {
    Run::new("id").arg("-u").output().is_ok_and(|id| id.trim() == "0")
}
