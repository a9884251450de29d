//! What a disk may hold when the power goes: all that was synced, and of what was not whatever it likes.
//!
//! A file has what was written to it before its last sync; of the changes after it each is there or not, and of some writes
//! only some sectors. Names are synced by their folder, not by their file: a new name, a rename or a removal may be missing
//! until then, though the file itself is whole.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::Random;

/// What a disk writes whole.
const SECTOR: usize = 512;

/// What a program does to a folder, from a moment on.
pub(super) struct Trace {
    folder: PathBuf,
    library: PathBuf,
    records: PathBuf,
    /// The files that were there: name, number, contents. They are taken to be synced.
    before: Vec<(PathBuf, u64, Vec<u8>)>,
}

/// One call, and where its record ends.
struct Record {
    kind: u8,
    file: u64,
    place: usize,
    one: PathBuf,
    two: Vec<u8>,
    end: u64,
}

impl Trace {
    /// Nothing has happened yet. The library and the records lie in `beside`.
    pub(super) fn of(folder: &Path, beside: &Path) -> Self {
        let library = beside.join("traced_disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/power_loss/traced_disk.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(cc.status().unwrap().success());
        let mut before = Vec::new();
        files(folder, &mut before);
        Self { folder: folder.to_owned(), library, records: beside.join("trace"), before }
    }

    /// Writes down what this program will do.
    pub(super) fn watch(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("TRACE_OF", &self.folder).env("TRACE_TO", &self.records);
    }

    /// The present moment.
    pub(super) fn now(&self) -> u64 {
        fs::metadata(&self.records).unwrap().len()
    }

    /// What was written down, to be played.
    pub(super) fn read(self) -> Played {
        let bytes = fs::read(&self.records).unwrap();
        let (mut at, mut records) = (0, Vec::new());
        while at < bytes.len() {
            let mut take = |length: usize| {
                at += length;
                &bytes[at - length..at]
            };
            let kind = take(1)[0];
            let [file, place, one, two] = [(); 4].map(|()| u64::from_le_bytes(take(8).try_into().unwrap()));
            let one = PathBuf::from(std::str::from_utf8(take(one as usize)).unwrap());
            let two = take(two as usize).to_vec();
            records.push(Record { kind, file, place: place as usize, one, two, end: at as u64 });
        }
        Played { trace: self, records }
    }
}

fn files(folder: &Path, found: &mut Vec<(PathBuf, u64, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.clone(), fs::metadata(&path).unwrap().ino(), fs::read(&path).unwrap()));
        }
    }
}

/// A trace that can be played up to any of its calls.
pub(super) struct Played {
    trace: Trace,
    records: Vec<Record>,
}

impl Played {
    /// How many calls there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// A number of calls: between any two syncs as likely as between any others, however much is written there.
    pub(super) fn between_syncs(&self, random: &mut Random) -> usize {
        let syncs = self.records.iter().enumerate().filter(|(_, record)| record.kind == b's');
        let mut places: Vec<usize> = syncs.map(|(place, _)| place).collect();
        places.push(self.len());
        let next = random.below(places.len() as u64) as usize;
        let from = next.checked_sub(1).map_or(0, |before| places[before] + 1);
        from + random.below((places[next] - from + 1) as u64) as usize
    }

    /// The moment after so many calls.
    pub(super) fn moment(&self, calls: usize) -> u64 {
        calls.checked_sub(1).map_or(0, |last| self.records[last].end)
    }

    /// Makes of `into` what the folder may be when the power goes after so many calls.
    pub(super) fn lose_power(&self, calls: usize, random: &mut Random, into: &Path) {
        let mut disk = Disk::default();
        for (path, number, bytes) in &self.trace.before {
            let file = disk.make(*number);
            disk.files[file].bytes.clone_from(bytes);
            disk.names.insert(path.clone(), file);
        }
        self.records[..calls].iter().for_each(|record| disk.play(record));
        disk.lose_power(random);
        let _ = fs::remove_dir_all(into);
        fs::create_dir_all(into).unwrap();
        for (path, file) in &disk.names {
            // What is only shared memory does not outlive the machine.
            if path.to_str().unwrap().ends_with("-shm") {
                continue;
            }
            let path = into.join(path.strip_prefix(&self.trace.folder).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut options = fs::OpenOptions::new();
            let mut written = options.write(true).create_new(true).mode(0o600).open(path).unwrap();
            std::io::Write::write_all(&mut written, &disk.files[*file].bytes).unwrap();
        }
    }
}

#[derive(Default)]
struct Disk<'a> {
    files: Vec<File<'a>>,
    /// Files by the number the system gives them now: it gives it to another one when a file is gone.
    numbers: HashMap<u64, usize>,
    names: BTreeMap<PathBuf, usize>,
    unsynced: Vec<Renamed<'a>>,
}

#[derive(Default)]
struct File<'a> {
    bytes: Vec<u8>,
    unsynced: Vec<Change<'a>>,
}

enum Change<'a> {
    Write(usize, &'a [u8]),
    Cut(usize),
}

/// A name that is given (to a file), taken away, or both at once.
struct Renamed<'a> {
    gone: Option<&'a Path>,
    given: Option<(PathBuf, usize)>,
}

impl<'a> Disk<'a> {
    fn make(&mut self, number: u64) -> usize {
        self.files.push(File::default());
        self.numbers.insert(number, self.files.len() - 1);
        self.files.len() - 1
    }

    fn play(&mut self, record: &'a Record) {
        if record.kind == b'c' {
            let file = self.make(record.file);
            self.unsynced.push(Renamed { gone: None, given: Some((record.one.clone(), file)) });
            return;
        }
        if record.kind == b's' && !self.numbers.contains_key(&record.file) {
            return self.sync_folder(&record.one);
        }
        let file = self.numbers[&record.file];
        let to = || PathBuf::from(std::str::from_utf8(&record.two).unwrap());
        match record.kind {
            b'w' => self.files[file].unsynced.push(Change::Write(record.place, &record.two)),
            b't' => self.files[file].unsynced.push(Change::Cut(record.place)),
            b's' => self.files[file].sync(),
            b'u' => self.unsynced.push(Renamed { gone: Some(&record.one), given: None }),
            b'r' => self.unsynced.push(Renamed { gone: Some(&record.one), given: Some((to(), file)) }),
            b'l' => self.unsynced.push(Renamed { gone: None, given: Some((to(), file)) }),
            kind => panic!("a record of kind {kind}"),
        }
    }

    fn sync_folder(&mut self, folder: &Path) {
        for renamed in std::mem::take(&mut self.unsynced) {
            let path = renamed.given.as_ref().map(|(path, _)| path.as_path()).or(renamed.gone).unwrap();
            if path.parent() == Some(folder) {
                self.rename(renamed);
            } else {
                self.unsynced.push(renamed);
            }
        }
    }

    fn rename(&mut self, renamed: Renamed<'a>) {
        if let Some(gone) = renamed.gone {
            self.names.remove(gone);
        }
        self.names.extend(renamed.given);
    }

    /// Of what is not synced nothing is kept, or every other change, or nearly all.
    fn lose_power(&mut self, random: &mut Random) {
        let kept_of_8 = [0, 4, 4, 7][random.below(4) as usize];
        for file in &mut self.files {
            for change in std::mem::take(&mut file.unsynced) {
                match change {
                    _ if random.below(8) >= kept_of_8 => {}
                    Change::Write(offset, bytes) if random.below(3) == 0 => file.tear(offset, bytes, random),
                    change => file.change(change),
                }
            }
        }
        for renamed in std::mem::take(&mut self.unsynced) {
            if random.below(8) < kept_of_8 {
                self.rename(renamed);
            }
        }
    }
}

impl<'a> File<'a> {
    fn sync(&mut self) {
        std::mem::take(&mut self.unsynced).into_iter().for_each(|change| self.change(change));
    }

    fn change(&mut self, change: Change<'a>) {
        match change {
            Change::Write(offset, bytes) => {
                let end = offset + bytes.len();
                self.bytes.resize(self.bytes.len().max(end), 0);
                self.bytes[offset..end].copy_from_slice(bytes);
            }
            Change::Cut(size) => self.bytes.resize(size, 0),
        }
    }

    /// Some sectors of a write.
    fn tear(&mut self, mut offset: usize, mut bytes: &'a [u8], random: &mut Random) {
        while !bytes.is_empty() {
            let (sector, rest) = bytes.split_at(bytes.len().min(SECTOR - offset % SECTOR));
            if random.below(2) == 0 {
                self.change(Change::Write(offset, sector));
            }
            (offset, bytes) = (offset + sector.len(), rest);
        }
    }
}
