//! Two stores and a plain FHIR server of any kind under seeded schedules: of edits on all three sides,
//! lost replies, failures and killed processes.

mod deeds;
mod ending;
mod line;
mod world;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rand::RngExt as _;
use world::World;

use crate::clinic::Template;
use crate::line::Weather;
use crate::schedules::{Tally, assert_all_end_well};

const SCHEDULES: u64 = 40;
const STEPS: u32 = 36;

#[test]
fn two_stores_and_a_plain_server_end_equal_with_no_acknowledged_edit_missing() {
    assert_all_end_well(SCHEDULES, |seed, template| Box::pin(run(seed, template)));
}

async fn run(seed: u64, template: &Template) -> Tally {
    let world = Arc::new(World::open(seed, template));
    world.edit(0);
    for who in [0, 1] {
        world.sync(who, Weather::Fair).await;
    }
    for _ in 0..STEPS {
        let (kind, who) =
            world.with_dice(|dice| (dice.random_range(0..100_u32), dice.random_range(0..2_usize)));
        match kind {
            0..40 => world.edit(who),
            40..72 => world.sync(who, Weather::Foul).await,
            72..86 => world.edit_at_the_server(),
            86..92 => world.kill(who),
            92..94 => world.jump_clock(who),
            _ => {
                world.stations()[who].decide_one(|| world.chance(50));
            }
        }
    }
    ending::settle(&world).await;
    ending::compare(&world);
    ending::account_for_every_deed(&world);
    let edits = world.deeds.lock().expect("no panic holds the deeds").len();
    Tally {
        edits,
        conflicts: world.conflicts().len(),
        merged: world.merged.load(Ordering::Relaxed),
        kills: world.kills.load(Ordering::Relaxed),
        faults: world.faults.load(Ordering::Relaxed),
        jumps: world.jumps.load(Ordering::Relaxed),
        ..Tally::default()
    }
}
