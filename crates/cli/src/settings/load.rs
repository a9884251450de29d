//! Reading the configuration: each value with where it came from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::table::{NOT_SETTINGS, SETTINGS, Setting, named};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag on the command line.
    Flag,
    /// The environment.
    Environment,
    /// A file named by a `…_FILE` variable or key.
    SecretFile(PathBuf),
    /// The TOML file.
    File(PathBuf),
    /// Nobody said otherwise.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::SecretFile(path) => write!(f, "secret file {}", path.display()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A name that no setting has.
    #[error("{place}: there is no setting `{name}`.{}", hint(nearest))]
    Unknown {
        /// Where it stands: file and line, or the environment.
        place: String,
        /// The name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A file that cannot be read.
    #[error("the file {path} cannot be read: {reason}. Check its name and its rights")]
    Unreadable {
        /// Which file.
        path: String,
        /// What came back.
        reason: String,
    },
    /// A file that others may read although it holds secrets.
    #[error("the file {path} may be read by others although it holds secrets. Run `chmod 600 {path}`")]
    Exposed {
        /// Which file.
        path: String,
    },
    /// A file that is not TOML. The line itself is not shown: a secret may stand in it.
    #[error("{place} is no TOML: {reason}. Write `name = \"value\"`, one setting a line")]
    Malformed {
        /// Which file and line.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A value of a kind that no setting has.
    #[error("{place}: `{key}` must be a text, a number or a list of texts")]
    Shape {
        /// Which file and line.
        place: String,
        /// Which setting.
        key: String,
    },
    /// A value that cannot be used.
    #[error("`{key}` (from {origin}) is not usable: {reason}")]
    Bad {
        /// Which setting.
        key: &'static str,
        /// Where the value came from.
        origin: String,
        /// What would be right.
        reason: String,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!(" Did you mean `{name}`?")).unwrap_or_default()
}

/// The effective configuration.
#[derive(Debug, Clone)]
pub(crate) struct Effective {
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Effective {
    /// The value of a setting, when it has one.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Where the value of a setting came from.
    pub(crate) fn origin(&self, key: &str) -> &Origin {
        self.values.get(key).map_or(&Origin::Default, |(_, origin)| origin)
    }

    /// The value of a setting in its own type.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        key: &'static str,
        wanted: &'static str,
    ) -> Result<T, SettingsError> {
        self.get(key).unwrap_or_default().parse().map_err(|_| self.bad(key, wanted))
    }

    /// That the value of a setting cannot be used.
    pub(crate) fn bad(&self, key: &'static str, reason: impl Into<String>) -> SettingsError {
        SettingsError::Bad { key, origin: self.origin(key).to_string(), reason: reason.into() }
    }

    /// A list separated by commas.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let text = self.get(key).unwrap_or_default();
        text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
    }

    /// Sets a value as a flag would.
    pub(crate) fn set(&mut self, key: &'static str, value: String) {
        self.values.insert(key, (value, Origin::Flag));
    }
}

/// Reads the configuration. `environment` is the process's, handed in so that this can be tested.
pub(crate) fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(&'static str, String)],
) -> Result<Effective, SettingsError> {
    let mut values: BTreeMap<&'static str, (String, Origin)> = SETTINGS
        .iter()
        .filter_map(|setting| Some((setting.key, (setting.default?.to_owned(), Origin::Default))))
        .collect();
    if let Some(path) = file {
        values.extend(from_file(path)?);
    }
    values.extend(from_environment(environment)?);
    values.extend(flags.iter().map(|(key, value)| (*key, (value.clone(), Origin::Flag))));
    Ok(Effective { values })
}

type Found = BTreeMap<&'static str, (String, Origin)>;

fn from_file(path: &Path) -> Result<Found, SettingsError> {
    let text = read(path)?;
    let place = |at: usize| format!("{} line {}", path.display(), line_at(&text, at));
    let table = DeTable::parse(&text).map_err(|error| SettingsError::Malformed {
        place: place(error.span().map_or(0, |span| span.start)),
        reason: error.message().to_owned(),
    })?;
    let mut found = Found::new();
    for (key, value) in table.get_ref() {
        let at = key.span().start;
        let key: &str = key.get_ref();
        let text = written(value.get_ref())
            .ok_or_else(|| SettingsError::Shape { place: place(at), key: key.to_owned() });
        match setting_of(key) {
            Some((setting, false)) => {
                if setting.is_secret {
                    check_private(path)?;
                }
                found.insert(setting.key, (text?, Origin::File(path.to_owned())));
            }
            Some((setting, true)) => {
                found.insert(setting.key, secret_file(Path::new(&text?))?);
            }
            None => return Err(unknown(place(at), key, |setting| setting.key.to_owned())),
        }
    }
    Ok(found)
}

fn from_environment(environment: &BTreeMap<String, String>) -> Result<Found, SettingsError> {
    let mut found = Found::new();
    for (name, value) in environment {
        let Some(key) = name.strip_prefix("CALLBOARD_") else { continue };
        if NOT_SETTINGS.contains(&name.as_str()) {
            continue;
        }
        match setting_of(&key.to_lowercase()) {
            Some((setting, false)) => found.insert(setting.key, (value.clone(), Origin::Environment)),
            Some((setting, true)) => found.insert(setting.key, secret_file(Path::new(value))?),
            None => return Err(unknown("environment".to_owned(), name, Setting::variable)),
        };
    }
    Ok(found)
}

/// The setting a key means, and whether it names a file that holds the value.
fn setting_of(key: &str) -> Option<(&'static Setting, bool)> {
    let by_file = || key.strip_suffix("_file").and_then(named).filter(|setting| setting.may_be_a_file());
    named(key).map(|setting| (setting, false)).or_else(|| Some((by_file()?, true)))
}

fn secret_file(path: &Path) -> Result<(String, Origin), SettingsError> {
    check_private(path)?;
    Ok((read(path)?.trim_end().to_owned(), Origin::SecretFile(path.to_owned())))
}

fn read(path: &Path) -> Result<String, SettingsError> {
    std::fs::read_to_string(path).map_err(|error| SettingsError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// A file with secrets in it belongs to one person.
#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), SettingsError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).map_err(|error| SettingsError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })?;
    // Group rights are left to the operator: container secrets often come as root:group 0440.
    if metadata.permissions().mode() & 0o007 != 0 {
        return Err(SettingsError::Exposed { path: path.display().to_string() });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_path: &Path) -> Result<(), SettingsError> {
    Ok(())
}

fn unknown(place: String, name: &str, spelled: impl Fn(&Setting) -> String) -> SettingsError {
    let nearest = SETTINGS
        .iter()
        .map(spelled)
        .map(|known| (strsim::damerau_levenshtein(&known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= name.len() / 2)
        .map(|(_, known)| known);
    SettingsError::Unknown { place, name: name.to_owned(), nearest }
}

/// A value as text: lists are joined by commas; tables and dates are no value of any setting.
fn written(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(|item| written(item.get_ref())).collect();
            Some(items?.join(","))
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

/// The line, counted from 1, in which this byte stands.
fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn private(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn flags_beat_the_environment_beats_the_file_beats_defaults() {
        let file = private("listen = \"0.0.0.0:1\"\nlog = \"warn\"\noutlook_tenant = \"file\"\n");
        let variables =
            environment(&[("CALLBOARD_LISTEN", "0.0.0.0:2"), ("CALLBOARD_LOG", "debug"), ("PATH", "/bin")]);
        let loaded = load(Some(file.path()), &variables, &[("listen", "0.0.0.0:3".into())]).unwrap();
        assert_eq!((loaded.get("listen"), loaded.origin("listen")), (Some("0.0.0.0:3"), &Origin::Flag));
        assert_eq!((loaded.get("log"), loaded.origin("log")), (Some("debug"), &Origin::Environment));
        assert_eq!(loaded.get("outlook_tenant"), Some("file"));
        assert_eq!(
            (loaded.get("sync_interval"), loaded.origin("sync_interval")),
            (Some("5m"), &Origin::Default)
        );
    }

    #[test]
    fn an_unknown_name_stops_with_its_line_and_the_nearest_name() {
        let file = private("# ours\n\nlisten = \"x\"\nadmin_email = \"a@b.example\"\n");
        let error = load(Some(file.path()), &environment(&[]), &[]).unwrap_err().to_string();
        assert!(
            error.contains("line 4") && error.contains("`admin_email`") && error.contains("`admin_emails`"),
            "{error}"
        );
        let file = private("log_format = \"json\"\nlog = \"info\"\nlo = \"x\"\n");
        let error = load(Some(file.path()), &environment(&[]), &[]).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("`log`"), "{error}");
        let error = load(None, &environment(&[("CALLBOARD_PUBLIC_ULR", "x")]), &[]).unwrap_err().to_string();
        assert!(error.contains("CALLBOARD_PUBLIC_URL"), "{error}");
    }

    #[test]
    fn what_is_no_toml_is_named_by_its_line_and_never_shown() {
        let cases = [
            ("log = \"info\"\nkeys = \"k1:c2VjcmV0\nlisten = \"x\"\n", "line 2"),
            ("keys = c2VjcmV0\n", "line 1"),
            ("log = \"info\"\n[keys]\nk1 = \"c2VjcmV0\"\n", "line 2"),
            ("\n\nkeys = { k1 = \"c2VjcmV0\" }\n", "line 3"),
        ];
        for (text, line) in cases {
            let file = private(text);
            let error = load(Some(file.path()), &environment(&[]), &[]).unwrap_err().to_string();
            assert!(error.contains(line) && !error.contains("c2Vj"), "{error}");
        }
    }

    #[test]
    fn secrets_come_from_private_files_only() {
        let secret = private("k1:abc\n");
        let variables = environment(&[("CALLBOARD_KEYS_FILE", secret.path().to_str().unwrap())]);
        assert_eq!(load(None, &variables, &[]).unwrap().get("keys"), Some("k1:abc"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(secret.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
            let error = load(None, &variables, &[]).unwrap_err();
            assert!(matches!(error, SettingsError::Exposed { .. }), "{error}");
        }
        let error = load(None, &environment(&[("CALLBOARD_LISTEN_FILE", "x")]), &[]).unwrap_err();
        assert!(matches!(error, SettingsError::Unknown { .. }), "{error}");
    }
}
