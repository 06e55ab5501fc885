//! A half-made decision: every choice in order, so that each can be taken back.

use std::collections::HashMap;

use haven_model::{Choice, FieldConflict, resolve};
use haven_store::ConflictRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::edit;
use super::sides::{Sides, fields, is_whole};
use super::unknown::unknown;
use crate::session::addendum_of;
use crate::view::{ChoiceInput, PickView};

/// Why a choice was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// The server's side moved on, and this field is in conflict no more.
    #[error("this field is not in conflict any more")]
    NoSuchField,
    /// Only items of a list can both be kept.
    #[error("only one of these values can be kept")]
    NotBoth,
    /// FHIR leaves no room for "unknown" there.
    #[error("this field cannot be entered as unknown")]
    NotUnknown,
    /// What was typed does not fit the field; the words say what would.
    #[error("{0}")]
    Typed(String),
}

/// What a decided conflict comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// The resource with every choice in it.
    Body(Value),
    /// The resource is deleted.
    Deleted,
    /// Both texts of a signed note are kept, one as an addendum to the other.
    BothNotes,
}

/// Fields wait for a choice, so there is no result yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{left} fields wait for a choice")]
pub struct NotReady {
    /// How many.
    pub left: u32,
}

/// A half-made decision, kept sealed by the store (`Tx::save_draft`) as the text of [`Draft::to_text`].
///
/// Choices are never overwritten: the last one for a field counts, and undo takes it back. A choice
/// counts only while its field still has the values that were on the screen when it was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The server's version that was looked at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<String>,
    #[serde(default)]
    steps: Vec<Step>,
}

/// One choice and what it was made on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    path: String,
    pick: PickView,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    local: Value,
    remote: Value,
}

/// The choice that counts for a field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chosen<'a> {
    pub pick: PickView,
    /// The typed value; present for `Edited` and `Unknown` only.
    pub value: Option<&'a Value>,
}

impl Draft {
    /// The draft that the store kept; none, or one that cannot be read, is an empty one.
    #[must_use]
    pub fn from_text(text: Option<&str>) -> Self {
        text.and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// The draft as text for the store. It holds values of the record: keep it sealed.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Adds a choice. Choices made on values that the server has since changed are dropped.
    ///
    /// # Errors
    /// When the field is gone, cannot keep both, or the typed text does not fit it.
    pub fn choose(&mut self, row: &ConflictRow, choice: &ChoiceInput) -> Result<(), ChoiceError> {
        let fields = fields(row);
        if choice.path == row.key.resource_type && choice.pick == PickView::Both && !is_whole(row) {
            return self.choose_both_notes(row);
        }
        let field = fields
            .iter()
            .find(|field| field.path == choice.path)
            .ok_or(ChoiceError::NoSuchField)?;
        if choice.pick == PickView::Both && !can_keep_both(&Sides::of(row), field) {
            return Err(ChoiceError::NotBoth);
        }
        let value = match choice.pick {
            PickView::Edited => Some(edit::typed(
                field,
                choice.text.as_deref().unwrap_or_default(),
            )?),
            PickView::Unknown => {
                Some(unknown(&Sides::of(row), field).ok_or(ChoiceError::NotUnknown)?)
            }
            PickView::Undecided
            | PickView::Device
            | PickView::Server
            | PickView::Both
            | PickView::Before => None,
        };
        let notes = both_notes(row);
        self.steps.retain(|step| {
            let holds = |field: &FieldConflict| field.path == step.path && step.was_made_on(field);
            *step == notes || fields.iter().any(holds)
        });
        self.steps.push(Step {
            path: field.path.clone(),
            pick: choice.pick,
            value,
            local: field.local.clone(),
            remote: field.remote.clone(),
        });
        self.seen = Some(row.remote_version.clone());
        Ok(())
    }

    /// Keeps both texts of a signed note. Any later choice for a field takes its place.
    fn choose_both_notes(&mut self, row: &ConflictRow) -> Result<(), ChoiceError> {
        if addendum_of(row).is_none() {
            return Err(ChoiceError::NotBoth);
        }
        self.steps.push(both_notes(row));
        self.seen = Some(row.remote_version.clone());
        Ok(())
    }

    /// Whether the last choice was to keep both texts of a signed note, as both still are.
    pub(crate) fn keeps_both_notes(&self, row: &ConflictRow) -> bool {
        self.steps
            .last()
            .is_some_and(|last| *last == both_notes(row))
    }

    /// Takes back the last choice; `false` when there is none.
    pub fn undo(&mut self) -> bool {
        self.steps.pop().is_some()
    }

    /// Whether there is a choice to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Whether the server changed the resource again since the last choice.
    #[must_use]
    pub fn is_stale(&self, row: &ConflictRow) -> bool {
        !self.steps.is_empty()
            && self
                .seen
                .as_deref()
                .is_some_and(|seen| seen != row.remote_version)
    }

    /// The result of all choices.
    ///
    /// # Errors
    /// While fields wait for a choice.
    pub fn resolution(&self, row: &ConflictRow) -> Result<Resolution, NotReady> {
        if self.keeps_both_notes(row) {
            return Ok(Resolution::BothNotes);
        }
        let sides = Sides::of(row);
        let result = self.so_far(row, &sides);
        match (result.left.len(), result.resource) {
            (0, Some(body)) => Ok(Resolution::Body(body)),
            (0, None) => Ok(Resolution::Deleted),
            (left, _) => Err(NotReady {
                left: u32::try_from(left).unwrap_or(u32::MAX),
            }),
        }
    }

    /// The resource as far as it has been decided; the value before both stands where it has not.
    pub(crate) fn so_far(&self, row: &ConflictRow, sides: &Sides) -> haven_model::Resolution {
        let fields = fields(row);
        let current = self.current(&fields);
        let choices: Vec<(String, Choice)> = fields
            .iter()
            .filter_map(|field| {
                let chosen = current.get(field.path.as_str())?;
                let choice = match chosen.pick {
                    PickView::Undecided => return None,
                    PickView::Device => Choice::Local,
                    PickView::Server => Choice::Remote,
                    PickView::Before => Choice::Base,
                    PickView::Both => Choice::Both,
                    PickView::Edited | PickView::Unknown => Choice::Value(chosen.value?.clone()),
                };
                Some((field.path.clone(), choice))
            })
            .collect();
        let [base, local, remote] = sides.as_options();
        // A choice that cannot be applied is no choice: its field waits, and nothing is lost.
        resolve(base, local, remote, &choices).unwrap_or_else(|_| haven_model::Resolution {
            resource: base.cloned(),
            left: fields.iter().map(|field| field.path.clone()).collect(),
        })
    }

    /// The choice that counts for each field, by path.
    pub(crate) fn current(&self, fields: &[FieldConflict]) -> HashMap<&str, Chosen<'_>> {
        let mut current = HashMap::new();
        for step in &self.steps {
            let holds = fields
                .iter()
                .any(|field| field.path == step.path && step.was_made_on(field));
            if holds {
                current.insert(
                    step.path.as_str(),
                    Chosen {
                        pick: step.pick,
                        value: step.value.as_ref(),
                    },
                );
            }
        }
        current.retain(|_, chosen| chosen.pick != PickView::Undecided);
        current
    }
}

/// The choice for the whole note, made on these versions.
fn both_notes(row: &ConflictRow) -> Step {
    Step {
        path: row.key.resource_type.clone(),
        pick: PickView::Both,
        value: None,
        local: Value::from(row.id.clone()),
        remote: Value::from(row.remote_version.clone()),
    }
}

impl Step {
    fn was_made_on(&self, field: &FieldConflict) -> bool {
        self.local == field.local && self.remote == field.remote
    }
}

/// Whether both values of a field can be kept; the merge itself says so.
pub(crate) fn can_keep_both(sides: &Sides, field: &FieldConflict) -> bool {
    let [base, local, remote] = sides.as_options();
    let one_deleted = sides.local.is_null() != sides.remote.is_null();
    (one_deleted || (!field.local.is_null() && !field.remote.is_null()))
        && resolve(base, local, remote, &[(field.path.clone(), Choice::Both)]).is_ok()
}
