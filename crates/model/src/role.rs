//! Who may do what: roles, actions and sensitivity classes as one table.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a user is at this clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and writes charts.
    Clinician,
    /// Reads and writes charts.
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
            | (Self::Nurse, Sensitive, Read)
            | (Self::FrontDesk, Core, Read | Write)
            | (Self::Auditor, Admin, Read) => true,
            (Self::Clinician, Admin, _)
            | (Self::Nurse, Sensitive, Write | Delete)
            | (Self::Nurse, Admin, _)
            | (Self::FrontDesk, Core, Delete)
            | (Self::FrontDesk, Clinical | Sensitive | Admin, _)
            | (Self::Auditor, Admin, Write | Delete)
            | (Self::Auditor, Core | Clinical | Sensitive, _) => false,
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
    /// Confidentiality `R` or `V`.
    Sensitive,
    /// People, devices, audit and configuration.
    Admin,
}

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
    /// Source: HL7 v3 Confidentiality code system, codes `R` (restricted) and `V` (very restricted).
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
            matches!(code, Some("R" | "V"))
                && system.is_none_or(|system| system.ends_with("Confidentiality"))
        });
        if restricted {
            return Self::Sensitive;
        }
        match resource.get("resourceType").and_then(Value::as_str) {
            Some(
                "Patient"
                | "RelatedPerson"
                | "Appointment"
                | "AppointmentResponse"
                | "Schedule"
                | "Slot"
                | "Practitioner"
                | "PractitionerRole"
                | "Organization"
                | "Location"
                | "HealthcareService"
                | "Endpoint",
            ) => Self::Core,
            Some("AuditEvent" | "Subscription") => Self::Admin,
            Some(_) | None => Self::Clinical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_front_desk_reads_demographics_and_nothing_clinical() {
        assert_eq!(
            Role::FrontDesk.readable_classes(),
            vec![SensitivityClass::Core]
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
