//! The edits that people make every day, by type of record, with how often each is made.

mod clinic;
mod desk;

use serde_json::{Value, json};

use super::edit::Dice;

/// One person with some news, who makes edits.
pub struct Hand<'d> {
    /// What is written follows from this number: two hands with the same news write the same.
    pub news: u64,
    pub dice: &'d mut Dice,
}

impl Hand<'_> {
    fn number(&self, below: u64) -> u64 {
        Dice(self.news).roll() % below
    }

    fn day(&self) -> String {
        format!("2026-{:02}-{:02}", 1 + self.number(12), 1 + self.number(28))
    }

    fn text(&self, what: &str) -> String {
        format!("{what} {}", self.number(100_000))
    }

    fn reference(&self, kind: &str) -> Value {
        json!({"reference": format!("{kind}/x{}", self.number(100_000))})
    }

    fn word<'w>(&self, words: &[&'w str]) -> &'w str {
        words[self.number(words.len() as u64) as usize]
    }
}

type Habit = (u64, fn(&mut Value, &mut Hand));

/// Makes one edit that people make to such a record.
pub fn edit(kind: &str, record: &mut Value, hand: &mut Hand) {
    let habits: &[Habit] = match kind {
        "Patient" => desk::PATIENT,
        "Encounter" => desk::ENCOUNTER,
        "Observation" => clinic::OBSERVATION,
        "Condition" => clinic::CONDITION,
        "MedicationRequest" => clinic::PRESCRIPTION,
        "CarePlan" => clinic::PLAN,
        "AllergyIntolerance" => clinic::ALLERGY,
        "Procedure" => clinic::PROCEDURE,
        "Immunization" => clinic::VACCINE,
        "DiagnosticReport" => clinic::REPORT,
        _ => clinic::DOCUMENT,
    };
    let mut at = hand.dice.roll() % habits.iter().map(|(weight, _)| weight).sum::<u64>();
    for (weight, habit) in habits {
        if at < *weight {
            return habit(record, hand);
        }
        at -= weight;
    }
}

fn append(record: &mut Value, list: &str, item: Value) {
    match record.get_mut(list) {
        Some(Value::Array(items)) => items.push(item),
        _ => record[list] = json!([item]),
    }
}

/// Changes a member of one of a list's items, or adds an item where there is none.
fn in_item(
    record: &mut Value,
    hand: &mut Hand,
    list: &str,
    member: &str,
    value: Value,
    fresh: Value,
) {
    let count = record[list].as_array().map_or(0, Vec::len);
    if count == 0 {
        return append(record, list, fresh);
    }
    // The same news is about the same entry.
    let at = Dice(hand.news ^ 1).below(count);
    record[list][at][member] = value;
}

fn note(record: &mut Value, hand: &mut Hand) {
    let who = hand.dice.below(1000);
    append(
        record,
        "note",
        json!({"authorString": format!("nurse {who}"), "time": format!("{}T10:00:00Z", hand.day()), "text": hand.text("remark")}),
    );
}

fn encounter(record: &mut Value, hand: &mut Hand) {
    record["encounter"] = hand.reference("Encounter");
}
