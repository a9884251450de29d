//! Addresses of servers, as text: one of them for another database.

/// The same server with `database` as the database. Who signed in by the old address still signs in.
pub(crate) fn with_database(uri: &str, database: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("mongodb", uri));
    let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, old) = rest.split_once('/').unwrap_or((rest, ""));
    let mut options: Vec<String> =
        options.split('&').filter(|option| !option.is_empty()).map(str::to_owned).collect();
    let names_source = options.iter().any(|option| option.to_ascii_lowercase().starts_with("authsource="));
    if hosts.contains('@') && !names_source {
        options.push(format!("authSource={}", if old.is_empty() { "admin" } else { old }));
    }
    let question_mark = if options.is_empty() { "" } else { "?" };
    format!("{scheme}://{hosts}/{database}{question_mark}{}", options.join("&"))
}

/// The same address with one option more.
pub(crate) fn with_option(uri: &str, name: &str, value: &str) -> String {
    let sign = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{sign}{name}={value}")
}

/// The same server by one address only, which is taken as it is and not replaced by what the server says of itself.
pub(crate) fn direct(address: &str, database: &str) -> String {
    format!("mongodb://{address}/{database}?directConnection=true")
}

#[cfg(test)]
mod tests {
    use super::{with_database, with_option};

    #[test]
    fn another_database_of_the_same_server() {
        for (uri, expected) in [
            ("mongodb://127.0.0.1:1", "mongodb://127.0.0.1:1/x"),
            ("mongodb://127.0.0.1:1/", "mongodb://127.0.0.1:1/x"),
            ("mongodb://a:1,b:2/old?replicaSet=rs0", "mongodb://a:1,b:2/x?replicaSet=rs0"),
            ("mongodb://u:p@a:1", "mongodb://u:p@a:1/x?authSource=admin"),
            ("mongodb://u:p@a:1/old?tls=true", "mongodb://u:p@a:1/x?tls=true&authSource=old"),
            ("mongodb+srv://u:p@a/old?authSource=z", "mongodb+srv://u:p@a/x?authSource=z"),
        ] {
            assert_eq!(with_database(uri, "x"), expected, "{uri}");
        }
    }

    #[test]
    fn one_option_more() {
        assert_eq!(with_option("mongodb://a/x", "b", "1"), "mongodb://a/x?b=1");
        assert_eq!(with_option("mongodb://a/x?tls=true", "b", "1"), "mongodb://a/x?tls=true&b=1");
    }
}
