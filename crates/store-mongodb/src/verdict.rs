//! What a reply of the server means: done, refused for a reason the port has a word for, to be run again, or not known.
//!
//! Decided by the code and the labels alone, never by the server's sentence, which repeats values (that of Atlas itself is
//! handed on). Codes are those of MongoDB's `error_codes.yml`.

use model::schema::Collection;
use mongodb::bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use store::StoreError;

/// The label of an error after which all of a transaction can be run again.
pub const TRANSIENT: &str = mongodb::error::TRANSIENT_TRANSACTION_ERROR;
/// The label of a commit that may have happened.
pub const UNKNOWN: &str = mongodb::error::UNKNOWN_TRANSACTION_COMMIT_RESULT;

/// What a reply means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was done; so many documents matched or were written.
    Done(u64),
    /// It was not done, and nothing of its transaction was.
    Refused(StoreError),
    /// The transaction is gone; all of it can be run again.
    Again(String),
    /// The same, because another transaction holds what it would write.
    Taken(String),
    /// It may have been done, or be done later.
    Unknown(String),
}

/// What was asked: for the words of an error.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Continues "cannot …".
    pub what: &'static str,
    /// Of which collection.
    pub collection: Option<&'static Collection>,
}

/// What the server's reply to a command means.
pub fn of_reply(asked: Asked, reply: &Document) -> Verdict {
    let labels = labels(reply);
    let code = number(reply, "code");
    match (number(reply, "ok"), code) {
        (Some(1), _) | (None, None) => {}
        // A write concern's error by itself, as some drivers hand it on: what was asked may have been done.
        (None, Some(code)) => return Verdict::Unknown(said(asked, code, name(reply))),
        (Some(_), code) => return judge(asked, code.unwrap_or_default(), name(reply), &labels, reply),
    }
    if let Some(Bson::Document(first)) = reply.get_array("writeErrors").ok().and_then(|errors| errors.first())
    {
        return judge(asked, number(first, "code").unwrap_or_default(), name(first), &labels, first);
    }
    if let Ok(error) = reply.get_document("writeConcernError") {
        return Verdict::Unknown(said(asked, number(error, "code").unwrap_or_default(), name(error)));
    }
    Verdict::Done(number(reply, "n").and_then(|n| u64::try_from(n).ok()).unwrap_or_default())
}

/// The place, in the command, of the first write that was refused.
pub(crate) fn refused_at(reply: &Document) -> usize {
    let first = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
    let index = first.and_then(Bson::as_document).and_then(|first| number(first, "index"));
    index.and_then(|index| usize::try_from(index).ok()).unwrap_or_default()
}

/// What an error of the driver means.
pub fn of_error(asked: Asked, error: &Error) -> Verdict {
    let labels: Vec<&str> = error.labels().iter().map(String::as_str).collect();
    let response = error.server_response().and_then(|reply| Document::try_from(reply.as_ref()).ok());
    let response = response.unwrap_or_default();
    match error.kind.as_ref() {
        ErrorKind::Command(error) => {
            judge(asked, i64::from(error.code), &error.code_name, &labels, &response)
        }
        ErrorKind::Write(WriteFailure::WriteError(error)) => {
            let first = response.get_array("writeErrors").ok().and_then(|errors| errors.first());
            let first = first.and_then(Bson::as_document).cloned().unwrap_or_default();
            judge(
                asked,
                i64::from(error.code),
                error.code_name.as_deref().unwrap_or_default(),
                &labels,
                &first,
            )
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(error)) => {
            Verdict::Unknown(said(asked, i64::from(error.code), &error.code_name))
        }
        _ if labels.contains(&UNKNOWN) => {
            Verdict::Unknown(format!("cannot {}: {}", asked.what, words(error)))
        }
        _ if labels.contains(&TRANSIENT) => {
            Verdict::Again(format!("cannot {}: {}", asked.what, words(error)))
        }
        ErrorKind::Authentication { .. } => {
            Verdict::Refused(StoreError::Unusable { reason: NO_SIGN_IN.to_owned() })
        }
        ErrorKind::InvalidTlsConfig { .. } => Verdict::Refused(StoreError::Unusable {
            reason: "the TLS options of the store's address cannot be used. Check `tls`, `tlsCAFile` and \
                     `tlsCertificateKeyFile` in it"
                .to_owned(),
        }),
        ErrorKind::IncompatibleServer { .. } | ErrorKind::SessionsNotSupported => {
            Verdict::Refused(StoreError::Unusable { reason: TOO_OLD.to_owned() })
        }
        // The driver finds it before anything is asked, and has no other word for it.
        ErrorKind::ServerSelection { message, .. } if message.contains("reports wire version") => {
            Verdict::Refused(StoreError::Unusable { reason: TOO_OLD.to_owned() })
        }
        ErrorKind::Bson(_) | ErrorKind::InvalidResponse { .. } => Verdict::Refused(StoreError::Malformed {
            collection: asked.collection.map_or("the store", |collection| collection.name),
            reason: "the server's answer cannot be read".to_owned(),
        }),
        _ => Verdict::Refused(StoreError::Unavailable {
            reason: format!("cannot {}: {}", asked.what, words(error)),
        }),
    }
}

const NO_SIGN_IN: &str = "MongoDB refuses the user or the password of the store's address. Check both, and `authSource`, \
                          in CALLBOARD_STORE";
/// What is said of a server that is no replica set.
pub(crate) const STANDALONE: &str = "this MongoDB server is a single server without a replica set, and has no transactions. Make \
    it a replica set of one node: start it with `mongod --replSet rs0`, then run once `mongosh --eval 'rs.initiate()'`";
/// What is said of a server before 4.4.
pub(crate) const TOO_OLD: &str =
    "this MongoDB server is older than 4.4, which is the oldest that Callboard works with. Upgrade it";

const MOMENT_GONE: &str = "reading took longer than MongoDB keeps one moment, or its primary changed meanwhile. Raise the \
    parameter `minSnapshotHistoryWindowInSeconds` of the servers from 5.0 on, `transactionLifetimeLimitSeconds` on 4.4";

/// What an error means to whoever reads a moment for long: of that it is told apart when the moment itself is gone, be it a
/// snapshot or, before 5.0, a transaction that the server has ended.
pub fn of_long_reading(asked: Asked, error: &Error) -> Verdict {
    // SnapshotTooOld, CursorNotFound, SnapshotUnavailable, NoSuchTransaction, TransactionExceededLifetimeLimitSeconds.
    match error.kind.as_ref() {
        ErrorKind::Command(command) if matches!(command.code, 239 | 43 | 246 | 251 | 290) => {
            let said = said(asked, i64::from(command.code), &command.code_name);
            Verdict::Refused(StoreError::MomentGone { reason: format!("{said}: {MOMENT_GONE}") })
        }
        _ => of_error(asked, error),
    }
}

/// What the driver found, without addresses and values.
fn words(error: &Error) -> String {
    let what = match error.kind.as_ref() {
        ErrorKind::ServerSelection { .. } => {
            "no primary of the replica set answers. See that MongoDB runs, that CALLBOARD_STORE names its hosts, and that \
             it is a replica set (else start it with `mongod --replSet rs0`, and run once `mongosh --eval 'rs.initiate()'`)"
        }
        ErrorKind::DnsResolve { .. } => "the host names of the store's address cannot be looked up",
        ErrorKind::Io(error) => return format!("the connection to MongoDB broke ({})", error.kind()),
        ErrorKind::ConnectionPoolCleared { .. } => "the connections to MongoDB were closed",
        ErrorKind::Shutdown => "the store was closed",
        _ => "the MongoDB driver refused it",
    };
    what.to_owned()
}

fn said(asked: Asked, code: i64, name: &str) -> String {
    format!("cannot {} ({name}, code {code} of MongoDB)", asked.what)
}

fn judge(asked: Asked, code: i64, name: &str, labels: &[&str], error: &Document) -> Verdict {
    let collection = asked.collection.map_or("the store", |collection| collection.name);
    let said = || said(asked, code, name);
    let refused = |why: &str| format!("{}: {why}", said());
    let unusable = |why: &str| Verdict::Refused(StoreError::Unusable { reason: refused(why) });
    let malformed = |why: &str| Verdict::Refused(StoreError::Malformed { collection, reason: refused(why) });
    if labels.contains(&UNKNOWN) {
        return Verdict::Unknown(said());
    }
    // WriteConflict, LockTimeout.
    if matches!(code, 112 | 24) {
        return Verdict::Taken(said());
    }
    if labels.contains(&TRANSIENT) {
        return Verdict::Again(said());
    }
    match code {
        // NoSuchTransaction, TransactionTooOld, SnapshotUnavailable.
        251 | 225 | 246 => Verdict::Again(said()),
        11_000 | 11_001 | 12_582 => {
            Verdict::Refused(StoreError::Duplicate { collection, fields: duplicate(asked.collection, error) })
        }
        121 => malformed("a document is not as the collection's declaration says"),
        16_755 | 16_756 => malformed("a place is not on the globe"),
        10_334 | 17_419 | 17_420 | 17_280 => malformed("a document is larger than MongoDB's 16 MB"),
        // DollarPrefixedFieldName, EmptyFieldName, DottedFieldName, PathNotViable, ImmutableField, parallel arrays.
        52 | 56 | 57 | 28 | 66 | 171 => malformed("a document has a form that MongoDB does not keep"),
        13 => unusable(
            "the user of the store's address may not do this; give it the role `readWrite` and `dbAdmin` on the database",
        ),
        8000 => Verdict::Refused(StoreError::Unusable { reason: refused(&of_atlas(error)) }),
        18 | 11 => Verdict::Refused(StoreError::Unusable { reason: NO_SIGN_IN.to_owned() }),
        20 | 40_573 => Verdict::Refused(StoreError::Unusable { reason: STANDALONE.to_owned() }),
        14_031 => Verdict::Refused(StoreError::Full { reason: said() }),
        239 | 43 => Verdict::Refused(StoreError::MomentGone { reason: refused(MOMENT_GONE) }),
        // BadValue, FailedToParse, TypeMismatch, Unauthorised stages and the like: what was asked is at fault.
        2 | 9 | 14 | 15 | 26 | 27 | 40 | 48 | 59 | 67 | 72 | 85 | 86 | 115 | 168 | 263 | 292 | 51_091
        | 4_862_100 => Verdict::Refused(StoreError::Unsupported { reason: said() }),
        // Nothing was written: not the primary, shutting down, interrupted, too slow.
        _ => Verdict::Refused(StoreError::Unavailable { reason: said() }),
    }
}

/// What Atlas says by its one code for everything of its own. Its sentence is handed on, alone among all, because without it
/// nobody could tell what to do; it speaks of the cluster and never of documents.
fn of_atlas(error: &Document) -> String {
    let sentence: String = error.get_str("errmsg").unwrap_or("without a word").chars().take(300).collect();
    format!(
        "Atlas refuses it, over its quota or not allowed in this tier: \"{sentence}\". Make room, or take a larger tier"
    )
}

/// The declared keys of the index that refused a duplicate.
fn duplicate(collection: Option<&'static Collection>, error: &Document) -> Vec<&'static str> {
    let declared = |name: &str| {
        collection.and_then(|collection| collection.field(name)).map_or("_id", |field| field.name)
    };
    if let Ok(pattern) = error.get_document("keyPattern") {
        return pattern.keys().map(|name| declared(name)).collect();
    }
    // Without its pattern the index is named in the sentence alone.
    let message = error.get_str("errmsg").unwrap_or_default();
    let named = message.split("index: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let index = collection
        .into_iter()
        .flat_map(|collection| collection.indexes)
        .find(|index| named == Some(crate::layout::index_name(index).as_str()));
    match index {
        Some(index) => index.keys.iter().map(model::schema::Key::field).collect(),
        None => vec!["_id"],
    }
}

fn labels(reply: &Document) -> Vec<&str> {
    let labels = reply.get_array("errorLabels").map(Vec::as_slice).unwrap_or_default();
    labels.iter().filter_map(Bson::as_str).collect()
}

fn name(document: &Document) -> &str {
    document.get_str("codeName").unwrap_or("no name")
}

/// A whole number in whatever type.
pub(crate) fn number(document: &Document, name: &str) -> Option<i64> {
    match document.get(name) {
        Some(Bson::Int32(number)) => Some(i64::from(*number)),
        Some(Bson::Int64(number)) => Some(*number),
        #[expect(clippy::cast_possible_truncation, reason = "counts and codes, which are small")]
        Some(Bson::Double(number)) => Some(*number as i64),
        Some(Bson::Boolean(true)) => Some(1),
        _ => None,
    }
}
