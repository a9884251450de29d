//! Reads the text of the specification where it is at hand, into the same plain lines.

use std::path::Path;

use crate::list::Lines;

/// The text, if the folder beside the checkout is there.
pub(crate) fn find() -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec");
    let mut files: Vec<_> = std::fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    Some(texts.collect::<Vec<_>>().join("\n"))
}

/// A line without the collection a field refers to: the text says that in prose.
pub(crate) fn without_target(line: &str) -> String {
    line.split(" -> ").next().unwrap_or_default().to_owned()
}

/// The text as lines.
pub(crate) fn read(text: &str) -> Lines {
    let mut reader = Reader::default();
    text.lines().map(str::trim).for_each(|line| reader.line(line));
    reader.lines
}

#[derive(Default)]
struct Reader {
    lines: Lines,
    collection: String,
    in_document: bool,
    in_indexes: bool,
    internal: bool,
    /// Names of the objects around the present line, with `.` or `[].` at the end.
    around: Vec<String>,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("**Collection Name:**") {
            self.collection = name.trim().trim_matches('`').to_owned();
        } else if line.starts_with("```") {
            self.in_document = line == "```javascript";
        } else if line == "**Indexes:**" {
            self.in_indexes = true;
        } else if line.starts_with("---") || line.starts_with('#') {
            self.in_indexes = false;
        } else if self.in_document {
            self.member(line);
        } else if let (true, Some(index)) = (self.in_indexes, line.strip_prefix("- ")) {
            self.index(index);
        }
    }

    fn member(&mut self, line: &str) {
        if line.is_empty() {
            self.internal = false;
            return;
        }
        if line.starts_with("//") {
            self.internal = line.contains("Custom Internal Fields");
            return;
        }
        if line.starts_with('}') {
            self.around.pop();
            return;
        }
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let code = code.trim().trim_end_matches(',');
        match code.split_once(':').map(|(name, kind)| (name.trim(), kind.trim())) {
            Some((name, "{")) => {
                self.field(name, "Object", "");
                self.around.push(format!("{name}."));
            }
            Some((name, "{ }")) => self.field(name, "Object", ""),
            Some((name, "[")) => {
                self.field(name, "[Object]", "");
                self.around.push(format!("{name}[]"));
            }
            Some((name, kind)) => self.field(name, kind, comment),
            // The brace of the document itself, or of the objects in a list.
            None if code == "{" => {
                self.around.push(if self.around.is_empty() { "" } else { "." }.to_owned());
            }
            None => {
                self.around.pop();
            }
        }
    }

    fn field(&mut self, name: &str, kind: &str, comment: &str) {
        let mut line = format!("{}: field {}{name} {kind}", self.collection, self.around.concat());
        let words: Vec<&str> = comment.trim().split(" | ").collect();
        if words.len() > 1 {
            line += &format!(
                " {}",
                words.iter().map(|word| word.trim_matches('"')).collect::<Vec<_>>().join("|")
            );
        }
        if self.internal {
            line += " internal";
        }
        self.lines.insert(line);
    }

    fn index(&mut self, line: &str) {
        let Some((keys, rest)) = line.trim_start_matches('`').split_once('`') else { return };
        let mut index = format!("{}: index {keys}", self.collection);
        for word in ["unique", "sparse", "2dsphere"] {
            if rest.contains(word) {
                index += &format!(" {word}");
            }
        }
        self.lines.insert(index);
    }
}
