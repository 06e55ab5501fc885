//! `haven bench`: the figures of design §10, measured here and now.
//!
//! What is compared is this process's CPU time against the same work on plain SQLite (the store's own
//! tables and indexes, nothing sealed, packed or hashed), in the same run, in turns; wall times
//! stand beside it as the values.

mod clinic;
mod clock;
mod data;
mod machine;
mod memory;
mod reading;
mod syncing;
mod writing;

use std::path::PathBuf;

use haven_store::Passphrase;
use serde::Serialize;

use crate::error::{AppError, Code, Result};
use crate::session::Session;
use crate::workstation::{InitRequest, Workstation};

/// Resources of a run that does not say how many, where there is no data to take them from.
const USUAL_RESOURCES: usize = 100_000;

/// What to measure on.
#[derive(Clone, Debug, Default)]
pub struct BenchOptions {
    /// A folder of NDJSON, plain, `.gz` or `.zst`; a made-up clinic where absent.
    pub data: Option<PathBuf>,
    /// How many resources: a part of the data, or more of it under new ids; all of it where absent.
    pub resources: Option<usize>,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct BenchRow {
    /// What was measured.
    pub name: &'static str,
    /// The figure, by the wall clock where it is a time; absent where it was not measured.
    pub value: Option<f64>,
    /// What the figure counts.
    pub unit: &'static str,
    /// What it has to reach: at least this where the unit is a rate, else at most.
    pub target: f64,
    /// CPU time (or bytes, for storage) over that of plain SQLite doing the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// At most what the ratio has to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio_target: Option<f64>,
    /// Whether figure and ratio reach their targets.
    pub met: bool,
    /// What was counted, or why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl BenchRow {
    fn measured(name: &'static str, value: f64, unit: &'static str, target: f64) -> Self {
        let is_rate = unit == PER_SECOND;
        Self {
            name,
            value: Some(rounded(value)),
            unit,
            target,
            ratio: None,
            ratio_target: None,
            met: if is_rate {
                value >= target
            } else {
                value <= target
            },
            note: None,
        }
    }

    fn unmeasured(name: &'static str, unit: &'static str, target: f64, why: String) -> Self {
        Self {
            name,
            value: None,
            unit,
            target,
            ratio: None,
            ratio_target: None,
            met: false,
            note: Some(format!("not measured: {why}")),
        }
    }

    fn against(mut self, ratio: f64, target: f64) -> Self {
        self.ratio = Some(rounded(ratio));
        self.ratio_target = Some(target);
        self.met &= ratio <= target;
        self
    }

    /// As measured, for a row that was not.
    fn whose_ratio(mut self, target: f64) -> Self {
        self.ratio_target = Some(target);
        self
    }

    fn noted(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }
}

/// The unit of rates.
const PER_SECOND: &str = "resources/s";

/// Three digits are more than a noisy machine can tell.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10f64.powi(2 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

/// All figures of a run.
#[derive(Clone, Debug, Serialize)]
pub struct BenchAnswer {
    /// The figures.
    pub rows: Vec<BenchRow>,
    /// What they were measured on.
    pub machine: String,
    /// The commit of the working copy, where there is one.
    pub commit: String,
}

/// Measures; everything it writes lies in a temporary folder and is removed.
///
/// # Errors
/// When the data cannot be read, or the temporary folder not be written.
pub fn bench(options: &BenchOptions) -> Result<BenchAnswer> {
    let place = data::Scratch::new()?;
    let input = data::prepare(options, &place.dir("input")?)?;
    let mut rows = Vec::new();
    let written = writing::measure(&input, &place, &mut rows)?;
    reading::measure(&written, &input, &mut rows)?;
    rows.push(writing::merging(&input)?);
    syncing::measure(&input, &place, &mut rows)?;
    rows.extend(reading::unlocking(written, &input)?);
    Ok(BenchAnswer {
        rows,
        machine: machine::describe(input.resources),
        commit: machine::commit(),
    })
}

/// The passphrase of stores that nobody will open again.
fn passphrase() -> Passphrase {
    Passphrase::new("a store for measuring only".to_owned())
}

/// More than any run writes: a store is measured at the size asked for, whatever one provider may take.
const QUOTA_BYTES: u64 = 1 << 40;

fn make_store(dir: PathBuf) -> Result<Session> {
    let session = Workstation::on_this_machine(dir).init(
        &InitRequest {
            user: "bench".to_owned(),
            display_name: "Bench".to_owned(),
            clinic: "Bench".to_owned(),
            device_name: "Bench".to_owned(),
        },
        &passphrase(),
    )?;
    session.storage(Some(QUOTA_BYTES))?;
    Ok(session)
}

fn io_error(what: &str) -> impl Fn(std::io::Error) -> AppError + '_ {
    move |error| {
        AppError::new(
            Code::Io,
            format!("{what} failed ({}). No store was touched.", error.kind()),
        )
    }
}
