//! Figures of reading: lists, search, charts, unlocking, memory.

use haven_store::{PatientQuery, Store};

use super::BenchRow;
use super::clock::{compared, quantile, timed};
use super::data::{Input, rows};
use super::machine::resident_mb;
use super::writing::{Written, unchecked};
use crate::error::Result;

const PAGE: u32 = 50;

/// The chart size that design §10 names.
const CHART_RESOURCES: usize = 500;

/// At most this many charts are looked at for one of that size.
const CHARTS_TRIED: usize = 400;

/// What is typed into the search box, in turn.
const TYPED: [&str; 8] = ["a", "ma", "jo", "be", "ca", "ha", "li", "ro"];

/// Lists, searches, opens charts, in turns with the plain store.
pub(super) fn measure(written: &Written, input: &Input, out: &mut Vec<BenchRow>) -> Result<()> {
    let (store, floor) = (written.session.store(), &written.floor);
    for (name, typed) in [
        ("patient list, page of 50", &[""][..]),
        ("patient search, page of 50", &TYPED[..]),
    ] {
        let word = |n: usize| typed.get(n % typed.len()).copied().unwrap_or_default();
        let took = compared(
            7,
            40,
            |n| {
                let page = store.patients(&PatientQuery {
                    text: word(n).to_owned(),
                    limit: PAGE,
                    ..PatientQuery::default()
                })?;
                Ok(drop(page))
            },
            |n| Ok(drop(floor.patients(word(n), PAGE)?)),
        )?;
        out.push(
            BenchRow::measured(name, took.p99_ms, "ms", 10.0)
                .against(took.ratio, 1.5)
                .noted(format!(
                    "p99; median {:.2} ms; CPU {:.3} ms, plain {:.3} ms",
                    took.median_ms, took.cpu_ms, took.floor_cpu_ms
                )),
        );
    }
    let (patient, size) = chart_of_usual_size(store, input)?;
    let took = compared(
        7,
        40,
        |_| Ok(drop(store.chart_bodies(&patient)?)),
        |_| Ok(drop(floor.chart(&patient)?)),
    )?;
    out.push(
        BenchRow::measured("chart as bytes", took.p99_ms, "ms", 10.0)
            .against(took.ratio, 2.0)
            .noted(format!(
                "p99 of a chart of {size} resources; median {:.2} ms; CPU {:.3} ms, plain {:.3} ms",
                took.median_ms, took.cpu_ms, took.floor_cpu_ms
            )),
    );
    Ok(())
}

fn chart_of_usual_size(store: &Store, input: &Input) -> Result<(String, usize)> {
    let mut best = (String::new(), 0);
    let Some(file) = input
        .files
        .iter()
        .find(|file| file.ends_with("Patient.ndjson"))
    else {
        return Ok(best);
    };
    let mut tried = 0;
    rows(file, |bytes| {
        tried += 1;
        if tried > CHARTS_TRIED || best.1.abs_diff(CHART_RESOURCES) < CHART_RESOURCES / 50 {
            return Ok(());
        }
        let id = unchecked(bytes)?.key().id.clone();
        let size = store.chart_bodies(&id)?.len();
        if size.abs_diff(CHART_RESOURCES) < best.1.abs_diff(CHART_RESOURCES) {
            best = (id, size);
        }
        Ok(())
    })?;
    Ok(best)
}

/// Opens the store again with its keys up to the first list, then tells what the process holds.
pub(super) fn memory(written: Written) -> Result<[BenchRow; 2]> {
    let Written { session, floor } = written;
    drop(floor);
    let (dir, keys) = (session.dir().to_owned(), session.store().keys());
    let now = session.platform().now();
    drop(session);
    let mut walls = Vec::new();
    for _ in 0..7 {
        let ((), took) = timed(|| {
            let store = Store::open_with_keys(&dir, &keys, now)?;
            store.patients(&PatientQuery::default())?;
            Ok(())
        })?;
        walls.push(took.wall_s * 1e3);
    }
    let unlock = BenchRow::measured(
        "unlock to first list",
        quantile(&mut walls, 0.5),
        "ms",
        100.0,
    )
    .noted("median of 7, after the key derivation, the file in the system's cache".to_owned());
    let store = Store::open_with_keys(&dir, &keys, now)?;
    for typed in TYPED {
        let query = PatientQuery {
            text: typed.to_owned(),
            ..PatientQuery::default()
        };
        for row in store.patients(&query)?.rows {
            store.chart_bodies(&row.patient.key.id)?;
        }
    }
    let memory = match resident_mb() {
        Some((now, most)) => BenchRow::measured("resident memory", now, "MB", 150.0).noted(
            format!("after lists and charts; {most:.0} MB at its highest, when both stores were being filled"),
        ),
        None => BenchRow::unmeasured("resident memory", "MB", 150.0, "this system does not tell".to_owned()),
    };
    Ok([unlock, memory])
}
