//! Transactions: all of it or nothing, references between the entries made good.

use std::collections::{HashMap, HashSet};

use haven_model::{ResourceKey, references};

use super::ask::Interaction;
use super::bundle::Step;
use super::dispatch::{Context, answer as answer_one};
use super::problem::Problem;
use super::reply::Reply;
use super::{search, write};
use crate::query;
use crate::records::{Accepting, Version};

/// What a create comes to, decided before anything is written.
enum Target {
    New(String),
    There(Box<Version>),
}

/// Does every step, in FHIR's order (delete, create, update, read); the replies are in the steps'
/// order. The first refusal is the whole transaction's.
pub(super) fn answer(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    mut steps: Vec<Step>,
) -> Result<Vec<Reply>, Problem> {
    refuse_repeats(&steps)?;
    let mut targets = HashMap::new();
    for step in &steps {
        if let Interaction::Create(kind) = &step.ask.interaction {
            let target = target(accepting, context, kind, step)
                .map_err(|problem| problem.in_entry(step.index, &step.label))?;
            targets.insert(step.index, target);
        }
    }
    let names = names(&steps, &targets);
    for step in &mut steps {
        step.ask.body = rewritten(accepting, context, &names, &step.ask.body)
            .map_err(|problem| problem.in_entry(step.index, &step.label))?;
        step.ask.if_none_exist = None;
    }
    let mut replies: Vec<Option<Reply>> = steps.iter().map(|_| None).collect();
    let mut order: Vec<&Step> = steps.iter().collect();
    order.sort_by_key(|step| rank(&step.ask.interaction));
    for step in order {
        let reply = match (&step.ask.interaction, targets.remove(&step.index)) {
            (_, Some(Target::There(version))) => Ok(Reply::version(200, *version)),
            (Interaction::Create(kind), Some(Target::New(id))) => {
                write::create(accepting, context, kind, &step.ask, Some(&id))
            }
            _ => answer_one(accepting, context, &step.ask),
        };
        let reply = reply.map_err(|problem| problem.in_entry(step.index, &step.label))?;
        if let Some(slot) = replies.get_mut(step.index) {
            *slot = Some(reply);
        }
    }
    Ok(replies.into_iter().flatten().collect())
}

fn rank(interaction: &Interaction) -> u8 {
    match interaction {
        Interaction::Delete(_) => 0,
        Interaction::Create(_) => 1,
        Interaction::Update(_) => 2,
        Interaction::Capabilities
        | Interaction::Read(_)
        | Interaction::VersionRead(..)
        | Interaction::InstanceHistory(_)
        | Interaction::History(_)
        | Interaction::Search(_)
        | Interaction::Bundle => 3,
    }
}

/// One resource may be written once in a transaction: the order of two writes would be chance.
fn refuse_repeats(steps: &[Step]) -> Result<(), Problem> {
    let mut written: HashSet<&ResourceKey> = HashSet::new();
    for step in steps {
        if let Interaction::Update(key) | Interaction::Delete(key) = &step.ask.interaction
            && !written.insert(key)
        {
            let problem = Problem::new(400, "invariant", "the resource is written twice");
            return Err(problem.in_entry(step.index, &step.label));
        }
    }
    Ok(())
}

fn target(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    kind: &str,
    step: &Step,
) -> Result<Target, Problem> {
    let existing = match &step.ask.if_none_exist {
        Some(criteria) => write::matching(accepting, context, kind, criteria)?,
        None => None,
    };
    Ok(existing.map_or_else(
        || Target::New(write::new_id()),
        |version| Target::There(Box::new(version)),
    ))
}

/// What each entry's `fullUrl` comes to be called here.
fn names(steps: &[Step], targets: &HashMap<usize, Target>) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for step in steps {
        let Some(full_url) = &step.full_url else {
            continue;
        };
        match (&step.ask.interaction, targets.get(&step.index)) {
            (Interaction::Create(kind), Some(target)) => {
                let name = match target {
                    Target::New(id) => format!("{kind}/{id}"),
                    Target::There(version) => version.key.to_string(),
                };
                // An absolute URL is also referred to by its last two parts.
                let mut parts = full_url.rsplitn(3, '/');
                if let (Some(id), Some(last), Some(_)) = (parts.next(), parts.next(), parts.next())
                    && last == kind
                {
                    names.insert(format!("{kind}/{id}"), name.clone());
                }
                names.insert(full_url.clone(), name);
            }
            (Interaction::Update(key), _) => {
                names.insert(full_url.clone(), key.to_string());
            }
            _ => {}
        }
    }
    names
}

/// The body with references to other entries, and conditional references, made good.
fn rewritten(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    names: &HashMap<String, String>,
    body: &[u8],
) -> Result<Vec<u8>, Problem> {
    references::rewrite(body, |reference| {
        if let Some(name) = names.get(reference) {
            return Ok(Some(name.clone()));
        }
        let Some((kind, criteria)) = reference.split_once('?') else {
            return Ok(None);
        };
        if !haven_model::definitions::r4().is_resource_type(kind) {
            return Ok(None);
        }
        let pairs = query::pairs(criteria.as_bytes());
        match search::only_match(accepting.tx(), context, kind, &pairs)? {
            Some(version) => Ok(Some(version.key.to_string())),
            None => Err(Problem::new(
                412,
                "not-found",
                "a conditional reference matches nothing",
            )),
        }
    })
}
