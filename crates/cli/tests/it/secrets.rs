//! A hundred known secrets go through sign-in, sync and errors at the loudest log level. None comes out: not in a log,
//! not in an error, not in another's answer, not in the file or a backup in clear (security checklist, S28).

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::json;
use simulators::SimulatorOptions;

use crate::harness::{Browser, House, KEY, MIRA, Mangler, Script, Server};

const CLIENT_SECRET: &str = "c1i3nt-sEcReT-0123456789-abcdefgh";

/// What went through, and everything that was said meanwhile.
#[derive(Default)]
struct Heard {
    secrets: BTreeSet<String>,
    /// Tokens against forged requests. They may stand in the file: without the session they open nothing.
    against_forgery: BTreeSet<String>,
    /// Logs and errors of server and commands.
    said: String,
    answers: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_secrets_stay_secret() {
    let house = House::new_with(with_secret).await;
    hundred_stay_secret(house, |house| {
        let path = house.store();
        let bytes = ["", "-wal", "-shm"].map(|suffix| std::fs::read(format!("{}{suffix}", path.display())));
        let bytes: Vec<u8> = bytes.into_iter().flatten().flatten().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_secrets_stay_secret_on_mongodb() {
    let house = House::on_mongodb_with(with_secret).await;
    hundred_stay_secret(house, |house| {
        let all = model::collections::ALL.iter().map(|collection| house.rows(collection.name).concat());
        all.collect()
    })
    .await;
}

fn with_secret(options: &mut SimulatorOptions) {
    options.client_secret = Some(CLIENT_SECRET.to_owned());
}

/// `stored` is all that is in the store.
async fn hundred_stay_secret(mut house: House, stored: fn(&House) -> String) {
    house.set("outlook_client_secret", CLIENT_SECRET);
    house.set("log", "trace");
    house.create_days(4);
    // Stands in between only to see the tokens that Outlook gives and gets.
    let tap = Mangler::start(&house.sim.authority_url(), "\u{0}", "\u{0}").await;
    house.set("outlook_authority_url", &tap.url);
    house.set("outlook_graph_url", &tap.url);
    let mut heard = Heard::default();
    heard.secrets.extend([CLIENT_SECRET, KEY.split(':').nth(1).unwrap()].map(str::to_owned));

    // Three servers: one would rightly refuse so many sign-ins in a minute.
    for _ in 0..3 {
        let server = house.serve().await;
        for _ in 0..5 {
            somebody_works(&house, &server, &mut heard).await;
        }
        heard.said.push_str(&server.stop().await);
    }
    something_fails(&house, &mut heard).await;
    heard.secrets.extend(tap.secrets());

    assert!(heard.secrets.len() >= 100, "{} secrets went through", heard.secrets.len());
    assert!(heard.said.contains("TRACE") && heard.said.contains("DEBUG"), "the log was loud");
    let stored = stored(&house);
    assert!(stored.contains(MIRA), "the store was read");
    for secret in &heard.secrets {
        assert!(secret.len() >= 16, "{secret} is too short to be looked for");
        absent(secret, "store", &stored);
    }
    let backup = unpacked_backup(&house).await;
    assert!(backup.contains("outlook_user_id"), "the backup was unpacked");
    for secret in heard.secrets.iter().chain(&heard.against_forgery) {
        absent(secret, "backup", &backup);
        absent(secret, "log", &heard.said);
        absent(secret, "answers", &heard.answers);
    }
}

/// What is in a backup, as text.
async fn unpacked_backup(house: &House) -> String {
    let file = house.folder.path().join("house.archive.gz");
    house.run(&["backup", "create", "--out", file.to_str().unwrap()]).await.ok();
    let mut bytes = Vec::new();
    let file = std::fs::File::open(file).unwrap();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[track_caller]
fn absent(secret: &str, place: &str, text: &str) {
    let Some(at) = text.find(secret) else { return };
    let from = (at.saturating_sub(200)..at).find(|at| text.is_char_boundary(*at)).unwrap_or(at);
    panic!("{secret} stands in the {place}: …{}", &text[from..at]);
}

/// Signs in, looks round, makes a token, tries what must fail.
async fn somebody_works(house: &House, server: &Server, heard: &mut Heard) {
    let browser = Browser::sign_in(&server.url, MIRA).await;
    heard.secrets.extend(browser.cookies());
    heard.against_forgery.insert(browser.csrf_token.clone());
    let visited = browser.visited.lock().unwrap().clone();
    for address in visited {
        let url = reqwest::Url::parse(&address).unwrap();
        let secret = url.query_pairs().filter(|(name, _)| ["code", "state"].contains(&name.as_ref()));
        heard.secrets.extend(secret.map(|(_, value)| value.into_owned()));
        if url.path() == "/auth/outlook/callback" {
            // Once more: refused, with nothing of it in the answer.
            let again = browser.get(&address[server.url.len()..]).await;
            assert!(again.status >= 400, "{again:?}");
            heard.answers.push_str(&again.text);
        }
    }
    let paths =
        ["calendars", "events", "tokens", "sessions", "nothing"].map(|name| format!("/api/v1/{name}"));
    for path in paths.iter().map(String::as_str).chain(["/metrics", "/"]) {
        heard.answers.push_str(&browser.get(path).await.text);
    }
    let made = browser.post("/api/v1/tokens", json!({"name": "one of many"})).await.ok();
    let token = made["token"].as_str().unwrap().to_owned();
    let script = Script::new(&server.url, &token);
    heard.answers.push_str(&script.get("/api/v1/tokens").await.text);
    heard.answers.push_str(
        &script.post("/api/v1/sync/runs", json!({"calendar_id": token})).await.text.replace(&token, ""),
    );
    let wrong = token.replace("cb_", "cb_x");
    let refused = Script::new(&server.url, &wrong).get("/api/v1/me").await;
    assert_eq!(refused.status, 401, "{refused:?}");
    heard.answers.push_str(&refused.text);
    heard.secrets.extend([token, wrong]);
    let outcome = house.run(&["--json", "users", "admin-link"]).await.ok();
    let link = outcome.json()["link"].as_str().unwrap().to_owned();
    heard.said.push_str(&outcome.err);
    let code = link.rsplit('/').next().unwrap().to_owned();
    browser.follow(&format!("{}/auth/admin-link/{code}", server.url)).await;
    heard.secrets.insert(code);
}

/// Commands meet an Outlook that refuses, fails and says nonsense.
async fn something_fails(house: &House, heard: &mut Heard) {
    let lies = [
        json!({"route": "delta", "kind": "status", "status": 401, "count": 1}),
        json!({"route": "delta", "kind": "html_200", "count": 1}),
        json!({"route": "token", "kind": "status", "status": 400, "count": 1}),
    ];
    let commands: [&[&str]; 7] = [
        &["sync"],
        &["sync", "--full"],
        &["keys", "rotate"],
        &["doctor"],
        &["doctor", "--report"],
        &["config", "show"],
        &["tokens", "list"],
    ];
    for lie in lies {
        house.fault(lie).await;
        for words in commands {
            let outcome = house.run(words).await;
            heard.said.push_str(&outcome.out);
            heard.said.push_str(&outcome.err);
        }
        house.no_faults().await;
    }
}

/// A crash leaves no file with keys in it, whatever the shell allows.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_leaves_no_core_file() {
    let house = House::new().await;
    let mut command = Command::new("/bin/sh");
    let line = format!("ulimit -S -c unlimited; exec '{}' serve --migrate", env!("CARGO_BIN_EXE_callboard"));
    command.args(["-c", &line]).env_clear().current_dir(house.folder.path());
    for (key, value) in house.command(&[]).get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    let server = Server::start(command).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.program.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    server.stop().await;
}
