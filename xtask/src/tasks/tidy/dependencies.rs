//! What may be linked, by the lists of `deny.toml`: licences, sources, crates that are barred. `cargo deny` knows more
//! (known holes above all) where it is installed; this much is looked at everywhere.

use std::collections::BTreeSet;

use serde_json::Value;
use spdx::expression::ExpressionReq;
use spdx::{Expression, ParseMode};

/// The lists of `deny.toml`.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Licences, an exception behind `WITH`.
    licenses: BTreeSet<String>,
    /// Names of crates.
    barred: BTreeSet<String>,
}

impl Lists {
    pub(super) fn read(deny: &str) -> Result<Self, String> {
        let table: toml::Table =
            deny.parse().map_err(|error| format!("deny.toml cannot be read: {error}"))?;
        let list = |section: &str, name: &str| {
            table.get(section).and_then(|section| section.get(name)).and_then(toml::Value::as_array)
        };
        let licenses = list("licenses", "allow").into_iter().flatten().filter_map(toml::Value::as_str);
        let barred = list("bans", "deny").into_iter().flatten();
        let barred = barred.filter_map(|one| one.get("crate").and_then(toml::Value::as_str));
        let lists = Self {
            licenses: licenses.map(str::to_owned).collect(),
            barred: barred.map(str::to_owned).collect(),
        };
        if lists.licenses.is_empty() {
            return Err("deny.toml allows no licence: is it the right file?".to_owned());
        }
        Ok(lists)
    }

    fn allows(&self, ExpressionReq { req, .. }: &ExpressionReq) -> bool {
        let Some(license) = req.license.id() else { return false };
        let name = match &req.exception {
            Some(exception) => format!("{} WITH {}", license.name, exception.name),
            None => license.name.to_owned(),
        };
        self.licenses.contains(&name)
    }
}

/// Holds the answer of `cargo metadata` against the lists.
pub(super) fn check(metadata: &Value, lists: &Lists, wrong: &mut Vec<String>) {
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    for package in packages {
        let text = |member: &str| package.get(member).and_then(Value::as_str);
        let (Some(name), Some(source)) = (text("name"), text("source")) else { continue };
        let about = format!("the crate {name} {}", text("version").unwrap_or_default());
        if !source.starts_with("registry+") {
            wrong.push(format!(
                "{about} does not come from the registry: nobody can tell what it will be tomorrow."
            ));
        }
        if lists.barred.contains(name) {
            wrong.push(format!("{about} is barred by deny.toml, which says why."));
        }
        let license = text("license").unwrap_or_default();
        match Expression::parse_mode(license, ParseMode::LAX) {
            Err(_) => wrong.push(format!("{about} has no licence that can be read: \"{license}\".")),
            Ok(expression) => {
                if !each_may(&expression, lists) {
                    wrong.push(format!("{about} is under {license}, which deny.toml does not allow."));
                }
            }
        }
    }
}

/// Whether the licences that are allowed suffice.
fn each_may(expression: &Expression, lists: &Lists) -> bool {
    let allowed: Vec<_> =
        expression.requirements().filter(|one| lists.allows(one)).map(|one| one.req.clone()).collect();
    expression.evaluate(|asked| allowed.contains(asked))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Lists, check};

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "Unicode-3.0"]
        [bans]
        deny = [{ crate = "openssl-sys", reason = "one TLS stack" }]
    "#;

    fn said(name: &str, license: &str, source: &str) -> String {
        let metadata = json!({"packages": [
            {"name": name, "version": "1.0.0", "license": license, "source": source},
            {"name": "ours", "version": "0.1.0", "license": null, "source": null},
        ]});
        let mut wrong = Vec::new();
        check(&metadata, &Lists::read(DENY).unwrap(), &mut wrong);
        wrong.join("\n")
    }

    #[test]
    fn licences_are_read_as_expressions() {
        let registry = "registry+https://example.org/index";
        for license in [
            "MIT",
            "MIT/Apache-2.0",
            "Apache-2.0 OR GPL-2.0-only",
            "(MIT OR GPL-3.0-only) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(said("good", license, registry), "", "{license}");
        }
        for license in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "", "my own", "MIT WITH LLVM-exception"] {
            let said = said("bad", license, registry);
            assert!(said.contains("the crate bad 1.0.0"), "{license}: {said}");
        }
    }

    #[test]
    fn sources_and_barred_crates() {
        assert!(
            said("fork", "MIT", "git+https://example.org/fork").contains("does not come from the registry")
        );
        assert!(said("openssl-sys", "MIT", "registry+https://example.org/index").contains("barred"));
        assert!(Lists::read("[licenses]").is_err());
    }
}
