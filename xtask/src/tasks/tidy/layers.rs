//! The layers: which of our crates may use which, and what none of them may ever link. A new edge is a line here.

/// A crate of the workspace and its limits.
pub(super) struct Layer {
    /// Its name.
    pub(super) name: &'static str,
    /// The crates of the workspace it may use.
    pub(super) uses: &'static [&'static str],
    /// Foreign crates it may not use.
    pub(super) never: &'static [&'static str],
    /// Whether it may not have those from others either.
    pub(super) is_pure: bool,
}

/// Crates of the workspace that only tests may use besides.
pub(super) const IN_TESTS: &[&str] = &[
    "testkit",
    "simulators",
    "providers",
    "sync",
    "store",
    "store-sqlite",
    "store-mongodb",
    "mongodb-server",
];

const ASYNC: &str = "tokio";
const DATABASES: [&str; 3] = ["rusqlite", "libsqlite3-sys", "mongodb"];
const HTTP: [&str; 4] = ["hyper", "axum", "reqwest", "http"];

const NO_IO: &[&str] = &[ASYNC, DATABASES[0], DATABASES[1], DATABASES[2], HTTP[0], HTTP[1], HTTP[2], HTTP[3]];
const NO_DATABASE: &[&str] = &DATABASES;
const NO_DATABASE_NO_HTTP: &[&str] = &[DATABASES[0], DATABASES[1], DATABASES[2], HTTP[0], HTTP[1], HTTP[2]];
const NO_DATABASE_NO_CLIENT: &[&str] = &[DATABASES[0], DATABASES[1], DATABASES[2], "reqwest"];
const NO_DATABASE_NO_SERVER: &[&str] = &[DATABASES[0], DATABASES[1], DATABASES[2], "axum"];

/// Every crate of the workspace, from the pure ones to the edges.
pub(super) const LAYERS: &[Layer] = &[
    Layer { name: "recurrence", uses: &[], never: NO_IO, is_pure: true },
    Layer { name: "model", uses: &[], never: NO_IO, is_pure: true },
    Layer { name: "sync", uses: &["model", "recurrence"], never: NO_IO, is_pure: true },
    Layer { name: "exports", uses: &["model", "recurrence"], never: NO_IO, is_pure: true },
    Layer { name: "bson-form", uses: &["model"], never: NO_IO, is_pure: true },
    Layer { name: "mongodump", uses: &[], never: NO_IO, is_pure: true },
    Layer { name: "store", uses: &["model"], never: NO_DATABASE_NO_HTTP, is_pure: false },
    Layer { name: "store-mongodb", uses: &["model", "bson-form", "store"], never: &HTTP, is_pure: false },
    Layer { name: "store-sqlite", uses: &["model", "store"], never: &HTTP, is_pure: false },
    Layer {
        name: "providers",
        uses: &["model", "recurrence", "sync"],
        never: NO_DATABASE_NO_SERVER,
        is_pure: false,
    },
    Layer {
        name: "app",
        uses: &["model", "recurrence", "sync", "exports", "bson-form", "mongodump", "store", "providers"],
        never: NO_DATABASE_NO_HTTP,
        is_pure: false,
    },
    Layer { name: "web-ui", uses: &[], never: NO_DATABASE_NO_CLIENT, is_pure: false },
    Layer { name: "api", uses: &["model", "app", "web-ui"], never: NO_DATABASE_NO_CLIENT, is_pure: false },
    Layer { name: "simulators", uses: &["recurrence"], never: NO_DATABASE, is_pure: false },
    Layer {
        name: "cli",
        uses: &[
            "model",
            "recurrence",
            "sync",
            "store",
            "store-mongodb",
            "store-sqlite",
            "providers",
            "app",
            "api",
            "web-ui",
            "simulators",
        ],
        never: NO_DATABASE,
        is_pure: false,
    },
    Layer {
        name: "testkit",
        uses: &[
            "model",
            "recurrence",
            "sync",
            "store",
            "store-mongodb",
            "store-sqlite",
            "providers",
            "app",
            "api",
            "web-ui",
            "simulators",
        ],
        never: NO_DATABASE,
        is_pure: false,
    },
    Layer {
        name: "mongodb-server",
        uses: &[],
        never: &["rusqlite", "libsqlite3-sys", "axum", "reqwest"],
        is_pure: false,
    },
    Layer { name: "xtask", uses: &[], never: NO_IO, is_pure: true },
];
