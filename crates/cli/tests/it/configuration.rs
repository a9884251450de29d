//! The configuration: what is refused and in which words, what is shown and what never is.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::{House, KEY, Outcome, bare};

const SECRET: &str = "oPr8-cLiEnT-SeCrEt-0042";

fn write(folder: &Path, name: &str, mode: u32, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

async fn check_file(text: &str, mode: u32) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "callboard.toml", mode, text);
    Outcome::of(bare(&["--config", path.to_str().unwrap(), "config", "check"], folder.path())).await
}

#[tokio::test]
async fn a_file_with_a_mistake_is_refused_with_its_line() {
    let cases = [
        (
            "# ours\n\nadmin_email = \"a@b.example\"\n",
            vec!["line 3", "`admin_email`", "Did you mean `admin_emails`?"],
        ),
        ("log = \"info\"\nlisten_adress = \"x\"\n", vec!["line 2", "`listen_adress`"]),
        ("quite_something_else = 1\n", vec!["line 1", "`quite_something_else`"]),
        ("log = \"info\"\nkeys = \"k1:AAAA\nlisten = \"x\"\n", vec!["line 2", "no TOML"]),
        ("[outlook]\nclient_id = \"x\"\n", vec!["line 1", "`outlook`"]),
        ("listen = 2026-11-23\n", vec!["line 1", "`listen`"]),
    ];
    for (text, said) in cases {
        let outcome = check_file(text, 0o600).await.refused(2, &said);
        assert!(!outcome.err.contains("AAAA") && outcome.out.is_empty(), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_wrong_name_in_the_environment_is_refused() {
    let mut house = House::new().await;
    house.set("public_ulr", "https://x.example");
    house
        .run(&["config", "check"])
        .await
        .refused(2, &["CALLBOARD_PUBLIC_ULR", "Did you mean `CALLBOARD_PUBLIC_URL`?"]);
}

#[tokio::test]
async fn values_that_cannot_be_used_are_named_before_anything_is_made() {
    let cases = [
        ("listen", "8080", "address and a port"),
        ("listen", "localhost:http", "address and a port"),
        ("public_url", "callboard.example.org", "https://"),
        ("public_url", "mailto:x@y.example", "https://"),
        ("trusted_proxies", "10.0.0.1,proxy", "addresses"),
        ("sync_interval", "often", "`5m`"),
        ("sync_interval", "1s", "10s"),
        ("sync_back_days", "-1", "from 1 to"),
        ("session_days", "a month", "from 1 to"),
        ("session_idle_days", "0", "from 1 to"),
        ("log", "info,app=loud", "log filter"),
        ("log_format", "xml", "`json`"),
        ("store", "postgres://db", "sqlite:"),
        ("store", "mongo://db/callboard", "MongoDB"),
        ("outlook_tenant", "a/b", "tenant"),
        ("outlook_graph_url", "http://graph.example.org", "https"),
        ("keys", "", "callboard keys generate"),
        ("keys", "k1:AAAA", "32 bytes"),
        ("keys", "no colon", "colon"),
        ("keys", "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "random"),
        ("keys", "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "random"),
    ];
    for (key, value, said) in cases {
        let mut house = House::new().await;
        house.set(key, value);
        for words in [&["config", "check"][..], &["serve"]] {
            let outcome = house.run(words).await.refused(2, &[said]);
            assert!(
                key == "keys" || outcome.err.to_lowercase().contains(key.split('_').next().unwrap()),
                "{outcome:?}"
            );
            assert!(!outcome.err.contains("MDEy") && !outcome.err.contains("AAAA"), "{outcome:?}");
        }
        assert!(!house.folder.path().join("data").exists(), "{key}={value}: something was made");
    }
    let mut house = House::new().await;
    house.unset("keys");
    house.run(&["serve"]).await.refused(2, &["no sealing key", "CALLBOARD_KEYS_FILE"]);
}

#[tokio::test]
async fn files_with_secrets_belong_to_one_person() {
    let mut house = House::new().await;
    house.unset("keys");
    let keys = write(house.folder.path(), "keys", 0o644, KEY);
    house.set("keys_file", keys.to_str().unwrap());
    house.run(&["serve"]).await.refused(2, &["may be read by others", "chmod 600"]);
    let keys = write(house.folder.path(), "keys", 0o400, &format!("{KEY}\n"));
    house.set("keys_file", keys.to_str().unwrap());
    house.run(&["config", "check"]).await.ok();
    house.set("keys_file", "/nowhere/keys");
    house.run(&["config", "check"]).await.refused(2, &["/nowhere/keys", "cannot be read"]);

    check_file(&format!("keys = \"{KEY}\"\n"), 0o644).await.refused(2, &["may be read by others"]);
    check_file(&format!("keys = \"{KEY}\"\n"), 0o600).await.ok();
    check_file("keys_file = \"/nowhere\"\n", 0o644).await.refused(2, &["/nowhere"]);
}

#[tokio::test]
async fn shown_are_value_and_source_and_never_a_secret() {
    let mut house = House::new().await;
    let secret = write(house.folder.path(), "secret", 0o600, SECRET);
    house.set("outlook_client_secret_file", secret.to_str().unwrap());
    let file = write(
        house.folder.path(),
        "callboard.toml",
        0o600,
        "log = \"warn\"\nsync_interval = \"2h\"\nadmin_emails = [\"a@x.example\", \"b@x.example\"]\n",
    );
    let file = file.to_str().unwrap();
    let path = format!("sqlite:{}", house.store().display());
    let words = ["--config", file, "--store", &path, "config", "show"];
    let shown = house.run(&words).await.ok();
    let rows = house.json(&[&["--json"], &words[..]].concat()).await;
    for text in [&shown.out, &shown.err, &rows.to_string()] {
        assert!(!text.contains(SECRET) && !text.contains(KEY.split(':').nth(1).unwrap()), "{text}");
    }
    let row = |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    let from = |key: &str| row(key)["source"].as_str().unwrap().to_owned();
    assert_eq!(
        (from("store"), from("sync_interval"), from("log")),
        ("flag".into(), "environment".into(), format!("file {file}"))
    );
    assert_eq!(
        (from("session_days"), row("admin_emails")["value"].clone()),
        ("default".into(), json!("a@x.example,b@x.example"))
    );
    assert_eq!(row("outlook_client_secret")["value"], "(set, not shown)");
    assert!(rows.as_array().unwrap().len() <= 60);
}
