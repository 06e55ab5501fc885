//! Figures of syncing, with a hub of the clinic's own kind on this machine.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use haven_model::wire::PullRequest;
use haven_model::{Resource, ResourceKey};
use haven_store::floor::Floor;
use haven_store::{OpKind, StoreError};
use haven_sync::{Remote, SyncSummary};
use serde_json::Value;

use super::clock::timed;
use super::data::{Input, Scratch, rows};
use super::memory::beside;
use super::writing::unchecked;
use super::{BenchRow, PER_SECOND, io_error, passphrase};
use crate::error::{AppError, Code, Result};
use crate::session::Session;
use crate::workstation::{EnrolRequest, Workstation, in_runtime};

/// The hub is filled with at most this many resources.
const MOST_RESOURCES: usize = 50_000;

/// Edits of one sync.
const EDITS: usize = 100;

const FIRST: (&str, f64) = ("first sync", 10_000.0);
const FIRST_RATIO: f64 = 1.7;
const HUNDRED: (&str, f64) = ("sync 100 resources", 0.5);
const WIRE_SENT: (&str, f64) = ("wire bytes of one edit", 2_000.0);
const WIRE_RECEIVED: (&str, f64) = ("wire bytes of one record received", 500.0);

/// Syncs with a hub beside this program; without one, says so.
pub(super) fn measure(input: &Input, place: &Scratch, out: &mut Vec<BenchRow>) -> Result<()> {
    let Some(program) = beside("haven-hub") else {
        let why = "haven-hub does not lie beside this program";
        out.push(BenchRow::unmeasured(
            HUNDRED.0,
            "s",
            HUNDRED.1,
            why.to_owned(),
        ));
        let first = BenchRow::unmeasured(FIRST.0, PER_SECOND, FIRST.1, why.to_owned());
        out.push(first.whose_ratio(FIRST_RATIO));
        for (name, target) in [WIRE_SENT, WIRE_RECEIVED] {
            out.push(BenchRow::unmeasured(name, "bytes", target, why.to_owned()));
        }
        return Ok(());
    };
    let dir = place.dir("hub")?;
    let hub = Hub::start(&program, &dir, &part_of(input, &dir)?)?;
    let station = Workstation::on_this_machine(place.free("synced"));
    let session = station.enrol(
        &EnrolRequest {
            url: hub.url.clone(),
            code: hub.code.clone(),
            user: None,
            device_name: "Bench".to_owned(),
        },
        &passphrase(),
    )?;
    let remote = session.hub()?;
    let floor = Floor::create(&place.dir("plain-synced")?, session.platform().now())?;
    let device = session.who().device_id.clone();
    let (plain_count, theirs) = timed(|| in_runtime(pull_plainly(&remote, &device, &floor))?)?;
    let (summary, mine) = timed(|| session.sync_once(&|_| {}))?;
    let pulled = summary.pulled;
    if pulled != plain_count {
        return Err(AppError::new(
            Code::Network,
            format!(
                "Haven took {pulled} resources and the plain store {plain_count}: the figures would not be of the same work."
            ),
        ));
    }
    let (hundred, sent) = edit_and_sync(&session)?;
    out.push(
        BenchRow::measured(HUNDRED.0, hundred, "s", HUNDRED.1).noted(format!(
            "{EDITS} edits offered and acknowledged, hub on the same machine"
        )),
    );
    let each = |cpu_s: f64| cpu_s * 1e6 / pulled.max(1) as f64;
    out.push(
        BenchRow::measured(FIRST.0, pulled as f64 / mine.wall_s, PER_SECOND, FIRST.1)
            .against(mine.cpu_s / theirs.cpu_s, FIRST_RATIO)
            .noted(format!(
                "{pulled} resources; CPU {:.1} µs each, plain {:.1} µs over the same connection",
                each(mine.cpu_s),
                each(theirs.cpu_s)
            )),
    );
    for ((name, target), told) in [(WIRE_SENT, &sent), (WIRE_RECEIVED, &summary)] {
        let each = told.wire.bytes_per_change.unwrap_or_default() as f64;
        out.push(
            BenchRow::measured(name, each, "bytes", target).noted(format!(
                "both ways, HTTP heads included, TLS not: {} sent, {} received for {} records",
                told.wire.bytes_sent,
                told.wire.bytes_received,
                told.pulled + told.pushed
            )),
        );
    }
    Ok(())
}

/// What a plain client would do: the same pages over the same connection, kept as they are.
async fn pull_plainly(remote: &Arc<dyn Remote>, device: &str, floor: &Floor) -> Result<u64> {
    let mut cursor = None;
    let mut taken = 0;
    loop {
        let request = PullRequest {
            cursor,
            device_id: device.to_owned(),
            max_records: Some(1_000),
            ..PullRequest::default()
        };
        let page = remote
            .pull(request)
            .await
            .map_err(|error| AppError::new(Code::Network, error.to_string()))?;
        let resources: Vec<Resource> = page
            .changes
            .into_iter()
            .filter_map(|change| {
                let bytes = change.data?.get().as_bytes().to_vec();
                let key = ResourceKey {
                    resource_type: change.collection,
                    id: change.record_id,
                };
                Some(Resource::from_trusted_bytes(key, bytes))
            })
            .collect();
        taken += resources.len() as u64;
        floor.add(&resources, false)?;
        if !page.has_more {
            return Ok(taken);
        }
        cursor = Some(page.cursor);
    }
}

fn edit_and_sync(session: &Session) -> Result<(f64, SyncSummary)> {
    let mut keys = Vec::new();
    let page = session.search(&format!("Observation?_count={EDITS}"))?;
    for stored in page.resources {
        keys.extend(stored.resource);
    }
    session.transact(OpKind::Edit, |tx| {
        for resource in &keys {
            let mut value = resource.value();
            if let Some(object) = value.as_object_mut() {
                object.insert("status".to_owned(), Value::from("amended"));
            }
            tx.edit(Resource::from_value(&value).map_err(StoreError::from)?)?;
        }
        Ok(())
    })?;
    let (summary, took) = timed(|| session.sync_once(&|_| {}))?;
    if summary.pushed < keys.len() as u64 {
        return Err(AppError::new(
            Code::Network,
            format!(
                "{} of {} edits reached the hub.",
                summary.pushed,
                keys.len()
            ),
        ));
    }
    Ok((took.wall_s, summary))
}

/// An even part of the input, of a size that a hub is filled with in seconds.
fn part_of(input: &Input, dir: &Path) -> Result<Vec<PathBuf>> {
    let step = input.resources.div_ceil(MOST_RESOURCES).max(1);
    if step == 1 {
        return Ok(input.files.clone());
    }
    let mut files = Vec::new();
    for file in &input.files {
        let path = dir.join(file.file_name().unwrap_or_default());
        let written = std::fs::File::create(&path).map_err(io_error("Writing the hub's input"))?;
        let mut out = std::io::BufWriter::new(written);
        let mut n = 0;
        rows(file, |bytes| {
            n += 1;
            if n % step == 0 {
                unchecked(bytes.clone())?;
                out.write_all(&[bytes.as_slice(), b"\n"].concat())
                    .map_err(io_error("Writing the hub's input"))?;
            }
            Ok(())
        })?;
        out.flush().map_err(io_error("Writing the hub's input"))?;
        files.push(path);
    }
    Ok(files)
}

/// A hub of its own, stopped when dropped.
struct Hub {
    process: Child,
    url: String,
    code: String,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Hub {
    fn start(program: &Path, dir: &Path, files: &[PathBuf]) -> Result<Self> {
        let db = dir.join("hub.db");
        let run = |arguments: &[&str], files: &[PathBuf]| -> Result<Value> {
            let answer = Command::new(program)
                .args(arguments)
                .arg("--db")
                .arg(&db)
                .args(files)
                .arg("--json")
                .env("HAVEN_PASSPHRASE", passphrase().expose_secret())
                .stderr(Stdio::null())
                .output()
                .map_err(io_error("Starting haven-hub"))?;
            Ok(serde_json::from_slice(&answer.stdout).unwrap_or(Value::Null))
        };
        run(&["init", "--admin", "root"], &[])?;
        run(&["import"], files)?;
        let invited = run(&["invite", "--user", "bench", "--role", "clinician"], &[])?;
        let code = invited["code"].as_str().map(str::to_owned);
        let mut process = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--db"])
            .arg(&db)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(io_error("Starting haven-hub"))?;
        let mut line = String::new();
        if let Some(out) = process.stdout.take() {
            BufReader::new(out)
                .read_line(&mut line)
                .map_err(io_error("Starting haven-hub"))?;
        }
        let told: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
        let url = told["url"].as_str().map(str::to_owned);
        let (Some(url), Some(code)) = (url, code) else {
            process.kill().ok();
            process.wait().ok();
            return Err(AppError::new(
                Code::Network,
                "The hub beside this program did not start. Haven and the hub may be of different versions.",
            ));
        };
        Ok(Self { process, url, code })
    }
}
