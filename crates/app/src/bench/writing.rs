//! Figures of writing: import, storage, one observation, sealing, merging.

use std::fs;
use std::path::Path;

use haven_model::{MergedText, Resource, ResourceKey, merge_texts};
use haven_store::floor::{Floor, open_once, seal_once};
use haven_store::{OpKind, StoreError};
use serde::Deserialize;

use super::clock::{Compared, Took, compared, quantile, timed};
use super::data::{Input, Scratch, rows};
use super::{BenchRow, PER_SECOND, io_error, make_store};
use crate::error::{AppError, Code, Result};
use crate::interchange::{ImportOptions, acceptable};
use crate::session::Session;

/// Rounds of whole imports; one where it would take minutes.
const ROUNDS: usize = 3;
const MANY_RESOURCES: usize = 300_000;

/// Rows in one transaction of the floor, as many as an import of Haven writes at once.
const BATCH: usize = 4_000;

/// A store of Haven and a plain one that hold the same.
pub(super) struct Written {
    pub(super) session: Session,
    pub(super) floor: Floor,
}

/// Imports the input into both in turns, then saves single observations.
pub(super) fn measure(input: &Input, place: &Scratch, rows: &mut Vec<BenchRow>) -> Result<Written> {
    let rounds = if input.resources > MANY_RESOURCES {
        1
    } else {
        ROUNDS
    };
    let (mut walls, mut ratios, mut cpus) = (vec![], vec![], vec![]);
    let mut last = None;
    for round in 0..rounds {
        drop(last.take());
        let dir = place.free(&format!("store-{round}"));
        let session = make_store(dir)?;
        let ((), mine) = timed(|| import(&session, input))?;
        let floor_dir = place.dir(&format!("plain-{round}"))?;
        let floor = Floor::create(&floor_dir, session.platform().now())?;
        let ((), theirs) = timed(|| add(&floor, input))?;
        walls.push(mine.wall_s);
        cpus.push((per_resource(mine, input), per_resource(theirs, input)));
        ratios.push(mine.cpu_s / theirs.cpu_s);
        last = Some((Written { session, floor }, floor_dir));
    }
    let Some((written, floor_dir)) = last else {
        return Err(AppError::new(Code::Invalid, "There is nothing to import."));
    };
    sealing(&written, input, rows)?;
    rows.push(saving(&written)?);
    let (mine, theirs) = cpus.last().copied().unwrap_or_default();
    let rate = input.resources as f64 / quantile(&mut walls, 0.5);
    rows.push(
        BenchRow::measured("bulk import", rate, PER_SECOND, 15_000.0)
            .against(quantile(&mut ratios, 0.5), 1.4)
            .noted(format!(
                "{} resources checked and written in {rounds} round(s); CPU {mine:.1} µs each, plain {theirs:.1} µs, which reads and checks the same",
                input.resources
            )),
    );
    rows.push(storage(&written, &floor_dir, input)?);
    Ok(written)
}

fn per_resource(took: Took, input: &Input) -> f64 {
    took.cpu_s * 1e6 / input.resources as f64
}

fn import(session: &Session, input: &Input) -> Result<()> {
    let summary = session.import(&input.files, &ImportOptions::default())?;
    if summary.imported == input.resources as u64 {
        return Ok(());
    }
    let why = summary.rejections.first().map(|first| first.reason.clone());
    Err(AppError::new(
        Code::Invalid,
        format!(
            "{} of {} resources were not taken ({}). The figures would not be of the same work.",
            input.resources as u64 - summary.imported,
            input.resources,
            why.unwrap_or_default()
        ),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: String,
    id: String,
}

/// A resource as a plain store would take it: type and id, and nothing checked.
pub(super) fn unchecked(bytes: Vec<u8>) -> Result<Resource> {
    let head: Head = serde_json::from_slice(&bytes)
        .map_err(|_| AppError::new(Code::Invalid, "The data holds a row without type or id."))?;
    let key = ResourceKey {
        resource_type: head.resource_type,
        id: head.id,
    };
    Ok(Resource::from_trusted_bytes(key, bytes))
}

fn add(floor: &Floor, input: &Input) -> Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    for file in &input.files {
        rows(file, |bytes| {
            let checked = acceptable(&bytes, String::new);
            batch.push(checked.map_err(|reason| AppError::new(Code::Invalid, reason))?);
            if batch.len() == BATCH {
                floor.add(&batch, true)?;
                batch.clear();
            }
            Ok(())
        })?;
    }
    Ok(floor.add(&batch, true)?)
}

fn storage(written: &Written, floor_dir: &Path, input: &Input) -> Result<BenchRow> {
    let ours = size_of(written.session.dir())?;
    let plain = size_of(floor_dir)?;
    let row = BenchRow::measured(
        "storage against the raw JSON",
        ours as f64 / input.bytes as f64,
        "×",
        0.6,
    );
    Ok(row.against(ours as f64 / plain as f64, 0.4).noted(format!(
        "{:.1} MB with indexes and audit log, {:.1} MB of JSON, {:.1} MB plain",
        ours as f64 / 1e6,
        input.bytes as f64 / 1e6,
        plain as f64 / 1e6
    )))
}

/// The database of a folder, without what the write-ahead log holds twice.
fn size_of(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).map_err(io_error("Reading the temporary folder"))? {
        let entry = entry.map_err(io_error("Reading the temporary folder"))?;
        if entry.path().extension().is_some_and(|end| end == "db") {
            let metadata = entry.metadata();
            bytes += metadata
                .map_err(io_error("Reading the temporary folder"))?
                .len();
        }
    }
    Ok(bytes)
}

/// A body of usual size: the first observation, else the first resource.
pub(super) fn usual(input: &Input) -> Result<Resource> {
    let file = input
        .files
        .iter()
        .find(|file| file.ends_with("Observation.ndjson"))
        .or(input.files.first());
    let mut found = None;
    if let Some(file) = file {
        // The rest of the file is not read.
        let read = rows(file, |bytes| {
            found = Some(bytes);
            Err(AppError::new(Code::Invalid, "enough"))
        });
        if found.is_none() {
            read?;
        }
    }
    unchecked(found.unwrap_or_default())
}

fn sealing(written: &Written, input: &Input, rows: &mut Vec<BenchRow>) -> Result<()> {
    let (store, resource) = (written.session.store(), usual(input)?);
    let sealed = seal_once(store, &resource)?;
    let seal = compared(
        3,
        500,
        |_| Ok(seal_once(store, &resource).map(drop)?),
        |_| Ok(()),
    )?;
    let open = compared(
        3,
        500,
        |_| Ok(open_once(store, &resource, &sealed).map(drop)?),
        |_| Ok(()),
    )?;
    for (name, took) in [("seal one resource", seal), ("open one resource", open)] {
        let note = format!(
            "{} bytes, {} sealed; packing included",
            resource.bytes().len(),
            sealed.len()
        );
        rows.push(BenchRow::measured(name, took.median_ms, "ms", 0.05).noted(note));
    }
    Ok(())
}

/// One observation of a patient, as a form saves it.
fn observation(n: usize) -> Result<Resource> {
    let text = format!(
        r#"{{"resourceType":"Observation","id":"bench-{n}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}}]}},"subject":{{"reference":"Patient/bench"}},"effectiveDateTime":"2026-11-22T04:00:00Z","valueQuantity":{{"value":{},"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}}}"#,
        50 + n % 100
    );
    Ok(Resource::parse(text.as_bytes()).map_err(StoreError::from)?)
}

fn saving(written: &Written) -> Result<BenchRow> {
    let Written { session, floor } = written;
    let took: Compared = compared(
        50,
        10,
        |n| session.transact(OpKind::Edit, |tx| Ok(tx.edit(observation(n)?)?)),
        |n| Ok(floor.add(&[observation(n)?], true)?),
    )?;
    let row = BenchRow::measured("save one observation", took.p99_ms, "ms", 20.0);
    Ok(row.against(took.ratio, 2.2).noted(format!(
        "p99; median {:.2} ms; CPU {:.3} ms, plain {:.3} ms",
        took.median_ms, took.cpu_ms, took.floor_cpu_ms
    )))
}

const MERGE: &str = "automatic merge of one pair";

/// One resource edited on both sides, from bytes to bytes.
pub(super) fn merging(input: &Input) -> Result<BenchRow> {
    let base = usual(input)?;
    let text = |edit: fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut value = base.value();
        if let Some(object) = value.as_object_mut() {
            edit(object);
        }
        value.to_string().into_bytes()
    };
    let local = text(|object| {
        object.insert("status".to_owned(), "amended".into());
    });
    let remote = text(|object| {
        object.insert("issued".to_owned(), "2026-11-22T04:00:00Z".into());
    });
    let mut merged = true;
    let took = compared(
        5,
        500,
        |_| {
            let outcome = merge_texts(Some(base.bytes()), Some(&local), Some(&remote));
            merged &= matches!(outcome, Ok(MergedText::Resource(_)));
            drop(outcome);
            Ok(())
        },
        |_| Ok(()),
    )?;
    if !merged {
        let why = "the two edits are a person's to decide".to_owned();
        return Ok(BenchRow::unmeasured(MERGE, "ms", 0.05, why));
    }
    let row = BenchRow::measured(MERGE, took.median_ms, "ms", 0.05);
    Ok(row.noted(format!(
        "both sides edited, {} bytes each, from bytes to bytes; CPU {:.4} ms",
        base.bytes().len(),
        took.cpu_ms
    )))
}
