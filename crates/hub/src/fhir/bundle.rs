//! Batches and transactions: many interactions in one request.

use haven_model::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::ask::{Ask, Expected, Interaction, Method, etags, interaction, split_url};
use super::dispatch::{Context, answer, answer_read};
use super::problem::Problem;
use super::reply::Reply;
use super::searchset::{Bundle, Entry};
use super::transaction;
use crate::database::Database;
use crate::records::Accepting;

/// The most entries in one Bundle.
const MAX_ENTRIES: usize = 1000;

#[derive(Deserialize)]
struct BundleIn {
    #[serde(rename = "resourceType")]
    resource_type: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    entry: Vec<EntryIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryIn {
    full_url: Option<String>,
    resource: Option<Box<RawValue>>,
    request: Option<RequestIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestIn {
    method: String,
    url: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    if_none_exist: Option<String>,
}

/// One entry, read.
pub(super) struct Step {
    pub(super) index: usize,
    /// `PUT Patient/1`, for messages; never a query, which may name a person.
    pub(super) label: String,
    pub(super) full_url: Option<String>,
    pub(super) ask: Ask,
}

/// Does a Bundle.
pub(super) fn answer_bundle(
    database: &Database,
    context: &Context<'_>,
    body: &[u8],
    with_bodies: bool,
    clock_now: impl FnOnce() -> Timestamp,
) -> Result<Reply, Problem> {
    let bundle: BundleIn = serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Problem::at(
            400,
            "structure",
            "Bundle",
            &format!("this is not a Bundle ({place})"),
        )
    })?;
    if bundle.resource_type != "Bundle" {
        return Err(Problem::at(
            400,
            "structure",
            "resourceType",
            "a Bundle is expected here",
        ));
    }
    if bundle.entry.len() > MAX_ENTRIES {
        return Err(Problem::at(
            413,
            "too-costly",
            "Bundle.entry",
            "a Bundle has at most 1000 entries",
        ));
    }
    let steps = bundle
        .entry
        .into_iter()
        .enumerate()
        .map(|(index, entry)| read_entry(index, entry, context.base));
    match bundle.kind.as_str() {
        "batch" => {
            let steps: Vec<_> = steps.collect();
            let entries = batch(database, context, steps, with_bodies, clock_now)?;
            Bundle::new("batch-response", None, entries).into_reply()
        }
        "transaction" => {
            let steps = steps.collect::<Result<Vec<_>, _>>()?;
            let replies = database.write(|tx| {
                let accepting = Accepting::begin(tx, clock_now())?;
                transaction::answer(&accepting, context, steps)
            })?;
            let entries = replies
                .into_iter()
                .map(|reply| Entry::answered(context.base, reply, with_bodies))
                .collect::<Result<_, _>>()?;
            Bundle::new("transaction-response", None, entries).into_reply()
        }
        _ => Err(Problem::at(
            400,
            "value",
            "Bundle.type",
            "only batch and transaction are done here",
        )),
    }
}

/// Each entry by itself, in their order; all that were done are committed together.
fn batch(
    database: &Database,
    context: &Context<'_>,
    steps: Vec<Result<Step, Problem>>,
    with_bodies: bool,
    clock_now: impl FnOnce() -> Timestamp,
) -> Result<Vec<Entry>, Problem> {
    let writes = steps.iter().flatten().any(|step| {
        matches!(
            step.ask.interaction,
            Interaction::Create(_) | Interaction::Update(_) | Interaction::Delete(_)
        )
    });
    if writes {
        database.write(|tx| {
            let accepting = Accepting::begin(tx, clock_now())?;
            outcomes(context, steps, with_bodies, |ask| {
                answer(&accepting, context, ask)
            })
        })
    } else {
        database.read(|tx| {
            outcomes(context, steps, with_bodies, |ask| {
                answer_read(tx, context, ask)
            })
        })
    }
}

fn outcomes(
    context: &Context<'_>,
    steps: Vec<Result<Step, Problem>>,
    with_bodies: bool,
    mut answer: impl FnMut(&Ask) -> Result<Reply, Problem>,
) -> Result<Vec<Entry>, Problem> {
    let mut entries = Vec::with_capacity(steps.len());
    for step in steps {
        let outcome = step.and_then(|step| {
            answer(&step.ask).map_err(|problem| problem.in_entry(step.index, &step.label))
        });
        entries.push(match outcome {
            // The hub's own failure may have left half an entry behind: nothing is committed.
            Err(problem) if problem.status >= 500 => return Err(problem),
            Err(problem) => Entry::refused(problem),
            Ok(reply) => Entry::answered(context.base, reply, with_bodies)?,
        });
    }
    Ok(entries)
}

fn read_entry(index: usize, entry: EntryIn, base: &str) -> Result<Step, Problem> {
    let place = format!("Bundle.entry[{index}].request");
    let request = entry
        .request
        .ok_or_else(|| Problem::at(400, "required", &place, "the entry has no request"))?;
    let method = Method::of(&request.method)
        .ok_or_else(|| Problem::at(400, "value", &place, "the method is not one of FHIR R4"))?;
    let url = request.url.strip_prefix(base).unwrap_or(&request.url);
    let (segments, query) = split_url(url);
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let named: Vec<&str> = segments.iter().take(2).copied().collect();
    let label = format!("{} {}", request.method, named.join("/"));
    let interaction =
        interaction(method, &segments).map_err(|problem| problem.in_entry(index, &label))?;
    let needs_body = matches!(interaction, Interaction::Create(_) | Interaction::Update(_));
    let body = entry
        .resource
        .map(|resource| String::from(Box::<str>::from(resource)).into_bytes());
    if needs_body && body.is_none() {
        let place = format!("Bundle.entry[{index}].resource");
        return Err(Problem::at(
            400,
            "required",
            &place,
            "the entry has no resource",
        ));
    }
    let ask = Ask {
        expected: request
            .if_match
            .as_deref()
            .map(|tags| Expected::Match(etags(tags))),
        none_match: request.if_none_match.as_deref().map(etags),
        if_none_exist: request.if_none_exist,
        body: body.unwrap_or_default(),
        ..Ask::of(interaction, query)
    };
    Ok(Step {
        index,
        label,
        full_url: entry.full_url,
        ask,
    })
}
