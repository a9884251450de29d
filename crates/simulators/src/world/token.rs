//! Tokens of change tracking: calendar, round and place, sealed, so that a made-up one is known.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::ids;

/// A token for entry `offset` of a round, or for its end. `nonce` makes equal places look different.
pub(super) fn write(seed: u64, calendar: u64, round: u64, offset: Option<usize>, nonce: u64) -> String {
    let offset = offset.map_or(u64::MAX, |offset| u64::try_from(offset).unwrap_or(u64::MAX));
    let payload = [calendar, round, offset, nonce].map(u64::to_be_bytes).concat();
    let seal = seal(seed, &payload);
    URL_SAFE_NO_PAD.encode([payload, seal].concat())
}

/// Calendar, round and place; nothing for a token that this world never wrote.
pub(super) fn read(seed: u64, text: &str) -> Option<(u64, u64, Option<usize>)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (payload, sealed) = bytes.split_at_checked(32)?;
    if seal(seed, payload) != sealed {
        return None;
    }
    let mut numbers = payload.chunks_exact(8).filter_map(|part| part.try_into().ok().map(u64::from_be_bytes));
    let (calendar, round, offset) = (numbers.next()?, numbers.next()?, numbers.next()?);
    Some((calendar, round, if offset == u64::MAX { None } else { Some(usize::try_from(offset).ok()?) }))
}

fn seal(seed: u64, payload: &[u8]) -> Vec<u8> {
    let text: String = payload.iter().map(|byte| format!("{byte:02x}")).collect();
    ids::digest(seed, &text, 0).iter().take(16).copied().collect()
}
