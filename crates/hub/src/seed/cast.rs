//! The first patients of every clinic, written by hand so that the screens have something to say:
//! a pair easily mistaken for each other, many scripts, each way an allergy list can look, and
//! today's schedule.

use super::allergies::{AllergyRecord, Severity};
use super::problems::Problem;

/// How far an appointment of today has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Fulfilled,
    Arrived,
    Booked,
}

/// An appointment of today.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) progress: Progress,
    pub(super) reason: &'static str,
    pub(super) at_home: bool,
    /// The problem it is for; the reason alone where it is for something that has passed.
    pub(super) about: Option<Problem>,
}

/// What a chart of the cast says about allergies.
#[derive(Clone, Copy, Debug)]
enum Allergies {
    NotRecorded,
    NoneKnown,
    Known(&'static [(&'static str, Severity)]),
}

/// A patient written by hand.
pub(super) struct Member {
    pub(super) language: &'static str,
    pub(super) family: &'static [&'static str],
    pub(super) given: &'static [&'static str],
    pub(super) female: bool,
    pub(super) years: i64,
    /// Days since the last birthday.
    pub(super) days: i64,
    pub(super) problems: &'static [Problem],
    allergies: Allergies,
    pub(super) slot: Option<Slot>,
    /// How well treatment works, 0 to 1.
    pub(super) control: f64,
    /// Days since death.
    pub(super) died_days_ago: Option<i64>,
}

impl Member {
    /// What the chart says about allergies.
    pub(super) fn allergy_record(&self) -> AllergyRecord {
        match self.allergies {
            Allergies::NotRecorded => AllergyRecord::NotRecorded,
            Allergies::NoneKnown => AllergyRecord::NoneKnown,
            Allergies::Known(known) => AllergyRecord::named(known),
        }
    }
}

const fn slot(
    (hour, minute): (i64, i64),
    progress: Progress,
    reason: &'static str,
    about: Option<Problem>,
) -> Option<Slot> {
    Some(Slot {
        hour,
        minute,
        progress,
        reason,
        at_home: false,
        about,
    })
}

const fn home((hour, minute): (i64, i64), reason: &'static str, about: Problem) -> Option<Slot> {
    let progress = Progress::Booked;
    Some(Slot {
        hour,
        minute,
        progress,
        reason,
        at_home: true,
        about: Some(about),
    })
}

const fn member(
    language: &'static str,
    names: (&'static [&'static str], &'static [&'static str]),
    female: bool,
    (years, days): (i64, i64),
    problems: &'static [Problem],
    allergies: Allergies,
    slot: Option<Slot>,
) -> Member {
    let (family, given) = names;
    Member {
        language,
        family,
        given,
        female,
        years,
        days,
        problems,
        allergies,
        slot,
        control: 0.8,
        died_days_ago: None,
    }
}

use Allergies::{Known, NoneKnown, NotRecorded};
use Problem as P;
use Progress::{Arrived, Booked, Fulfilled};
use Severity::{High, Low, Unknown};

/// The cast, by patient number.
#[rustfmt::skip]
pub(super) static CAST: [Member; 16] = [
    Member {
        control: 0.42,
        ..member("es-MX", (&["Quiñones|Quinones", "Ibarra"], &["Marisela"]), true, (64, 121),
            &[P::Hypertension, P::Obesity, P::Prediabetes, P::IronDeficiency],
            Known(&[("penicillin", High), ("shellfish", Low)]), slot((13, 45), Arrived, "Blood pressure review", Some(P::Hypertension)))
    },
    member("es-MX", (&["Quiñones|Quinones", "Ibarra"], &["Maricela"]), true, (53, 290),
        &[P::Asthma, P::Migraine], Known(&[("latex", Low)]), None),
    member("fa", (&["رضایی|Rezaei"], &["شیرین|Shirin"]), true, (42, 33),
        &[P::Type2Diabetes, P::Depression], Known(&[("peanuts", High)]), home((15, 0), "Home visit, foot check", P::Type2Diabetes)),
    member("ru-RU", (&["Соколова|Sokolova"], &["Вера|Vera", "Николаевна|Nikolaevna"]), true, (71, 204),
        &[P::AtrialFibrillation, P::HeartFailure, P::Osteoporosis], NoneKnown, slot((8, 30), Fulfilled, "INR check", Some(P::AtrialFibrillation))),
    member("vi-VN", (&["Nguyễn|Nguyen"], &["Thị|Thi", "Hồng|Hong", "Nhung"]), true, (29, 75),
        &[P::Pregnancy], NoneKnown, slot((9, 15), Fulfilled, "Prenatal visit", Some(P::Pregnancy))),
    member("hi-IN", (&["देशपांडे|Deshpande"], &["सुरेश|Suresh"]), false, (58, 12),
        &[P::Type2Diabetes, P::Hypertension, P::KidneyDisease, P::Hyperlipidemia],
        Known(&[("sulfamethoxazole and trimethoprim", Low)]), slot((10, 15), Fulfilled, "Diabetes review", Some(P::Type2Diabetes))),
    member("nb-NO", (&["Bjørnstad|Bjornstad"], &["Åse|Ase"]), true, (83, 301),
        &[P::Copd, P::Osteoarthritis, P::Hypothyroidism], Known(&[("ibuprofen and other NSAIDs", High), ("bee venom", Unknown)]),
        home((16, 10), "Home visit, inhaler check", P::Copd)),
    member("am", (&["ተስፋዬ|Tesfaye"], &["አበበ|Abebe"]), false, (47, 160),
        &[P::Hypertension, P::Gout], NotRecorded, slot((14, 30), Booked, "Follow-up", Some(P::Hypertension))),
    member("fr-FR", (&["Lefèvre|Lefevre"], &["Noé|Noe"]), false, (4, 88),
        &[P::Eczema], Known(&[("egg", Low), ("peanuts", High)]), slot((11, 0), Fulfilled, "Ear recheck", None)),
    member("ig", (&["Ọkafọ|Okafo"], &["Chidi"]), false, (41, 250),
        &[P::Hiv, P::Hypertension], NoneKnown, None),
    member("zh-CN", (&["陈|Chen"], &["晓明|Xiaoming"]), false, (67, 44),
        &[P::Hypertension, P::Hyperlipidemia, P::Reflux], Known(&[("lisinopril and other ACE inhibitors", High)]), None),
    Member {
        died_days_ago: Some(97),
        ..member("en-GB", (&["Whitcombe"], &["Harold", "Edmund"]), false, (91, 15),
            &[P::HeartFailure, P::KidneyDisease, P::AtrialFibrillation], Known(&[("codeine", Low)]), None)
    },
    member("ar", (&["الخطيب|Al-Khatib"], &["سامي|Sami"]), false, (25, 310),
        &[P::Epilepsy], NotRecorded, None),
    member("en-GB", (&["Thistlewood"], &["Rosalind", "Agnes"]), true, (36, 5),
        &[P::OpioidUse, P::Anxiety], Known(&[("penicillin", Low), ("codeine", High)]), None),
    member("el-GR", (&["Ζαφειροπούλου|Zafeiropoulou"], &["Ελένη|Eleni"]), true, (9, 180),
        &[P::Asthma], Known(&[("grass pollen", Low)]), None),
    member("tr-TR", (&["Yıldırımtaş|Yildirimtas"], &["İpek|Ipek"]), true, (0, 200),
        &[], NoneKnown, None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_of_the_cast_has_the_allergies_that_were_written() {
        for member in &CAST {
            if let (Known(written), AllergyRecord::Known(found)) =
                (member.allergies, member.allergy_record())
            {
                assert_eq!(
                    written.len(),
                    found.len(),
                    "{:?}: a name is missing from the table",
                    member.given
                );
            }
        }
    }

    #[test]
    fn today_lies_within_opening_hours() {
        let slots: Vec<_> = CAST.iter().filter_map(|member| member.slot).collect();
        assert!(
            (5..=8).contains(&slots.len()),
            "a day's schedule fits the screen"
        );
        for slot in slots {
            let minute = slot.hour * 60 + slot.minute;
            assert!(
                (510..=990).contains(&minute),
                "{} is between 08:30 and 16:30",
                slot.reason
            );
        }
    }
}
