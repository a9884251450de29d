//! `callboard demo`: one command, three people, nothing of anybody else's touched.

use std::fs;

use crate::harness::{Browser, House, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn it_comes_up_with_three_people_and_can_be_stopped_and_begun_anew() {
    let house = House::new().await;
    let data = house.folder.path().join("demo");
    let words = ["demo", "--port", "0", "--data", data.to_str().unwrap()];
    for round in 0..2 {
        let server = Server::start_demo(house.command(&words)).await;
        let said = server.program.said();
        let people: Vec<&str> =
            said.lines().filter(|line| line.starts_with("  ") && line.contains("@harbourhall")).collect();
        let people: Vec<&str> = people
            .iter()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|word| word.contains('@'))
            .collect();
        assert_eq!(people.len(), 3, "{said}");
        let first = Browser::sign_in(&server.url, people[0]).await;
        assert_eq!(first.get("/api/v1/me").await.ok()["role"], "admin");
        let events = first.get("/api/v1/events?limit=500").await.ok();
        assert!(events["items"].as_array().unwrap().len() > 50, "round {round}: {}", events["items"]);
        assert!(events.to_string().contains("setup_start_time"), "the crew's times are there");
        let config = data.join("callboard.toml");
        let users =
            house.bare(&["--config", config.to_str().unwrap(), "--json", "users", "list"]).await.ok().json();
        assert_eq!(users.as_array().unwrap().len(), 3);
        let (code, said) = server.program.stop().await;
        assert_eq!(code, 0, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_folder_with_something_else_in_it_is_left_alone() {
    let house = House::new().await;
    let folder = house.folder.path().join("thesis");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("chapter-1.txt"), "It was").unwrap();
    let words = ["demo", "--port", "0", "--data", folder.to_str().unwrap()];
    house.run(&words).await.refused(2, &["not empty", "nothing was touched", "--data"]);
    assert_eq!(fs::read_to_string(folder.join("chapter-1.txt")).unwrap(), "It was");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let file = folder.join("chapter-1.txt");
    let words = ["demo", "--port", "0", "--data", file.to_str().unwrap()];
    house.run(&words).await.refused(1, &["--data"]);
}
