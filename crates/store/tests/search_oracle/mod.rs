//! What a search should answer, told without the store: every resource looked at, one by one.

use std::collections::BTreeSet;

use haven_model::definitions::search_parameters;
use haven_model::search::{Criterion, Item, Kind, Parameter};
use serde_json::Value;

/// A small generator (splitmix64), so that a run can be repeated.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n.max(1) as u64).expect("below n")
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if ['\\', ',', '|', '$'].contains(&letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

fn text_at<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

/// A query that someone who has seen this resource could send: a parameter and a value near one in it.
pub fn query(dice: &mut Dice, resource_type: &str, resource: &Value) -> Option<(String, String)> {
    let all: Vec<_> = search_parameters(resource_type).collect();
    let code = dice.one_of(&all).code;
    if ["_id", "_lastUpdated"].contains(&code) {
        return None;
    }
    let parameter = Parameter::of(resource_type, code)?;
    if parameter.kind == Kind::Composite {
        return composite(dice, &parameter, resource);
    }
    if dice.below(12) == 0 {
        let missing = dice.below(2) == 0;
        return Some((format!("{code}:missing"), missing.to_string()));
    }
    let items = parameter.items(resource);
    if items.is_empty() {
        return None;
    }
    let item = *dice.one_of(&items);
    let (modifier, value) = asked(dice, &parameter, &item)?;
    Some((format!("{code}{modifier}"), value))
}

fn asked(dice: &mut Dice, parameter: &Parameter, item: &Item<'_>) -> Option<(String, String)> {
    let value = item.value;
    let prefix = *dice.one_of(&["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]);
    match parameter.kind {
        Kind::String => {
            let text = value
                .as_str()
                .or_else(|| text_at(value, "family"))
                .or_else(|| text_at(value, "city"))
                .or_else(|| text_at(value, "text"))?;
            let length = 1 + dice.below(text.chars().count());
            let cut: String = text.chars().take(length).collect();
            let modifier = *dice.one_of(&["", "", ":exact", ":contains"]);
            let cut = if dice.below(3) == 0 {
                text.to_owned()
            } else {
                cut
            };
            Some((modifier.to_owned(), escaped(&cut)))
        }
        Kind::Token => {
            let coding = value.pointer("/coding/0").unwrap_or(value);
            let code = match value {
                Value::Bool(flag) => flag.to_string(),
                Value::String(text) => text.clone(),
                Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    text_at(coding, "code")
                        .or_else(|| text_at(coding, "value"))?
                        .to_owned()
                }
            };
            let system = text_at(coding, "system").unwrap_or_default();
            let code = escaped(&code);
            let asked = match dice.below(5) {
                0 if !system.is_empty() => format!("{}|{code}", escaped(system)),
                1 if !system.is_empty() => format!("{}|", escaped(system)),
                2 => format!("|{code}"),
                3 => format!("none-such,{code}"),
                _ => code.clone(),
            };
            if let Some(kind) = value.pointer("/type/coding/0")
                && item.type_code == "Identifier"
                && let (Some(system), Some(of)) = (text_at(kind, "system"), text_at(kind, "code"))
                && dice.below(2) == 0
            {
                let asked = format!("{}|{}|{code}", escaped(system), escaped(of));
                return Some((":of-type".to_owned(), asked));
            }
            let modifier = *dice.one_of(&["", "", "", ":not"]);
            Some((modifier.to_owned(), asked))
        }
        Kind::Date => {
            if item.type_code == "string" {
                return None;
            }
            let text = value
                .as_str()
                .or_else(|| text_at(value, "start"))
                .or_else(|| text_at(value, "end"))?;
            let length = *dice.one_of(&[4, 7, 10, text.len()]);
            Some((String::new(), format!("{prefix}{}", text.get(..length)?)))
        }
        Kind::Number => Some((String::new(), format!("{prefix}{}", value.as_f64()?))),
        Kind::Quantity => {
            let number = value.get("value").and_then(Value::as_f64)?;
            let number = number * *dice.one_of(&[1.0, 1.0, 0.5, 1.1]);
            let unit = text_at(value, "code")
                .or_else(|| text_at(value, "unit"))
                .unwrap_or_default();
            let system = text_at(value, "system").unwrap_or_default();
            Some((
                String::new(),
                match dice.below(3) {
                    0 if !unit.is_empty() => {
                        format!("{prefix}{number:.3}|{}|{}", escaped(system), escaped(unit))
                    }
                    1 if !unit.is_empty() => format!("{prefix}{number:.1}||{}", escaped(unit)),
                    _ => format!("{prefix}{number:.2}"),
                },
            ))
        }
        Kind::Reference => {
            let text = value.as_str().or_else(|| text_at(value, "reference"))?;
            let (target, id) = text.rsplit_once('/')?;
            let target = target.rsplit('/').next()?;
            Some(match dice.below(4) {
                0 => (String::new(), escaped(id)),
                1 if parameter.may_refer_to(target) => (format!(":{target}"), escaped(id)),
                2 => (String::new(), format!("Patient/none,{}", escaped(text))),
                _ => (String::new(), escaped(text)),
            })
        }
        Kind::Uri => Some((String::new(), escaped(value.as_str()?))),
        Kind::Composite => None,
    }
}

/// A value for each part of a composite, from parts of this resource that may or may not belong together.
fn composite(dice: &mut Dice, parameter: &Parameter, resource: &Value) -> Option<(String, String)> {
    let mut values = Vec::new();
    for part in &parameter.parts {
        let mut things = vec![resource];
        for path in ["component", "characteristic", "useContext"] {
            things.extend(resource[path].as_array().into_iter().flatten());
        }
        let near: Vec<Value> = things
            .iter()
            .filter_map(|thing| part_value(part.code, thing))
            .cloned()
            .collect();
        let value = near.get(dice.below(near.len()))?;
        values.push(match part.kind {
            Kind::Token => {
                let coding = value.pointer("/coding/0").unwrap_or(value);
                let code = escaped(text_at(coding, "code")?);
                match text_at(coding, "system") {
                    Some(system) if dice.below(2) == 0 => format!("{}|{code}", escaped(system)),
                    _ => code,
                }
            }
            Kind::Quantity => {
                let number = value.get("value").and_then(Value::as_f64)?;
                let prefix = *dice.one_of(&["", "gt", "lt", "ge", "le"]);
                format!("{prefix}{number:.2}")
            }
            Kind::Date => value.as_str()?.get(..10)?.to_owned(),
            Kind::String => escaped(value.as_str()?),
            Kind::Reference | Kind::Number | Kind::Uri | Kind::Composite => return None,
        });
    }
    Some((parameter.code.to_owned(), values.join("$")))
}

/// The element that a part of a composite is about, of the resource or of a part of it.
fn part_value<'a>(code: &str, thing: &'a Value) -> Option<&'a Value> {
    let names: &[&str] = if code.ends_with("quantity") {
        &["valueQuantity"]
    } else if code.ends_with("concept") {
        &["valueCodeableConcept"]
    } else if code.ends_with("date") {
        &["valueDateTime"]
    } else if code.ends_with("string") {
        &["valueString"]
    } else {
        &["code"]
    };
    names.iter().find_map(|name| thing.get(name))
}

/// A query for what this resource is referred to by, with a criterion of one that does.
pub fn has_query(dice: &mut Dice, resources: &[Value], target: &Value) -> Option<(String, String)> {
    let own = format!(
        "{}/{}",
        target["resourceType"].as_str()?,
        target["id"].as_str()?
    );
    let referring: Vec<&Value> = resources
        .iter()
        .filter(|one| {
            ["subject", "patient", "encounter"]
                .iter()
                .any(|name| one[*name]["reference"] == own.as_str())
        })
        .collect();
    let one = referring.get(dice.below(referring.len()))?;
    let resource_type = one["resourceType"].as_str()?;
    let link = *["subject", "patient", "encounter"]
        .iter()
        .find(|name| one[**name]["reference"] == own.as_str())?;
    Parameter::of(resource_type, link)?;
    let (name, value) = query(dice, resource_type, one)?;
    Some((format!("_has:{resource_type}:{link}:{name}"), value))
}

/// The ids that something in `resources` refers to as `_has` asks, each resource asked by itself.
fn referred_to(resources: &[Value], target: &str, name: &str, value: &str) -> BTreeSet<String> {
    let mut parts = name.splitn(4, ':').skip(1);
    let (resource_type, link, asked) = (
        parts.next().expect("a type"),
        parts.next().expect("a reference"),
        parts.next().expect("a parameter"),
    );
    let criterion = Criterion::read(resource_type, asked, value).expect(name);
    resources
        .iter()
        .filter(|one| one["resourceType"] == resource_type && criterion.matches(one))
        .filter_map(|one| {
            let reference = one[link]["reference"].as_str()?;
            let mut parts = reference.rsplit('/');
            let (id, named) = (parts.next()?, parts.next()?);
            (named == target).then(|| id.to_owned())
        })
        .collect()
}

/// The ids of all that meets every criterion, each resource asked by itself.
pub fn by_looking(
    resources: &[Value],
    resource_type: &str,
    query: &[(String, String)],
) -> BTreeSet<String> {
    let has: Vec<BTreeSet<String>> = query
        .iter()
        .filter(|(name, _)| name.starts_with("_has:"))
        .map(|(name, value)| referred_to(resources, resource_type, name, value))
        .collect();
    let criteria: Vec<Criterion> = query
        .iter()
        .filter(|(name, _)| !name.starts_with("_has:"))
        .map(|(name, value)| Criterion::read(resource_type, name, value).expect(name))
        .collect();
    resources
        .iter()
        .filter(|resource| resource["resourceType"] == resource_type)
        .filter(|resource| criteria.iter().all(|criterion| criterion.matches(resource)))
        .map(|resource| resource["id"].as_str().expect("an id").to_owned())
        .filter(|id| has.iter().all(|ids| ids.contains(id)))
        .collect()
}

/// What plain reading says of a plain query, with code of its own; `None` where it is not that plain.
pub fn plainly(resource: &Value, resource_type: &str, name: &str, value: &str) -> Option<bool> {
    if value.contains(['\\', ',']) || name.contains(':') {
        return None;
    }
    let official = search_parameters(resource_type)
        .find(|parameter| parameter.code == name && parameter.base.contains(&resource_type))?;
    let path = official
        .expression
        .split(" | ")
        .filter(|branch| branch.split('.').next() == Some(resource_type))
        .collect::<Vec<_>>();
    let [path] = path.as_slice() else {
        return None;
    };
    if !path
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '.')
    {
        return None;
    }
    let mut found = vec![resource];
    for step in path.split('.').skip(1) {
        found = found
            .into_iter()
            .filter_map(|value| value.get(step))
            .flat_map(|value| match value.as_array() {
                Some(all) => all.iter().collect(),
                None => vec![value],
            })
            .collect();
    }
    let said: Option<Vec<bool>> = found
        .into_iter()
        .map(|found| match official.kind {
            "token" => plain_token(found, value),
            "date" => plain_date(found, value),
            "reference" => plain_reference(found, value),
            _ => None,
        })
        .collect();
    // Of a choice (`value[x]`) this reading finds nothing, and says nothing.
    said.filter(|said| !said.is_empty())
        .map(|said| said.contains(&true))
}

fn plain_token(found: &Value, value: &str) -> Option<bool> {
    let (system, code) = match value.split_once('|') {
        Some((system, code)) if !system.is_empty() && !code.is_empty() => (Some(system), code),
        Some(_) => return None,
        None => (None, value),
    };
    if let Some(codings) = found.get("coding").and_then(Value::as_array) {
        return Some(codings.iter().any(|coding| {
            coding["code"] == code && system.is_none_or(|system| coding["system"] == system)
        }));
    }
    match (found, system) {
        (Value::String(text), None) => Some(text == code),
        (Value::Bool(flag), None) => Some(flag.to_string() == code),
        _ => None,
    }
}

/// Days compare as texts, as long as both are told in UTC.
fn plain_date(found: &Value, value: &str) -> Option<bool> {
    let found = found.as_str()?;
    let (prefix, day) = if value.starts_with(|letter: char| letter.is_ascii_digit()) {
        ("eq", value)
    } else {
        value.split_at_checked(2)?
    };
    let utc = found.len() == 10 || found.ends_with('Z') || found.ends_with("+00:00");
    if day.len() != 10 || !utc {
        return None;
    }
    let found = found.get(..10)?;
    Some(match prefix {
        "eq" => found == day,
        "ne" => found != day,
        "gt" | "sa" => found > day,
        "lt" | "eb" => found < day,
        "ge" => found >= day,
        "le" => found <= day,
        _ => return None,
    })
}

fn plain_reference(found: &Value, value: &str) -> Option<bool> {
    let reference = found.get("reference")?.as_str()?;
    (value.split('/').count() == 2 && reference.split('/').count() == 2).then(|| reference == value)
}
