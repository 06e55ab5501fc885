//! Conflicts: listed, decided, put before the clinic, taken back.

use haven_app::{AppError, BulkRule, Session, Take};
use serde_json::json;

use super::body;
use crate::answer::Answer;
use crate::arguments::{
    BulkArguments, ConflictsCommand, MetricsArguments, MetricsFormat, ResolveArguments,
    ReviewArguments, TakeArgument,
};

/// `haven conflicts …`.
pub fn run(session: &Session, action: ConflictsCommand) -> Result<Answer, AppError> {
    Ok(match action {
        ConflictsCommand::List { all } => Answer::of(&session.conflicts(!all)?),
        ConflictsCommand::Show { id } => Answer::of(&session.conflict(&id)?),
        ConflictsCommand::Resolve(resolve) => return decide(session, resolve),
        ConflictsCommand::Escalate {
            id,
            assign,
            comment,
        } => Answer::of(&session.escalate(&id, assign.as_deref(), comment.as_deref())?),
        ConflictsCommand::Assign { id, to } => Answer::of(&session.assign(&id, to.as_deref())?),
        ConflictsCommand::Comment { id, text } => Answer::of(&session.comment(&id, &text)?),
        ConflictsCommand::Review(ReviewArguments {
            id,
            approve,
            send_back: _,
            reason,
        }) => Answer::of(&session.review(&id, approve, &reason)?),
        ConflictsCommand::Revert { id, reason } => Answer::of(&session.revert(&id, &reason)?),
        ConflictsCommand::Bulk(arguments) => return bulk(session, &arguments),
        ConflictsCommand::BulkRevert { batch, reason } => {
            Answer::of(&session.bulk_revert(&batch, &reason)?)
        }
        ConflictsCommand::Settings {
            escalate_after_hours,
        } => Answer::of(&session.conflict_settings(escalate_after_hours)?),
    })
}

/// `haven metrics`.
pub fn metrics(session: &Session, arguments: &MetricsArguments) -> Result<Answer, AppError> {
    let measured = session.metrics(arguments.days)?;
    Ok(match arguments.format {
        MetricsFormat::Json => Answer::of(&measured),
        MetricsFormat::Prometheus => {
            let text = measured.exposition();
            Answer::with_words(&json!({"text": text}), text)
        }
    })
}

fn decide(session: &Session, resolve: ResolveArguments) -> Result<Answer, AppError> {
    let take = match (resolve.take, resolve.with) {
        (Some(TakeArgument::Local), _) => Take::Local,
        (Some(TakeArgument::Remote), _) => Take::Remote,
        (Some(TakeArgument::Merged), _) => Take::Merged,
        (Some(TakeArgument::Both), _) => Take::Both,
        (None, Some(file)) => Take::With(body(&file)?),
        (None, None) => Take::by_field(&resolve.field)?,
    };
    let decided = session.decide(&resolve.id, take, &resolve.reason)?;
    Ok(Answer::of(&decided))
}

fn bulk(session: &Session, arguments: &BulkArguments) -> Result<Answer, AppError> {
    let rule = BulkRule::parse(&arguments.rule)?;
    let reason = arguments.reason.as_deref();
    Ok(Answer::of(&session.bulk(
        &rule,
        &arguments.exclude,
        reason,
    )?))
}
