//! A full disk: this change is not saved, everything before it is.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::support::say;
use super::support::station::{Batch, Station, json};
use super::{file_of, patient, put};

/// A small file system of its own; only root may make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, kib: u32) -> Option<Self> {
        std::fs::create_dir_all(at).ok()?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"])
            .arg(at)
            .stderr(std::process::Stdio::null())
            .status()
            .ok()?;
        status.success().then(|| Self(at.to_owned()))
    }

    /// Takes the space that somebody can give back later.
    fn hold(&self, kib: usize) {
        std::fs::write(self.0.join("held"), vec![7_u8; kib * 1024]).expect("there is space yet");
    }

    /// Takes all the space there is.
    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.join("filler")).expect("the filler");
        let mut size = 1 << 16;
        while size > 0 {
            if file.write_all(&vec![7_u8; size]).is_err() {
                size /= 2;
            }
        }
    }

    fn free(&self) {
        for name in ["filler", "held"] {
            std::fs::remove_file(self.0.join(name)).expect("it is there");
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A patient of some size, so that a disk fills before patience ends.
fn large(number: usize) -> Value {
    let mut large = patient(&format!("large-{number}"), "Ivanova");
    // Noise, which does not compress.
    let mut noise = String::new();
    let mut state = number as u64 + 1;
    while noise.len() < 60_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        noise.push_str(&format!("{:x}", state >> 11));
    }
    large["photo"] = json!([{"title": noise}]);
    large
}

/// Puts until it is refused; what was taken.
fn put_until_refused(batch: &mut Batch, station: &Station) -> (Vec<Value>, Value) {
    let mut taken = Vec::new();
    for number in 0..400 {
        let resource = large(number);
        let answer = batch.any(&format!("put {}", file_of(station, &resource)));
        if answer["code"].is_string() && answer["message"].is_string() {
            return (taken, answer);
        }
        taken.push(resource);
    }
    unreachable!("a disk of a few megabytes takes no 400 photos")
}

fn assert_readable(batch: &mut Batch, taken: &[Value]) {
    for resource in taken {
        let id = resource["id"].as_str().expect("an id");
        assert_eq!(
            batch.ask(&format!("get Patient/{id}")),
            *resource,
            "{id} is as it was saved"
        );
    }
}

#[test]
fn a_full_disk_refuses_the_change_and_keeps_what_was_saved() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(disk) = SmallDisk::mount(&dir.path().join("disk"), 8 * 1024) else {
        say(
            "skipped: no file system may be mounted here; the limit on file sizes stands in for it",
        );
        return;
    };
    disk.hold(2 * 1024);
    let station = Station::at(disk.0.join("store"), "ada");
    station.run(&["init"]);
    let quiet = Station::at(disk.0.join("quiet"), "ada");
    quiet.run(&["init"]);
    // Files of commands lie elsewhere.
    let files = Station::at(dir.path().join("elsewhere"), "ada");
    let mut batch = station.batch();
    put(&mut batch, &files, &patient("first", "Ivanova"));
    let (taken, refused) = put_until_refused(&mut batch, &files);
    assert_eq!(refused["code"], "disk_full", "{refused}");
    let message = refused["message"].as_str().expect("words");
    assert!(
        message.contains("The disk is full") && message.contains("safe"),
        "{message}"
    );
    assert_readable(&mut batch, &taken);
    let id = format!("large-{}", taken.len());
    batch.refused(&format!("get Patient/{id}"), "not_found");
    disk.fill();
    batch.refused(
        &format!("put {}", file_of(&files, &large(500))),
        "disk_full",
    );
    assert_readable(&mut batch, &taken);
    batch.end();

    // The log that ended with the process gave some space back.
    disk.fill();
    // A new process on a disk without a byte left: charts open, nothing is saved.
    for arguments in [
        &["get", "Patient/first"][..],
        &["chart", "first"],
        &["search", "Patient?name=ivan"],
        &["status"],
        &["verify", "--deep"],
    ] {
        let output = station.attempt(arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
    }
    let output = quiet.attempt(&["search", "Patient?name=ivan"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("The disk is full"),
        "a store without a log to write over says that nothing can be saved: {told}"
    );
    let mut wrong = station.clone();
    wrong.passphrase = "quiet harbour latern".to_owned();
    wrong.refused(&["status"], 3, "wrong_passphrase");
    let output = station.attempt(&["put", &file_of(&files, &large(501))]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json(&output)["code"], "disk_full", "{}", json(&output));
    let second = station.moved(disk.0.join("second"));
    second.refused(&["init"], 1, "disk_full");
    assert!(!second.store.exists(), "no part of a store is left");

    disk.free();
    let mut batch = station.batch();
    assert_readable(&mut batch, &taken);
    put(&mut batch, &files, &patient("last", "Ivanova"));
    assert_eq!(batch.ask("verify --deep")["problems"], json!([]));
    assert_eq!(batch.ask("status")["patients"], taken.len() + 2);
    batch.end();
    say(&format!(
        "{} changes of 60 kB on a file system of 8 MiB, then full",
        taken.len()
    ));
}

#[test]
fn a_limit_on_the_size_of_files_refuses_the_change_and_keeps_what_was_saved() {
    let dir = tempfile::tempdir().expect("a folder");
    let station = Station::own(dir.path());
    let size = std::fs::metadata(station.store.join("store.db"))
        .expect("the store")
        .len();
    let plain = station.command(&["batch"]);
    let mut limited = Command::new("bash");
    limited
        .args(["-c", "ulimit -f \"$1\"; shift; exec \"$@\"", "limited"])
        .arg((size / 1024 + 600).to_string())
        .arg(plain.get_program())
        .args(plain.get_args())
        .env("HAVEN_PASSPHRASE", &station.passphrase);
    let mut batch = Batch::of(limited);
    let (taken, refused) = put_until_refused(&mut batch, &station);
    assert!(!taken.is_empty(), "there was space at first");
    assert!(
        refused["code"] == "disk_full",
        "the reason is the disk: {refused}"
    );
    let message = refused["message"].as_str().expect("words");
    assert!(
        message.contains("safe") && message.contains("not saved"),
        "{message}"
    );
    assert_readable(&mut batch, &taken);
    batch.end();
    let mut batch = station.batch();
    assert_readable(&mut batch, &taken);
    let id = format!("large-{}", taken.len());
    batch.refused(&format!("get Patient/{id}"), "not_found");
    put(&mut batch, &station, &patient("last", "Ivanova"));
    assert_eq!(batch.ask("verify --deep")["problems"], json!([]));
    batch.end();
    say(&format!("{} changes, then: {message}", taken.len()));
}
