//! `web`: the web app into `web/dist`, where every build of the binary finds it.

use crate::kit::{Args, Done, node};

/// Installs the packages if they changed, then builds.
pub(crate) fn run(args: Args) -> Done {
    args.end()?;
    node::build()
}
