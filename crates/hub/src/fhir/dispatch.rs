//! From an interaction to the code that does it.

use haven_model::{Role, Timestamp};
use rusqlite::Transaction;

use super::ask::{Ask, Interaction};
use super::problem::Problem;
use super::reply::Reply;
use super::{capability, history, read, search, write};
use crate::accounts::Principal;
use crate::records::Accepting;

/// What every interaction may need to know.
pub(super) struct Context<'a> {
    pub(super) principal: &'a Principal,
    /// The address of the FHIR root as the client sees it.
    pub(super) base: &'a str,
    pub(super) now: Timestamp,
}

impl Context<'_> {
    pub(super) fn role(&self) -> Role {
        self.principal.role
    }
}

/// Does an interaction that changes nothing.
pub(super) fn answer_read(
    tx: &Transaction<'_>,
    context: &Context<'_>,
    ask: &Ask,
) -> Result<Reply, Problem> {
    match &ask.interaction {
        Interaction::Capabilities => Ok(capability::statement(context.base, context.now)),
        Interaction::Read(key) => read::read(tx, context, key, ask),
        Interaction::VersionRead(key, version) => read::version_read(tx, context, key, version),
        Interaction::InstanceHistory(key) => history::of_instance(tx, context, key, &ask.query),
        Interaction::History(kind) => history::of_many(tx, context, kind.as_deref(), &ask.query),
        Interaction::Search(kind) => search::search(tx, context, kind, &ask.query),
        Interaction::Create(_)
        | Interaction::Update(_)
        | Interaction::Delete(_)
        | Interaction::Bundle => Err(Problem::new(
            405,
            "not-supported",
            "not a reading interaction",
        )),
    }
}

/// Does any interaction save a Bundle.
pub(super) fn answer(
    accepting: &Accepting<'_>,
    context: &Context<'_>,
    ask: &Ask,
) -> Result<Reply, Problem> {
    match &ask.interaction {
        Interaction::Create(kind) => write::create(accepting, context, kind, ask, None),
        Interaction::Update(key) => write::update(accepting, context, key, ask),
        Interaction::Delete(key) => write::delete(accepting, context, key, ask),
        Interaction::Bundle => Err(Problem::new(
            400,
            "not-supported",
            "a Bundle within a Bundle",
        )),
        Interaction::Capabilities
        | Interaction::Read(_)
        | Interaction::VersionRead(..)
        | Interaction::InstanceHistory(_)
        | Interaction::History(_)
        | Interaction::Search(_) => answer_read(accepting.tx(), context, ask),
    }
}
