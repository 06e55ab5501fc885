//! Keeping a decision about a conflict: a new version, and a Provenance that tells of it.

use haven_model::escalation::{Act, ActKind};
use haven_model::provenance::{Decision, Deed, Party, Source, also_about, provenance};
use haven_model::splice::without_server_meta;
use haven_model::{Outcome, Resource, ResourceKey, merge};
use haven_store::{ConflictName, ConflictRow, OpKind, Tx};
use serde_json::Value;

use super::Session;
use super::answer::{Decided, Written};
use super::case::Case;
use super::decision::{addendum_id, addendum_of};
use super::record::raw;
use crate::error::{AppError, Code, Result};
use crate::interchange::first_error;

/// Somebody else whose decision this is, and whose approval it needed.
pub(crate) struct Proposed {
    pub(crate) by: String,
    pub(crate) display_name: String,
}

/// What was decided.
#[derive(Clone, Copy)]
pub(crate) struct Verdict<'a> {
    /// What stands; `None` deletes.
    pub(crate) resolved: Option<&'a Resource>,
    /// The other text of a signed note, as a note of its own.
    pub(crate) addendum: Option<&'a Resource>,
}

/// Said where both texts are to be kept of what is no signed note.
pub(crate) fn no_such_note() -> AppError {
    AppError::new(
        Code::Precondition,
        "This is no signed note that two people changed. Nothing was changed.",
    )
}

impl Session {
    /// Keeps a decision made here or on screen. Where the clinic asks for a second person, it is
    /// proposed instead.
    pub(crate) fn keep_verdict(
        &self,
        case: &Case,
        resolved: Option<Resource>,
        reason: &str,
    ) -> Result<Decided> {
        self.check_result(case, resolved.as_ref())?;
        let asks = self.asks_for_a_second(&case.row.key)?;
        let resolved = if asks {
            resolved
        } else {
            self.on_top(case, resolved)?
        };
        let verdict = Verdict {
            resolved: resolved.as_ref(),
            addendum: None,
        };
        self.transact(OpKind::Resolve, |tx| {
            self.give_verdict(tx, case, verdict, reason, asks)
        })?;
        self.decided(case, asks)
    }

    /// Keeps both texts of a signed note: the server's stands, this device's becomes an addendum. Where
    /// the clinic asks for a second person, both are proposed.
    ///
    /// # Errors
    /// `precondition` where there is no such note; otherwise as [`Session::decide`].
    pub(crate) fn keep_both(&self, case: &Case, reason: &str) -> Result<Decided> {
        let row = &case.row;
        let addendum = addendum_of(row).ok_or_else(no_such_note)?;
        let asks = self.asks_for_a_second(&row.key)?;
        self.check_result(case, row.remote.as_ref())?;
        let resolved = if asks {
            row.remote.clone()
        } else {
            self.on_top(case, row.remote.clone())?
        };
        let verdict = Verdict {
            resolved: resolved.as_ref(),
            addendum: Some(&addendum),
        };
        self.transact(OpKind::Resolve, |tx| {
            self.give_verdict(tx, case, verdict, reason, asks)
        })?;
        self.decided(case, asks)
    }

    /// Whether the clinic wants decisions about such a record approved by a second person.
    pub(crate) fn asks_for_a_second(&self, key: &ResourceKey) -> Result<bool> {
        Ok(haven_sync::settings::second_reviewer(self.store())?.contains(&key.resource_type))
    }

    /// Writes a checked decision in the caller's transaction, or proposes it where a second person is
    /// asked for.
    pub(crate) fn give_verdict(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        verdict: Verdict<'_>,
        reason: &str,
        asks: bool,
    ) -> Result<()> {
        if asks {
            return self.propose(tx, case, verdict, reason);
        }
        if let Some(addendum) = verdict.addendum {
            tx.edit(addendum.clone())?;
        }
        self.write_verdict(tx, case, verdict.resolved, reason, None)
    }

    /// Refuses what cannot be a version of the resource, or could harm its patient.
    pub(crate) fn check_result(&self, case: &Case, resolved: Option<&Resource>) -> Result<()> {
        let row = &case.row;
        if !case.is_here && !self.who().role.decides(row.kind, row.class) {
            return Err(AppError::new(
                Code::NotPermitted,
                "Your role may not decide this conflict. Nothing was changed.",
            ));
        }
        let Some(resource) = resolved else {
            return Ok(());
        };
        if resource.key() != &row.key {
            return Err(AppError::invalid(
                "The result is another resource than the one in conflict. Nothing was changed.",
            ));
        }
        match first_error(&resource.value()) {
            None => self.refuse_blocked(case, &resource.value()),
            Some(problem) => Err(AppError::invalid(format!(
                "The result is not valid FHIR R4. {problem}. Nothing was changed."
            ))),
        }
    }

    /// What a decision comes to on top of what is here. The record may have moved on since another
    /// device put the conflict before the clinic: what does not touch the decision is kept.
    pub(crate) fn on_top(
        &self,
        case: &Case,
        resolved: Option<Resource>,
    ) -> Result<Option<Resource>> {
        if case.is_here {
            return Ok(resolved);
        }
        let Some(stored) = self.store().get(&case.row.key)? else {
            return Ok(resolved);
        };
        let [before, decided, now] = [&case.row.remote, &resolved, &stored.resource]
            .map(|side| side.as_ref().map(Resource::value));
        let same = |left: &Option<Value>, right: &Option<Value>| {
            left.as_ref().map(without_server_meta) == right.as_ref().map(without_server_meta)
        };
        if same(&before, &now) || same(&decided, &now) {
            return Ok(resolved);
        }
        let merged = merge::merge(before.as_ref(), decided.as_ref(), now.as_ref());
        if merged.outcome == Outcome::Conflict {
            return Err(AppError::new(
                Code::Precondition,
                "The record has changed where this decision would change it, after the conflict was \
                 put before the clinic. Nothing was changed. Sync, look at the record, then decide \
                 with --with FILE.",
            ));
        }
        if merged.deleted == Some(true) {
            return Ok(None);
        }
        Resource::from_value(&merged.resource)
            .map(Some)
            .map_err(|error| {
                AppError::invalid(format!(
                    "The result is not a FHIR R4 resource: {error}. Nothing was changed."
                ))
            })
    }

    /// Writes the version and its Provenance in the caller's transaction.
    pub(crate) fn write_verdict(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        resolved: Option<&Resource>,
        reason: &str,
        proposed: Option<&Proposed>,
    ) -> Result<()> {
        let row = &case.row;
        if case.is_here {
            tx.resolve_conflict(&row.id, resolved.cloned(), reason)?;
        } else {
            let seen = row
                .local_clock
                .clone()
                .unwrap_or_default()
                .join(&row.remote_clock);
            tx.decide_escalated(&row.id, resolved, &seen, &case.server_side(), "resolve")?;
        }
        if case.escalation.is_some() {
            // Queued without words, too: the newest is what counts.
            let act = Act {
                text: Some(reason.to_owned()),
                ..self.act()
            };
            tx.queue_act(&name_of(case), ActKind::Reason, &act)?;
        }
        self.tell(tx, case, resolved, Deed::Resolve, reason, proposed)
    }

    /// Writes the Provenance of what was done about a conflict.
    pub(crate) fn tell(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        result: Option<&Resource>,
        deed: Deed,
        reason: &str,
        proposed: Option<&Proposed>,
    ) -> Result<()> {
        let (row, who) = (&case.row, self.who());
        let bodies: Vec<Value> = [
            row.base.as_ref(),
            row.local.as_ref(),
            row.remote.as_ref(),
            result,
        ]
        .into_iter()
        .flatten()
        .map(Resource::value)
        .collect();
        let labelled: Vec<&Value> = bodies.iter().collect();
        let here = Party {
            user: &who.user,
            display_name: &who.display_name,
        };
        let (author, reviewer) = match proposed {
            None => (here, None),
            Some(proposed) => {
                let author = Party {
                    user: &proposed.by,
                    display_name: &proposed.display_name,
                };
                (author, Some(here))
            }
        };
        let remote_device = row.remote_device.as_deref().unwrap_or("the server");
        let id = self.new_id();
        let mut told = provenance(&Decision {
            id: &id,
            conflict_id: &row.id,
            target: &row.key,
            recorded: tx.op().now,
            deed,
            reason,
            author,
            reviewer,
            device_id: &who.device_id,
            device_name: &who.device_name,
            sources: &[
                Source {
                    version: case.local_version(&who.device_id),
                    display: format!("on {}", row.local_device),
                    deleted: row.local.is_none(),
                },
                Source {
                    version: row.remote_version.clone(),
                    display: format!("at the server, from {remote_device}"),
                    deleted: row.remote.is_none(),
                },
            ],
            labelled: &labelled,
        });
        let added = addendum_key(row);
        if tx.get(&added)?.is_some() {
            also_about(&mut told, &added);
        }
        let told = Resource::from_value(&told).map_err(|error| {
            AppError::invalid(format!(
                "The Provenance cannot be made: {error}. Nothing was changed."
            ))
        })?;
        Ok(tx.edit(told)?)
    }

    /// Puts a decision before the second person that the clinic asks for; the conflict stays open.
    fn propose(
        &self,
        tx: &mut Tx<'_>,
        case: &Case,
        verdict: Verdict<'_>,
        reason: &str,
    ) -> Result<()> {
        let row = &case.row;
        if !self.who().role.decides(row.kind, row.class) {
            return Err(AppError::new(
                Code::NotPermitted,
                "Your role may not decide this conflict. Nothing was changed.",
            ));
        }
        let is_proposed = case.escalation.as_ref().is_some_and(|known| {
            let on_its_way = known
                .queued
                .iter()
                .any(|queued| queued.kind == ActKind::Resolve);
            let told = known.record.as_ref();
            on_its_way || told.is_some_and(|record| record.proposal.is_some())
        });
        if is_proposed {
            return Err(AppError::new(
                Code::Precondition,
                "A decision has been proposed already. Nothing was changed. Approve it or send it \
                 back with `haven conflicts review`.",
            ));
        }
        if case.escalation.is_none() {
            let act = Act {
                text: Some("asked".to_owned()),
                ..self.act()
            };
            tx.queue_act(&name_of(case), ActKind::Escalate, &act)?;
        }
        let act = Act {
            text: Some(reason.to_owned()),
            data: verdict.resolved.and_then(raw),
            addendum: verdict.addendum.is_some(),
            ..self.act()
        };
        Ok(tx.queue_act(&name_of(case), ActKind::Resolve, &act)?)
    }

    pub(crate) fn decided(&self, case: &Case, awaiting_review: bool) -> Result<Decided> {
        let resource = self
            .store()
            .get(&case.row.key)?
            .map(|stored| Written::of(&stored))
            .ok_or_else(|| AppError::not_found("resource"))?;
        Ok(Decided {
            id: case.row.id.clone(),
            resource,
            awaiting_review,
            open: u64::try_from(self.cases(true)?.len()).unwrap_or(u64::MAX),
        })
    }

    /// An act done now, on this device.
    pub(crate) fn act(&self) -> Act {
        Act {
            act_id: self.new_id(),
            device_id: Some(self.who().device_id.clone()),
            at: Some(self.platform().now().to_instant()),
            ..Act::default()
        }
    }
}

/// Where the addendum of a conflict stands, if there is one.
fn addendum_key(row: &ConflictRow) -> ResourceKey {
    ResourceKey {
        resource_type: row.key.resource_type.clone(),
        id: addendum_id(row),
    }
}

/// Takes back the addendum that a decision made, in the caller's transaction.
pub(crate) fn withdraw_addendum(tx: &mut Tx<'_>, row: &ConflictRow) -> Result<()> {
    let key = addendum_key(row);
    let Some(written) = tx.get(&key)?.and_then(|stored| stored.resource) else {
        return Ok(());
    };
    let as_decided = addendum_of(row).map(|note| without_server_meta(&note.value()));
    if as_decided != Some(without_server_meta(&written.value())) {
        return Err(AppError::new(
            Code::Precondition,
            "The addendum has changed since the conflict was decided. Nothing was changed. Change the \
             notes again instead.",
        ));
    }
    Ok(tx.delete(&key)?)
}

pub(crate) fn name_of(case: &Case) -> ConflictName {
    ConflictName {
        id: case.row.id.clone(),
        key: case.row.key.clone(),
        class: case.row.class,
        own: case.is_here || case.escalation.as_ref().is_some_and(|known| known.own),
    }
}
