//! Files that are damaged or made to harm: refused in words, without a panic, with bounded memory.

use std::fs;
use std::io::{Cursor, Read};
use std::path::PathBuf;

use mongodump::{Dump, DumpError, Limits};
use proptest::prelude::*;

use crate::parts::{archive, document, nested, packed, read, read_within, small};

#[test]
fn a_file_cut_anywhere_is_refused() {
    for bytes in [archive(&small()), packed(&archive(&small()))] {
        for length in 0..bytes.len() {
            let error = read(bytes[..length].to_vec()).expect_err(&format!("cut after {length}"));
            let words = error.to_string();
            assert!(words.starts_with("it is "), "{length}: {words}");
        }
    }
}

#[test]
fn a_flipped_byte_is_found_or_changes_nothing() {
    let small = small();
    let (plain, packed) = (archive(&small), packed(&archive(&small)));
    for (bytes, is_packed) in [(&plain, false), (&packed, true)] {
        for position in 0..bytes.len() {
            for mask in [0x01, 0x80, 0xff] {
                let mut flipped = bytes.clone();
                flipped[position] ^= mask;
                if let Ok(contents) = read(flipped) {
                    assert_eq!(contents, small, "packed: {is_packed}, byte {position} with {mask:x}");
                }
            }
        }
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    let mut bytes = archive(&small());
    bytes.extend_from_slice(&[0xff; 4]);
    assert!(matches!(read(bytes), Err(DumpError::Damaged { .. })));
    let mut bytes = packed(&archive(&small()));
    bytes.extend_from_slice(b"more");
    assert!(matches!(read(bytes), Err(DumpError::Damaged { .. } | DumpError::Cut { .. })));
}

#[test]
fn a_length_that_lies_takes_no_memory() {
    for length in [0_i32, 4, -1, i32::MIN, i32::MAX, 17 << 20] {
        let mut bytes = vec![0x6d, 0xe2, 0x99, 0x81];
        bytes.extend_from_slice(&length.to_le_bytes());
        assert!(matches!(read(bytes), Err(DumpError::Damaged { .. })), "{length}");
    }
    // Within the limit, with nothing behind it.
    let mut bytes = vec![0x6d, 0xe2, 0x99, 0x81];
    bytes.extend_from_slice(&(16_i32 << 20).to_le_bytes());
    assert!(matches!(read(bytes), Err(DumpError::Cut { .. })));
}

#[test]
fn documents_too_deep_are_refused_without_recursion() {
    let deepest = Limits::default().depth;
    assert_eq!(mongodump::check_document(&nested(deepest), deepest), Ok(()));
    assert!(mongodump::check_document(&nested(deepest + 1), deepest).is_err());
    assert!(mongodump::check_document(&nested(20_000), deepest).is_err());
    let bytes = archive(&vec![("events".to_owned(), vec![nested(5_000)])]);
    assert!(read(bytes).unwrap_err().to_string().contains("deeper"));
}

#[test]
fn a_gzip_bomb_is_put_down() {
    let lots = vec![document(1, &"a".repeat(1 << 18)); 16];
    let bomb = packed(&archive(&vec![("events".to_owned(), lots)]));
    let limits = Limits { unpacked_free_bytes: 1 << 20, unpacked_ratio: 20, ..Limits::default() };
    assert!(matches!(read_within(bomb.clone(), limits), Err(DumpError::TooLarge(_))));
    assert!(read(bomb).is_ok());
    // A gzip of nothing but zeros is no archive after four of them.
    let zeros = packed(&vec![0; 8 << 20]);
    assert!(matches!(read(zeros), Err(DumpError::Foreign(_))));
}

#[test]
fn heads_without_end_are_refused() {
    let many: Vec<_> = (0..1_001).map(|number| (format!("c{number}"), Vec::new())).collect();
    assert!(matches!(read(archive(&many)), Err(DumpError::TooLarge(_))));
    let limits = Limits { heads_bytes: 100, ..Limits::default() };
    assert!(matches!(read_within(archive(&small()), limits), Err(DumpError::TooLarge(_))));
}

#[test]
fn names_that_are_paths_are_refused() {
    for name in ["../events", "a/b", "..", "a\\b", "", "a\nb"] {
        let bytes = archive(&vec![(name.to_owned(), Vec::new())]);
        assert!(matches!(read(bytes), Err(DumpError::Damaged { .. })), "{name}");
    }
    let twice = vec![("events".to_owned(), Vec::new()), ("events".to_owned(), Vec::new())];
    assert!(read(archive(&twice)).unwrap_err().to_string().contains("two heads"));
}

#[test]
fn what_is_no_dump_is_said_to_be_none() {
    for bytes in [&b""[..], b"SQLite format 3\0", b"PK\x03\x04", b"\x1f\x8b", b"{}"] {
        assert!(read(bytes.to_vec()).is_err());
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Dump::open(folder.path(), Limits::default()), Err(DumpError::Foreign(_))));
    for name in ["a", "b"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    assert!(matches!(Dump::open(folder.path(), Limits::default()), Err(DumpError::Foreign(_))));
    assert!(matches!(Dump::open(&folder.path().join("c"), Limits::default()), Err(DumpError::Io(_))));
}

#[test]
fn a_link_in_a_folder_is_not_followed() {
    #[cfg(unix)]
    {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("outside"), document(1, "")).unwrap();
        let house = folder.path().join("house");
        fs::create_dir(&house).unwrap();
        fs::write(house.join("users.bson"), document(2, "")).unwrap();
        for name in ["events.bson", "events.bson.gz", "events.metadata.json", "users.metadata.json.gz"] {
            std::os::unix::fs::symlink("../outside", house.join(name)).unwrap();
            // Neither what it leads to nor a dump without the collection.
            let error = Dump::open(&house, Limits::default()).map(|_| ()).unwrap_err();
            assert!(error.to_string().contains(&format!("{name} in it is no plain file")), "{error}");
            fs::remove_file(house.join(name)).unwrap();
        }
        Dump::open(&house, Limits::default()).unwrap();
    }
}

/// The folder of a database, which has no dot in its name, and the one it is in.
fn house() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let house = folder.path().join("house");
    fs::create_dir(&house).unwrap();
    (folder, house)
}

#[test]
fn a_folder_without_the_documents_of_a_collection_is_cut() {
    let (_folder, house) = house();
    fs::write(house.join("users.bson"), document(1, "")).unwrap();
    let open = || Dump::open(&house, Limits::default());
    for (name, is_packed) in [("events.metadata.json", false), ("events.metadata.json.gz", true)] {
        let path = house.join(name);
        let write = |text: &str| {
            let bytes = if is_packed { packed(text.as_bytes()) } else { text.as_bytes().to_vec() };
            fs::write(&path, bytes).unwrap();
        };
        for text in [r#"{"indexes":[]}"#, r#"{"type":"collection"}"#, r#"{"type":""}"#, "", "no JSON"] {
            write(text);
            let error = open().map(|_| ()).unwrap_err();
            assert!(matches!(error, DumpError::Missing { .. }), "{text}: {error}");
            assert!(error.to_string().starts_with("it is cut short: events.bson is missing"), "{error}");
        }
        // What has no documents of its own, as newer and older tools say it.
        for text in [r#"{"type":"view"}"#, r#"{"options":{"viewOn":"users"}}"#, r#"{"type":"timeseries"}"#] {
            write(text);
            assert_eq!(open().unwrap().collections().len(), 1, "{text}");
        }
        write(r#"{"indexes":[]}"#);
        fs::write(house.join("events.bson"), "").unwrap();
        assert_eq!(open().unwrap().collections().len(), 2, "an empty one has an empty file");
        fs::remove_file(house.join("events.bson")).unwrap();
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_folder_with_a_collection_packed_and_not_is_refused() {
    let (_folder, house) = house();
    fs::write(house.join("users.bson"), document(1, "")).unwrap();
    fs::write(house.join("users.bson.gz"), packed(&document(2, ""))).unwrap();
    let error = Dump::open(&house, Limits::default()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("users are there both packed and not"), "{error}");
}

#[test]
fn a_folder_with_a_cut_file_is_refused() {
    let (_folder, house) = house();
    let bytes = document(1, "abc");
    for length in 1..bytes.len() {
        fs::write(house.join("events.bson"), &bytes[..length]).unwrap();
        let outcome = Dump::open(&house, Limits::default()).and_then(crate::parts::contents);
        assert!(matches!(outcome, Err(DumpError::Cut { .. })), "{length}: {outcome:?}");
    }
}

/// Gives one byte at a time, as a slow pipe does.
struct Slow(Cursor<Vec<u8>>);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

#[test]
fn a_slow_reader_gives_the_same() {
    let dump = Dump::read(Box::new(Slow(Cursor::new(archive(&small())))), Limits::default()).unwrap();
    assert_eq!(crate::parts::contents(dump).unwrap(), small());
}

proptest! {
    #[test]
    fn noise_behind_a_good_start_never_panics(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = archive(&small());
        bytes.truncate(150);
        bytes.extend_from_slice(&noise);
        let _ = read(bytes);
        let _ = read([&[0x1f, 0x8b, 8, 0][..], &noise].concat());
        let _ = mongodump::check_document(&noise, 10);
    }
}
