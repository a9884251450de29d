//! What is written is read again as it was.

use mongodump::archive::Writer;
use mongodump::{Collection, Dump, Form, Limits};
use proptest::prelude::*;

use crate::parts::{Contents, archive, contents, document, packed, read, small};

#[test]
fn plain_and_packed_archives_come_back() {
    let small = small();
    assert_eq!(read(archive(&small)).unwrap(), small);
    assert_eq!(read(packed(&archive(&small))).unwrap(), small);
}

#[test]
fn the_bytes_of_an_archive_are_those_of_the_tools() {
    let bytes = archive(&vec![("a".to_owned(), vec![b"\x05\0\0\0\0".to_vec()])]);
    // Magic; head; the collection; the end of the heads.
    assert_eq!(bytes[..4], [0x6d, 0xe2, 0x99, 0x81]);
    // The block: a document of five bytes, its terminator, the collection's end with the checksum of those bytes.
    let end = &bytes[bytes.len() - 4..];
    assert_eq!(end, [0xff; 4]);
    let checksum = crc_of(b"\x05\0\0\0\0").to_le_bytes();
    assert!(bytes.windows(8).any(|window| window == checksum));
}

/// The checksum bit by bit, as its definition says.
fn crc_of(bytes: &[u8]) -> u64 {
    let mut crc = !0_u64;
    for byte in bytes {
        crc ^= u64::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xc96c_5795_d787_0f42 } else { crc >> 1 };
        }
    }
    !crc
}

#[test]
fn documents_out_of_the_order_of_collections_are_refused() {
    let collections = ["a", "b"].map(|name| Collection::plain("house", name, String::new())).to_vec();
    let mut writer = Writer::begin(Vec::new(), "", "", collections).unwrap();
    writer.document(1, &document(1, "")).unwrap();
    assert!(writer.document(0, &document(2, "")).is_err());
    assert!(writer.document(2, &document(2, "")).is_err());
    assert_eq!(read(writer.end().unwrap()).unwrap()[1].1.len(), 1);
}

#[test]
fn a_folder_is_read_packed_or_not_and_what_is_no_part_of_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let house = folder.path().join("house");
    std::fs::create_dir_all(house.join("rooms")).unwrap();
    std::fs::write(house.join("notes.txt"), "dumped on Monday").unwrap();
    std::fs::write(house.join("events.bson"), [document(1, "x"), document(2, "y")].concat()).unwrap();
    std::fs::write(house.join("users.bson.gz"), packed(&document(3, "z"))).unwrap();
    std::fs::write(house.join("users.metadata.json.gz"), packed(b"{\"indexes\":[1]}")).unwrap();
    let dump = Dump::open(folder.path(), Limits::default()).unwrap();
    assert_eq!(dump.form(), Form::Folder);
    assert_eq!(dump.collections()[1].metadata, "{\"indexes\":[1]}");
    let expected: Contents = vec![
        ("events".to_owned(), vec![document(1, "x"), document(2, "y")]),
        ("users".to_owned(), vec![document(3, "z")]),
    ];
    assert_eq!(contents(dump).unwrap(), expected);
    std::fs::create_dir(house.join("rooms.bson")).unwrap();
    let error = Dump::open(folder.path(), Limits::default()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("rooms.bson in it is no plain file"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_contents_come_back(sizes in prop::collection::vec(prop::collection::vec(0_usize..300_000, 0..8), 0..5)) {
        let contents: Contents = sizes
            .iter()
            .enumerate()
            .map(|(number, sizes)| {
                let documents = sizes.iter().map(|size| document(7, &"ä".repeat(size / 2)));
                (format!("c{number}"), documents.collect())
            })
            .collect();
        prop_assert_eq!(read(archive(&contents)).unwrap(), contents);
    }
}
