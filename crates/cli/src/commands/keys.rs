//! `callboard keys`: making, changing and counting the keys that seal provider tokens.

use secrecy::ExposeSecret;

use crate::ambient::{SystemClock, SystemEntropy};
use crate::args::{Global, Keys};
use crate::failure::Failure;
use crate::{output, wiring};
use app::sealing::Sealer;
use model::Clock;

pub(crate) async fn run(global: &Global, action: Keys) -> Result<(), Failure> {
    match action {
        Keys::Generate { id } => generate(id, global.json),
        Keys::Rotate { dry } => {
            let settings = super::quiet(global)?;
            let app = wiring::app(&settings, wiring::open_store_to_work(&settings).await?)?;
            super::migrate::refuse_pending(&app).await?;
            if dry.dry_run {
                let count = app::keys::to_rotate(&app).await?;
                let newest = app.sealer().newest_key_id();
                let what = format!("{count} secrets would be sealed anew with key `{newest}`");
                return output::would(global.json, "update", newest, what);
            }
            let changed = app::keys::rotate(&app).await?;
            let newest = app.sealer().newest_key_id();
            output::said(
                global.json,
                &serde_json::json!({"sealed_anew": changed, "key_id": newest}),
                format!(
                    "{changed} secrets were sealed anew with key `{newest}`. Older keys can be taken out of the \
                     configuration once `callboard keys status` counts nothing under them."
                ),
            )
        }
        Keys::Status => {
            let settings = super::quiet(global)?;
            let app = wiring::app(&settings, wiring::open_store_to_work(&settings).await?)?;
            let counts = app::keys::status(&app).await?;
            if global.json {
                return output::json(&counts);
            }
            output::table(
                ["key", "configured", "secrets"],
                counts.into_iter().map(|row| {
                    [row.key_id, if row.is_configured { "yes" } else { "no" }.into(), row.secrets.to_string()]
                }),
            );
            Ok(())
        }
    }
}

fn generate(id: Option<String>, as_json: bool) -> Result<(), Failure> {
    let id = id.unwrap_or_else(|| format!("k{}", SystemClock.now().strftime("%Y%m%d")));
    if id.is_empty()
        || id.len() > 32
        || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        return Err(Failure::usage(
            "the name of a key has 1 to 32 letters, digits, - or _; choose another --id",
        ));
    }
    let key = Sealer::generate_key(&id, &SystemEntropy);
    Sealer::from_keys(&key).map_err(|error| Failure::usage(error.to_string()))?;
    output::said(as_json, &serde_json::json!({ "key": key.expose_secret() }), key.expose_secret())
}
