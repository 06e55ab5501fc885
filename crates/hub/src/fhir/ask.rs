//! One interaction asked for, by a request or by a Bundle's entry.

use haven_model::definitions::r4;
use haven_model::{ResourceKey, VectorClock};

use super::problem::Problem;
use crate::query;
use crate::validation;

/// The methods FHIR R4 uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }

    pub(super) fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// What an address and a method mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Interaction {
    Capabilities,
    Read(ResourceKey),
    VersionRead(ResourceKey, String),
    InstanceHistory(ResourceKey),
    /// Of one type, or of everything.
    History(Option<String>),
    Search(String),
    Create(String),
    Update(ResourceKey),
    Delete(ResourceKey),
    Bundle,
}

/// The version an edit says it was made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// `If-Match`: one of these versions; `None` is `*`, any that is there.
    Match(Option<Vec<String>>),
    /// `x-expected-version`: this one; `None` is `0`, nothing there.
    Sync(Option<String>),
}

/// One interaction and what goes with it.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) interaction: Interaction,
    pub(super) query: Vec<(String, String)>,
    pub(super) expected: Option<Expected>,
    /// `If-None-Match`, as versions; `None` inside is `*`.
    pub(super) none_match: Option<Option<Vec<String>>>,
    pub(super) if_none_exist: Option<String>,
    pub(super) clock: VectorClock,
    pub(super) body: Vec<u8>,
}

impl Ask {
    pub(super) fn of(interaction: Interaction, query: Vec<(String, String)>) -> Self {
        Self {
            interaction,
            query,
            expected: None,
            none_match: None,
            if_none_exist: None,
            clock: VectorClock::new(),
            body: Vec::new(),
        }
    }
}

/// The meaning of a method on a path below the root (decoded segments, empty ones dropped).
pub(super) fn interaction(method: Method, segments: &[&str]) -> Result<Interaction, Problem> {
    use Method::{Delete, Get, Head, Patch, Post, Put};
    match (segments, method) {
        ([], Post) => Ok(Interaction::Bundle),
        ([], _) => Err(Problem::not_allowed("POST")),
        (["metadata"], Get | Head) => Ok(Interaction::Capabilities),
        (["_history"], Get | Head) => Ok(Interaction::History(None)),
        (["metadata" | "_history"], _) => Err(Problem::not_allowed("GET")),
        ([kind], Get | Head) => Ok(Interaction::Search(known_type(kind)?)),
        ([kind], Post) => Ok(Interaction::Create(known_type(kind)?)),
        ([kind], Put | Delete) => {
            known_type(kind)?;
            Err(Problem::new(
                405,
                "not-supported",
                "conditional update and delete are not supported",
            ))
        }
        ([kind, "_search"], Post | Get) => Ok(Interaction::Search(known_type(kind)?)),
        ([kind, "_history"], Get | Head) => Ok(Interaction::History(Some(known_type(kind)?))),
        ([kind, id], Get | Head) => Ok(Interaction::Read(key(kind, id)?)),
        ([kind, id], Put) => Ok(Interaction::Update(key(kind, id)?)),
        ([kind, id], Delete) => Ok(Interaction::Delete(key(kind, id)?)),
        ([kind, id, "_history"], Get | Head) => Ok(Interaction::InstanceHistory(key(kind, id)?)),
        ([kind, id, "_history", version], Get | Head) => Ok(Interaction::VersionRead(
            key(kind, id)?,
            (*version).to_owned(),
        )),
        ([_], Patch) => Err(Problem::not_allowed("GET, POST")),
        ([_, _], Post | Patch) => Err(Problem::not_allowed("GET, PUT, DELETE")),
        ([_, _, "_history"] | [_, _, "_history", _], _) => Err(Problem::not_allowed("GET")),
        _ => Err(Problem::new(
            404,
            "not-found",
            "there is nothing at this address",
        )),
    }
}

fn known_type(kind: &str) -> Result<String, Problem> {
    if r4().is_resource_type(kind) {
        Ok(kind.to_owned())
    } else {
        Err(Problem::new(
            404,
            "not-supported",
            "this is not a FHIR R4 resource type",
        ))
    }
}

fn key(kind: &str, id: &str) -> Result<ResourceKey, Problem> {
    ResourceKey::new(known_type(kind)?, id)
        .map_err(|error| Problem::new(400, "value", &error.to_string()))
}

/// The decoded segments of a path, and the decoded pairs of its query.
pub(super) fn split_url(url: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (path, search) = url.split_once('?').unwrap_or((url, ""));
    let segments = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| query::decode(segment.replace('+', "%2B").as_bytes()))
        .collect();
    (segments, query::pairs(search.as_bytes()))
}

/// The versions named by an `If-Match` or `If-None-Match`: weak, strong or bare; `None` is `*`.
pub(super) fn etags(value: &str) -> Option<Vec<String>> {
    if value.trim() == "*" {
        return None;
    }
    let tags = value.split(',').map(|tag| {
        let tag = tag.trim();
        tag.strip_prefix("W/")
            .unwrap_or(tag)
            .trim_matches('"')
            .to_owned()
    });
    Some(tags.collect())
}

/// Reads `x-expected-version`.
pub(super) fn expected_version(value: &str) -> Expected {
    let version = value.trim().trim_matches('"');
    Expected::Sync((!matches!(version, "" | "0")).then(|| version.to_owned()))
}

/// Reads `x-vector-clock`.
pub(super) fn vector_clock(value: &str) -> Result<VectorClock, Problem> {
    let clock = serde_json::from_str(value).map_err(|_| {
        Problem::new(
            400,
            "value",
            "x-vector-clock is not a JSON object of node and count",
        )
    })?;
    validation::check_clock(&clock)?;
    Ok(clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_are_read_weak_strong_and_bare() {
        assert_eq!(etags(r#"W/"3""#), Some(vec!["3".to_owned()]));
        assert_eq!(
            etags(r#""3", W/"4",5"#),
            Some(["3", "4", "5"].map(str::to_owned).to_vec())
        );
        assert_eq!(etags("*"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_address_or_header_breaks_the_reader(url: String, value: String) {
            let (segments, _) = split_url(&url);
            let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
            for method in [Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch] {
                let _ = interaction(method, &segments);
            }
            let _ = (etags(&value), expected_version(&value), vector_clock(&value));
        }
    }

    #[test]
    fn an_unknown_type_and_a_bad_id_are_told_apart() {
        let status = |segments: &[&str]| interaction(Method::Get, segments).map_err(|p| p.status);
        assert_eq!(status(&["Patients", "1"]).err(), Some(404));
        assert_eq!(status(&["Patient", "a b"]).err(), Some(400));
        assert_eq!(status(&["Patient", "1", "x"]).err(), Some(404));
        assert!(status(&["Patient", "1", "_history", "2"]).is_ok());
    }
}
