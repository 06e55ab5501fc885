//! The vital signs that Haven shows and takes.

use serde::{Deserialize, Serialize};

/// One number that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Systolic blood pressure, mmHg.
    Systolic,
    /// Diastolic blood pressure, mmHg.
    Diastolic,
    /// Heart rate, per minute.
    HeartRate,
    /// Respiratory rate, per minute.
    RespiratoryRate,
    /// Body temperature, °C.
    Temperature,
    /// Oxygen saturation, %.
    #[serde(rename = "spo2")]
    OxygenSaturation,
    /// Body weight, kg.
    Weight,
    /// Body height, cm.
    Height,
    /// Pain, 0 to 10.
    Pain,
    /// Body mass index, kg/m²; read, never typed.
    BodyMassIndex,
}

/// What stands in one row of a chart: one measure, or the two of a blood pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum VitalKind {
    /// Systolic over diastolic.
    BloodPressure,
    /// Heart rate.
    HeartRate,
    /// Respiratory rate.
    RespiratoryRate,
    /// Body temperature.
    Temperature,
    /// Oxygen saturation.
    #[serde(rename = "spo2")]
    OxygenSaturation,
    /// Body weight.
    Weight,
    /// Body height.
    Height,
    /// Pain.
    Pain,
    /// Body mass index.
    BodyMassIndex,
}

/// What there is to know of one measure, whoever it is taken from.
pub(super) struct Facts {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    /// As shown beside the value.
    pub(super) unit: &'static str,
    /// As stored, in UCUM.
    pub(super) ucum: &'static str,
    /// How many digits after the point are taken and shown.
    pub(super) decimals: usize,
    /// Beyond these nothing living is measured: blocked. Inclusive.
    pub(super) plausible: (f64, f64),
    /// Within these nobody is surprised, at whatever age; used for suggestions and confirmation.
    pub(super) common: (f64, f64),
}

impl Measure {
    /// Every measure that can be typed, in the order of the form.
    pub const TYPED: [Self; 9] = [
        Self::Systolic,
        Self::Diastolic,
        Self::HeartRate,
        Self::RespiratoryRate,
        Self::Temperature,
        Self::OxygenSaturation,
        Self::Weight,
        Self::Height,
        Self::Pain,
    ];

    pub(super) fn facts(self) -> Facts {
        let facts = |key, label, unit, ucum, decimals, plausible, common| Facts {
            key,
            label,
            unit,
            ucum,
            decimals,
            plausible,
            common,
        };
        match self {
            Self::Systolic => facts(
                "systolic",
                "Systolic",
                "mmHg",
                "mm[Hg]",
                0,
                (40.0, 300.0),
                (60.0, 220.0),
            ),
            Self::Diastolic => facts(
                "diastolic",
                "Diastolic",
                "mmHg",
                "mm[Hg]",
                0,
                (10.0, 200.0),
                (30.0, 130.0),
            ),
            Self::HeartRate => facts(
                "heartRate",
                "Heart rate",
                "/min",
                "/min",
                0,
                (10.0, 300.0),
                (40.0, 180.0),
            ),
            Self::RespiratoryRate => facts(
                "respiratoryRate",
                "Respiratory rate",
                "/min",
                "/min",
                0,
                (2.0, 100.0),
                (8.0, 60.0),
            ),
            Self::Temperature => facts(
                "temperature",
                "Temperature",
                "°C",
                "Cel",
                2,
                (25.0, 45.0),
                (34.0, 42.0),
            ),
            Self::OxygenSaturation => {
                facts("spo2", "SpO₂", "%", "%", 1, (30.0, 100.0), (80.0, 100.0))
            }
            Self::Weight => facts(
                "weight",
                "Weight",
                "kg",
                "kg",
                3,
                (0.2, 650.0),
                (2.0, 200.0),
            ),
            Self::Height => facts(
                "height",
                "Height",
                "cm",
                "cm",
                1,
                (20.0, 280.0),
                (45.0, 210.0),
            ),
            Self::Pain => facts(
                "pain",
                "Pain",
                "0–10",
                "{score}",
                0,
                (0.0, 10.0),
                (0.0, 10.0),
            ),
            Self::BodyMassIndex => facts(
                "bodyMassIndex",
                "Body mass index",
                "kg/m²",
                "kg/m2",
                1,
                (5.0, 200.0),
                (10.0, 70.0),
            ),
        }
    }

    /// The word in forms and on the wire: `systolic`, `spo2`.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.facts().key
    }

    /// The measure of that key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::TYPED
            .into_iter()
            .chain([Self::BodyMassIndex])
            .find(|measure| measure.key() == key)
    }

    /// "Systolic", "SpO₂".
    #[must_use]
    pub fn label(self) -> &'static str {
        self.facts().label
    }

    /// "mmHg", "°C"; "0–10" for pain.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.facts().unit
    }

    /// The UCUM code, `mm[Hg]`.
    #[must_use]
    pub fn ucum(self) -> &'static str {
        self.facts().ucum
    }

    /// How many digits after the point are taken.
    #[must_use]
    pub fn decimals(self) -> usize {
        self.facts().decimals
    }

    /// The step of an input: "1", "0.1".
    #[must_use]
    pub fn step(self) -> &'static str {
        match self {
            Self::Temperature | Self::Weight | Self::Height | Self::BodyMassIndex => "0.1",
            Self::Systolic
            | Self::Diastolic
            | Self::HeartRate
            | Self::RespiratoryRate
            | Self::OxygenSaturation
            | Self::Pain => "1",
        }
    }

    /// The row it stands in.
    #[must_use]
    pub fn kind(self) -> VitalKind {
        match self {
            Self::Systolic | Self::Diastolic => VitalKind::BloodPressure,
            Self::HeartRate => VitalKind::HeartRate,
            Self::RespiratoryRate => VitalKind::RespiratoryRate,
            Self::Temperature => VitalKind::Temperature,
            Self::OxygenSaturation => VitalKind::OxygenSaturation,
            Self::Weight => VitalKind::Weight,
            Self::Height => VitalKind::Height,
            Self::Pain => VitalKind::Pain,
            Self::BodyMassIndex => VitalKind::BodyMassIndex,
        }
    }

    /// The value with its unit: "38.4 °C", "120 mmHg", "92 /min", "3 of 10".
    #[must_use]
    pub fn with_unit(self, text: &str) -> String {
        if self == Self::Pain {
            format!("{text} of 10")
        } else {
            format!("{text} {}", self.unit())
        }
    }
}

impl VitalKind {
    /// Every kind, in the order of the chart.
    pub const ALL: [Self; 9] = [
        Self::BloodPressure,
        Self::HeartRate,
        Self::RespiratoryRate,
        Self::Temperature,
        Self::OxygenSaturation,
        Self::Weight,
        Self::Height,
        Self::BodyMassIndex,
        Self::Pain,
    ];

    /// Its measures: two for a blood pressure, else one.
    #[must_use]
    pub fn measures(self) -> &'static [Measure] {
        match self {
            Self::BloodPressure => &[Measure::Systolic, Measure::Diastolic],
            Self::HeartRate => &[Measure::HeartRate],
            Self::RespiratoryRate => &[Measure::RespiratoryRate],
            Self::Temperature => &[Measure::Temperature],
            Self::OxygenSaturation => &[Measure::OxygenSaturation],
            Self::Weight => &[Measure::Weight],
            Self::Height => &[Measure::Height],
            Self::Pain => &[Measure::Pain],
            Self::BodyMassIndex => &[Measure::BodyMassIndex],
        }
    }

    fn first(self) -> Option<Measure> {
        self.measures().first().copied()
    }

    /// `bloodPressure`, `heartRate`.
    #[must_use]
    pub fn key(self) -> &'static str {
        if self == Self::BloodPressure {
            "bloodPressure"
        } else {
            self.first().map_or("", Measure::key)
        }
    }

    /// "Blood pressure".
    #[must_use]
    pub fn label(self) -> &'static str {
        if self == Self::BloodPressure {
            "Blood pressure"
        } else {
            self.first().map_or("", Measure::label)
        }
    }

    /// "mmHg".
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.first().map_or("", Measure::unit)
    }

    /// The LOINC code that Haven writes, and its name.
    #[must_use]
    pub fn loinc(self) -> (&'static str, &'static str) {
        match self {
            Self::BloodPressure => ("85354-9", "Blood pressure panel"),
            Self::HeartRate => ("8867-4", "Heart rate"),
            Self::RespiratoryRate => ("9279-1", "Respiratory rate"),
            Self::Temperature => ("8310-5", "Body temperature"),
            Self::OxygenSaturation => ("59408-5", "Oxygen saturation by pulse oximetry"),
            Self::Weight => ("29463-7", "Body weight"),
            Self::Height => ("8302-2", "Body height"),
            Self::Pain => ("72514-3", "Pain severity - 0-10 verbal numeric rating"),
            Self::BodyMassIndex => ("39156-5", "Body mass index"),
        }
    }
}
