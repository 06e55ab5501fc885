//! Searching, as far as a client that follows changes needs it.

use serde_json::{Value, json};

use super::http::Response;
use super::records::instant;
use super::{Bounds, Histories, State};

impl State {
    pub fn search(&mut self, kind: &str, query: &[(String, String)], own: &str) -> Response {
        let parameter = |name: &str| {
            query
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        let found: Vec<String> = match parameter("_page").and_then(|page| page.parse().ok()) {
            Some(page) => {
                if self.switches.dead_links {
                    return Response::outcome(410, "expired", "this page is no more");
                }
                self.pages.remove(&page).unwrap_or_default()
            }
            None => self.matching(kind, query),
        };
        if parameter("_summary") == Some("count") {
            let mut bundle = json!({"resourceType": "Bundle", "type": "searchset"});
            if self.switches.totals {
                bundle["total"] = found.len().into();
            }
            return Response::json(200, &bundle);
        }
        let count = parameter("_count")
            .and_then(|count| count.parse().ok())
            .unwrap_or(20)
            .min(self.switches.page_cap);
        let offset = parameter("_offset")
            .and_then(|offset| offset.parse().ok())
            .unwrap_or(0);
        let mut bundle = json!({"resourceType": "Bundle", "type": "searchset"});
        if self.switches.totals {
            bundle["total"] = found.len().into();
        }
        let rest: Vec<String> = found.into_iter().skip(offset).collect();
        let (page, later) = rest.split_at(rest.len().min(count));
        let entries: Vec<Value> = page
            .iter()
            .filter_map(|key| {
                let body = self.records.get(key)?.body.as_ref()?;
                Some(json!({"fullUrl": format!("http://{own}/fhir/{key}"),
                    "resource": self.as_shown(key, body), "search": {"mode": "match"}}))
            })
            .collect();
        bundle["entry"] = entries.into();
        if self.switches.next_links && !later.is_empty() {
            self.serial += 1;
            let page = self.serial;
            self.pages.insert(page, later.to_vec());
            let url = format!("http://{own}/fhir/{kind}?_page={page}&_count={count}");
            bundle["link"] = json!([{"relation": "next", "url": url}]);
        }
        Response::json(200, &bundle)
    }

    /// A type's history.
    pub fn history(&self, kind: &str, query: &[(String, String)], own: &str) -> Response {
        let parameter = |name: &str| {
            let found = query.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let histories = self.switches.histories;
        let prefix = format!("{kind}/");
        let since = parameter("_since").unwrap_or_default();
        let mut told: Vec<_> = self
            .log
            .iter()
            .filter(|(key, ..)| key.starts_with(&prefix) && histories != Histories::Empty)
            .filter(|(.., at)| histories == Histories::Unbounded || instant(*at).as_str() >= since)
            .collect();
        if histories != Histories::OldestFirst {
            told.reverse();
        }
        let count = parameter("_count").and_then(|count| count.parse().ok());
        let count = count.unwrap_or(20).min(self.switches.page_cap);
        let count = if histories == Histories::CutShort {
            count.min(4)
        } else {
            count
        };
        let from = parameter("_from").and_then(|from| from.parse().ok());
        let from: usize = from.unwrap_or(0);
        let entries: Vec<Value> = told
            .iter()
            .skip(from)
            .take(count)
            .map(|(key, body, _, at)| {
                let method = if body.is_some() { "PUT" } else { "DELETE" };
                let mut entry = json!({"fullUrl": format!("http://{own}/fhir/{key}"),
                    "request": {"method": method, "url": key},
                    "response": {"status": "200", "lastModified": instant(*at)}});
                if let Some(body) = body {
                    entry["resource"] = body.clone();
                }
                entry
            })
            .collect();
        let kind_of_bundle = if histories == Histories::Search {
            "searchset"
        } else {
            "history"
        };
        let mut bundle = json!({"resourceType": "Bundle", "type": kind_of_bundle,
            "entry": entries});
        if self.switches.totals {
            bundle["total"] = told.len().into();
        }
        if from + count < told.len() && histories != Histories::CutShort {
            let url = format!(
                "http://{own}/fhir/{kind}/_history?_since={since}&_count={count}&_from={}",
                from + count
            );
            bundle["link"] = json!([{"relation": "next", "url": url}]);
        }
        Response::json(200, &bundle)
    }

    fn matching(&self, kind: &str, query: &[(String, String)]) -> Vec<String> {
        let prefix = format!("{kind}/");
        let mut found: Vec<(&String, u64)> = self
            .records
            .iter()
            .filter(|(key, record)| {
                key.starts_with(&prefix)
                    && record.body.is_some()
                    && !self.switches.hidden.contains(*key)
            })
            .filter(|(_, record)| {
                query.iter().all(|(name, value)| match name.as_str() {
                    "_lastUpdated" => self.is_within(record.updated_s, value),
                    "patient" | "general-practitioner" | "participant" | "_id" | "date"
                        if self.switches.narrows =>
                    {
                        record
                            .body
                            .as_ref()
                            .is_some_and(|body| is_about(body, name, value))
                    }
                    "_tag" => {
                        let (system, code) = value.split_once('|').unwrap_or(("", value));
                        let tags = record.body.as_ref().map(|body| body["meta"]["tag"].clone());
                        tags.as_ref().and_then(Value::as_array).is_some_and(|tags| {
                            tags.iter()
                                .any(|tag| tag["system"] == system && tag["code"] == code)
                        })
                    }
                    _ => true,
                })
            })
            .map(|(key, record)| (key, record.updated_s))
            .collect();
        let sort = query
            .iter()
            .find(|(name, _)| name == "_sort")
            .map(|(_, value)| value.as_str());
        match sort {
            Some("_lastUpdated") => found.sort_by_key(|(_, at)| *at),
            Some("-_lastUpdated") => found.sort_by_key(|(_, at)| std::cmp::Reverse(*at)),
            _ => {}
        }
        found.into_iter().map(|(key, _)| key.clone()).collect()
    }

    fn is_within(&self, updated_s: u64, bound: &str) -> bool {
        let updated = instant(updated_s);
        match (self.switches.bounds, bound.split_at(2)) {
            (Bounds::Ignored, _) => true,
            (_, ("ge", from)) => updated.as_str() >= from,
            (Bounds::NothingBefore, _) => false,
            (Bounds::Kept, ("le", until)) => updated.as_str() <= until,
            (Bounds::Kept, (_, until)) => updated.as_str() < until,
        }
    }
}

/// Whether a resource is what one of these parameters asks for.
fn is_about(body: &Value, name: &str, value: &str) -> bool {
    match name {
        "_id" => value.split(',').any(|id| body["id"] == id),
        "date" => {
            let start = body["start"].as_str().unwrap_or_default();
            match value.split_at(2) {
                ("ge", from) => start >= from,
                (_, until) => start <= until,
            }
        }
        _ => value.split(',').any(|reference| {
            body.to_string()
                .contains(&format!("\"reference\":\"{reference}\""))
        }),
    }
}
