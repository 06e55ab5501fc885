//! The clinic itself: one organization, its places, and the people who work there.

use serde_json::{Value, json};

use super::dice::Dice;
use super::fhir::{Code, hl7, named_reference, reference, resource, snomed};

const CLINIC: &str = "Harbour Row Community Clinic";

/// What someone is trained to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Craft {
    Doctor,
    Nurse,
    Midwife,
}

/// Someone who works at the clinic.
pub(super) struct Colleague {
    pub(super) id: String,
    pub(super) display: String,
    pub(super) craft: Craft,
    row: &'static Row,
}

/// Organization, places and people, with the ids that charts refer to.
pub(super) struct Staff {
    organization: String,
    /// Clinic building, home visits.
    places: [String; 2],
    colleagues: Vec<Colleague>,
    roles: Vec<String>,
}

/// Where care happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Clinic,
    Home,
}

struct Row {
    family: &'static str,
    given: &'static str,
    prefix: &'static str,
    latin: &'static str,
    female: bool,
    craft: Craft,
    specialty: Code,
    languages: &'static [&'static str],
}

const GENERAL: Code = snomed("394814009", "General practice");
const INTERNAL: Code = snomed("419192003", "Internal medicine");
const CHILDREN: Code = snomed("394537008", "Pediatric specialty");
const NURSING: Code = snomed("722165004", "Nursing");
const OBSTETRICS: Code = snomed("394585009", "Obstetrics and gynecology");

static ROWS: [Row; 9] = [
    row(
        "Solberg",
        "Ingrid",
        "Dr",
        "",
        true,
        Craft::Doctor,
        GENERAL,
        &["nb", "en"],
    ),
    row(
        "Echeverría",
        "Tomás",
        "Dr",
        "",
        false,
        Craft::Doctor,
        INTERNAL,
        &["es", "en"],
    ),
    row(
        "منصور",
        "هالة",
        "د.",
        "Hala Mansour",
        true,
        Craft::Doctor,
        GENERAL,
        &["ar", "en", "fr"],
    ),
    row(
        "Коваль",
        "Олена",
        "",
        "Olena Koval",
        true,
        Craft::Doctor,
        CHILDREN,
        &["uk", "ru", "en"],
    ),
    row(
        "Adeyemi-Clarke",
        "Folasade",
        "",
        "",
        true,
        Craft::Nurse,
        NURSING,
        &["en", "yo"],
    ),
    row(
        "林",
        "美华",
        "",
        "Meihua Lin",
        true,
        Craft::Nurse,
        NURSING,
        &["zh", "en"],
    ),
    row(
        "ወርቁ",
        "ዮሐንስ",
        "",
        "Yohannes Worku",
        false,
        Craft::Nurse,
        NURSING,
        &["am", "en"],
    ),
    row(
        "Lindqvist",
        "Örjan",
        "",
        "",
        false,
        Craft::Nurse,
        NURSING,
        &["sv", "en"],
    ),
    row(
        "नायर",
        "प्रिया",
        "",
        "Priya Nair",
        true,
        Craft::Midwife,
        OBSTETRICS,
        &["hi", "en"],
    ),
];

#[expect(
    clippy::too_many_arguments,
    reason = "a row of a table, read left to right"
)]
const fn row(
    family: &'static str,
    given: &'static str,
    prefix: &'static str,
    latin: &'static str,
    female: bool,
    craft: Craft,
    specialty: Code,
    languages: &'static [&'static str],
) -> Row {
    Row {
        family,
        given,
        prefix,
        latin,
        female,
        craft,
        specialty,
        languages,
    }
}

impl Staff {
    /// Gives everyone an id from `dice`.
    pub(super) fn hire(dice: &mut Dice) -> Self {
        let organization = dice.uuid();
        let places = [dice.uuid(), dice.uuid()];
        let colleagues = ROWS.iter().map(|row| Colleague {
            id: dice.uuid(),
            display: display(row),
            craft: row.craft,
            row,
        });
        let colleagues: Vec<_> = colleagues.collect();
        let roles = colleagues.iter().map(|_| dice.uuid()).collect();
        Self {
            organization,
            places,
            colleagues,
            roles,
        }
    }

    /// Someone of `craft`; the same one for the same `turn`.
    pub(super) fn colleague(&self, craft: Craft, turn: usize) -> &Colleague {
        let fitting: Vec<_> = self
            .colleagues
            .iter()
            .filter(|one| one.craft == craft)
            .collect();
        let index = turn.checked_rem(fitting.len()).unwrap_or_default();
        // Every craft has its rows above, and the whole table is the fallback.
        fitting.get(index).copied().unwrap_or(&self.colleagues[0])
    }

    /// Reference to the clinic.
    pub(super) fn organization(&self) -> Value {
        named_reference("Organization", &self.organization, CLINIC)
    }

    /// Reference to a place.
    pub(super) fn place(&self, place: Place) -> Value {
        let [clinic, home] = &self.places;
        reference(
            "Location",
            match place {
                Place::Clinic => clinic,
                Place::Home => home,
            },
        )
    }

    /// The resources of the clinic, each after those it refers to.
    pub(super) fn resources(&self) -> Vec<Value> {
        let mut all = vec![self.organization_resource()];
        all.extend(self.location_resources());
        all.extend(self.colleagues.iter().map(Colleague::resource));
        let roles = self.colleagues.iter().zip(&self.roles);
        all.extend(roles.map(|(colleague, id)| self.role_resource(colleague, id)));
        all
    }

    fn organization_resource(&self) -> Value {
        resource(
            "Organization",
            &self.organization,
            false,
            json!({
                "identifier": [{"system": "https://haven.example/organization", "value": "HRC-01"}],
                "active": true,
                "type": [hl7("organization-type", "prov")],
                "name": CLINIC,
                "telecom": [{"system": "phone", "value": "+44 20 7946 0100", "use": "work"},
                            {"system": "email", "value": "desk@harbourrow.example", "use": "work"}],
                "address": [{"use": "work", "line": ["1 Harbour Row"], "city": "Whitby",
                             "postalCode": "YO21 3PU", "country": "GB"}],
            }),
        )
    }

    fn location_resources(&self) -> Vec<Value> {
        let [clinic, home] = &self.places;
        let kinds = [
            (
                clinic,
                "Harbour Row, consulting rooms",
                "instance",
                "OF",
                "bu",
            ),
            (home, "At the patient's home", "kind", "PTRES", "ho"),
        ];
        kinds
            .into_iter()
            .map(|(id, name, mode, role, shape)| {
                resource(
                    "Location",
                    id,
                    false,
                    json!({
                        "status": "active",
                        "name": name,
                        "mode": mode,
                        "type": [hl7("v3-RoleCode", role)],
                        "physicalType": hl7("location-physical-type", shape),
                        "managingOrganization": self.organization(),
                    }),
                )
            })
            .collect()
    }

    fn role_resource(&self, colleague: &Colleague, id: &str) -> Value {
        let code = if colleague.craft == Craft::Doctor {
            "doctor"
        } else {
            "nurse"
        };
        resource(
            "PractitionerRole",
            id,
            false,
            json!({
                "active": true,
                "practitioner": named_reference("Practitioner", &colleague.id, &colleague.display),
                "organization": self.organization(),
                "code": [hl7("practitioner-role", code)],
                "specialty": [colleague.row.specialty.concept()],
                "location": [self.place(Place::Clinic), self.place(Place::Home)],
            }),
        )
    }
}

impl Colleague {
    /// Reference with the name people know.
    pub(super) fn reference(&self) -> Value {
        named_reference("Practitioner", &self.id, &self.display)
    }

    fn resource(&self) -> Value {
        let row = self.row;
        let mut official = json!({"use": "official", "family": row.family, "given": [row.given]});
        if !row.prefix.is_empty() {
            super::fhir::set(&mut official, "prefix", json!([row.prefix]));
        }
        let mut names = vec![official];
        if let Some((given, family)) = row.latin.split_once(' ') {
            names.push(
                json!({"use": "usual", "text": row.latin, "family": family, "given": [given]}),
            );
        }
        let mailbox = match row.latin {
            "" => fold(row.given),
            latin => fold(latin.split(' ').next().unwrap_or_default()),
        };
        let languages = row
            .languages
            .iter()
            .map(|tag| json!({"coding": [{"system": "urn:ietf:bcp:47", "code": tag}]}));
        resource(
            "Practitioner",
            &self.id,
            false,
            json!({
                "identifier": [{"system": "https://haven.example/staff", "value": mailbox.clone()}],
                "active": true,
                "name": names,
                "telecom": [{"system": "email", "use": "work",
                             "value": format!("{mailbox}@harbourrow.example")}],
                "gender": if row.female { "female" } else { "male" },
                "communication": languages.collect::<Vec<_>>(),
            }),
        )
    }
}

fn display(row: &Row) -> String {
    let name = if row.latin.is_empty() {
        format!("{} {}", row.given, row.family)
    } else {
        row.latin.to_owned()
    };
    if row.craft == Craft::Doctor {
        format!("Dr {name}")
    } else {
        name
    }
}

fn fold(given: &str) -> String {
    given
        .chars()
        .filter_map(|letter| match letter {
            'á' | 'à' => Some('a'),
            'Ö' | 'ö' => Some('o'),
            other => other
                .is_ascii_alphabetic()
                .then(|| other.to_ascii_lowercase()),
        })
        .collect()
}
