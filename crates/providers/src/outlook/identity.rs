//! Who a token belongs to.

use secrecy::SecretString;

use super::OutlookProvider;
use super::errors::{self, Asked};
use super::wire::User;
use crate::contract::{Identity, ProviderError};

const ATTEMPT: &str = "asking who signed in";

pub(super) async fn identity(
    provider: &OutlookProvider,
    access: &SecretString,
) -> Result<Identity, ProviderError> {
    let lost = || errors::unusable(ATTEMPT, "no person");
    let mut url = provider.endpoints.graph.resource(&["me"]).ok_or_else(lost)?;
    url.query_pairs_mut().append_pair("$select", "id,displayName,mail,userPrincipalName");
    let answer = provider.http.get(access, &url, ATTEMPT).await?;
    if !answer.is_success() {
        return Err(errors::refusal(ATTEMPT, Asked::Plainly, &answer).error);
    }
    let user: User = serde_json::from_value(errors::json(ATTEMPT, &answer)?).map_err(|_| lost())?;
    let id = user.id.filter(|id| !id.is_empty()).ok_or_else(lost)?;
    // Accounts without a mailbox of their own have no mail; the principal name has the form of an address then.
    let email = user.mail.filter(|mail| !mail.is_empty()).or(user.user_principal_name).unwrap_or_default();
    let display_name = user.display_name.filter(|name| !name.is_empty()).unwrap_or_else(|| email.clone());
    Ok(Identity { id, email, display_name })
}
