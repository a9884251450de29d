//! `callboard doctor`: twenty findings and more, each failure with what to do, with the server down as well.

use serde_json::{Value, json};

use crate::harness::{House, KEY, MIRA};

const CLIENT_SECRET: &str = "oPr8-cLiEnT-SeCrEt-0042";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_looks_at_everything_with_the_server_down() {
    let mut house = House::new().await;
    house.set("admin_emails", MIRA);
    house.create_days(2);
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    house.json(&["--json", "sync"]).await;
    let findings = house.json(&["--json", "doctor"]).await;
    let findings = findings.as_array().unwrap();
    assert!(findings.len() >= 20, "{}", findings.len());
    for finding in findings {
        schema(finding);
        assert_eq!(finding["verdict"], "ok", "{finding}");
    }
    let text = house.run(&["doctor"]).await.ok();
    assert!(text.err.is_empty() && text.out.contains("\nstore\n  ok   opens, whole"), "{text:?}");
}

/// The members and words that scripts may rely on.
#[track_caller]
fn schema(finding: &Value) {
    let areas = ["configuration", "machine", "backups", "store", "keys", "people", "outlook", "sync"];
    assert!(areas.contains(&finding["area"].as_str().unwrap()), "{finding}");
    assert!(!finding["check"].as_str().unwrap().is_empty() && finding["found"].is_string(), "{finding}");
    let verdict = finding["verdict"].as_str().unwrap();
    assert!(["ok", "warning", "failed", "skipped"].contains(&verdict), "{finding}");
    let has_fix = finding["fix"].as_str().is_some_and(|fix| fix.ends_with('.'));
    assert_eq!(has_fix, verdict != "ok", "every finding that is not well says what to do: {finding}");
    assert!(
        finding
            .as_object()
            .unwrap()
            .keys()
            .all(|key| ["area", "check", "verdict", "found", "fix"].contains(&key.as_str()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_set_up_yet_is_told_without_making_anything() {
    let mut house = House::new().await;
    house.unset("keys");
    house.unset("outlook_client_id");
    let outcome = house.run(&["--json", "doctor"]).await.refused(1, &["checks failed"]);
    let findings = outcome.json();
    findings.as_array().unwrap().iter().for_each(schema);
    let found =
        |check: &str| findings.as_array().unwrap().iter().find(|one| one["check"] == check).unwrap().clone();
    assert!(found("sealing keys")["fix"].as_str().unwrap().contains("callboard keys generate"));
    assert!(found("app registration")["fix"].as_str().unwrap().contains("CALLBOARD_OUTLOOK_CLIENT_ID"));
    assert!(!house.folder.path().join("data").exists());
    house.set("keys_fil", "x");
    let outcome = house.run(&["--json", "doctor"]).await.refused(1, &["checks failed"]);
    outcome.json().as_array().unwrap().iter().for_each(schema);
    // The report is what is asked for most when nothing works.
    let report = house.run(&["doctor", "--report"]).await.ok();
    assert!(report.out.contains("FAIL configuration / can be read"), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_report_names_nobody_and_holds_no_secret() {
    let mut house = House::new().await;
    house.set("outlook_client_secret", CLIENT_SECRET);
    house.set("admin_emails", &format!("{MIRA},chief@harbourhall.example"));
    house.create_days(2);
    let (server, _) = house.serve_mira().await;
    server.stop().await;
    house.json(&["--json", "sync"]).await;
    let report = house.run(&["doctor", "--report"]).await.ok();
    assert!(report.out.contains("## Findings") && report.out.contains("## Settings"), "{report:?}");
    let all = format!("{}{}", report.out, report.err);
    for secret in [KEY, KEY.split(':').nth(1).unwrap(), CLIENT_SECRET, MIRA, "chief@", "harbourhall"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_somebody_took_away_is_told_and_made_again_when_asked() {
    for house in [House::new().await, House::on_mongodb().await] {
        house.json(&["--json", "seed", "--users", "1", "--events", "60"]).await;
        let look = async |words: &[&str]| {
            let outcome = house.run(&[&["--json", "doctor", "--data"], words].concat()).await;
            let answer = outcome.json();
            let found = answer["findings"].as_array().unwrap();
            assert_eq!(outcome.code, Some(i32::from(!found.is_empty())), "{outcome:?}");
            let found = found.iter().map(|one| one["found"].as_str().unwrap().to_owned());
            (found.collect::<Vec<_>>(), answer["repaired"].clone())
        };
        assert_eq!(look(&[]).await, (Vec::new(), json!([])));
        let damage = house.damage();
        for _ in 0..2 {
            assert_eq!(look(&[]).await, (damage.clone(), json!([])), "a look mends nothing");
        }
        let short = house.json(&["--json", "doctor"]).await;
        let layout = short.as_array().unwrap().iter().find(|one| one["check"] == "indexes and validators");
        assert_eq!(layout.unwrap()["verdict"], "warning", "{short}");
        let (left, repaired) = look(&["--repair"]).await;
        assert_eq!(left, Vec::<String>::new());
        let done: Vec<&str> =
            repaired.as_array().unwrap().iter().map(|one| one["done"].as_str().unwrap()).collect();
        let expected: Vec<String> = damage.iter().map(|one| format!("{one}: made as declared")).collect();
        assert_eq!(done, expected);
        assert_eq!(look(&[]).await, (Vec::new(), json!([])));
    }
}
