//! A workstation that stays unlocked, one process for a whole story, unless it is killed.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support::station::{Batch, Refusal, Station};

/// An unlocked workstation.
pub struct Desk {
    station: Station,
    batch: RefCell<Option<Batch>>,
}

impl Desk {
    /// Works at a station.
    pub fn at(station: Station) -> Self {
        Self {
            station,
            batch: RefCell::new(None),
        }
    }

    /// A store of one's own, just made.
    pub fn own(dir: &Path) -> Self {
        Self::at(Station::own(dir))
    }

    fn with<T>(&self, arguments: &[&str], ask: impl FnOnce(&mut Batch, &str) -> T) -> T {
        let mut batch = self.batch.borrow_mut();
        let batch = batch.get_or_insert_with(|| self.station.batch());
        let quoted: Vec<String> = arguments
            .iter()
            .map(|word| format!("'{}'", word.replace('\'', "'\\''")))
            .collect();
        ask(batch, &quoted.join(" "))
    }

    /// Runs a command that must succeed.
    pub fn run(&self, arguments: &[&str]) -> Value {
        self.with(arguments, Batch::ask)
    }

    /// Runs a command, whatever comes of it.
    pub fn any(&self, arguments: &[&str]) -> Value {
        self.with(arguments, Batch::any)
    }

    /// The bytes that a command answers.
    pub fn bytes(&self, arguments: &[&str]) -> Vec<u8> {
        self.with(arguments, Batch::bytes)
    }

    /// Runs a command that must be refused.
    pub fn refused(&self, arguments: &[&str], code: &str) -> Refusal {
        self.with(arguments, |batch, line| batch.refused(line, code))
    }

    /// The kernel's SIGKILL; the next command starts anew.
    pub fn kill(&self) {
        if let Some(batch) = self.batch.borrow_mut().take() {
            batch.kill();
        }
    }

    /// Asserts that the whole store is sound.
    pub fn assert_sound(&self) {
        let report = self.run(&["verify", "--deep"]);
        assert_eq!(
            report["problems"],
            serde_json::json!([]),
            "verify --deep finds the store sound"
        );
    }

    /// Writes a file beside the store.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        self.station.file(name, bytes)
    }

    /// The folder of the store.
    pub fn store(&self) -> &Path {
        &self.station.store
    }
}
