//! Names of medicines, so that two of them are not taken for one another.

use serde_json::Value;

use super::{NOT_RECORDED, codeable, items, reference, text_at};

/// The version of [`TALL_MAN`]; it changes with every change of the list.
pub const TALL_MAN_VERSION: &str = "2023";

/// Generic names with the letters that tell them apart in capitals.
///
/// Source: the FDA-approved list and ISMP's additions (2023), those in use in a clinic.
const TALL_MAN: [&str; 78] = [
    "acetaZOLAMIDE",
    "acetoHEXAMIDE",
    "ALPRAZolam",
    "aMILoride",
    "amLODIPine",
    "ARIPiprazole",
    "atorvaSTATin",
    "azaCITIDine",
    "azaTHIOprine",
    "buPROPion",
    "busPIRone",
    "carBAMazepine",
    "ceFAZolin",
    "cefTRIAXone",
    "chlordiazePOXIDE",
    "chlorproMAZINE",
    "chlorproPAMIDE",
    "CISplatin",
    "CARBOplatin",
    "clomiPHENE",
    "clomiPRAMINE",
    "clonazePAM",
    "cloNIDine",
    "cloZAPine",
    "cycloSERINE",
    "cycloSPORINE",
    "DACTINomycin",
    "DAUNOrubicin",
    "diazePAM",
    "dilTIAZem",
    "dimenhyDRINATE",
    "diphenhydrAMINE",
    "DOBUTamine",
    "DOCEtaxel",
    "DOPamine",
    "DOXOrubicin",
    "DULoxetine",
    "ePHEDrine",
    "EPINEPHrine",
    "fentaNYL",
    "FLUoxetine",
    "fluPHENAZine",
    "fluvoxaMINE",
    "gliPIZIDE",
    "glyBURIDE",
    "guaiFENesin",
    "guanFACINE",
    "hydrALAZINE",
    "hydroCHLOROthiazide",
    "HYDROcodone",
    "HYDROmorphone",
    "hydrOXYzine",
    "lamiVUDine",
    "lamoTRIgine",
    "levETIRAcetam",
    "levoFLOXacin",
    "linaGLIPtin",
    "LORazepam",
    "medroxyPROGESTERone",
    "metFORMIN",
    "methylPREDNISolone",
    "metroNIDAZOLE",
    "niCARdipine",
    "NIFEdipine",
    "OLANZapine",
    "OXcarbazepine",
    "oxyCODONE",
    "PACLitaxel",
    "PARoxetine",
    "PENTobarbital",
    "predniSONE",
    "prednisoLONE",
    "QUEtiapine",
    "risperiDONE",
    "sitaGLIPtin",
    "SUMAtriptan",
    "tiZANidine",
    "traMADol",
];

/// A medicine's name as shown: generic in small letters with its telling part in capitals, brand
/// in capitals, units as people write them.
///
/// Only names in the form of RxNorm ("Acetaminophen 325 MG Oral Tablet") are changed in case;
/// what a person wrote stays, but for the telling letters.
#[must_use]
pub fn medicine_name(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let machine_made = has_strength(text);
    let mut in_brand = false;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        in_brand |= bare.starts_with('[');
        shown.push_str(&shown_word(bare, machine_made, in_brand));
        shown.push_str(word.get(bare.len()..).unwrap_or_default());
        in_brand &= !bare.ends_with(']');
    }
    shown
}

fn shown_word(word: &str, machine_made: bool, in_brand: bool) -> String {
    if machine_made && in_brand {
        return word.to_uppercase();
    }
    let start = word.find(char::is_alphabetic).unwrap_or(word.len());
    let end = word
        .rfind(char::is_alphabetic)
        .and_then(|at| {
            word.get(at..)
                .and_then(|rest| rest.chars().next())
                .map(|c| at + c.len_utf8())
        })
        .unwrap_or(word.len());
    let (Some(before), Some(core), Some(after)) =
        (word.get(..start), word.get(start..end), word.get(end..))
    else {
        return word.to_owned();
    };
    if let Some(tall) = TALL_MAN.iter().find(|tall| tall.eq_ignore_ascii_case(core)) {
        return format!("{before}{tall}{after}");
    }
    if !machine_made {
        return word.to_owned();
    }
    if let Some(unit) = strength_unit(core) {
        return format!("{before}{unit}{after}");
    }
    // A name with digits or capitals within is an identifier or a tall-man name already.
    let plain = core
        .chars()
        .skip(1)
        .all(|letter| !letter.is_uppercase() && !letter.is_numeric());
    if plain {
        format!("{before}{}{after}", core.to_lowercase())
    } else {
        word.to_owned()
    }
}

fn has_strength(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let is_number = word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        if is_number
            && words
                .peek()
                .is_some_and(|unit| strength_unit(unit).is_some())
        {
            return true;
        }
    }
    false
}

fn strength_unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "MG" => "mg",
        "ML" => "mL",
        "MCG" | "UG" => "micrograms",
        "MG/ML" => "mg/mL",
        "MCG/ML" => "micrograms/mL",
        "UNT" => "units",
        "UNT/ML" => "units/mL",
        "MEQ" => "mEq",
        "MEQ/ML" => "mEq/mL",
        "MG/ACTUAT" => "mg/puff",
        "MCG/ACTUAT" => "micrograms/puff",
        "MG/HR" => "mg/hour",
        "HR" => "hour",
        _ => return None,
    })
}

/// What medicine a MedicationRequest, -Statement, -Administration or -Dispense is about, or a
/// Medication itself is.
#[must_use]
pub fn medicine(resource: &Value) -> String {
    let concept = resource
        .get("medicationCodeableConcept")
        .or_else(|| contained(resource).and_then(|medication| medication.get("code")))
        .or_else(|| resource.get("code"));
    if let Some(concept) = concept {
        return medicine_name(&codeable(concept));
    }
    resource.get("medicationReference").map_or_else(
        || NOT_RECORDED.to_owned(),
        |medication| medicine_name(&reference(medication)),
    )
}

fn contained(resource: &Value) -> Option<&Value> {
    let id = text_at(resource, "/medicationReference/reference")?.strip_prefix('#')?;
    items(resource, "contained").find(|inner| inner.get("id").and_then(Value::as_str) == Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_easily_confused_show_their_telling_letters() {
        for (text, expected) in [
            ("hydrochlorothiazide", "hydroCHLOROthiazide"),
            ("Hydrochlorothiazide 25 MG", "hydroCHLOROthiazide 25 mg"),
            ("DIPHENHYDRAMINE", "diphenhydrAMINE"),
            ("PACLitaxel 100 MG Injection", "PACLitaxel 100 mg injection"),
            (
                "lisinopril 10 MG Oral Tablet",
                "lisinopril 10 mg oral tablet",
            ),
            (
                "Acetaminophen 300 MG / HYDROcodone Bitartrate 5 MG [Vicodin]",
                "acetaminophen 300 mg / HYDROcodone bitartrate 5 mg [VICODIN]",
            ),
            ("Yaz 28 Day Pack", "Yaz 28 Day Pack"),
            (
                "Penicillin (as given by mother)",
                "Penicillin (as given by mother)",
            ),
            ("", ""),
        ] {
            assert_eq!(medicine_name(text), expected);
        }
    }

    #[test]
    fn each_tall_man_name_stands_once() {
        let mut names: Vec<String> = TALL_MAN.iter().map(|name| name.to_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TALL_MAN.len());
        for name in TALL_MAN {
            assert_eq!(medicine_name(&name.to_lowercase()), name);
        }
    }

    #[test]
    fn a_medicine_is_found_wherever_it_is_named() {
        let concept = json!({"text": "lisinopril"});
        for resource in [
            json!({"medicationCodeableConcept": concept}),
            json!({"medicationReference": {"display": "lisinopril"}}),
            json!({"medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", "code": concept}]}),
            json!({"resourceType": "Medication", "code": concept}),
        ] {
            assert_eq!(medicine(&resource), "lisinopril");
        }
        assert_eq!(medicine(&json!({})), NOT_RECORDED);
    }
}
