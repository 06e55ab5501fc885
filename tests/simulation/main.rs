//! Two stores and a hub, or two and a plain FHIR server, under seeded schedules of edits, lost replies,
//! killed processes and restarts: all three end equal, and no acknowledged edit is missing.
//!
//! `HAVEN_SCHEDULES` sets how many schedules are run, `HAVEN_SEED` runs one.

#![allow(clippy::panic, reason = "a schedule that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a failed schedule names its seed")]

mod clinic;
mod ending;
mod ledger;
mod line;
mod plain;
mod schedules;
mod station;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;
use std::sync::Arc;

use clinic::{Clinic, Template};
use rand::RngExt as _;
use schedules::{Tally, assert_all_end_well};

const SCHEDULES: u64 = 200;
const STEPS: u32 = 36;

#[test]
fn two_stores_and_a_hub_end_equal_with_no_acknowledged_edit_missing() {
    assert_all_end_well(SCHEDULES, |seed, template| Box::pin(run(seed, template)));
}

async fn run(seed: u64, template: &Template) -> Tally {
    let clinic = Arc::new(Clinic::open(seed, template));
    // Both know a patient from the start, so that what they do meets.
    clinic.station(0).edit(&clinic);
    for who in [0, 1] {
        clinic.sync(who, line::Weather::Fair).await;
    }
    let mut shelf = Shelf::default();
    for _ in 0..STEPS {
        let (kind, who) =
            clinic.with_dice(|dice| (dice.random_range(0..114_u32), dice.random_range(0..2_usize)));
        match kind {
            0..50 => clinic.station(who).edit(&clinic),
            50..80 => clinic.sync(who, line::Weather::Foul).await,
            80..87 => clinic.kill(who),
            87..95 => {
                clinic.station(who).resolve_one(&clinic);
            }
            95..100 => clinic.restart_hub(),
            100..103 => clinic.deliver_late(),
            103..105 => clinic.jump_clock(who),
            _ => shelf.befall(&clinic, who).await,
        }
    }
    ending::settle(&clinic).await;
    ending::compare(&clinic);
    ending::account_for_every_edit(&clinic);
    clinic.tally()
}

/// What was put by for the day a disk breaks. Two disks that break at once may take what was only on
/// both of them: no backup of the hub outlives one of a station that was gone on with.
#[derive(Default)]
struct Shelf {
    hub: Option<PathBuf>,
    backups: [Option<PathBuf>; 2],
    copies: [Option<PathBuf>; 2],
}

impl Shelf {
    /// Something is copied or backed up; or it is what was copied that is gone on with.
    async fn befall(&mut self, clinic: &Arc<Clinic>, who: usize) {
        let what = clinic.with_dice(|dice| dice.random_range(0..3_u32));
        match what {
            0 => match self.hub.take() {
                Some(copy) => clinic.restore_hub(&copy),
                None => self.hub = Some(clinic.back_up_hub()),
            },
            1 => match self.backups[who].take() {
                Some(file) => {
                    // What only the broken disk had could not be given back by anything.
                    clinic.sync(who, line::Weather::Fair).await;
                    clinic.restore_station(who, &file);
                    self.hub = None;
                }
                None => {
                    let file = clinic.place(&format!("{who}-backup"));
                    clinic.station(who).back_up(&file);
                    self.backups[who] = Some(file);
                }
            },
            _ => match self.copies[who].take() {
                Some(copy) => {
                    clinic.sync(who, line::Weather::Fair).await;
                    clinic.put_station_back(who, &copy);
                    self.hub = None;
                }
                None => {
                    let copy = clinic.place(&format!("{who}-copy"));
                    clinic.station(who).copy(&copy);
                    self.copies[who] = Some(copy);
                }
            },
        }
    }
}
