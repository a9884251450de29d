//! Opens connections to the file: whose it is, and how SQLite keeps it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use store::StoreError;

use crate::errors::{Refusal, from_sqlite};
use crate::layout::Table;
use crate::options::SqliteOptions;
use crate::{file, functions, integrity, schema};

/// Marks a file as Callboard's: "CBRD" in SQLite's header.
const APPLICATION_ID: i32 = 0x4342_5244;
/// How this program lays out the file beyond what `layout` says; a file with a greater number is left alone.
pub(crate) const FORMAT: i32 = 1;
/// Earlier versions can corrupt a file in write-ahead mode (sqlite.org/wal.html, the WAL-reset bug).
const OLDEST_SQLITE: i32 = 3_051_003;
const PAGE_BYTES: u32 = 16_384;
/// The write-ahead log is copied into the file when it has so many pages (64 MiB)…
const CHECKPOINT_PAGES: u32 = 4_096;
/// …and is cut to this size when it was longer.
const LOG_BYTES: u32 = 64 << 20;

/// The writer's cache; SQLite wants KiB below zero.
const WRITER_CACHE_KIB: i32 = -65_536;

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Empty, to be filled, and unknown to everybody else: if anything happens to it, it is thrown away. Nothing that is
    /// committed is synced, and most indexes are missing.
    ToFill,
    /// It was filled. What it lacks is made, unsynced too.
    Filled,
    /// In use, or about to be: what is committed stays.
    InUse,
}

/// The file with its tables as declared, ready to be opened by readers, and the connection that will write.
pub(crate) fn writer(
    options: &SqliteOptions,
    tables: &[Table],
    stage: Stage,
) -> Result<(PathBuf, Connection), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(unusable(format!(
            "this program was built with SQLite {}, which can damage files; build it with 3.51.3 or later",
            rusqlite::version()
        )));
    }
    let path = file::resolved(&options.path)?;
    file::prepare(&path)?;
    let attempted = format!("open the store {}", path.display());
    let connection = prepare(&path, options, tables, stage).map_err(|refusal| refusal.said(&attempted))?;
    Ok((path, connection))
}

/// Whether the file is Callboard's and its tables are otherwise than declared. What cannot be read is told by whoever opens
/// it to write.
pub(crate) fn is_of_another_version(options: &SqliteOptions, tables: &[Table]) -> Result<bool, StoreError> {
    let path = file::resolved(&options.path)?;
    if !path.is_file() {
        return Ok(false);
    }
    let look = || {
        let connection = reader(&path, options)?;
        let is_new = check_owner(&connection, &path)?;
        Ok::<_, Refusal>(!is_new && !schema::is_up_to_date(&connection, tables)?)
    };
    Ok(look().unwrap_or(false))
}

/// A connection that only reads.
pub(crate) fn reader(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let open = || {
        let connection = connect(path, options)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open()
        .map_err(|error: rusqlite::Error| from_sqlite(&error, &format!("read the store {}", path.display())))
}

/// A connection for work on how the file is kept, beside the one that writes documents.
pub(crate) fn for_upkeep(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    connect(path, options).map_err(|error| from_sqlite(&error, &format!("open the store {}", path.display())))
}

fn connect(path: &Path, options: &SqliteOptions) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(256);
    // Plans do not depend on the values bound: otherwise every execution with other values is planned anew.
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    functions::register(&connection)?;
    Ok(connection)
}

fn prepare(
    path: &Path,
    options: &SqliteOptions,
    tables: &[Table],
    stage: Stage,
) -> Result<Connection, Refusal> {
    let connection = connect(path, options)?;
    let new = check_owner(&connection, path)?;
    file::close_to_others(path)?;
    if new {
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    }
    if let Some(bytes) = options.max_size_bytes {
        let pages = (bytes / u64::from(PAGE_BYTES)).max(1);
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    if stage != Stage::InUse {
        // Pages go to the file once, and not through a log. Whoever puts the file in its place syncs it before.
        connection.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        make_tables(&connection, path, tables, stage)?;
    }
    if stage == Stage::ToFill {
        connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
        return Ok(connection);
    }
    write_ahead(&connection, path, options)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    if !new {
        integrity::check_small(&connection, path)?;
    }
    if !schema::is_up_to_date(&connection, tables)? {
        make_tables(&connection, path, tables, stage)?;
    }
    // What savepoints keep would else go through a file. Neither before: what is sorted to make an index is much, and is
    // sorted in as much memory as the cache may have.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
    Ok(connection)
}

/// Makes the tables as the stage wants them, all at once.
fn make_tables(connection: &Connection, path: &Path, tables: &[Table], stage: Stage) -> Result<(), Refusal> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    check_owner(connection, path)?;
    match stage {
        Stage::ToFill => schema::create_to_fill(connection, tables)?,
        Stage::Filled | Stage::InUse => schema::bring_up_to_date(connection, tables)?,
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    Ok(connection.execute_batch("COMMIT")?)
}

/// From now on commits go through a log.
fn write_ahead(connection: &Connection, path: &Path, options: &SqliteOptions) -> Result<(), Refusal> {
    // Another process may be doing the same; changing the mode does not wait for it by itself.
    let mut tries = 0;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(unusable(format!(
                    "the folder of {} cannot hold a write-ahead log (SQLite stays in mode {mode}). Use a folder on \
                     a local disk",
                    path.display()
                ))
                .into());
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && tries * 20 < options.busy_timeout.as_millis() =>
            {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Refuses the file of another program or of a newer Callboard; tells whether the file is empty.
fn check_owner(connection: &Connection, path: &Path) -> Result<bool, Refusal> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, format) = (number("application_id")?, number("user_version")?);
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && format == 0 && objects == 0 {
        return Ok(true);
    }
    if application != APPLICATION_ID {
        return Err(unusable(format!(
            "{} is the database of another program (application id {application}); it was not touched. Name another \
             file for the store",
            path.display()
        ))
        .into());
    }
    if format > FORMAT {
        return Err(unreadable(format!(
            "{} was written by a newer Callboard (store format {format}, this program knows {FORMAT}); it was not \
             touched. Use the newer program, or restore a backup from before the upgrade",
            path.display()
        ))
        .into());
    }
    Ok(false)
}

/// Why the file cannot be read, although it is, or was, a store.
pub(crate) fn unreadable(reason: String) -> StoreError {
    StoreError::Unreadable { reason }
}

/// Why the file is not to be used.
pub(crate) fn unusable(reason: String) -> StoreError {
    StoreError::Unusable { reason }
}
