//! Who is invited, from Graph's attendees and organizer.

use sync::remote::RemoteAttendee;

use super::wire::{Attendee, EmailAddress, Recipient};

/// The people of an event. The organizer stands in Graph's list only on the copy of somebody invited; on their own
/// copy they are put first here, so that both copies name the same people. An event nobody is invited to has none.
pub(super) fn attendees(invited: &[Attendee], organizer: Option<&Recipient>) -> Vec<RemoteAttendee> {
    let organizer = organizer.and_then(|recipient| recipient.email_address.as_ref()).map(address);
    let organizer = organizer.filter(|(email, _)| !email.is_empty());
    let is_organizer =
        |email: &str| organizer.as_ref().is_some_and(|(organizer, _)| organizer.eq_ignore_ascii_case(email));
    let mut people: Vec<RemoteAttendee> = Vec::new();
    for attendee in invited {
        let (email, name) = attendee.email_address.as_ref().map(address).unwrap_or_default();
        if email.is_empty() && name.is_empty() {
            continue;
        }
        let response = attendee.status.as_ref().and_then(|status| status.response.as_deref());
        people.push(RemoteAttendee {
            is_organizer: is_organizer(&email),
            response_status: response_status(response).to_owned(),
            email,
            name,
        });
    }
    if let Some((email, name)) = organizer
        && !people.is_empty()
        && !people.iter().any(|person| person.is_organizer)
    {
        let organizer =
            RemoteAttendee { email, name, response_status: "none".to_owned(), is_organizer: true };
        people.insert(0, organizer);
    }
    people
}

fn address(wire: &EmailAddress) -> (String, String) {
    let text = |value: &Option<String>| value.as_deref().unwrap_or_default().trim().to_owned();
    (text(&wire.address), text(&wire.name))
}

fn response_status(response: Option<&str>) -> &'static str {
    match response {
        Some("accepted") => "accepted",
        Some("declined") => "declined",
        Some("tentativelyAccepted") => "tentative",
        // `none`, `notResponded`, and `organizer`, who answers nobody.
        _ => "none",
    }
}
