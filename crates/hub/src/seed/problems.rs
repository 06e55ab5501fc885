//! What people of this clinic live with: codes, how common by age, and what treats it.

use super::fhir::{Code, snomed};
use super::labs::Panel;
use super::medicines::Drug;

/// A condition of the clinic's repertoire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Hypertension,
    Hyperlipidemia,
    Obesity,
    Prediabetes,
    Type2Diabetes,
    KidneyDisease,
    HeartFailure,
    AtrialFibrillation,
    Asthma,
    Copd,
    Hypothyroidism,
    Depression,
    Anxiety,
    Osteoarthritis,
    Osteoporosis,
    Gout,
    Reflux,
    Migraine,
    Epilepsy,
    IronDeficiency,
    Eczema,
    HayFever,
    Pregnancy,
    Hiv,
    OpioidUse,
    AlcoholUse,
    OtitisMedia,
    StrepThroat,
    Bronchitis,
    Sinusitis,
    UrinaryInfection,
    ViralThroat,
}

/// What is known of a [`Problem`].
pub(super) struct Facts {
    pub(super) problem: Problem,
    pub(super) code: Code,
    /// As a clinician would write it.
    pub(super) text: &'static str,
    /// Why one comes back for it.
    pub(super) review: &'static str,
    /// Gone within weeks.
    pub(super) acute: bool,
    /// Confidentiality `R`.
    pub(super) sensitive: bool,
    pub(super) women_only: bool,
    /// Of 1000 people aged 0–17, 18–39, 40–64, 65 and more.
    pub(super) rates: [u32; 4],
    pub(super) earliest_age: i64,
    /// One medicine of each row, the first that the person may take.
    pub(super) therapy: &'static [&'static [Drug]],
    /// What is measured at reviews.
    pub(super) panels: &'static [Panel],
}

impl Problem {
    /// Its row in the table.
    pub(super) fn facts(self) -> &'static Facts {
        // `the_table_is_in_the_order_of_the_enum` holds this indexing in step.
        &TABLE[self as usize]
    }
}

const fn chronic(
    problem: Problem,
    code: &'static str,
    display: &'static str,
    texts: (&'static str, &'static str),
    earliest_age: i64,
    rates: [u32; 4],
) -> Facts {
    Facts {
        problem,
        code: snomed(code, display),
        text: texts.0,
        review: texts.1,
        acute: false,
        sensitive: false,
        women_only: false,
        rates,
        earliest_age,
        therapy: &[],
        panels: &[],
    }
}

const fn acute(
    problem: Problem,
    code: &'static str,
    display: &'static str,
    texts: (&'static str, &'static str),
    rates: [u32; 4],
) -> Facts {
    Facts {
        acute: true,
        ..chronic(problem, code, display, texts, 0, rates)
    }
}

impl Facts {
    const fn treated(mut self, therapy: &'static [&'static [Drug]]) -> Self {
        self.therapy = therapy;
        self
    }

    const fn measured(mut self, panels: &'static [Panel]) -> Self {
        self.panels = panels;
        self
    }

    const fn restricted(mut self) -> Self {
        self.sensitive = true;
        self
    }

    const fn of_women(mut self) -> Self {
        self.women_only = true;
        self
    }
}

use Drug as D;
use Panel as L;
use Problem as P;

/// Every problem, in the order of [`Problem`].
#[rustfmt::skip]
pub(super) static TABLE: [Facts; 32] = [
    chronic(P::Hypertension, "59621000", "Essential hypertension (disorder)",
        ("Hypertension", "Blood pressure review"), 32, [0, 50, 330, 560])
        .treated(&[&[D::Lisinopril, D::Losartan, D::Labetalol], &[D::Hydrochlorothiazide, D::Amlodipine, D::Labetalol]])
        .measured(&[L::Metabolic, L::Lipids]),
    chronic(P::Hyperlipidemia, "55822004", "Hyperlipidemia (disorder)",
        ("High cholesterol", "Cholesterol review"), 35, [0, 20, 180, 300])
        .treated(&[&[D::Atorvastatin, D::Ezetimibe]])
        .measured(&[L::Lipids]),
    chronic(P::Obesity, "162864005", "Body mass index 30+ - obesity (finding)",
        ("Body mass index 30+ – obesity", "Weight review"), 16, [30, 150, 240, 180])
        .measured(&[L::GlycatedHemoglobin]),
    chronic(P::Prediabetes, "15777000", "Prediabetes (finding)",
        ("Prediabetes", "Blood sugar review"), 28, [0, 40, 130, 140])
        .measured(&[L::GlycatedHemoglobin]),
    chronic(P::Type2Diabetes, "44054006", "Diabetes mellitus type 2 (disorder)",
        ("Type 2 diabetes", "Diabetes review"), 34, [0, 15, 120, 220])
        .treated(&[&[D::Metformin, D::Linagliptin], &[D::Empagliflozin, D::InsulinGlargine]])
        .measured(&[L::GlycatedHemoglobin, L::Metabolic, L::UrineAlbumin]),
    chronic(P::KidneyDisease, "433144002", "Chronic kidney disease stage 3 (disorder)",
        ("Chronic kidney disease, stage 3", "Kidney function check"), 45, [0, 0, 40, 150])
        .measured(&[L::Metabolic, L::BloodCount, L::UrineAlbumin]),
    chronic(P::HeartFailure, "88805009", "Chronic congestive heart failure (disorder)",
        ("Heart failure", "Heart failure review"), 52, [0, 0, 15, 90])
        .treated(&[&[D::Furosemide], &[D::Carvedilol, D::Metoprolol], &[D::Spironolactone]])
        .measured(&[L::Metabolic, L::Natriuretic]),
    chronic(P::AtrialFibrillation, "49436004", "Atrial fibrillation (disorder)",
        ("Atrial fibrillation", "Heart rhythm review"), 50, [0, 0, 25, 110])
        .treated(&[&[D::Warfarin, D::Apixaban], &[D::Metoprolol, D::Diltiazem]])
        .measured(&[L::Clotting, L::Metabolic]),
    chronic(P::Asthma, "195967001", "Asthma (disorder)",
        ("Asthma", "Asthma review"), 3, [90, 70, 60, 30])
        .treated(&[&[D::Albuterol], &[D::Fluticasone]]),
    chronic(P::Copd, "13645005", "Chronic obstructive lung disease (disorder)",
        ("COPD", "COPD review"), 48, [0, 0, 45, 130])
        .treated(&[&[D::Tiotropium], &[D::Albuterol]])
        .measured(&[L::BloodCount]),
    chronic(P::Hypothyroidism, "40930008", "Hypothyroidism (disorder)",
        ("Hypothyroidism", "Thyroid check"), 22, [3, 25, 60, 90])
        .treated(&[&[D::Levothyroxine]])
        .measured(&[L::Thyroid]),
    chronic(P::Depression, "35489007", "Depressive disorder (disorder)",
        ("Depression", "Mood review"), 15, [15, 110, 120, 80])
        .treated(&[&[D::Sertraline, D::Mirtazapine]]),
    chronic(P::Anxiety, "197480006", "Anxiety disorder (disorder)",
        ("Anxiety", "Mood review"), 13, [20, 90, 70, 40])
        .treated(&[&[D::Escitalopram, D::Mirtazapine]]),
    chronic(P::Osteoarthritis, "239873007", "Osteoarthritis of knee (disorder)",
        ("Osteoarthritis of the knee", "Joint pain review"), 46, [0, 0, 110, 280])
        .treated(&[&[D::Naproxen, D::Acetaminophen]]),
    chronic(P::Osteoporosis, "64859006", "Osteoporosis (disorder)",
        ("Osteoporosis", "Bone health review"), 58, [0, 0, 15, 120])
        .treated(&[&[D::Alendronate], &[D::Cholecalciferol]]),
    chronic(P::Gout, "90560007", "Gout (disorder)",
        ("Gout", "Gout review"), 40, [0, 5, 40, 60])
        .treated(&[&[D::Allopurinol]])
        .measured(&[L::Urate]),
    chronic(P::Reflux, "235595009", "Gastroesophageal reflux disease (disorder)",
        ("Acid reflux", "Stomach review"), 24, [5, 60, 120, 130])
        .treated(&[&[D::Omeprazole, D::Famotidine]]),
    chronic(P::Migraine, "37796009", "Migraine (disorder)",
        ("Migraine", "Headache review"), 12, [20, 100, 80, 20])
        .treated(&[&[D::Sumatriptan, D::Acetaminophen], &[D::Propranolol, D::Topiramate, D::Amitriptyline]]),
    chronic(P::Epilepsy, "84757009", "Epilepsy (disorder)",
        ("Epilepsy", "Seizure review"), 12, [10, 15, 12, 15])
        .treated(&[&[D::Levetiracetam, D::Lamotrigine]])
        .measured(&[L::Metabolic]),
    chronic(P::IronDeficiency, "87522002", "Iron deficiency anemia (disorder)",
        ("Iron deficiency anemia", "Anemia review"), 14, [10, 60, 60, 80])
        .treated(&[&[D::FerrousSulfate]])
        .measured(&[L::BloodCount, L::Ferritin]),
    chronic(P::Eczema, "24079001", "Atopic dermatitis (disorder)",
        ("Eczema", "Skin review"), 0, [120, 50, 30, 30])
        .treated(&[&[D::Hydrocortisone]]),
    chronic(P::HayFever, "61582004", "Allergic rhinitis (disorder)",
        ("Hay fever", "Allergy review"), 5, [110, 150, 110, 50])
        .treated(&[&[D::Cetirizine]]),
    chronic(P::Pregnancy, "72892002", "Normal pregnancy (finding)",
        ("Pregnancy", "Prenatal visit"), 18, [0, 60, 0, 0])
        .of_women()
        .treated(&[&[D::FolicAcid], &[D::FerrousSulfate]])
        .measured(&[L::BloodCount, L::Glucose]),
    chronic(P::Hiv, "86406008", "Human immunodeficiency virus infection (disorder)",
        ("HIV infection", "HIV care visit"), 20, [0, 18, 20, 6])
        .restricted()
        .treated(&[&[D::Dolutegravir], &[D::Lamivudine]])
        .measured(&[L::HivMonitoring]),
    chronic(P::OpioidUse, "75544000", "Opioid dependence (disorder)",
        ("Opioid dependence", "Substance use care visit"), 21, [0, 18, 16, 4])
        .restricted()
        .treated(&[&[D::Buprenorphine]])
        .measured(&[L::Liver]),
    chronic(P::AlcoholUse, "7200002", "Alcoholism (disorder)",
        ("Alcohol dependence", "Substance use care visit"), 24, [0, 12, 28, 18])
        .restricted()
        .treated(&[&[D::Acamprosate], &[D::Thiamine]])
        .measured(&[L::Liver]),
    acute(P::OtitisMedia, "65363002", "Otitis media (disorder)",
        ("Middle ear infection", "Ear pain"), [300, 10, 5, 5])
        .treated(&[&[D::Amoxicillin, D::Azithromycin, D::Cotrimoxazole]]),
    acute(P::StrepThroat, "43878008", "Streptococcal sore throat (disorder)",
        ("Strep throat", "Sore throat"), [120, 60, 30, 10])
        .treated(&[&[D::PenicillinV, D::Cephalexin, D::Azithromycin]]),
    acute(P::Bronchitis, "10509002", "Acute bronchitis (disorder)",
        ("Acute bronchitis", "Cough"), [80, 80, 120, 150]),
    acute(P::Sinusitis, "444814009", "Viral sinusitis (disorder)",
        ("Viral sinusitis", "Blocked nose and headache"), [60, 120, 110, 70]),
    acute(P::UrinaryInfection, "68566005", "Urinary tract infectious disease (disorder)",
        ("Urinary tract infection", "Burning on passing water"), [15, 60, 60, 120])
        .of_women()
        .treated(&[&[D::Nitrofurantoin, D::Cephalexin, D::Amoxicillin]]),
    acute(P::ViralThroat, "195662009", "Acute viral pharyngitis (disorder)",
        ("Viral sore throat", "Sore throat"), [150, 90, 60, 40])
        .treated(&[&[D::Acetaminophen]]),
];

/// Whether `next` may stand beside what someone already has.
pub(super) fn compatible(has: &[Problem], next: Problem) -> bool {
    const NEVER_TOGETHER: [(Problem, Problem); 7] = [
        (P::Prediabetes, P::Type2Diabetes),
        (P::Asthma, P::Copd),
        (P::Depression, P::Anxiety),
        (P::OpioidUse, P::AlcoholUse),
        (P::Pregnancy, P::AlcoholUse),
        (P::Pregnancy, P::OpioidUse),
        (P::Pregnancy, P::HeartFailure),
    ];
    !has.contains(&next)
        && !NEVER_TOGETHER.iter().any(|(one, other)| {
            (*one == next && has.contains(other)) || (*other == next && has.contains(one))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, facts) in TABLE.iter().enumerate() {
            assert_eq!(
                facts.problem as usize, index,
                "{} stands in its place",
                facts.text
            );
            assert!(
                facts.code.code.parse::<u64>().is_ok(),
                "{} has a SNOMED code",
                facts.text
            );
        }
    }

    #[test]
    fn two_that_exclude_each_other_do_so_both_ways() {
        assert!(!compatible(&[P::Type2Diabetes], P::Prediabetes));
        assert!(!compatible(&[P::Prediabetes], P::Type2Diabetes));
        assert!(compatible(&[P::Hypertension], P::Type2Diabetes));
    }
}
