//! What a process did to its files, call by call, as `strace` saw it; and a disk that remembers which
//! of it was flushed.
//!
//! Chosen over a VFS under SQLite: the same record covers the plain files and the folder's names, the
//! process runs the code that ships, and nothing in it knows of the test (ALICE, OSDI 2014).

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Dice;
use super::child::{BEFORE, Work};

/// The unit that a disk writes whole.
const SECTOR_BYTES: usize = 512;

/// The calls that matter.
const CALLS: &str = "openat,write,pwrite64,read,pread64,lseek,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,close,fallocate,copy_file_range,sendfile";

/// Whether this machine has what records a process.
pub(super) fn is_at_hand() -> bool {
    let asked = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

/// One call that came to its end.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) name: String,
    /// How many calls of that name came before, itself included; as `strace` counts.
    pub(super) ordinal: u64,
    arguments: Vec<String>,
    result: i64,
}

impl Call {
    fn text(&self, at: usize) -> String {
        String::from_utf8_lossy(&bytes(self.arguments.get(at).map_or("", String::as_str)))
            .into_owned()
    }

    fn number(&self, at: usize) -> usize {
        self.arguments
            .get(at)
            .and_then(|argument| argument.parse().ok())
            .unwrap_or(0)
    }

    fn descriptor(&self, at: usize) -> i64 {
        let argument = self.arguments.get(at).map_or("", String::as_str);
        let digits = argument.split('<').next().unwrap_or_default();
        digits.parse().unwrap_or(-1)
    }

    /// The file that the call is about, by name or by descriptor.
    pub(super) fn file(&self) -> String {
        let argument = match self.name.as_str() {
            "openat" | "unlinkat" | "renameat" | "renameat2" => 1,
            _ => 0,
        };
        let argument = self.arguments.get(argument).map_or("", String::as_str);
        match argument.split_once('<') {
            Some((_, path)) => String::from_utf8_lossy(&bytes(path)).into_owned(),
            None => String::from_utf8_lossy(&bytes(argument)).into_owned(),
        }
    }
}

/// The bytes of `\x41\x42` with whatever stands around them.
fn bytes(escaped: &str) -> Vec<u8> {
    escaped
        .split("\\x")
        .skip(1)
        .filter_map(|pair| u8::from_str_radix(pair.get(..2)?, 16).ok())
        .collect()
}

/// Runs a process and answers its calls.
pub(super) fn record(work: &Work<'_>, log: &Path, steps_before: u64) -> Vec<Call> {
    let log_name = log.display().to_string();
    let trace = format!("trace={CALLS}");
    let wrapper = [
        "strace", "-f", "-y", "-xx", "-s", "4000000", "-o", &log_name, "-e", &trace,
    ]
    .map(str::to_owned);
    let output = work
        .command(&wrapper)
        .env(BEFORE, steps_before.to_string())
        .output()
        .expect("strace runs");
    assert!(
        output.status.success(),
        "the recorded process does its work: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = fs::read_to_string(log).expect("a record");
    let calls = parse(&text);
    fs::remove_file(log).expect("removed");
    calls
}

fn parse(text: &str) -> Vec<Call> {
    let mut begun: HashMap<String, String> = HashMap::new();
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let Some((process, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        let whole = if let Some(head) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(process.to_owned(), head.to_owned());
            continue;
        } else if let Some((_, tail)) = rest
            .strip_prefix("<... ")
            .and_then(|rest| rest.split_once(" resumed>"))
        {
            let head = begun.remove(process).unwrap_or_default();
            head + tail
        } else {
            rest.to_owned()
        };
        let Some((name, rest)) = whole.split_once('(') else {
            continue;
        };
        let Some((arguments, result)) = rest.rsplit_once(" = ") else {
            continue;
        };
        let arguments = arguments.trim_end();
        let arguments = arguments.strip_suffix(')').unwrap_or(arguments);
        let result = result
            .split(|letter: char| letter != '-' && !letter.is_ascii_digit())
            .next()
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(-1);
        let ordinal = counts.entry(name.to_owned()).or_default();
        *ordinal += 1;
        calls.push(Call {
            name: name.to_owned(),
            ordinal: *ordinal,
            arguments: arguments.split(", ").map(str::to_owned).collect(),
            result,
        });
    }
    calls
}

/// A change of a file's content that was not flushed yet.
#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Length(length) => content.resize(*length, 0),
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
        }
    }

    /// Only some of its sectors.
    fn apply_torn(&self, content: &mut Vec<u8>, dice: &mut Dice) {
        match self {
            Self::Length(_) => self.apply(content),
            Self::Write { offset, bytes } => {
                for (n, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                    if dice.one_in(2) {
                        let change = Self::Write {
                            offset: offset + n * SECTOR_BYTES,
                            bytes: sector.to_vec(),
                        };
                        change.apply(content);
                    }
                }
            }
        }
    }
}

#[derive(Clone, Default)]
struct Node {
    flushed: Vec<u8>,
    changes: Vec<Change>,
}

/// A change of the names in the folders, which a journal keeps in order.
#[derive(Clone)]
enum Naming {
    Link(String, usize),
    Unlink(String),
    Rename(String, String),
}

type Names = BTreeMap<String, usize>;

fn name(names: &mut Names, naming: &Naming) {
    match naming {
        Naming::Link(path, node) => {
            names.insert(path.clone(), *node);
        }
        Naming::Unlink(path) => {
            names.remove(path);
        }
        Naming::Rename(from, to) => {
            let below = format!("{from}/");
            let moved: Vec<String> = names
                .keys()
                .filter(|path| *path == from || path.starts_with(&below))
                .cloned()
                .collect();
            for path in moved {
                if let Some(node) = names.remove(&path) {
                    names.insert(format!("{to}{}", &path[from.len()..]), node);
                }
            }
        }
    }
}

/// What becomes of what was not flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// All of it is gone.
    Dropped,
    /// The first of it is there, the last of that in part.
    Torn,
    /// Any of it is there, in any order.
    Reordered,
}

pub(super) const LOSSES: [Loss; 3] = [Loss::Dropped, Loss::Torn, Loss::Reordered];

/// The files below one folder, flushed and not.
pub(super) struct Disk {
    root: String,
    nodes: Vec<Node>,
    names_flushed: Names,
    namings: Vec<Naming>,
    names: Names,
    opened: HashMap<i64, (usize, usize)>,
    /// The number that the process told last.
    pub(super) told: u64,
}

impl Disk {
    /// A disk that holds what is in `dir` below `root`, all flushed.
    pub(super) fn of(root: &Path, dir: &Path) -> Self {
        let mut disk = Self {
            root: root.display().to_string(),
            nodes: Vec::new(),
            names_flushed: Names::new(),
            namings: Vec::new(),
            names: Names::new(),
            opened: HashMap::new(),
            told: 0,
        };
        for entry in fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let flushed = fs::read(&path).expect("reads");
                let node = disk.node(flushed);
                disk.names.insert(path.display().to_string(), node);
            }
        }
        disk.names_flushed = disk.names.clone();
        disk
    }

    fn node(&mut self, flushed: Vec<u8>) -> usize {
        self.nodes.push(Node {
            flushed,
            changes: Vec::new(),
        });
        self.nodes.len() - 1
    }

    fn rename(&mut self, naming: Naming) {
        name(&mut self.names, &naming);
        self.namings.push(naming);
    }

    /// Whether the call makes something durable.
    pub(super) fn flushes(call: &Call) -> bool {
        matches!(call.name.as_str(), "fsync" | "fdatasync") && call.result == 0
    }

    /// Does what the call did.
    pub(super) fn apply(&mut self, call: &Call) {
        if call.result < 0 {
            return;
        }
        let result = usize::try_from(call.result).expect("not negative");
        let opened = call.descriptor(0);
        match call.name.as_str() {
            "openat" => self.open(call),
            "close" => {
                self.opened.remove(&opened);
            }
            "write" if opened == 1 => {
                let text = call.text(1);
                let told = text.lines().filter_map(|line| line.strip_prefix("ok "));
                if let Some(step) = told.filter_map(|step| step.parse().ok()).next_back() {
                    self.told = step;
                }
            }
            "write" => {
                if let Some((node, offset)) = self.opened.get_mut(&opened) {
                    let change = Change::Write {
                        offset: *offset,
                        bytes: bytes(&call.arguments[1])[..result].to_vec(),
                    };
                    *offset += result;
                    self.nodes[*node].changes.push(change);
                }
            }
            "pwrite64" => {
                if let Some((node, _)) = self.opened.get(&opened) {
                    self.nodes[*node].changes.push(Change::Write {
                        offset: call.number(3),
                        bytes: bytes(&call.arguments[1])[..result].to_vec(),
                    });
                }
            }
            "read" => {
                if let Some((_, offset)) = self.opened.get_mut(&opened) {
                    *offset += result;
                }
            }
            "lseek" => {
                if let Some((_, offset)) = self.opened.get_mut(&opened) {
                    *offset = result;
                }
            }
            "ftruncate" => {
                if let Some((node, _)) = self.opened.get(&opened) {
                    self.nodes[*node]
                        .changes
                        .push(Change::Length(call.number(1)));
                }
            }
            "copy_file_range" => self.copy(opened, call.descriptor(2), result),
            "fallocate" | "sendfile" => {
                assert!(
                    !self.opened.contains_key(&opened),
                    "this disk does not know {call:?}"
                );
            }
            "fsync" | "fdatasync" => match self.opened.get(&opened) {
                Some((node, _)) => {
                    let node = &mut self.nodes[*node];
                    for change in std::mem::take(&mut node.changes) {
                        change.apply(&mut node.flushed);
                    }
                }
                // A folder: the journal keeps every name up to here.
                None if call.file().starts_with(&self.root) => {
                    for naming in std::mem::take(&mut self.namings) {
                        name(&mut self.names_flushed, &naming);
                    }
                }
                None => {}
            },
            "rename" => self.rename_within(call.text(0), call.text(1)),
            "renameat" | "renameat2" => self.rename_within(call.text(1), call.text(3)),
            "unlink" => self.unlink(call.text(0)),
            "unlinkat" => self.unlink(call.text(1)),
            _ => {}
        }
    }

    fn copy(&mut self, from: i64, to: i64, length: usize) {
        let Some((source, start)) = self.opened.get(&from).copied() else {
            return;
        };
        let source = &self.nodes[source];
        let mut content = source.flushed.clone();
        source
            .changes
            .iter()
            .for_each(|change| change.apply(&mut content));
        let (node, offset) = self
            .opened
            .get_mut(&to)
            .expect("a copy of what is below the root stays there");
        self.nodes[*node].changes.push(Change::Write {
            offset: *offset,
            bytes: content[start..start + length].to_vec(),
        });
        *offset += length;
        if let Some((_, start)) = self.opened.get_mut(&from) {
            *start += length;
        }
    }

    fn rename_within(&mut self, from: String, to: String) {
        if from.starts_with(&self.root) {
            self.rename(Naming::Rename(from, to));
        }
    }

    fn unlink(&mut self, path: String) {
        if self.names.contains_key(&path) {
            self.rename(Naming::Unlink(path));
        }
    }

    fn open(&mut self, call: &Call) {
        self.opened.remove(&call.result);
        let path = call.text(1);
        // The shared memory of the log is made anew after a power cut.
        let is_kept = path.starts_with(&self.root)
            && !path.ends_with("-shm")
            && !call.arguments[2].contains("O_DIRECTORY")
            && !Path::new(&path).is_dir();
        if !is_kept {
            return;
        }
        let node = match self.names.get(&path) {
            Some(node) => *node,
            None if call.arguments[2].contains("O_CREAT") => {
                let node = self.node(Vec::new());
                self.rename(Naming::Link(path, node));
                node
            }
            None => return,
        };
        if call.arguments[2].contains("O_TRUNC") {
            self.nodes[node].changes.push(Change::Length(0));
        }
        self.opened.insert(call.result, (node, 0));
    }

    /// How many changes are not flushed.
    pub(super) fn unflushed(&self) -> usize {
        self.namings.len()
            + self
                .nodes
                .iter()
                .map(|node| node.changes.len())
                .sum::<usize>()
    }

    /// Writes what is left after a power cut now, the files of `from` into `to`.
    pub(super) fn cut(&self, loss: Loss, dice: &mut Dice, from: &Path, to: &Path) {
        let mut names = self.names_flushed.clone();
        let kept = match loss {
            Loss::Dropped => 0,
            Loss::Torn | Loss::Reordered => dice.below(self.namings.len() + 1),
        };
        for naming in &self.namings[..kept] {
            name(&mut names, naming);
        }
        fs::create_dir_all(to).expect("a folder");
        let from = format!("{}/", from.display());
        for (path, node) in &names {
            let Some(within) = path.strip_prefix(&from).filter(|rest| !rest.contains('/')) else {
                continue;
            };
            fs::write(to.join(within), self.nodes[*node].after(loss, dice)).expect("written");
        }
    }
}

impl Node {
    fn after(&self, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let mut content = self.flushed.clone();
        match loss {
            Loss::Dropped => {}
            Loss::Torn => {
                let whole = dice.below(self.changes.len() + 1);
                for change in &self.changes[..whole] {
                    change.apply(&mut content);
                }
                if let Some(last) = self.changes.get(whole) {
                    last.apply_torn(&mut content, dice);
                }
            }
            Loss::Reordered => {
                let mut left: Vec<&Change> = self.changes.iter().collect();
                while !left.is_empty() {
                    let change = left.swap_remove(dice.below(left.len()));
                    match dice.below(5) {
                        0 | 1 => {}
                        2 => change.apply_torn(&mut content, dice),
                        _ => change.apply(&mut content),
                    }
                }
            }
        }
        content
    }
}
