//! The archive: a magic number, a head, the heads of the collections, then their documents in blocks that may be
//! interleaved, and for each collection an end with a checksum over its documents.

mod head;
mod reader;
mod writer;

use crc::{CRC_64_XZ, Crc, Table};

pub use reader::Reader;
pub use writer::Writer;

/// Begins every archive.
pub(crate) const MAGIC: [u8; 4] = [0x6d, 0xe2, 0x99, 0x81];
/// Ends the heads, and every block.
const TERMINATOR: [u8; 4] = [0xff; 4];
/// The version of the format, as the tools write it.
const VERSION: &str = "0.1";

/// The checksum of a collection: what Go's library calls CRC-64 of the ECMA polynomial, in its reflected form.
static CHECKSUM: Crc<u64, Table<16>> = Crc::<u64, Table<16>>::new(&CRC_64_XZ);
type Digest = crc::Digest<'static, u64, Table<16>>;
