//! One patient's whole chart, put together from person, problems and visits.

use jiff::civil::Date;
use jiff::tz::Offset;
use serde_json::{Value, json};

use super::allergies::AllergyRecord;
use super::body::{Body, Course};
use super::calendar::Moment;
use super::dice::Dice;
use super::fhir::{reference, resource};
use super::person::Person;
use super::staff::{Colleague, Craft, Place, Staff};
use super::visits::{self, Kind, Visit};
use super::{courses, documents, laboratory, orders, plans, schedule, vaccines, vitals};

/// What every chart of one clinic has in common.
pub(super) struct Practice {
    pub(super) seed: u64,
    pub(super) today: Date,
    pub(super) offset: Offset,
    pub(super) staff: Staff,
}

/// A chart while it is being written.
pub(super) struct Chart<'a> {
    pub(super) practice: &'a Practice,
    pub(super) person: Person,
    pub(super) body: Body,
    pub(super) courses: Vec<Course>,
    pub(super) visits: Vec<Visit>,
    pub(super) ids: Dice,
    pub(super) dice: Dice,
    /// Which doctor, nurse and midwife this patient usually sees.
    turn: usize,
    made: Vec<Value>,
}

/// Writes the chart of patient `number`: every resource after those it refers to.
pub(super) fn write(number: u32, practice: &Practice) -> Vec<Value> {
    let stream = 3 * u64::from(number);
    let mut ids = Dice::new(practice.seed, 2 + stream);
    let mut dice = Dice::new(practice.seed, 3 + stream);
    let today = practice.today;
    let person = Person::draw(number, practice.seed, today, &mut ids, &mut dice);
    let body = Body::draw(person.birth, person.female, &mut dice);
    let allergies = match person.member {
        Some(member) => member.allergy_record(),
        None => AllergyRecord::draw(&mut dice),
    };
    let blocked = allergies.blocked();
    let problems = courses::lasting(&person, &mut dice);
    let chronic = i64::try_from(problems.len()).unwrap_or_default();
    let days = visits::days(&person, chronic, today, &mut dice);
    let mut all = courses::begin(
        &person,
        &problems,
        &blocked,
        &days,
        today,
        (&mut ids, &mut dice),
    );
    let mut visits = visits::plan(&person, &days, &mut all, today, (&mut ids, &mut dice));
    for course in all.iter_mut().filter(|course| course.problem.facts().acute) {
        let age = body.age(course.onset);
        courses::prescribe_short(course, &problems, &blocked, age, &mut dice);
    }
    visits.extend(visits::arrival(&person, today, &mut ids));
    let turn = dice.index(64);
    let made = Vec::new();
    let mut chart = Chart {
        practice,
        person,
        body,
        courses: all,
        visits,
        ids,
        dice,
        turn,
        made,
    };
    chart.write_person(&allergies);
    schedule::write(&mut chart);
    chart.write_visits();
    orders::write(&mut chart);
    laboratory::write(&mut chart);
    vaccines::write(&mut chart);
    plans::write(&mut chart);
    documents::write(&mut chart);
    chart.finish()
}

/// The order in which types are handed out, so that a reference never points forward.
const ORDER: [&str; 13] = [
    "Patient",
    "Appointment",
    "Encounter",
    "Condition",
    "AllergyIntolerance",
    "MedicationRequest",
    "Observation",
    "DiagnosticReport",
    "Immunization",
    "Goal",
    "CarePlan",
    "DocumentReference",
    "Procedure",
];

impl<'a> Chart<'a> {
    /// Adds a resource of this chart.
    pub(super) fn add(&mut self, kind: &str, id: &str, sensitive: bool, body: Value) {
        self.made.push(resource(kind, id, sensitive, body));
    }

    /// Reference to the patient.
    pub(super) fn subject(&self) -> Value {
        reference("Patient", &self.person.id)
    }

    /// Whoever of `craft` usually sees this patient.
    pub(super) fn colleague(&self, craft: Craft) -> &'a Colleague {
        self.practice.staff.colleague(craft, self.turn)
    }

    /// A moment as this clinic writes it.
    pub(super) fn stamp(&self, moment: Moment) -> String {
        moment.stamp(self.practice.offset)
    }

    /// The latest finished visit up to `day`.
    pub(super) fn visit_by(&self, day: Date) -> Option<&Visit> {
        self.visits
            .iter()
            .rev()
            .find(|visit| !visit.underway && visit.start.day <= day)
    }

    /// The finished visit on `day` itself.
    pub(super) fn visit_on(&self, day: Date) -> Option<&Visit> {
        self.visit_by(day).filter(|visit| visit.start.day == day)
    }

    /// Reference to the visit on `day`, or nothing.
    pub(super) fn encounter_on(&self, day: Date) -> Value {
        self.visit_on(day)
            .map_or(Value::Null, |visit| reference("Encounter", &visit.id))
    }

    /// Appointment of today, if the schedule wrote one.
    fn appointment_today(&self) -> Option<Value> {
        let today = self.practice.today.to_string();
        self.made
            .iter()
            .filter(|made| made.get("resourceType").and_then(Value::as_str) == Some("Appointment"))
            .find(|made| {
                made.get("start")
                    .and_then(Value::as_str)
                    .is_some_and(|start| start.starts_with(&today))
            })
            .and_then(|made| made.get("id").and_then(Value::as_str))
            .map(|id| json!([reference("Appointment", id)]))
    }

    fn write_person(&mut self, allergies: &AllergyRecord) {
        let practice = self.practice;
        let doctor = self.colleague(Craft::Doctor).reference();
        let nurse = self.colleague(Craft::Nurse).reference();
        let organization = practice.staff.organization();
        let patient = self
            .person
            .resource(&organization, &doctor, practice.offset, &mut self.dice);
        self.made.push(patient);
        let first = self
            .visits
            .first()
            .map_or(practice.today, |visit| visit.start.day);
        let recorded = first.to_string();
        let dice = (&mut self.ids, &mut self.dice);
        let found = allergies.resources(&self.person.id, &nurse, &recorded, dice);
        self.made.extend(found);
    }

    fn write_visits(&mut self) {
        let appointment = self.appointment_today();
        let visits = std::mem::take(&mut self.visits);
        for (index, visit) in visits.iter().enumerate() {
            let here = appointment
                .clone()
                .filter(|_| visit.start.day == self.practice.today);
            self.write_encounter(visit, here);
            if visit.kind != Kind::Call && !visit.underway {
                self.write_vitals(visit, index == 0);
            }
        }
        self.visits = visits;
    }

    fn write_encounter(&mut self, visit: &Visit, appointment: Option<Value>) {
        let (class, class_display) = visit.kind.class();
        let (code, text) = visit.kind.code();
        let start = self.stamp(visit.start);
        let end = (!visit.underway).then(|| self.stamp(visit.start.plus_minutes(visit.minutes)));
        let place = match visit.kind {
            Kind::Home => Some(Place::Home),
            Kind::Call => None,
            Kind::Clinic | Kind::Prenatal | Kind::WellChild | Kind::Checkup => Some(Place::Clinic),
        };
        let reason = visit.about.map_or_else(
            || json!({"text": visit.reason}),
            |problem| problem.facts().code.concept_as(visit.reason),
        );
        let mut period = json!({"start": start});
        if let Some(end) = end {
            super::fhir::set(&mut period, "end", Value::from(end));
        }
        let body = json!({
            "status": if visit.underway { "arrived" } else { "finished" },
            "class": {"system": super::fhir::ACT_CODE, "code": class, "display": class_display},
            "type": [code.concept_as(text)],
            "subject": self.subject(),
            "appointment": appointment,
            "participant": [{
                "type": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                    "code": "PPRF", "display": "primary performer"}]}],
                "individual": self.colleague(visit.craft).reference(),
            }],
            "period": period,
            "reasonCode": [reason],
            "location": place.map(|place| json!([{"location": self.practice.staff.place(place)}])),
            "serviceProvider": self.practice.staff.organization(),
        });
        self.add("Encounter", &visit.id, visit.sensitive(), body);
    }

    fn write_vitals(&mut self, visit: &Visit, first: bool) {
        let setting = vitals::Setting {
            body: &self.body,
            courses: &self.courses,
            day: visit.start.day,
            today: self.practice.today,
            fever: visit.fever,
            first,
            at_home: visit.kind == Kind::Home,
        };
        let taken = vitals::measured(&setting, &mut self.dice);
        let at = self.stamp(visit.start.plus_minutes(5));
        let performer = self.colleague(visit.craft).reference();
        for one in taken {
            let id = self.ids.uuid();
            let mut body = json!({
                "status": "final",
                "category": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                    "code": "vital-signs", "display": "Vital Signs"}]}],
                "code": null,
                "subject": self.subject(),
                "encounter": reference("Encounter", &visit.id),
                "effectiveDateTime": at,
                "issued": at,
                "performer": [performer],
            });
            // Code, value and components come from the measurement.
            if let (Some(body), Value::Object(one)) = (body.as_object_mut(), one) {
                body.extend(one);
            }
            self.add("Observation", &id, false, body);
        }
    }

    fn finish(self) -> Vec<Value> {
        let mut made = self.made;
        let rank = |one: &Value| {
            let kind = one
                .get("resourceType")
                .and_then(Value::as_str)
                .unwrap_or_default();
            ORDER
                .iter()
                .position(|known| *known == kind)
                .unwrap_or(ORDER.len())
        };
        made.sort_by_key(rank);
        made
    }
}
