//! What ordered faults do to an answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, Trace};
use crate::faults::FaultKind;

/// Longest delay that a fault can order.
const MAX_DELAY_MS: u64 = 60_000;

/// Faults that change a list.
pub(super) fn spoil(fault: &FaultKind, body: &mut Value) {
    let Some(page) = body.as_object_mut().filter(|page| page.contains_key("value")) else { return };
    let next = "@odata.nextLink";
    match fault {
        FaultKind::NoCursor => {
            page.remove(next);
            page.remove("@odata.deltaLink");
        }
        FaultKind::Empty200 => {
            page.insert("value".to_owned(), json!([]));
            page.remove(next);
        }
        FaultKind::DropItems | FaultKind::DuplicateItems => {
            let Some(items) = page.get_mut("value").and_then(Value::as_array_mut) else { return };
            if *fault == FaultKind::DropItems {
                items.truncate(items.len() / 2);
            } else {
                items.extend_from_within(..);
            }
        }
        _ => {}
    }
}

/// The answer that a status fault orders, with code and text that fit the status.
pub(super) fn ordered(fault: Option<&FaultKind>, trace: &Trace) -> Answer {
    let Some(FaultKind::Status { status, code, message, retry_after, .. }) = fault else {
        return Answer::empty(500);
    };
    let (usual_code, usual_message) = match status {
        401 => ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
        403 => ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
        404 => ("ErrorItemNotFound", "The specified object was not found in the store."),
        409 | 412 => ("ErrorIrresolvableConflict", "The change key does not match the current one."),
        410 => ("SyncStateNotFound", "The sync state generation is not found; generation=0;[highest=0]."),
        429 => ("TooManyRequests", "Please retry again later."),
        503 => ("ServiceUnavailable", "The service is temporarily unavailable."),
        504 => ("GatewayTimeout", "The upstream service did not answer in time."),
        _ => ("InternalServerError", "The service could not process the request."),
    };
    let answer = Answer::json(
        *status,
        json!({"error": {
            "code": code.as_deref().unwrap_or(usual_code),
            "message": message.as_deref().unwrap_or(usual_message),
            "innerError": {
                "date": trace.date,
                "request-id": trace.request_id,
                "client-request-id": trace.client_request_id,
            },
        }}),
    );
    match retry_after {
        Some(seconds) => answer.with("retry-after", seconds.to_string()),
        None => answer,
    }
}

/// Holds the answer back, when that was ordered.
pub(super) async fn wait(fault: Option<&FaultKind>) {
    if let Some(FaultKind::Delay { delay_ms }) = fault {
        tokio::time::sleep(Duration::from_millis((*delay_ms).min(MAX_DELAY_MS))).await;
    }
}

/// What a captive portal answers.
pub(super) fn portal_page() -> String {
    "<!DOCTYPE html><html lang=\"en\"><head><title>Guest network</title></head>\
     <body><h1>Please accept the terms of this network</h1></body></html>"
        .to_owned()
}
