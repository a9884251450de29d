//! Where to go after a sign-in: only ever a path of our own, so that our address cannot lend itself to others.

const MAX_CHARS: usize = 1_024;

/// The path, when it is one of ours; `/` otherwise. Ours begins with exactly one slash and has nothing in it that a
/// browser could read as a host: backslashes, control characters, blanks.
pub fn local_path(path: &str) -> &str {
    let one_slash = path.starts_with('/') && !path.starts_with("//");
    let harmless = path.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let decoded_host = path.to_ascii_lowercase();
    let hides_a_slash = decoded_host.starts_with("/%2f") || decoded_host.starts_with("/%5c");
    if one_slash && harmless && !hides_a_slash && path.len() <= MAX_CHARS { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_pass() {
        for path in ["/", "/calendar/week?date=2026-11-22", "/events/6741a2b0c3d4e5f601020304#notes", "/a//b"]
        {
            assert_eq!(local_path(path), path);
        }
        let long = format!("/{}", "a".repeat(2_000));
        for path in [
            "",
            "calendar",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\tevil",
            "/\n/evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/%2fevil.example",
            "/%2F%2fevil.example",
            "/%5cevil.example",
            "http://user@evil.example",
            " /x",
            "/ö",
            "/\u{2028}",
            &long,
        ] {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }
}
