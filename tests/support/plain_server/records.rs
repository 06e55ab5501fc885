//! Reading and writing what the server holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::http::{Request, Response};
use super::{Histories, Record, State};

/// The second in which the server's clock starts: 2019-03-01T08:00:00Z.
const START_S: i64 = 1_551_427_200;

/// The instant of a second of the server's clock.
pub fn instant(second: u64) -> String {
    let second = START_S + i64::try_from(second).expect("within the age of the world");
    jiff::Timestamp::from_second(second)
        .expect("an instant")
        .strftime("%Y-%m-%dT%H:%M:%S.000Z")
        .to_string()
}

/// One thing that is asked, by itself or in a Bundle.
pub struct Asked {
    pub method: String,
    pub path: String,
    pub if_match: Option<String>,
    pub if_none_match: bool,
    pub body: Value,
}

impl State {
    pub fn write(&mut self, key: &str, body: Option<Value>) -> u64 {
        self.clock_s = self.stands_at.unwrap_or(self.clock_s + 1);
        let updated_s = self.clock_s;
        let version = self.records.get(key).map_or(0, |record| record.version) + 1;
        let body = body.map(|mut body| {
            if self.switches.shortens_numbers {
                shorten(&mut body);
            }
            let versions = self.switches.versions;
            let meta = body
                .as_object_mut()
                .expect("an object")
                .entry("meta")
                .or_insert_with(|| json!({}));
            if let Some(meta) = meta.as_object_mut() {
                meta.remove("versionId");
                if versions {
                    meta.insert("versionId".to_owned(), format!("v{version}").into());
                }
                meta.insert("lastUpdated".to_owned(), instant(updated_s).into());
            }
            body
        });
        self.log
            .push((key.to_owned(), body.clone(), version, updated_s));
        let record = Record {
            body,
            version,
            updated_s,
        };
        self.records.insert(key.to_owned(), record);
        version
    }

    pub fn answer(&mut self, request: &Request, path: &str, own: &str) -> Response {
        if path.is_empty() && request.method == "POST" {
            return self.bundle(request);
        }
        if request.method == "GET" && !path.contains('/') {
            return self.search(path, &request.query(), own);
        }
        if let Some(kind) = path.strip_suffix("/_history")
            && !kind.contains('/')
            && self.switches.histories != Histories::None
        {
            return self.history(kind, &request.query(), own);
        }
        let asked = Asked {
            method: request.method.clone(),
            path: path.to_owned(),
            if_match: request.header("if-match").map(str::to_owned),
            if_none_match: request.header("if-none-match") == Some("*"),
            body: serde_json::from_slice(&request.body).unwrap_or(Value::Null),
        };
        self.one(&asked)
    }

    pub fn one(&mut self, asked: &Asked) -> Response {
        match asked.method.as_str() {
            "GET" => self.show(&asked.path),
            "POST" => {
                self.serial += 1;
                let key = format!("{}/s{}", asked.path, self.serial);
                self.keep(&key, asked, 201)
            }
            "PUT" if self.switches.server_ids && !self.records.contains_key(&asked.path) => {
                Response::outcome(404, "not-found", "no such resource")
            }
            "PUT" => {
                let status = match self.records.get(&asked.path) {
                    Some(Record { body: Some(_), .. }) => 200,
                    _ => 201,
                };
                self.keep(&asked.path, asked, status)
            }
            "DELETE" => self.remove(asked),
            _ => Response::outcome(405, "not-supported", "no"),
        }
    }

    fn show(&self, key: &str) -> Response {
        let missing = Response::outcome(404, "not-found", "no such resource");
        if self.switches.hidden.contains(key) {
            return missing;
        }
        match self.records.get(key) {
            None => missing,
            Some(Record { body: None, .. }) => {
                Response::outcome(self.switches.deleted, "deleted", "it was deleted")
            }
            Some(Record {
                body: Some(body),
                version,
                ..
            }) => {
                let shown = self.as_shown(key, body);
                let answer = Response::json(200, &shown);
                if self.switches.versions {
                    answer.with("ETag", &format!("W/\"v{version}\""))
                } else {
                    answer
                }
            }
        }
    }

    /// A resource with parts left out, where this client sees no more of it.
    pub fn as_shown(&self, key: &str, body: &Value) -> Value {
        let mut shown = body.clone();
        if self.switches.masked.contains(key) {
            shown.as_object_mut().expect("an object").remove("name");
            shown["meta"]["security"] = json!([{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
                "code": "SUBSETTED"}]);
        }
        shown
    }

    fn stale(&self, key: &str, asked: &Asked) -> Option<Response> {
        if !self.switches.if_match {
            return None;
        }
        let current = self
            .records
            .get(key)
            .filter(|record| record.body.is_some())
            .map(|record| format!("W/\"v{}\"", record.version));
        let is_stale = match (&asked.if_match, &current) {
            (Some(wanted), current) => Some(wanted) != current.as_ref(),
            (None, Some(_)) => asked.if_none_match,
            (None, None) => false,
        };
        is_stale.then(|| Response::outcome(self.switches.lost_race, "conflict", "another version"))
    }

    fn keep(&mut self, key: &str, asked: &Asked, status: u16) -> Response {
        if self.switches.forbidden.contains(key) {
            return Response::outcome(403, "forbidden", "not yours");
        }
        if asked.body.to_string().contains("poison") {
            return Response::outcome(422, "invariant", "the resource breaks a rule");
        }
        if self.switches.checks_references
            && let Some(missing) = self.missing_reference(&asked.body)
        {
            return Response::outcome(400, "not-found", &format!("{missing} is not there"));
        }
        if let Some(refused) = self.stale(key, asked) {
            return refused;
        }
        let mut body = asked.body.clone();
        body["id"] = key.rsplit('/').next().unwrap_or_default().into();
        self.write(key, Some(body));
        let shown = self.show(key);
        let location = format!("{key}/_history/v{}", self.records[key].version);
        Response { status, ..shown }.with("Location", &location)
    }

    fn missing_reference(&self, value: &Value) -> Option<String> {
        match value {
            Value::Object(object) => {
                let reference = object.get("reference").and_then(Value::as_str);
                if let Some(reference) = reference
                    && self
                        .records
                        .get(reference)
                        .is_none_or(|record| record.body.is_none())
                {
                    return Some(reference.to_owned());
                }
                object
                    .values()
                    .find_map(|value| self.missing_reference(value))
            }
            Value::Array(items) => items.iter().find_map(|item| self.missing_reference(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    fn remove(&mut self, asked: &Asked) -> Response {
        if self
            .records
            .get(&asked.path)
            .is_none_or(|record| record.body.is_none())
        {
            return Response::outcome(404, "not-found", "no such resource");
        }
        if let Some(refused) = self.stale(&asked.path, asked) {
            return refused;
        }
        self.write(&asked.path, None);
        Response {
            status: 204,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn bundle(&mut self, request: &Request) -> Response {
        let bundle: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        if !self.switches.bundles {
            return Response::outcome(404, "not-supported", "no bundles here");
        }
        if entries.len() > self.switches.max_entries {
            return Response::outcome(413, "too-long", "too many entries");
        }
        let is_transaction = bundle["type"] == "transaction";
        let before: BTreeMap<String, (Option<Value>, u64, u64)> = self
            .records
            .iter()
            .map(|(key, record)| {
                (
                    key.clone(),
                    (record.body.clone(), record.version, record.updated_s),
                )
            })
            .collect();
        let mut names = BTreeMap::new();
        if is_transaction {
            for (offset, entry) in entries.iter().enumerate() {
                if entry["request"]["method"] == "POST" {
                    let kind = entry["request"]["url"].as_str().unwrap_or_default();
                    let name = format!("{kind}/s{}", self.serial + offset as u64 + 1);
                    names.insert(
                        entry["fullUrl"].as_str().unwrap_or_default().to_owned(),
                        name,
                    );
                }
            }
            self.serial += entries.len() as u64;
        }
        let mut answers = Vec::new();
        for entry in &entries {
            let named = names.get(entry["fullUrl"].as_str().unwrap_or_default());
            let text = |name: &str| entry["request"][name].as_str().map(str::to_owned);
            let mut body = entry["resource"].clone();
            rename(&mut body, &names);
            let asked = Asked {
                method: text("method").unwrap_or_default(),
                path: text("url").unwrap_or_default(),
                if_match: text("ifMatch"),
                if_none_match: text("ifNoneMatch").is_some(),
                body,
            };
            let answer = match named {
                Some(key) => self.keep(&key.clone(), &asked, 201),
                None => self.one(&asked),
            };
            if is_transaction && self.switches.atomic && answer.status >= 400 {
                self.records = before
                    .into_iter()
                    .map(|(key, (body, version, updated_s))| {
                        let record = Record {
                            body,
                            version,
                            updated_s,
                        };
                        (key, record)
                    })
                    .collect();
                return Response::outcome(400, "processing", "the transaction failed");
            }
            let value = answer.value();
            let is_outcome = value["resourceType"] == "OperationOutcome";
            let mut response = json!({"status": answer.status.to_string()});
            if let Some(etag) = answer.header("ETag") {
                response["etag"] = etag.into();
            }
            if let Some(location) = answer.header("Location") {
                response["location"] = location.into();
            }
            let mut answered = json!({});
            if is_outcome {
                response["outcome"] = value;
            } else if value.is_object() {
                answered["resource"] = value;
            }
            answered["response"] = response;
            answers.push(answered);
        }
        let kind = format!("{}-response", bundle["type"].as_str().unwrap_or_default());
        Response::json(
            200,
            &json!({"resourceType": "Bundle", "type": kind, "entry": answers}),
        )
    }
}

/// References between the entries of a transaction, made good.
fn rename(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("reference")
                && let Some(name) = names.get(reference)
            {
                reference.clone_from(name);
            }
            object.values_mut().for_each(|value| rename(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Numbers as a float keeps them.
fn shorten(value: &mut Value) {
    match value {
        Value::Object(object) => object.values_mut().for_each(shorten),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Number(number) => {
            if let Some(short) = number.as_f64() {
                let text = format!("{short}");
                *value = serde_json::from_str(&text).expect("a number");
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
