//! People and tokens at the command line: what is changed there holds at once for a server that runs.

use serde_json::json;

use crate::harness::{Browser, House, MIRA, Script};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_administrator_comes_by_a_link() {
    let house = House::new().await;
    let server = house.serve().await;
    let said = server.program.said();
    let link = said.lines().find(|line| line.contains("/auth/admin-link/")).unwrap().to_owned();
    let browser = Browser::sign_in(&server.url, MIRA).await;
    assert_eq!(browser.get("/api/v1/me").await.ok()["role"], "user");
    // Looking changes nothing, however often; the button does, once.
    for _ in 0..2 {
        let page = browser.follow(&link).await;
        assert!(page.status == 200 && page.text.contains("Become an administrator"), "{page:?}");
    }
    let redeemed = browser.press(&link).await;
    assert_eq!((redeemed.status, redeemed.header("location")), (303, "/"), "{redeemed:?}");
    assert_eq!(browser.get("/api/v1/me").await.ok()["role"], "admin");
    assert_eq!(browser.follow(&link).await.status, 410);

    let second = house.json(&["--json", "users", "admin-link"]).await;
    assert!(second["link"].as_str().unwrap().contains("/auth/admin-link/"));
    house.run(&["users", "demote", MIRA]).await.refused(1, &["last administrator", "somebody else"]);
    house.run(&["users", "disable", MIRA]).await.refused(1, &["last administrator"]);
    house.run(&["users", "delete", MIRA, "--yes"]).await.refused(1, &["last administrator"]);
    assert_eq!(browser.get("/api/v1/me").await.ok()["role"], "admin");
    let said = server.stop().await;
    let again = house.serve().await;
    assert!(!again.program.said().contains("/auth/admin-link/"), "there is an administrator: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_changed_here_holds_at_once() {
    let mut house = House::new().await;
    let other = "omar@harbourhall.example";
    let request = json!({"mail": other, "name": "Omar", "events": 4});
    house.sim("POST", "users", Some(request)).await;
    house.set("admin_emails", &format!(" {},", MIRA.to_uppercase()));
    let (server, mira) = house.serve_mira().await;
    let omar = Browser::sign_in(&server.url, other).await;
    let people = house.json(&["--json", "users", "list"]).await;
    let role = |mail: &str| {
        people.as_array().unwrap().iter().find(|one| one["email"] == mail).unwrap()["role"].clone()
    };
    assert_eq!((role(MIRA), role(other)), (json!("admin"), json!("user")));

    house.json(&["--json", "users", "promote", other]).await;
    assert_eq!(omar.get("/api/v1/admin/users").await.status, 200);
    let changed = house.json(&["--json", "users", "demote", other]).await;
    assert_eq!(changed[0]["role"], "user");
    assert_eq!(omar.get("/api/v1/admin/users").await.status, 403);

    let token = house
        .json(&["--json", "tokens", "create", "--user", other, "--name", "signage", "--read-only"])
        .await;
    let script = Script::new(&server.url, token["token"].as_str().unwrap());
    assert_eq!(script.get("/api/v1/me").await.ok()["email"], other);
    let refused = script.post("/api/v1/sync/runs", json!({})).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let listed = house.json(&["--json", "tokens", "list", "--user", other]).await;
    assert_eq!((&listed[0]["name"], &listed[0]["scope"]), (&json!("signage"), &json!("read")));
    assert!(!listed.to_string().contains(token["token"].as_str().unwrap()));
    house.json(&["--json", "tokens", "revoke", token["_id"].as_str().unwrap()]).await;
    assert_eq!(script.get("/api/v1/me").await.status, 401, "a revoked token is over at once");
    house
        .run(&["tokens", "create", "--user", other, "--expires-in", "4000"])
        .await
        .refused(2, &["expires_at", "366 days"]);

    let token = house.json(&["--json", "tokens", "create", "--user", other]).await;
    let script = Script::new(&server.url, token["token"].as_str().unwrap());
    house.json(&["--json", "users", "disable", other]).await;
    assert_eq!((omar.get("/api/v1/me").await.status, script.get("/api/v1/me").await.status), (401, 401));
    house.run(&["tokens", "create", "--user", "nobody@x.example"]).await.refused(2, &["mail address"]);
    house.json(&["--json", "users", "enable", other]).await;
    assert_eq!(omar.get("/api/v1/me").await.status, 401, "the old session stays over");
    Browser::sign_in(&server.url, other).await;

    house.json(&["--json", "sync", "--user", other]).await;
    assert_eq!(house.rows("events").len(), 4);
    house.run(&["users", "delete", other]).await.refused(2, &["--yes", "nothing was changed"]);
    assert_eq!(house.rows("events").len(), 4);
    assert_eq!(house.json(&["--json", "users", "delete", other, "--yes"]).await, json!({"deleted": other}));
    assert_eq!((house.rows("events").len(), house.rows("users").len()), (0, 1));
    assert_eq!(house.world().summaries(other).unwrap().len(), 4, "nothing is deleted at Outlook");
    assert_eq!(mira.get("/api/v1/me").await.status, 200);
    server.stop().await;
}
