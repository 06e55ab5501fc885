//! Deciding many conflicts by one rule, and taking all of that back at once.

use haven_model::resolve::{Choice, resolve};
use haven_model::{FieldConflict, Resource};
use haven_store::{ConflictRow, ConflictStatus, OpKind};
use serde::Serialize;
use serde_json::Value;

use super::Session;
use super::case::Case;
use crate::error::{AppError, Code, Result};

/// How many conflicts a preview shows in full.
const SAMPLE: usize = 3;

/// Which conflicts are decided, and how: `type=Patient path=Patient.telecom take=remote`.
#[derive(Clone, Debug)]
pub struct BulkRule {
    resource_type: String,
    path: String,
    take: Choice,
    take_word: String,
}

impl BulkRule {
    /// Reads a rule as typed.
    ///
    /// # Errors
    /// `invalid` when a word is missing, unknown, or not of its kind.
    pub fn parse(text: &str) -> Result<Self> {
        let unclear = |why: &str| {
            AppError::invalid(format!(
                "The rule cannot be understood: {why}. Nothing was changed. A rule reads like \
                 type=Patient path=Patient.telecom take=remote."
            ))
        };
        let (mut resource_type, mut path, mut take) = (None, None, None);
        for word in text.split_whitespace() {
            let slot = match word.split_once('=') {
                Some(("type", _)) => &mut resource_type,
                Some(("path", _)) => &mut path,
                Some(("take", _)) => &mut take,
                _ => return Err(unclear("its words are type=, path= and take=")),
            };
            let value = word.split_once('=').map(|(_, value)| value.to_owned());
            if slot.replace(value.unwrap_or_default()).is_some() {
                return Err(unclear("a word stands twice"));
            }
        }
        let missing = || unclear("it has type=, path= and take=");
        let (resource_type, path, take_word) = (
            resource_type.ok_or_else(missing)?,
            path.ok_or_else(missing)?,
            take.ok_or_else(missing)?,
        );
        if !haven_model::definitions::r4().is_resource_type(&resource_type) {
            return Err(unclear("type is a FHIR R4 resource type"));
        }
        if path != resource_type && !path.starts_with(&format!("{resource_type}.")) {
            return Err(unclear("path begins with the type, like Patient.telecom"));
        }
        let take = match take_word.as_str() {
            "local" => Choice::Local,
            "remote" => Choice::Remote,
            "base" => Choice::Base,
            "both" => Choice::Both,
            _ => return Err(unclear("take is local, remote, base or both")),
        };
        Ok(Self {
            resource_type,
            path,
            take,
            take_word,
        })
    }

    /// Whether a conflicting path lies at or below the rule's.
    fn covers(&self, field: &FieldConflict) -> bool {
        lies_in(&field.path, &self.path)
    }
}

/// Whether a path is the rule's, or lies below it.
fn lies_in(path: &str, rule: &str) -> bool {
    path.strip_prefix(rule)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// What a rule does, or would do.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkAnswer {
    /// The rule's resource type.
    pub resource_type: String,
    /// The rule's path.
    pub path: String,
    /// The side that the rule takes.
    pub take: String,
    /// Whether nothing was changed.
    pub preview: bool,
    /// Names this batch for `conflicts bulk-revert`; absent of a preview.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_id: Option<String>,
    /// Open conflicts with a field that the rule covers.
    pub matched: u64,
    /// How many of them were decided, or would be.
    pub applied: u64,
    /// How many were left to a person because a wrong value could harm the patient.
    pub high_risk: u64,
    /// How many were left out on request.
    pub excluded: u64,
    /// The others that were left, and why; those high of risk and those left out among them.
    pub skipped: Vec<BulkSkipped>,
    /// The first few that were decided, or would be.
    pub sample: Vec<BulkSample>,
}

impl BulkAnswer {
    /// Whether the rule covers a field of an open conflict.
    pub(crate) fn covers(&self, row: &ConflictRow) -> bool {
        row.key.resource_type == self.resource_type
            && row
                .fields
                .iter()
                .any(|field| lies_in(&field.path, &self.path))
    }
}

/// A conflict that a rule leaves alone.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkSkipped {
    /// The conflict.
    pub id: String,
    /// The resource.
    pub key: String,
    /// `high_risk`, `excluded`, `other_fields`, `not_here`, `second_reviewer`, `not_permitted`,
    /// `not_possible` or `invalid`.
    pub because: &'static str,
}

/// A conflict that a rule decides.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkSample {
    /// The conflict.
    pub id: String,
    /// The resource.
    pub key: String,
    /// The fields, with both sides.
    pub fields: Vec<FieldConflict>,
    /// The resource as it would be; `null` is deleted.
    pub resource: Value,
}

/// What taking a batch back did.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkRevertAnswer {
    /// The batch.
    pub batch_id: String,
    /// Conflicts that are open again.
    pub reverted: u64,
    /// Those that are not, and why.
    pub skipped: Vec<BulkSkipped>,
    /// All conflicts that wait now.
    pub open: u64,
}

impl Session {
    /// Decides every open conflict that a rule covers, all in one transaction; those that could harm a
    /// patient are always left to a person. A preview changes nothing.
    ///
    /// # Errors
    /// `invalid` without a reason; when the store cannot be read or written.
    pub fn bulk(
        &self,
        rule: &BulkRule,
        exclude: &[String],
        reason: Option<&str>,
    ) -> Result<BulkAnswer> {
        if reason.is_some_and(|reason| reason.trim().is_empty()) {
            return Err(AppError::invalid(
                "Deciding conflicts in bulk needs a reason. Nothing was changed.",
            ));
        }
        let asked_for = haven_sync::settings::second_reviewer(self.store())?;
        let (mut chosen, mut skipped) = (Vec::new(), Vec::new());
        let mut matched = 0;
        for case in self.cases(true)? {
            let row = &case.row;
            let is_covered = row.fields.iter().any(|field| rule.covers(field));
            if row.key.resource_type != rule.resource_type || !is_covered {
                continue;
            }
            matched += 1;
            match self.by_rule(&case, rule, exclude, &asked_for) {
                Ok(resolved) => chosen.push((case, resolved)),
                Err(because) => skipped.push(BulkSkipped {
                    id: row.id.clone(),
                    key: row.key.to_string(),
                    because,
                }),
            }
        }
        let batch_id = match reason {
            Some(reason) if !chosen.is_empty() => {
                let batch = self.new_id();
                self.transact(OpKind::Resolve, |tx| {
                    for (case, resolved) in &chosen {
                        self.write_verdict(tx, case, resolved.as_ref(), reason, None)?;
                        tx.set_batch(&case.row.id, &batch)?;
                    }
                    Ok(())
                })?;
                Some(batch)
            }
            _ => None,
        };
        let because = |word: &str| {
            let all = skipped.iter();
            count(all.filter(|skipped| skipped.because == word).count())
        };
        Ok(BulkAnswer {
            resource_type: rule.resource_type.clone(),
            path: rule.path.clone(),
            take: rule.take_word.clone(),
            preview: reason.is_none(),
            batch_id,
            matched,
            applied: count(chosen.len()),
            high_risk: because("high_risk"),
            excluded: because("excluded"),
            sample: chosen.iter().take(SAMPLE).map(sample).collect(),
            skipped,
        })
    }

    /// What the rule makes of a conflict, or why it leaves it alone.
    fn by_rule(
        &self,
        case: &Case,
        rule: &BulkRule,
        exclude: &[String],
        asked_for: &[String],
    ) -> Result<Option<Resource>, &'static str> {
        let row = &case.row;
        if exclude
            .iter()
            .any(|left_out| *left_out == row.id || *left_out == row.key.to_string())
        {
            return Err("excluded");
        }
        if row.fields.iter().any(|field| field.guarded) {
            return Err("high_risk");
        }
        if !case.is_here {
            return Err("not_here");
        }
        if asked_for.contains(&row.key.resource_type) {
            return Err("second_reviewer");
        }
        if !self.who().role.decides(row.kind, row.class) {
            return Err("not_permitted");
        }
        if !row.fields.iter().all(|field| rule.covers(field)) {
            return Err("other_fields");
        }
        let [base, local, remote] =
            [&row.base, &row.local, &row.remote].map(|side| side.as_ref().map(Resource::value));
        let choices: Vec<(String, Choice)> = row
            .fields
            .iter()
            .map(|field| (field.path.clone(), rule.take.clone()))
            .collect();
        let resolution = resolve(base.as_ref(), local.as_ref(), remote.as_ref(), &choices)
            .ok()
            .filter(|resolution| resolution.left.is_empty())
            .ok_or("not_possible")?;
        let resolved = resolution
            .resource
            .as_ref()
            .map(Resource::from_value)
            .transpose()
            .map_err(|_| "invalid")?;
        match self.check_result(case, resolved.as_ref()) {
            Ok(()) => Ok(resolved),
            Err(_) => Err("invalid"),
        }
    }

    /// Takes a batch back: its conflicts are open again, all but those whose record has changed since.
    ///
    /// # Errors
    /// `not_found` when there is no such batch; when the store cannot be read or written.
    pub fn bulk_revert(&self, batch_id: &str, reason: &str) -> Result<BulkRevertAnswer> {
        let of_batch: Vec<_> = self
            .store()
            .conflicts(false)?
            .into_iter()
            .filter(|row| row.batch.as_deref() == Some(batch_id))
            .collect();
        if of_batch.is_empty() {
            return Err(AppError::not_found("batch"));
        }
        let reason = if reason.trim().is_empty() {
            "the batch was taken back"
        } else {
            reason
        };
        let (mut reverted, mut skipped) = (0_u64, Vec::new());
        for row in of_batch {
            if row.status == ConflictStatus::Open {
                continue;
            }
            let case = self.case(&row.id)?;
            match self.transact(OpKind::Resolve, |tx| self.write_revert(tx, &case, reason)) {
                Ok(()) => reverted += 1,
                Err(error) => {
                    let because = if matches!(error.code, Code::Precondition | Code::Conflict) {
                        "not_possible"
                    } else if error.code == Code::NotPermitted {
                        "not_permitted"
                    } else {
                        return Err(error);
                    };
                    skipped.push(BulkSkipped {
                        id: row.id.clone(),
                        key: row.key.to_string(),
                        because,
                    });
                }
            }
        }
        Ok(BulkRevertAnswer {
            batch_id: batch_id.to_owned(),
            reverted,
            skipped,
            open: count(self.cases(true)?.len()),
        })
    }
}

fn sample((case, resolved): &(Case, Option<Resource>)) -> BulkSample {
    BulkSample {
        id: case.row.id.clone(),
        key: case.row.key.to_string(),
        fields: case.row.fields.clone(),
        resource: resolved.as_ref().map_or(Value::Null, Resource::value),
    }
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
