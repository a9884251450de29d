//! Whatever is sent, the server's memory stays within a bound (security checklist, S32): bodies that are as large, deep
//! and wide as they may be, ranges and series without end, many at once.

use serde_json::json;

use crate::harness::{House, Script, Server};

/// What the server may ever hold, beside the program itself.
const BOUND_KIB: u64 = 256 * 1024;
const ROUNDS: usize = 2;

/// The most memory that a process ever had, in KiB.
#[cfg(target_os = "linux")]
fn most_memory_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.program.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Bodies just below the limit of 1 MiB.
fn hostile_bodies() -> Vec<String> {
    let wide: Vec<String> = (0..60_000).map(|number| format!("\"field{number}\":[]")).collect();
    vec![
        format!("{{\"title\":{}1{}}}", "[".repeat(500_000), "]".repeat(500_000)),
        format!("{{\"title\":{}", "{\"a\":".repeat(200_000)),
        format!("{{\"description\":\"{}\"}}", "x".repeat(1_000_000)),
        format!("{{\"description\":\"{}\"}}", "\\u0000".repeat(170_000)),
        format!("{{{}}}", wide.join(",")),
        format!("{{\"attendees\":[{}1]}}", "{},".repeat(300_000)),
        format!("{{\"budget_allocated\":{}}}", "9".repeat(1_000_000)),
    ]
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s32_memory_is_bounded_whatever_is_sent() {
    let house = House::new().await;
    house.create_days(2);
    let (server, _) = house.serve_mira().await;
    let token = house.token().await;
    let script = Script::new(&server.url, &token);
    let calendar =
        script.post("/api/v1/calendars", json!({"name": "Endless", "color": "#112233"})).await.ok();
    for number in 0..20 {
        let series = json!({
            "calendar_id": calendar["_id"], "title": format!("Every day {number}"),
            "start_time": "2020-01-01T08:00:00Z", "end_time": "2020-01-01T09:00:00Z",
            "description": "x".repeat(50_000), "recurrence_rule": ["RRULE:FREQ=DAILY"],
        });
        script.post("/api/v1/events", series).await.ok();
    }
    let http = reqwest::Client::new();
    let bodies = hostile_bodies();
    for _ in 0..ROUNDS {
        let sent = bodies.iter().map(|body| async {
            let request = http.post(format!("{}/api/v1/events", server.url)).bearer_auth(&token);
            let answer = request.header("content-type", "application/json").body(body.clone()).send().await;
            answer.unwrap().status().as_u16()
        });
        for status in futures::future::join_all(sent).await {
            assert!((400..=422).contains(&status), "{status}");
        }
        let asked = [
            "/api/v1/events?from=1900-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=500",
            "/api/v1/events?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&limit=500",
            "/api/v1/events?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z&limit=500&q=nothing-has-this",
        ];
        let read = asked.iter().map(|path| script.get(path));
        for reply in futures::future::join_all(read).await {
            assert!(reply.status == 200 || reply.status == 422, "{}", reply.status);
        }
    }
    // A page that is cut short by its size still leads to all the others.
    let all = script.all("/api/v1/events?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z").await;
    assert_eq!(all.len(), 20 * 31);
    let most = most_memory_kib(&server);
    assert!(most < BOUND_KIB, "{most} KiB");
    script.get("/api/v1/me").await.ok();
    server.stop().await;
}
