//! What people read before they type: the help of every command, as it stands.

use std::path::Path;

use crate::harness::{Outcome, bare};

pub(crate) async fn help(words: &[&str]) -> String {
    let words: Vec<&str> = words.iter().copied().chain(["--help"]).collect();
    Outcome::of(bare(&words, &std::env::temp_dir())).await.ok().out
}

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = lines
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = commands.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command and every action of a command, found by reading the help as a person would.
pub(crate) async fn every_command() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for command in listed(&help(&[]).await) {
        let actions = listed(&help(&[&command]).await);
        found.push(vec![command.clone()]);
        found.extend(actions.into_iter().map(|action| vec![command.clone(), action]));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_says_what_it_does() {
    let top = help(&[]).await;
    insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!("callboard", top) });
    let all = every_command().await;
    assert!(all.len() >= 30, "{all:?}");
    for command in all {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let text = help(&words).await;
        let about = text.lines().next().unwrap();
        assert!(
            about.len() >= 6 && !about.starts_with("Usage"),
            "{command:?} does not say what it does: {about}"
        );
        for line in text.lines().skip(1).filter(|line| line.trim_start().starts_with("--")) {
            assert!(
                line.trim().contains("  ") || line.ends_with('>'),
                "{command:?}: {line} is not explained"
            );
        }
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!(command.join("-"), text) });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_shells_complete_every_command() {
    let all = every_command().await;
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let text = Outcome::of(bare(&["completions", shell], &std::env::temp_dir())).await.ok().out;
        for command in &all {
            assert!(text.contains(command.last().unwrap().as_str()), "{shell} does not know {command:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("man1");
    let words = ["man", "--out", place.to_str().unwrap()];
    Outcome::of(bare(&words, folder.path())).await.ok();
    let page = |name: &str| std::fs::read_to_string(place.join(format!("{name}.1"))).unwrap_or_default();
    assert!(page("callboard").contains(".SH SUBCOMMANDS"));
    for command in every_command().await {
        let name = format!("callboard-{}", command.join("-"));
        assert!(page(&name).contains(".SH SYNOPSIS"), "{command:?} has no page");
    }
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "").unwrap();
    let refused = Outcome::of(bare(&["man", "--out", taken.to_str().unwrap()], Path::new("/"))).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("Choose a folder"), "{}", refused.err);
}
