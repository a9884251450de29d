//! How much a dump may ask for.

/// How much a dump may ask for. Memory is bounded by `document_bytes` and by the heads of `collections`; the rest bounds
/// time and disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest document: MongoDB's 16 MiB and the 16 KiB it allows itself beyond.
    pub document_bytes: u32,
    /// How deep documents may lie in documents: MongoDB's limit.
    pub depth: usize,
    /// Collections in one dump.
    pub collections: usize,
    /// Bytes of all heads of collections together.
    pub heads_bytes: u64,
    /// A gzip may unpack to so many times its size…
    pub unpacked_ratio: u64,
    /// …beyond so many bytes, which it may unpack to in any case.
    pub unpacked_free_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: (16 << 20) + (16 << 10),
            depth: 100,
            collections: 1_000,
            heads_bytes: 32 << 20,
            unpacked_ratio: 250,
            unpacked_free_bytes: 256 << 20,
        }
    }
}
