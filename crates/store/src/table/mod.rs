//! The tables, one module each, with their SQL beside them.

pub(crate) mod audit;
pub(crate) mod base;
pub(crate) mod chart_body;
pub(crate) mod code;
pub(crate) mod compartment;
pub(crate) mod conflict;
pub(crate) mod dictionary;
pub(crate) mod escalation;
pub(crate) mod history;
pub(crate) mod identity;
pub(crate) mod in_flight;
pub(crate) mod occurrence;
pub(crate) mod outbox;
pub(crate) mod patient_entry;
pub(crate) mod resource;
pub(crate) mod search_date;
pub(crate) mod search_pending;
pub(crate) mod setting;
pub(crate) mod tally;
pub(crate) mod term;
pub(crate) mod word;
