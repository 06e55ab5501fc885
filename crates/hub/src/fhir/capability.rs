//! What this server can do, no more and no less.

use haven_model::Timestamp;
use haven_model::definitions::r4;
use serde_json::{Value, json};

use super::criteria;
use super::reply::Reply;

/// The CapabilityStatement.
pub(super) fn statement(base: &str, now: Timestamp) -> Reply {
    let mut types: Vec<&str> = r4().resource_types().collect();
    types.sort_unstable();
    let resources: Vec<Value> = types.into_iter().map(resource).collect();
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": now.to_instant(),
        "kind": "instance",
        "software": {"name": "haven-hub", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "A Haven hub", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{
            "mode": "server",
            "security": {
                "service": [{"text": "OAuth2 password and refresh grants at /auth/token"}],
                "description": "Every call but this one needs a bearer token; roles limit what is seen.",
            },
            "resource": resources,
            "interaction": [
                {"code": "transaction"}, {"code": "batch"}, {"code": "history-system"},
            ],
        }],
    });
    Reply::document(statement.to_string().into_bytes())
}

fn resource(kind: &str) -> Value {
    let interactions: Vec<Value> = [
        "read",
        "vread",
        "update",
        "delete",
        "history-instance",
        "history-type",
        "create",
        "search-type",
    ]
    .iter()
    .map(|code| json!({"code": code}))
    .collect();
    let parameters: Vec<Value> = criteria::supported(kind)
        .into_iter()
        .map(|(name, kind)| json!({"name": name, "type": kind}))
        .collect();
    json!({
        "type": kind,
        "interaction": interactions,
        "versioning": "versioned-update",
        "readHistory": true,
        "updateCreate": true,
        "conditionalCreate": true,
        "conditionalRead": "not-match",
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "searchParam": parameters,
    })
}
