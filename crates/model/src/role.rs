//! Who may do what: roles, actions and sensitivity classes as one table.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::conflict::ConflictKind;
use crate::search::type_and_id;

/// What a user is at this clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes charts.
    Clinician,
    /// Reads and writes charts; sensitive parts only by breaking the glass.
    Nurse,
    /// Demographics and schedule only.
    FrontDesk,
    /// Everything, people and devices included.
    Admin,
    /// Reads the audit trail, no clinical body.
    Auditor,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 5] = [
        Self::Clinician,
        Self::Nurse,
        Self::FrontDesk,
        Self::Admin,
        Self::Auditor,
    ];

    /// The word stored and sent.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Nurse => "nurse",
            Self::FrontDesk => "front_desk",
            Self::Admin => "admin",
            Self::Auditor => "auditor",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Whether this role may do `action` to a resource of `class`.
    #[must_use]
    pub fn permits(self, action: Action, class: SensitivityClass) -> bool {
        use Action::{Delete, Read, Write};
        use SensitivityClass::{Admin, Clinical, Core, Sensitive};
        match (self, class, action) {
            (Self::Admin, _, _)
            | (Self::Clinician, Core | Clinical | Sensitive, _)
            | (Self::Nurse, Core | Clinical, _)
            | (Self::FrontDesk, Core, Read | Write)
            | (Self::Auditor, Admin, Read) => true,
            (Self::Clinician, Admin, _)
            | (Self::Nurse, Sensitive | Admin, _)
            | (Self::FrontDesk, Core, Delete)
            | (Self::FrontDesk, Clinical | Sensitive | Admin, _)
            | (Self::Auditor, Admin, Write | Delete)
            | (Self::Auditor, Core | Clinical | Sensitive, _) => false,
        }
    }

    /// Whether this role may open `class` for one patient and one hour, with a reason that is reviewed.
    ///
    /// Who may is given that key beforehand and could use it outside Haven: so it is only for those who
    /// treat patients, and only for the class that their role does not read anyway.
    #[must_use]
    pub fn may_break_glass(self, class: SensitivityClass) -> bool {
        use SensitivityClass::{Admin, Clinical, Core, Sensitive};
        match (self, class) {
            (Self::Nurse, Sensitive) => true,
            (Self::Nurse, Core | Clinical | Admin)
            | (Self::Clinician | Self::FrontDesk | Self::Admin | Self::Auditor, _) => false,
        }
    }

    /// Whether this role may decide a conflict of `kind` over a resource of `class`: whichever side is
    /// taken, it must be one that this role may write, and delete where one side did.
    #[must_use]
    pub fn decides(self, kind: ConflictKind, class: SensitivityClass) -> bool {
        let deletes = match kind {
            ConflictKind::UpdateDelete | ConflictKind::DeleteUpdate => true,
            ConflictKind::UpdateUpdate | ConflictKind::CreateCreate | ConflictKind::Reference => {
                false
            }
        };
        self.permits(Action::Write, class) && (!deletes || self.permits(Action::Delete, class))
    }

    /// Whether conflicts that other devices put before the clinic come to this role.
    #[must_use]
    pub fn hears_escalations(self) -> bool {
        match self {
            Self::Admin | Self::Clinician => true,
            Self::Nurse | Self::FrontDesk | Self::Auditor => false,
        }
    }

    /// The classes whose bodies this role may open.
    #[must_use]
    pub fn readable_classes(self) -> Vec<SensitivityClass> {
        SensitivityClass::ALL
            .into_iter()
            .filter(|class| self.permits(Action::Read, *class))
            .collect()
    }
}

/// What someone does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// See it.
    Read,
    /// Create or change it.
    Write,
    /// Mark it deleted.
    Delete,
}

/// Which key seals a resource's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensitivityClass {
    /// Demographics and schedule.
    Core,
    /// The chart.
    Clinical,
    /// Confidentiality `R` or `V`, or a label of a policy for stigmatising information.
    Sensitive,
    /// People, devices, audit and configuration.
    Admin,
}

/// The concepts below `_ActInformationSensitivityPolicy`: each marks information that is stigmatising
/// or protected by law, which the definition of `R` (restricted) speaks of.
///
/// Source: <https://terminology.hl7.org/ValueSet-v3-ActInformationSensitivityPolicy.html>
const SENSITIVITY_POLICIES: &[&str] = &[
    "BH", "COGN", "DVD", "EMOTDIS", "ETH", "ETHUD", "GDIS", "HIV", "IDS", "MH", "MST", "OPIOIDUD",
    "PREGNANT", "PSY", "PSYTHPN", "SCA", "SDV", "SEX", "SICKLE", "SPI", "STD", "SUD", "TBOO",
    "VIO",
];

impl SensitivityClass {
    /// Every class there is.
    pub const ALL: [Self; 4] = [Self::Core, Self::Clinical, Self::Sensitive, Self::Admin];

    /// The word stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Clinical => "clinical",
            Self::Sensitive => "sensitive",
            Self::Admin => "admin",
        }
    }

    /// Reads the stored word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// The class of a resource, from its security labels first and its type second.
    ///
    /// Source: HL7 v3 Confidentiality code system, codes `R` (restricted) and `V` (very restricted);
    /// HL7 v3 ActCode, every concept of the value set `ActInformationSensitivityPolicy`.
    #[must_use]
    pub fn of(resource: &Value) -> Self {
        let labels = resource
            .pointer("/meta/security")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let restricted = labels.iter().any(|label| {
            let code = label.get("code").and_then(Value::as_str);
            let system = label.get("system").and_then(Value::as_str);
            let of = |name: &str| system.is_none_or(|system| system.ends_with(name));
            code.is_some_and(|code| {
                (matches!(code, "R" | "V") && of("Confidentiality"))
                    || (SENSITIVITY_POLICIES.contains(&code) && of("ActCode"))
            })
        });
        if restricted {
            return Self::Sensitive;
        }
        match resource.get("resourceType").and_then(Value::as_str) {
            Some("Provenance") if is_about_core_alone(resource) => Self::Core,
            Some(name) if CORE_TYPES.contains(&name) => Self::Core,
            Some("AuditEvent" | "Subscription") => Self::Admin,
            Some(_) | None => Self::Clinical,
        }
    }
}

/// Demographics and schedule.
const CORE_TYPES: &[&str] = &[
    "Patient",
    "RelatedPerson",
    "Appointment",
    "AppointmentResponse",
    "Schedule",
    "Slot",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "Location",
    "HealthcareService",
    "Endpoint",
];

/// Whether everything that a Provenance tells of is demographics or schedule: whoever may decide
/// about those may say so.
fn is_about_core_alone(provenance: &Value) -> bool {
    let targets = provenance
        .get("target")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let is_core = |target: &Value| {
        target
            .get("reference")
            .and_then(Value::as_str)
            .and_then(type_and_id)
            .is_some_and(|(name, _)| CORE_TYPES.contains(&name))
    };
    !targets.is_empty() && targets.iter().all(is_core)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The whole table, as a person would read it: r, w, d for what is permitted, g for what breaking
    /// the glass opens.
    #[test]
    fn the_table_is_this_one() {
        let rows: Vec<String> = Role::ALL
            .into_iter()
            .map(|role| {
                let cells = SensitivityClass::ALL.map(|class| {
                    let mut cell = String::new();
                    for (action, letter) in [
                        (Action::Read, 'r'),
                        (Action::Write, 'w'),
                        (Action::Delete, 'd'),
                    ] {
                        cell.push(if role.permits(action, class) {
                            letter
                        } else {
                            '-'
                        });
                    }
                    cell.push(if role.may_break_glass(class) {
                        'g'
                    } else {
                        '-'
                    });
                    cell
                });
                format!("{:<10} {}", role.as_str(), cells.join(" "))
            })
            .collect();
        assert_eq!(
            rows,
            [
                //          core clinical sensitive admin
                "clinician  rwd- rwd- rwd- ----",
                "nurse      rwd- rwd- ---g ----",
                "front_desk rw-- ---- ---- ----",
                "admin      rwd- rwd- rwd- rwd-",
                "auditor    ---- ---- ---- r---",
            ],
            "a change of this table is a change of who may read what: decide it, do not let it happen"
        );
    }

    #[test]
    fn whoever_may_write_or_delete_may_read() {
        for role in Role::ALL {
            for class in SensitivityClass::ALL {
                let reads = role.permits(Action::Read, class);
                assert!(
                    reads || !role.permits(Action::Write, class),
                    "{role:?} would overwrite {class:?} unseen"
                );
                assert!(
                    reads || !role.permits(Action::Delete, class),
                    "{role:?} would delete {class:?} unseen"
                );
                assert!(
                    !(reads && role.may_break_glass(class)),
                    "{role:?} needs no glass broken for {class:?}"
                );
            }
        }
    }

    #[test]
    fn a_conflict_is_decided_by_whoever_may_write_either_side() {
        let rows: Vec<String> = Role::ALL
            .into_iter()
            .map(|role| {
                let cells = SensitivityClass::ALL.map(|class| {
                    let edits = role.decides(ConflictKind::UpdateUpdate, class);
                    let deletes = role.decides(ConflictKind::UpdateDelete, class);
                    match (edits, deletes) {
                        (true, true) => "ed",
                        (true, false) => "e-",
                        (false, true) => "-d",
                        (false, false) => "--",
                    }
                });
                let hears = if role.hears_escalations() {
                    " hears"
                } else {
                    ""
                };
                format!("{:<10} {}{hears}", role.as_str(), cells.join(" "))
            })
            .collect();
        assert_eq!(
            rows,
            [
                //          core clinical sensitive admin
                "clinician  ed ed ed -- hears",
                "nurse      ed ed -- --",
                "front_desk e- -- -- --",
                "admin      ed ed ed ed hears",
                "auditor    -- -- -- --",
            ],
            "a change of this table is a change of who decides: decide it, do not let it happen"
        );
    }

    #[test]
    fn a_front_desk_reads_demographics_and_nothing_clinical() {
        assert_eq!(
            Role::FrontDesk.readable_classes(),
            vec![SensitivityClass::Core]
        );
    }

    #[test]
    fn every_policy_for_stigmatising_information_makes_a_resource_sensitive() {
        for code in SENSITIVITY_POLICIES {
            for system in [
                "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                "http://hl7.org/fhir/v3/ActCode",
            ] {
                let labelled = json!({"resourceType": "Observation", "meta": {"security": [
                    {"system": system, "code": code}]}});
                assert_eq!(
                    SensitivityClass::of(&labelled),
                    SensitivityClass::Sensitive,
                    "{system} {code}"
                );
            }
        }
        let other = json!({"resourceType": "Observation", "meta": {"security": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HIV"},
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]}});
        assert_eq!(
            SensitivityClass::of(&other),
            SensitivityClass::Clinical,
            "a code of another system is another thing"
        );
    }

    #[test]
    fn a_security_label_outranks_the_type() {
        let restricted = json!({"resourceType": "Patient", "meta": {"security": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}});
        assert_eq!(
            SensitivityClass::of(&restricted),
            SensitivityClass::Sensitive
        );
    }
}
