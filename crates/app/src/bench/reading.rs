//! Figures of reading: lists, search, charts, unlocking, memory.

use haven_store::{PatientQuery, Store};

use super::clock::{compared, quantile, timed};
use super::data::{Input, rows};
use super::writing::{Written, unchecked};
use super::{BenchRow, memory};
use crate::error::Result;

const PAGE: u32 = 50;

/// The chart size that design §10 names.
const CHART_RESOURCES: usize = 500;

/// As many different ones are opened in turn.
const CHARTS_OPENED: usize = 40;

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
            56,
            5,
            |n| {
                let page = store.patients(&PatientQuery {
                    text: word(n).to_owned(),
                    limit: PAGE,
                    ..PatientQuery::default()
                })?;
                drop(page);
                Ok(())
            },
            |n| Ok(floor.patients(word(n), PAGE).map(drop)?),
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
    let charts = charts_of_usual_size(store, input)?;
    let patient = |n: usize| {
        charts
            .get(n % charts.len().max(1))
            .map_or("", |chart| &chart.0)
    };
    let size = charts.iter().map(|chart| chart.1).sum::<usize>() / charts.len().max(1);
    let took = compared(
        56,
        5,
        |n| Ok(store.chart_bodies(patient(n)).map(drop)?),
        |n| Ok(floor.chart(patient(n)).map(drop)?),
    )?;
    out.push(
        BenchRow::measured("chart as bytes", took.p99_ms, "ms", 10.0)
            .against(took.ratio, 2.0)
            .noted(format!(
                "p99 of {} charts of {size} resources on average; median {:.2} ms; CPU {:.3} ms, plain {:.3} ms",
                charts.len(), took.median_ms, took.cpu_ms, took.floor_cpu_ms
            )),
    );
    Ok(())
}

/// The charts nearest to that size, as a user would open them: one after another.
fn charts_of_usual_size(store: &Store, input: &Input) -> Result<Vec<(String, usize)>> {
    let mut charts = Vec::new();
    let file = input
        .files
        .iter()
        .find(|file| file.ends_with("Patient.ndjson"));
    if let Some(file) = file {
        rows(file, |bytes| {
            if charts.len() < CHARTS_TRIED {
                let id = unchecked(bytes)?.key().id.clone();
                let size = store.chart_bodies(&id)?.len();
                charts.push((id, size));
            }
            Ok(())
        })?;
    }
    charts.sort_by_key(|(_, size)| size.abs_diff(CHART_RESOURCES));
    charts.truncate(CHARTS_OPENED);
    Ok(charts)
}

/// Opens the store again with its keys up to the first list, then tells what the process holds.
pub(super) fn unlocking(written: Written, input: &Input) -> Result<[BenchRow; 2]> {
    let Written { session, floor } = written;
    drop(floor);
    let charts: Vec<String> = charts_of_usual_size(session.store(), input)?
        .into_iter()
        .map(|(id, _)| id)
        .collect();
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
    Ok([unlock, memory::measure(&dir, &charts)?])
}
