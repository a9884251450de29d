//! Each rule about files, shown to hold and shown to fail.

use super::check;

fn wrong(path: &str, text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    check(path, text, &mut wrong);
    wrong
}

const HEAD: &str = "//! Why it exists.\n";

#[test]
fn rules_hold() {
    let long = HEAD.repeat(500);
    let root = concat!("/ho", "me/");
    for (path, text) in [
        ("crates/model/src/lib.rs", HEAD),
        ("crates/model/src/long.rs", long.as_str()),
        (
            "crates/cli/src/main.rs",
            "//! Why it exists.\nuse store_sqlite::Engine;\nfn f() { std::env::var(\"A\"); }",
        ),
        ("crates/testkit/src/lib.rs", "//! Why it exists.\nuse store_sqlite::Engine;"),
        ("crates/store-sqlite/src/lib.rs", "//! Why it exists.\nuse rusqlite::Connection;"),
        ("crates/app/tests/it/main.rs", "//! Why it exists.\nuse store_sqlite::Engine;"),
        ("crates/model/src/schema.rs", "//! As in MongoDB.\n"),
        ("README.md", "no head, and that is well"),
        ("docs/a.md", &format!("https://example.com{root}page is an address")),
        ("Cargo.lock", "source = \"registry+https://github.com/rust-lang/crates.io-index\""),
        ("web/package-lock.json", "  \"resolved\": \"https://registry.npmjs.org/vite/-/vite-8.0.0.tgz\","),
    ] {
        assert_eq!(wrong(path, text), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn each_rule_can_fail() {
    let long = HEAD.repeat(501);
    let path_of_machine = format!("//! Why it exists.\nconst A: &str = \"{}anna/x\";", concat!("/ho", "me/"));
    for (path, text, reason) in [
        ("crates/model/src/lib.rs", "use std::fmt;\n", "begins with"),
        ("crates/model/src/lib.rs", "", "begins with"),
        ("crates/model/src/lib.rs", "//!\n", "begins with"),
        ("xtask/src/main.rs", long.as_str(), "501 lines"),
        (
            "crates/app/src/lib.rs",
            "//! Why it exists.\nuse store_sqlite::Engine;",
            "names the engine store_sqlite",
        ),
        ("crates/api/src/lib.rs", "//! Why it exists.\nuse rusqlite::Row;", "names the engine rusqlite"),
        (
            "crates/app/src/lib.rs",
            "//! Why it exists.\nfn f() { std::env::var_os(\"A\"); }",
            "only cli reads",
        ),
        ("crates/api/src/lib.rs", path_of_machine.as_str(), "line 2 has a path of one machine"),
        ("Cargo.lock", "source = \"registry+https://mirror.example/index\"", "another registry"),
        ("web/package-lock.json", "\"resolved\": \"https://mirror.example/vite.tgz\"", "another registry"),
    ] {
        let wrong = wrong(path, text);
        assert_eq!(wrong.len(), 1, "{path}: {wrong:?}");
        assert!(wrong[0].contains(reason), "{path}: {wrong:?}");
    }
}
