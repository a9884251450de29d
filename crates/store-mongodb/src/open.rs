//! Opening: the address is understood, the server is one that has transactions and is new enough, and its collections,
//! validators and indexes become those of the declarations. Two servers of ours may do this at once.

use std::pin::pin;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use model::schema::Collection;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};
use store::StoreError;
use tokio::time::{sleep, timeout};

use crate::engine::{Engine, bounded, command_of};
use crate::layout;
use crate::options::MongoOptions;
use crate::patience;
use crate::trust::{self, Way};
use crate::verdict::{Asked, STANDALONE, TOO_OLD, number};

const OPENING: Asked = Asked { what: "open the store", collection: None };
/// The first version of the wire protocol with snapshot reads outside transactions: MongoDB 5.0.
const WIRE_5_0: i64 = 13;
/// That of MongoDB 4.4.
const WIRE_4_4: i64 = 9;

/// Several servers of ours that start at once may get in each other's way so often.
const MOST_TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(40);
/// After so long it is told again that indexes are being made.
const TELLING: Duration = Duration::from_secs(30);

fn unusable(reason: &str) -> StoreError {
    StoreError::Unusable { reason: reason.to_owned() }
}

/// Connects. What the server keeps is left as it is.
pub(crate) async fn open_as_it_is(options: MongoOptions) -> Result<Engine, StoreError> {
    let (client, database) = connect(&options).await?;
    let longest = options.server_selection_timeout + options.operation_timeout;
    let hello = bounded(longest, OPENING, hello(&database)).await?;
    if number(&hello, "maxWireVersion").is_some_and(|version| version < WIRE_4_4) {
        return Err(unusable(TOO_OLD));
    }
    let is_router = hello.get_str("msg").is_ok_and(|word| word == "isdbgrid");
    if !hello.contains_key("setName") && !is_router {
        return Err(unusable(STANDALONE));
    }
    let build = command_of(&database, OPENING, doc! { "buildInfo": 1 }).await?;
    let version = build.get_str("version").unwrap_or("of unknown version");
    Ok(Engine {
        server: format!("MongoDB {version}, database {}", database.name()),
        has_snapshots: number(&hello, "maxWireVersion").is_some_and(|version| version >= WIRE_5_0),
        client,
        database,
        options,
        turn: AtomicU64::new(0),
    })
}

/// What the server says of itself.
pub(crate) async fn hello(database: &Database) -> Result<Document, StoreError> {
    match command_of(database, OPENING, doc! { "hello": 1 }).await {
        // The first releases of 4.4 know it by its old name alone.
        Err(StoreError::Unsupported { .. }) => command_of(database, OPENING, doc! { "isMaster": 1 }).await,
        outcome => outcome,
    }
}

async fn connect(options: &MongoOptions) -> Result<(Client, Database), StoreError> {
    // The driver's own sentence may repeat parts of the address, and a password is one.
    let not_an_address = |_| {
        unusable(
            "CALLBOARD_STORE is not an address of MongoDB that can be used. It looks like \
             mongodb://host:27017/callboard?replicaSet=rs0 or mongodb+srv://host/callboard; `:`, `/`, `?`, `#`, `@` and \
             `%` in a password are written as %3A, %2F, %3F, %23, %40 and %25",
        )
    };
    patience::of(&options.uri).map_err(unusable)?;
    match trust::of(&options.uri) {
        Way::Safe => {}
        Way::InClear => tracing::warn!(
            "the address in CALLBOARD_STORE leads over a network in clear text: whoever listens reads the password and \
             everything stored. Add `tls=true` to it, with a server that has a certificate"
        ),
        Way::Unproven(option) => {
            return Err(unusable(&format!(
                "the address in CALLBOARD_STORE has {option}=true, with which anybody on the way could be the server. Take \
                 it away; name the authority of a certificate of your own with `tlsCAFile`"
            )));
        }
    }
    let mut client = ClientOptions::parse(patience::without(&options.uri)).await.map_err(not_an_address)?;
    let Some(name) = client.default_database.clone() else {
        return Err(unusable(
            "the address in CALLBOARD_STORE names no database: put its name behind the hosts, as in \
             mongodb://host:27017/callboard?replicaSet=rs0",
        ));
    };
    client.app_name.get_or_insert_with(|| "callboard".to_owned());
    client.server_selection_timeout.get_or_insert(options.server_selection_timeout);
    client.connect_timeout.get_or_insert(options.server_selection_timeout);
    client.max_pool_size.get_or_insert(options.max_pool_size);
    // What decides whether data is lost is not left to the address.
    client.retry_writes = Some(true);
    client.retry_reads = Some(true);
    client.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    client.read_concern = Some(ReadConcern::majority());
    client.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build());
    let client = Client::with_options(client).map_err(not_an_address)?;
    let database = client.database(&name);
    Ok((client, database))
}

/// Makes what is missing and changes what differs.
pub(crate) async fn prepare(engine: &Engine) -> Result<(), StoreError> {
    let listed = validators(engine).await?;
    for collection in engine.options.collections {
        let asked = Asked { what: "prepare the store", collection: Some(collection) };
        let validator = layout::validator(collection);
        let present = listed.iter().find(|(name, _)| name == collection.name);
        match present {
            None => create(engine, asked, collection, &validator).await?,
            Some((_, present)) if is_strict(present, &validator) => {}
            Some(_) => {
                let change = doc! {
                    "collMod": collection.name,
                    "validator": validator,
                    "validationLevel": "strict",
                    "validationAction": "error",
                };
                engine.command(asked, change).await?;
            }
        }
        indexes(engine, asked, collection, present.is_none()).await?;
    }
    Ok(())
}

async fn create(
    engine: &Engine,
    asked: Asked,
    collection: &'static Collection,
    validator: &Document,
) -> Result<(), StoreError> {
    let create = doc! {
        "create": collection.name,
        "validator": validator.clone(),
        "validationLevel": "strict",
        "validationAction": "error",
    };
    match engine.database.run_command(create).await {
        Ok(_) => Ok(()),
        // Another server of ours was faster.
        Err(error) if code(&error) == Some(48) => Ok(()),
        Err(error) => Err(crate::engine::read_error(asked, &error)),
    }
}

/// Makes the declared indexes, in the order of the declaration: a document that breaks several is refused by the first.
/// Begun anew when another server of ours changed them meanwhile.
async fn indexes(
    engine: &Engine,
    asked: Asked,
    collection: &'static Collection,
    is_new: bool,
) -> Result<(), StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match index_once(engine, asked, collection, is_new).await {
            Err(StoreError::Unsupported { .. }) if tries < MOST_TRIES => sleep(PAUSE * tries).await,
            Err(StoreError::Unsupported { reason }) => {
                return Err(StoreError::Unusable {
                    reason: format!(
                        "{reason}. Another index of the same fields or name is in the way: see `db.{0}.getIndexes()`, drop \
                         the one that is not Callboard's with `db.{0}.dropIndex(\"NAME\")`, then start Callboard again",
                        collection.name
                    ),
                });
            }
            outcome => return outcome,
        }
    }
}

async fn index_once(
    engine: &Engine,
    asked: Asked,
    collection: &'static Collection,
    is_new: bool,
) -> Result<(), StoreError> {
    let wanted: Vec<Document> = collection.indexes.iter().map(layout::index).collect();
    let present = indexes_of(engine, collection).await?;
    make_missing(engine, asked, collection, is_new, &wanted, &present).await?;
    for needless in present.iter().filter(|present| layout::is_earlier_form(&wanted, present)) {
        let old = layout::name(needless);
        tracing::info!(
            collection = collection.name,
            index = old,
            "a longer index does the work of this one now"
        );
        drop_index(engine, asked, collection, old).await?;
    }
    Ok(())
}

async fn drop_index(
    engine: &Engine,
    asked: Asked,
    collection: &'static Collection,
    name: &str,
) -> Result<(), StoreError> {
    match engine.database.run_command(doc! { "dropIndexes": collection.name, "index": name }).await {
        Ok(_) => Ok(()),
        // Another server of ours was faster.
        Err(error) if code(&error) == Some(27) => Ok(()),
        Err(error) => Err(crate::engine::read_error(asked, &error)),
    }
}

async fn make_missing(
    engine: &Engine,
    asked: Asked,
    collection: &'static Collection,
    is_new: bool,
    wanted: &[Document],
    present: &[Document],
) -> Result<(), StoreError> {
    let mut missing = Vec::new();
    for index in wanted {
        let is_it = |present: &&Document| layout::name(present) == layout::name(index);
        if present.iter().find(is_it).is_some_and(|present| layout::is_same(index, present)) {
            continue;
        }
        let in_the_way =
            present.iter().find(|present| is_it(present) || layout::has_same_keys(index, present));
        if let Some(in_the_way) = in_the_way {
            let old = layout::name(in_the_way);
            tracing::warn!(collection = collection.name, index = old, "the index is made anew as declared");
            drop_index(engine, asked, collection, old).await?;
        }
        missing.push(index.clone());
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.iter().map(layout::name).collect::<Vec<_>>().join(", ");
    // By a majority: the server would else wait for every member that votes, without end while one of them is down.
    let create = doc! { "createIndexes": collection.name, "indexes": missing, "commitQuorum": "majority" };
    let tell = |waited: Duration| {
        // Of a collection without documents they are made at once.
        if is_new && waited.is_zero() {
            return;
        }
        tracing::info!(
            collection = collection.name,
            indexes = names,
            waited_s = waited.as_secs(),
            "making indexes, which takes its time where there are many documents, and a majority of the servers that hold \
             data",
        );
    };
    match told(TELLING, tell, engine.command(asked, create)).await {
        Err(StoreError::Unsupported { reason }) => Err(StoreError::Unsupported {
            reason: format!("{reason}: the index {names} of {} is not made", collection.name),
        }),
        Err(StoreError::Duplicate { collection, fields }) => Err(StoreError::Unusable {
            reason: format!(
                "{collection} has documents with the same {}, which must be unique. Remove the doubles with MongoDB's \
                 tools, then start Callboard again",
                fields.join(" and ")
            ),
        }),
        outcome => outcome.map(|_| ()),
    }
}

/// Waits for work however long it takes, and tells at its beginning and then after every so long that it does.
async fn told<T>(every: Duration, tell: impl Fn(Duration), work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut waited = Duration::ZERO;
    loop {
        tell(waited);
        if let Ok(outcome) = timeout(every, work.as_mut()).await {
            return outcome;
        }
        waited += every;
    }
}

fn code(error: &mongodb::error::Error) -> Option<i32> {
    match error.kind.as_ref() {
        mongodb::error::ErrorKind::Command(error) => Some(error.code),
        _ => None,
    }
}

/// The collections there are, each with its options.
pub(crate) async fn validators(engine: &Engine) -> Result<Vec<(String, Document)>, StoreError> {
    let listed = all_of(engine, OPENING, doc! { "listCollections": 1 }).await?;
    let named = |listed: Document| {
        let options = listed.get_document("options").cloned().unwrap_or_default();
        Some((listed.get_str("name").ok()?.to_owned(), options))
    };
    Ok(listed.into_iter().filter_map(named).collect())
}

/// Whether a collection with these options refuses what the validator refuses.
pub(crate) fn is_strict(options: &Document, validator: &Document) -> bool {
    let word = |name: &str, usual: &str| options.get_str(name).map_or(true, |word| word == usual);
    options.get_document("validator").is_ok_and(|present| same(present, validator))
        && word("validationLevel", "strict")
        && word("validationAction", "error")
}

/// Whether two documents say the same, whatever type their numbers have.
fn same(one: &Document, other: &Document) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|((name, value), (other_name, other))| name == other_name && same_value(value, other))
}

fn same_value(one: &Bson, other: &Bson) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "both are made alike")]
    let number = |value: &Bson| match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        _ => None,
    };
    match (one, other) {
        (Bson::Document(one), Bson::Document(other)) => same(one, other),
        (Bson::Array(one), Bson::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same_value(one, other))
        }
        _ => one == other || (number(one).is_some() && number(one) == number(other)),
    }
}

/// The indexes of a collection as the server lists them.
pub(crate) async fn indexes_of(
    engine: &Engine,
    collection: &'static Collection,
) -> Result<Vec<Document>, StoreError> {
    all_of(engine, OPENING, doc! { "listIndexes": collection.name }).await
}

/// All that a listing command gives.
async fn all_of(engine: &Engine, asked: Asked, mut command: Document) -> Result<Vec<Document>, StoreError> {
    // More than there can be: a collection has 64 indexes at most, and a catalogue entry is small.
    command.insert("cursor", doc! { "batchSize": 10_000 });
    let reply = engine.command(asked, command).await?;
    let batch = reply.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let batch = batch.map(Vec::as_slice).unwrap_or_default();
    Ok(batch.iter().filter_map(|item| item.as_document().cloned()).collect())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn what_takes_long_is_told_again_and_again() {
        let told_after = RefCell::new(Vec::new());
        let every = Duration::from_millis(20);
        let tell = |waited: Duration| told_after.borrow_mut().push(waited.as_millis());
        assert_eq!(told(every, tell, async { 1 }).await, 1);
        assert_eq!(told_after.take(), [0]);
        let work = async {
            while told_after.borrow().len() < 3 {
                sleep(Duration::from_millis(1)).await
            }
        };
        told(every, tell, work).await;
        assert_eq!(told_after.take(), [0, 20, 40]);
    }
}
