//! The clinic's formulary: code, dose, how often, by which route, and who must not have it.

use super::dosage::{Rhythm, Route};
use super::fhir::{Code, RXNORM};
use super::problems::Problem;

/// A medicine of the formulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drug {
    Lisinopril,
    Losartan,
    Labetalol,
    Hydrochlorothiazide,
    Amlodipine,
    Atorvastatin,
    Ezetimibe,
    Metformin,
    Linagliptin,
    Empagliflozin,
    InsulinGlargine,
    Furosemide,
    Carvedilol,
    Metoprolol,
    Spironolactone,
    Warfarin,
    Apixaban,
    Diltiazem,
    Albuterol,
    Fluticasone,
    Tiotropium,
    Levothyroxine,
    Sertraline,
    Escitalopram,
    Mirtazapine,
    Naproxen,
    Acetaminophen,
    Alendronate,
    Cholecalciferol,
    Allopurinol,
    Omeprazole,
    Famotidine,
    Sumatriptan,
    Propranolol,
    Topiramate,
    Amitriptyline,
    Levetiracetam,
    Lamotrigine,
    FerrousSulfate,
    Hydrocortisone,
    Cetirizine,
    FolicAcid,
    Dolutegravir,
    Lamivudine,
    Buprenorphine,
    Acamprosate,
    Thiamine,
    Amoxicillin,
    PenicillinV,
    Cephalexin,
    Azithromycin,
    Cotrimoxazole,
    Nitrofurantoin,
}

/// Kinship between medicines: an allergy does not tell them apart, and no two are taken for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Penicillin,
    Cephalosporin,
    Sulfonamide,
    Nsaid,
    AceInhibitor,
    Statin,
    Macrolide,
    BetaBlocker,
    CalciumBlocker,
}

/// What is known of a [`Drug`].
pub(super) struct Medicine {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "a test holds the table in step by it")
    )]
    pub(super) drug: Drug,
    pub(super) code: Code,
    /// The name as written on a chart, with tall-man letters where two are easily confused.
    pub(super) text: &'static str,
    pub(super) families: &'static [Family],
    /// Conditions under which it is not given.
    pub(super) avoid: &'static [Problem],
    pub(super) youngest_age: i64,
    /// Days of a course; `None` is taken on and on.
    pub(super) course_days: Option<i64>,
    /// The year from which it could be had.
    pub(super) since_year: i16,
    pub(super) route: Route,
    pub(super) rhythm: Rhythm,
    /// Lower dose, higher dose; the same where it never changes.
    pub(super) doses: [&'static str; 2],
    /// Printed unit and UCUM code.
    pub(super) unit: (&'static str, &'static str),
}

impl Drug {
    /// Its row in the formulary.
    pub(super) fn medicine(self) -> &'static Medicine {
        // `the_formulary_is_in_the_order_of_the_enum` holds this indexing in step.
        &FORMULARY[self as usize]
    }
}

const MG: (&str, &str) = ("mg", "mg");
const MCG: (&str, &str) = ("mcg", "ug");
const UNITS: (&str, &str) = ("units", "[iU]");
const PUFFS: (&str, &str) = ("puffs", "{puff}");
const GRAMS: (&str, &str) = ("g", "g");

const fn oral(
    drug: Drug,
    rxnorm: &'static str,
    name: &'static str,
    doses: [&'static str; 2],
    rhythm: Rhythm,
) -> Medicine {
    Medicine {
        drug,
        code: Code {
            system: RXNORM,
            code: rxnorm,
            display: name,
        },
        text: name,
        families: &[],
        avoid: &[],
        youngest_age: 0,
        course_days: None,
        since_year: 1900,
        route: Route::Oral,
        rhythm,
        doses,
        unit: MG,
    }
}

impl Medicine {
    const fn tall(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }
    const fn by(mut self, route: Route, unit: (&'static str, &'static str)) -> Self {
        self.route = route;
        self.unit = unit;
        self
    }
    const fn kin(mut self, families: &'static [Family]) -> Self {
        self.families = families;
        self
    }
    const fn not_with(mut self, avoid: &'static [Problem]) -> Self {
        self.avoid = avoid;
        self
    }
    const fn course(mut self, days: i64) -> Self {
        self.course_days = Some(days);
        self
    }
    const fn aged_from(mut self, age: i64) -> Self {
        self.youngest_age = age;
        self
    }

    const fn since(mut self, year: i16) -> Self {
        self.since_year = year;
        self
    }

    /// Whether the two are of one family.
    pub(super) fn is_kin_to(&self, other: &Self) -> bool {
        self.families
            .iter()
            .any(|family| other.families.contains(family))
    }

    /// Whether someone with these allergies, problems and years may have it.
    pub(super) fn suits(&self, blocked: &[Family], has: &[Problem], age: i64) -> bool {
        !self.families.iter().any(|family| blocked.contains(family))
            && !self.avoid.iter().any(|problem| has.contains(problem))
            && age >= self.youngest_age
    }

    /// Whether there is a higher dose to go to.
    pub(super) fn has_higher_dose(&self) -> bool {
        self.doses[0] != self.doses[1]
    }
}

use Drug as D;
use Family as F;
use Problem as P;
use Rhythm::{AsNeeded, AtNight, Daily, Weekly};
use Route::{Inhaled, OnSkin, UnderSkin, UnderTongue};

/// Every medicine, in the order of [`Drug`], coded by RxNorm ingredient.
#[rustfmt::skip]
pub(super) static FORMULARY: [Medicine; 53] = [
    oral(D::Lisinopril, "29046", "lisinopril", ["10", "20"], Daily(1)).kin(&[F::AceInhibitor]).not_with(&[P::Pregnancy]).aged_from(12),
    oral(D::Losartan, "52175", "losartan", ["50", "100"], Daily(1)).not_with(&[P::Pregnancy]).aged_from(12).since(1996),
    oral(D::Labetalol, "6185", "labetalol", ["100", "200"], Daily(2)).not_with(&[P::Asthma]).kin(&[F::BetaBlocker]),
    oral(D::Hydrochlorothiazide, "5487", "hydrochlorothiazide", ["12.5", "25"], Daily(1)).tall("hydroCHLOROthiazide").not_with(&[P::Gout, P::Pregnancy, P::KidneyDisease, P::HeartFailure]),
    oral(D::Amlodipine, "17767", "amlodipine", ["5", "10"], Daily(1)).tall("amLODIPine").not_with(&[P::HeartFailure, P::Pregnancy]).kin(&[F::CalciumBlocker]),
    oral(D::Atorvastatin, "83367", "atorvastatin", ["20", "40"], AtNight).tall("atorvaSTATin").kin(&[F::Statin]).not_with(&[P::Pregnancy]).since(1998),
    oral(D::Ezetimibe, "341248", "ezetimibe", ["10", "10"], Daily(1)).not_with(&[P::Pregnancy]).since(2003),
    oral(D::Metformin, "6809", "metformin", ["500", "1000"], Daily(2)).tall("metFORMIN").not_with(&[P::KidneyDisease]),
    oral(D::Linagliptin, "1100699", "linagliptin", ["5", "5"], Daily(1)).tall("linaGLIPtin").not_with(&[P::Pregnancy]).since(2012),
    oral(D::Empagliflozin, "1545653", "empagliflozin", ["10", "25"], Daily(1)).not_with(&[P::Pregnancy, P::KidneyDisease]).since(2015),
    oral(D::InsulinGlargine, "274783", "insulin glargine", ["14", "22"], AtNight).by(UnderSkin, UNITS).since(2001),
    oral(D::Furosemide, "4603", "furosemide", ["20", "40"], Daily(1)),
    oral(D::Carvedilol, "20352", "carvedilol", ["6.25", "12.5"], Daily(2)).not_with(&[P::Asthma, P::Copd]).kin(&[F::BetaBlocker]),
    oral(D::Metoprolol, "6918", "metoprolol", ["25", "50"], Daily(2)).not_with(&[P::Asthma]).kin(&[F::BetaBlocker]),
    oral(D::Spironolactone, "9997", "spironolactone", ["25", "25"], Daily(1)).not_with(&[P::KidneyDisease]),
    oral(D::Warfarin, "11289", "warfarin", ["5", "5"], Daily(1)).not_with(&[P::Pregnancy]),
    oral(D::Apixaban, "1364430", "apixaban", ["5", "5"], Daily(2)).not_with(&[P::Pregnancy]).since(2013),
    oral(D::Diltiazem, "3443", "diltiazem", ["120", "180"], Daily(1)).tall("dilTIAZem").not_with(&[P::HeartFailure]).kin(&[F::CalciumBlocker]),
    oral(D::Albuterol, "435", "albuterol", ["2", "2"], AsNeeded).by(Inhaled, PUFFS),
    oral(D::Fluticasone, "50121", "fluticasone propionate", ["1", "2"], Daily(2)).by(Inhaled, PUFFS),
    oral(D::Tiotropium, "69120", "tiotropium", ["18", "18"], Daily(1)).by(Inhaled, MCG).since(2005),
    oral(D::Levothyroxine, "10582", "levothyroxine", ["50", "75"], Daily(1)).by(Route::Oral, MCG),
    oral(D::Sertraline, "36437", "sertraline", ["50", "100"], Daily(1)),
    oral(D::Escitalopram, "321988", "escitalopram", ["10", "20"], Daily(1)).since(2003),
    oral(D::Mirtazapine, "15996", "mirtazapine", ["15", "30"], AtNight),
    oral(D::Naproxen, "7258", "naproxen", ["250", "500"], Daily(2)).kin(&[F::Nsaid]).not_with(&[P::KidneyDisease, P::HeartFailure, P::AtrialFibrillation, P::Asthma, P::Pregnancy, P::Reflux]).aged_from(16),
    oral(D::Acetaminophen, "161", "acetaminophen", ["500", "500"], AsNeeded).not_with(&[P::AlcoholUse]).aged_from(12),
    oral(D::Alendronate, "46041", "alendronate", ["70", "70"], Weekly).not_with(&[P::Reflux, P::KidneyDisease]),
    oral(D::Cholecalciferol, "2418", "cholecalciferol", ["800", "1000"], Daily(1)).by(Route::Oral, UNITS),
    oral(D::Allopurinol, "519", "allopurinol", ["100", "300"], Daily(1)),
    oral(D::Omeprazole, "7646", "omeprazole", ["20", "40"], Daily(1)),
    oral(D::Famotidine, "4278", "famotidine", ["20", "20"], Daily(2)),
    oral(D::Sumatriptan, "37418", "sumatriptan", ["50", "50"], AsNeeded).tall("SUMAtriptan").not_with(&[P::Hypertension, P::Pregnancy, P::HeartFailure]).aged_from(18),
    oral(D::Propranolol, "8787", "propranolol", ["40", "80"], Daily(2)).not_with(&[P::Asthma, P::Copd, P::Depression, P::HeartFailure, P::AtrialFibrillation]).aged_from(12).kin(&[F::BetaBlocker]),
    oral(D::Topiramate, "38404", "topiramate", ["25", "50"], Daily(2)).not_with(&[P::Pregnancy]).aged_from(12),
    oral(D::Amitriptyline, "704", "amitriptyline", ["10", "25"], AtNight).not_with(&[P::AtrialFibrillation]),
    oral(D::Levetiracetam, "114477", "levetiracetam", ["500", "750"], Daily(2)).tall("levETIRAcetam").aged_from(12).since(2001),
    oral(D::Lamotrigine, "28439", "lamotrigine", ["50", "100"], Daily(2)).tall("lamoTRIgine").aged_from(12),
    oral(D::FerrousSulfate, "24947", "ferrous sulfate", ["325", "325"], Daily(1)),
    oral(D::Hydrocortisone, "5492", "hydrocortisone", ["1", "1"], AsNeeded).tall("hydrocortisone 1 % cream").by(OnSkin, GRAMS),
    oral(D::Cetirizine, "20610", "cetirizine", ["5", "10"], AsNeeded).aged_from(6),
    oral(D::FolicAcid, "4511", "folic acid", ["0.4", "0.4"], Daily(1)),
    oral(D::Dolutegravir, "1433868", "dolutegravir", ["50", "50"], Daily(1)).since(2014),
    oral(D::Lamivudine, "68244", "lamivudine", ["300", "300"], Daily(1)).tall("lamiVUDine").since(1996),
    oral(D::Buprenorphine, "1819", "buprenorphine", ["8", "16"], Daily(1)).by(UnderTongue, MG),
    oral(D::Acamprosate, "82819", "acamprosate", ["666", "666"], Daily(3)).not_with(&[P::KidneyDisease]),
    oral(D::Thiamine, "10454", "thiamine", ["100", "100"], Daily(1)),
    oral(D::Amoxicillin, "723", "amoxicillin", ["250", "500"], Daily(3)).kin(&[F::Penicillin]).course(7).aged_from(1),
    oral(D::PenicillinV, "7984", "penicillin V", ["250", "500"], Daily(2)).kin(&[F::Penicillin]).course(10).aged_from(3),
    oral(D::Cephalexin, "2231", "cephalexin", ["250", "500"], Daily(2)).kin(&[F::Cephalosporin, F::Penicillin]).course(7).aged_from(6),
    oral(D::Azithromycin, "18631", "azithromycin", ["250", "500"], Daily(1)).kin(&[F::Macrolide]).course(5).aged_from(6),
    oral(D::Cotrimoxazole, "10831", "sulfamethoxazole / trimethoprim", ["480", "960"], Daily(2)).kin(&[F::Sulfonamide]).course(7).aged_from(6).not_with(&[P::Pregnancy, P::AtrialFibrillation]),
    oral(D::Nitrofurantoin, "7454", "nitrofurantoin", ["100", "100"], Daily(2)).course(5).aged_from(12).not_with(&[P::KidneyDisease]),
];

#[cfg(test)]
mod tests {
    use super::super::problems::TABLE;
    use super::*;

    #[test]
    fn the_formulary_is_in_the_order_of_the_enum() {
        for (index, medicine) in FORMULARY.iter().enumerate() {
            assert_eq!(
                medicine.drug as usize, index,
                "{} stands in its place",
                medicine.text
            );
            assert!(
                medicine.code.code.parse::<u64>().is_ok(),
                "{} has a code",
                medicine.text
            );
            for dose in medicine.doses {
                assert!(
                    dose.parse::<f64>().is_ok(),
                    "{} has a dose in numbers",
                    medicine.text
                );
            }
        }
    }

    #[test]
    fn each_medicine_may_be_chosen_for_something() {
        for medicine in &FORMULARY {
            let used = TABLE
                .iter()
                .any(|facts| facts.therapy.iter().any(|row| row.contains(&medicine.drug)));
            assert!(used, "{} treats nothing in the table", medicine.text);
            assert!(
                medicine.suits(&[], &[], 40),
                "{} suits someone",
                medicine.text
            );
        }
    }

    #[test]
    fn a_penicillin_allergy_rules_out_its_whole_family() {
        let blocked = [Family::Penicillin];
        for drug in [Drug::Amoxicillin, Drug::PenicillinV, Drug::Cephalexin] {
            assert!(
                !drug.medicine().suits(&blocked, &[], 30),
                "{drug:?} is kin to penicillin"
            );
        }
        assert!(
            Drug::Azithromycin.medicine().suits(&blocked, &[], 30),
            "a macrolide is not"
        );
    }
}
