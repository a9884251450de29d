//! Every mail that the real provider would have sent.

use jiff::Timestamp;
use serde::Serialize;

use super::fields::Attendee;

/// Who caused a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A client of the API: Callboard.
    Client,
    /// The person, in Outlook itself.
    Person,
}

/// One mail, to all its recipients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// When it would have left.
    pub at: Timestamp,
    /// Mail address of the mailbox that sent it.
    pub from: String,
    /// Addresses of the recipients.
    pub to: Vec<String>,
    /// What it says.
    pub kind: MailKind,
    /// Subject of the event.
    pub subject: String,
    /// Ordinary id of the event.
    pub event_id: String,
    /// Who caused it.
    pub caused_by: Actor,
}

/// What a mail says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Please come.
    Invitation,
    /// Something changed.
    Update,
    /// It is off, or you are no longer invited.
    Cancellation,
}

/// Who hears what after an edit: added people an invitation, removed ones a cancellation, and the
/// rest an update unless nothing but the list of attendees changed.
pub(super) fn after_edit(
    before: &[Attendee],
    after: &[Attendee],
    only_attendees: bool,
) -> Vec<(MailKind, Vec<String>)> {
    let missing_in = |from: &[Attendee], list: &[Attendee]| -> Vec<String> {
        let known = |a: &&Attendee| !list.iter().any(|b| b.address.eq_ignore_ascii_case(&a.address));
        from.iter().filter(known).map(|a| a.address.clone()).collect()
    };
    let added = missing_in(after, before);
    let removed = missing_in(before, after);
    let kept = after.iter().map(|a| a.address.clone()).filter(|a| !added.contains(a)).collect();
    let kept = if only_attendees { Vec::new() } else { kept };
    [(MailKind::Invitation, added), (MailKind::Update, kept), (MailKind::Cancellation, removed)]
        .into_iter()
        .filter(|(_, to)| !to.is_empty())
        .collect()
}
