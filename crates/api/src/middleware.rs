//! What stands around every route, one file each. Their order is in [`router`](mod@crate::router).

pub(crate) mod address;
pub(crate) mod base_path;
pub(crate) mod headers;
pub(crate) mod limits;
pub(crate) mod observe;
pub(crate) mod origin;
pub(crate) mod panics;
pub(crate) mod timeout;
