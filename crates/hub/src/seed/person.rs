//! Who a patient is: name, birth, language, where they live and how they are reached.

use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::calendar::{Moment, age_on, shifted, years_after};
use super::cast::{CAST, Member};
use super::dice::Dice;
use super::fhir::{resource, set};
use super::names::{Culture, Name, Order, culture_of, draw_culture, draw_name, lookalike_given};

/// Every 29th patient is easily mistaken for the one before.
const LOOKALIKE_EVERY: u32 = 29;

/// Everything that identifies a patient.
pub(super) struct Person {
    pub(super) id: String,
    pub(super) culture: &'static Culture,
    pub(super) name: Name,
    pub(super) female: bool,
    pub(super) birth: Date,
    pub(super) died: Option<Date>,
    pub(super) member: Option<&'static Member>,
    /// Whole years at the day of the seed, or at death.
    pub(super) age: i64,
    mrn: u64,
}

/// The parts of a person that a lookalike shares.
struct Identity {
    culture: &'static Culture,
    name: Name,
    female: bool,
    birth: Date,
}

fn member_of(number: u32) -> Option<&'static Member> {
    usize::try_from(number)
        .ok()
        .and_then(|index| CAST.get(index))
}

/// Draws who patient `number` is, from a stream of their own so that others can look them up.
fn identity(number: u32, seed: u64, today: Date) -> Identity {
    if let Some(member) = member_of(number) {
        let birthday = shifted(today, -member.days);
        return Identity {
            culture: culture_of(member.language),
            name: Name::of(member.family, member.given),
            female: member.female,
            birth: years_after(birthday, -member.years),
        };
    }
    let mut dice = Dice::new(seed, 1 + 3 * u64::from(number));
    let mut culture = draw_culture(&mut dice);
    let mut female = dice.chance(52);
    let years = draw_age(&mut dice);
    let birth = shifted(years_after(today, -years), -dice.between(0, 364));
    let mut name = draw_name(culture, female, &mut dice);
    if number.is_multiple_of(LOOKALIKE_EVERY) {
        let double = identity(number - 1, seed, today);
        culture = double.culture;
        female = double.female;
        let given = lookalike_given(culture, female, &double.name);
        let first = Name::of(&[], &[&given]);
        name = double.name;
        if let (Some(native), Some(latin)) = (first.given.first(), first.latin_given.first()) {
            name.given = vec![native.clone()];
            name.latin_given = vec![latin.clone()];
        }
    }
    Identity {
        culture,
        name,
        female,
        birth,
    }
}

fn draw_age(dice: &mut Dice) -> i64 {
    match dice.below(100) {
        0..16 => dice.between(0, 17),
        16..40 => dice.between(18, 39),
        40..70 => dice.between(40, 64),
        _ => dice.between(65, 96),
    }
}

impl Person {
    /// Draws patient `number`.
    pub(super) fn draw(
        number: u32,
        seed: u64,
        today: Date,
        ids: &mut Dice,
        dice: &mut Dice,
    ) -> Self {
        let Identity {
            culture,
            name,
            female,
            birth,
        } = identity(number, seed, today);
        let member = member_of(number);
        let dies = dice.rare(70) && dice.between(0, 1) == 1;
        let days_ago = dice.between(40, 600);
        let died = match member {
            Some(member) => member.died_days_ago.map(|days| shifted(today, -days)),
            None if dies && years_after(birth, 68) < shifted(today, -days_ago) => {
                Some(shifted(today, -days_ago))
            }
            None => None,
        };
        let age = age_on(birth, died.unwrap_or(today));
        let mrn = mrn(number, seed);
        Self {
            id: ids.uuid(),
            culture,
            name,
            female,
            birth,
            died,
            member,
            age,
            mrn,
        }
    }

    /// The Patient resource.
    pub(super) fn resource(
        &self,
        practice: &Value,
        doctor: &Value,
        offset: Offset,
        dice: &mut Dice,
    ) -> Value {
        let culture = self.culture;
        resource(
            "Patient",
            &self.id,
            false,
            json!({
                // Says to every system that nobody lives behind this record.
                "meta": {"tag": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
                    "code": "HTEST", "display": "test health data"}]},
                "identifier": self.identifiers(dice),
                "active": self.died.is_none(),
                "name": self.names(dice),
                "telecom": self.telecom(dice),
                "gender": self.gender(dice),
                "birthDate": self.birth_date(dice),
                "deceasedDateTime": self.died.map(|day| Moment::at(day, 5, 40).stamp(offset)),
                "address": [address(culture, dice)],
                "maritalStatus": self.marital(dice),
                "contact": self.contacts(dice),
                "communication": [{
                    "language": {"coding": [{"system": "urn:ietf:bcp:47", "code": culture.language,
                                             "display": culture.language_name}],
                                 "text": culture.language_name},
                    "preferred": true,
                }],
                "generalPractitioner": [doctor],
                "managingOrganization": practice,
            }),
        )
    }

    fn identifiers(&self, dice: &mut Dice) -> Value {
        let mut all = vec![json!({
            "use": "usual",
            "type": typed("MR", "Medical record number"),
            "system": "https://haven.example/mrn",
            "value": format!("{:09}", self.mrn),
        })];
        if !self.culture.national.is_empty() && dice.chance(35) {
            all.push(json!({
                "use": "official",
                "type": typed("NI", "National unique individual identifier"),
                "system": format!("https://haven.example/national/{}", self.culture.country.to_lowercase()),
                "value": dice.fill(self.culture.national),
            }));
        }
        Value::from(all)
    }

    fn names(&self, dice: &mut Dice) -> Value {
        let name = &self.name;
        let mut official = json!({"use": "official", "family": name.family, "given": name.given});
        if self.culture.order != Order::GivenFirst {
            set(
                &mut official,
                "text",
                Value::from(name.text(self.culture.order)),
            );
        }
        if self.culture.language == "en-GB" && self.age >= 18 && dice.chance(40) {
            set(
                &mut official,
                "prefix",
                json!([if self.female { "Mrs" } else { "Mr" }]),
            );
        }
        let mut all = vec![official];
        let latin = json!({"use": "usual", "family": name.latin_family, "given": name.latin_given});
        if name.needs_latin() && (self.member.is_some() || dice.chance(60)) {
            all.push(latin);
        }
        Value::from(all)
    }

    fn telecom(&self, dice: &mut Dice) -> Value {
        let mut all = Vec::new();
        let of_age = self.age >= 16;
        if of_age {
            let value = dice.fill(self.culture.mobile);
            all.push(json!({"system": "phone", "value": value, "use": "mobile", "rank": 1}));
        }
        if !of_age || dice.chance(45) {
            let value = dice.fill(self.culture.landline);
            all.push(json!({"system": "phone", "value": value, "use": "home"}));
        }
        if of_age && dice.chance(55) {
            let given = self
                .name
                .latin_given
                .first()
                .map_or_else(String::new, |one| mailbox(one));
            let value = format!(
                "{given}.{}{}@post.example",
                mailbox(&self.name.latin_family),
                dice.between(10, 99)
            );
            all.push(json!({"system": "email", "value": value, "use": "home"}));
        }
        Value::from(all)
    }

    /// Now and then neither word fits, or nobody has asked.
    fn gender(&self, dice: &mut Dice) -> &'static str {
        let plain = if self.female { "female" } else { "male" };
        match (self.member, dice.below(200)) {
            (None, 0..2) => "other",
            (None, 2) => "unknown",
            (Some(_) | None, _) => plain,
        }
    }

    /// Some people know only the year or the month they were born in.
    fn birth_date(&self, dice: &mut Dice) -> String {
        let whole = self.birth.to_string();
        let kept = match (self.member, dice.below(60)) {
            (None, 0) if self.age > 40 => 4,
            (None, 1) if self.age > 40 => 7,
            (Some(_) | None, _) => 10,
        };
        whole.get(..kept).map_or(whole.clone(), str::to_owned)
    }

    fn marital(&self, dice: &mut Dice) -> Value {
        if self.age < 18 {
            return Value::Null;
        }
        let (code, display) = match (dice.below(10), self.age) {
            (0..3, 0..36) | (0, _) => ("S", "Never Married"),
            (1..4, 75..) => ("W", "Widowed"),
            (9, _) => ("D", "Divorced"),
            _ => ("M", "Married"),
        };
        let system = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";
        json!({"coding": [{"system": system, "code": code, "display": display}], "text": display})
    }

    fn contacts(&self, dice: &mut Dice) -> Value {
        if self.age >= 18 && !dice.chance(60) {
            return Value::Null;
        }
        let female = dice.chance(55);
        let other = draw_name(self.culture, female, dice);
        // A parent shares the child's family name.
        let family = if self.age < 18 {
            self.name.family.clone()
        } else {
            other.family
        };
        let (code, word) = match (self.age < 18, female) {
            (true, true) => ("MTH", "mother"),
            (true, false) => ("FTH", "father"),
            (false, true) => ("DAU", "daughter"),
            (false, false) => ("SPS", "spouse"),
        };
        json!([{
            "relationship": [
                typed_in("v2-0131", "C", "Emergency Contact"),
                {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
                             "code": code}], "text": word},
            ],
            "name": {"family": family, "given": other.given},
            "telecom": [{"system": "phone", "value": dice.fill(self.culture.mobile), "use": "mobile"}],
        }])
    }
}

fn mailbox(latin: &str) -> String {
    latin
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase()
}

fn typed(code: &str, display: &str) -> Value {
    typed_in("v2-0203", code, display)
}

fn typed_in(table: &str, code: &str, display: &str) -> Value {
    let system = format!("http://terminology.hl7.org/CodeSystem/{table}");
    json!({"coding": [{"system": system, "code": code, "display": display}], "text": display})
}

fn address(culture: &Culture, dice: &mut Dice) -> Value {
    let number = dice.between(1, 180).to_string();
    let line = dice.pick(culture.streets).replace("{n}", &number);
    let (city, state, postal) = dice.pick(culture.cities);
    let mut whole = json!({"use": "home", "type": "both", "line": [line], "city": city});
    if !state.is_empty() {
        set(&mut whole, "state", Value::from(state));
    }
    set(&mut whole, "postalCode", Value::from(dice.fill(postal)));
    set(&mut whole, "country", Value::from(culture.country));
    whole
}

/// Nine digits that no two patients of a clinic share: multiplication by a number without a common
/// factor with the modulus visits every residue once.
fn mrn(number: u32, seed: u64) -> u64 {
    const ALL: u64 = 900_000_000;
    100_000_000 + (u64::from(number) * 472_882_027 + seed % ALL * 31 + 20_238_281) % ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_patients_share_an_mrn() {
        let seen: BTreeSet<_> = (0..20_000).map(|number| mrn(number, u64::MAX)).collect();
        assert_eq!(seen.len(), 20_000, "20,000 patients, 20,000 numbers");
        assert!(
            seen.iter()
                .all(|mrn| (100_000_000..1_000_000_000).contains(mrn)),
            "nine digits"
        );
    }

    #[test]
    fn every_29th_patient_has_the_family_name_of_the_one_before() {
        let today = jiff::civil::date(2026, 11, 23);
        let (one, two) = (identity(57, 1, today), identity(58, 1, today));
        assert_eq!(one.name.family, two.name.family, "easily mistaken");
        assert_ne!(one.birth, two.birth, "told apart by the birth date");
    }
}
