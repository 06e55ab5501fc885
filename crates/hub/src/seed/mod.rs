//! The sample clinic: made-up people with coherent histories, the same for the same seed.
//!
//! Nobody in it exists. Each patient is written from streams of chance of their own, so patient 7
//! of a clinic of ten is patient 7 of a clinic of ten thousand, and only one chart is in memory at
//! a time.

mod allergies;
mod body;
mod calendar;
mod cast;
mod chart;
mod courses;
mod dice;
mod documents;
mod dosage;
mod fhir;
mod laboratory;
mod labs;
mod medicines;
mod names;
mod orders;
mod person;
mod plans;
mod problems;
mod schedule;
mod staff;
mod vaccines;
mod visits;
mod vitals;

#[cfg(test)]
mod tests;

use std::vec::IntoIter;

use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::Value;

use chart::Practice;
use dice::Dice;
use staff::Staff;

/// The FHIR R4 resources of a sample clinic, each after every resource it refers to.
///
/// Equal arguments give equal bytes, on any machine.
pub struct Clinic {
    practice: Practice,
    patients: u32,
    next: u32,
    waiting: IntoIter<Value>,
}

/// A clinic of `patients` people as of `today`, on UTC.
#[must_use]
pub fn clinic(patients: u32, seed: u64, today: Date) -> Clinic {
    clinic_at(patients, seed, today, Offset::UTC)
}

/// A clinic whose clock stands at `offset`, so that 08:30 is half past eight on its wall.
#[must_use]
pub fn clinic_at(patients: u32, seed: u64, today: Date, offset: Offset) -> Clinic {
    let staff = Staff::hire(&mut Dice::new(seed, 0));
    let waiting = staff.resources().into_iter();
    Clinic {
        practice: Practice {
            seed,
            today,
            offset,
            staff,
        },
        patients,
        next: 0,
        waiting,
    }
}

impl Iterator for Clinic {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(resource) = self.waiting.next() {
                return Some(resource);
            }
            if self.next >= self.patients {
                return None;
            }
            self.waiting = chart::write(self.next, &self.practice).into_iter();
            self.next += 1;
        }
    }
}
