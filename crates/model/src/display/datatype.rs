//! Every FHIR datatype in words.

use serde_json::{Map, Value};

use super::phrase::{say, say_with};
use super::{
    allergy, code_words, codeable, date, date_time, dosage_words, human_name_of, identifier, items,
    label, not_recorded, quantity, reference, text_at, timing,
};
use crate::definitions::{Node, Target, r4};

/// How deep a value without words of its own is told, member by member.
const DEEPEST: usize = 6;

/// A value of a known type in words; `None` when the type has no words of its own.
pub(super) fn words(type_code: &str, value: &Value) -> Option<String> {
    Some(match type_code {
        "HumanName" => human_name_of(value).text,
        "Address" => address(value),
        "ContactPoint" => contact_point(value),
        "Identifier" => {
            let shown = identifier::one(value);
            format!("{} {}", shown.label, shown.value)
        }
        "CodeableConcept" | "Coding" => codeable(value),
        "Quantity" | "Age" | "Count" | "Distance" | "Duration" => quantity(value),
        "Money" => money(value),
        "Range" => range(value),
        "Ratio" => ratio(value),
        "Period" => period(value),
        "Reference" => reference(value),
        "Annotation" => annotation(value),
        "Attachment" => attachment(value),
        "Dosage" => dosage(value),
        "Timing" => timing::words(value)?,
        "Narrative" => plain_text(text_at(value, "/div")?),
        "Extension" => extension(value),
        "Meta" => meta(value),
        "boolean" => if value.as_bool()? {
            say("Yes")
        } else {
            say("No")
        }
        .to_owned(),
        "date" => date(value.as_str()?),
        "dateTime" | "instant" => date_time(value.as_str()?),
        "time" => value.as_str()?.get(..5)?.to_owned(),
        "code" => code_words(value.as_str()?),
        "base64Binary" => format!("{} characters of data", value.as_str()?.len()),
        "xhtml" => plain_text(value.as_str()?),
        _ => return None,
    })
}

/// A dose with everything that is written beside it: two doses that differ must not look alike.
fn dosage(value: &Value) -> String {
    let letters = |text: &str| {
        let kept = text.chars().filter(|letter| letter.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect::<String>()
    };
    let mut told = dosage_words(value);
    let written = text_at(value, "/text").filter(|text| letters(text) != letters(&told));
    if let Some(text) = written {
        told.push_str(&format!(" (written: {text})"));
    }
    let beside = text_at(value, "/patientInstruction").map(str::to_owned);
    for more in beside
        .into_iter()
        .chain(items(value, "additionalInstruction").map(codeable))
    {
        told.push_str(&format!(". {more}"));
    }
    told
}

fn address(value: &Value) -> String {
    let lines = items(value, "line").filter_map(Value::as_str);
    let place: Vec<&str> = ["/city", "/district", "/state", "/postalCode", "/country"]
        .into_iter()
        .filter_map(|part| text_at(value, part))
        .collect();
    let parts: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .chain(place)
        .collect();
    if parts.is_empty() {
        return text_at(value, "/text").unwrap_or(not_recorded()).to_owned();
    }
    with_period(parts.join(", "), value)
}

pub(super) fn contact_point(value: &Value) -> String {
    let number = text_at(value, "/value").unwrap_or(not_recorded());
    let what: Vec<&str> = ["/system", "/use"]
        .into_iter()
        .filter_map(|part| text_at(value, part))
        .collect();
    let shown = if what.is_empty() {
        number.to_owned()
    } else {
        format!("{number} ({})", what.join(", "))
    };
    with_period(shown, value)
}

fn with_period(shown: String, value: &Value) -> String {
    match value.get("period") {
        Some(period) => format!("{shown}, {}", self::period(period)),
        None => shown,
    }
}

fn money(value: &Value) -> String {
    let Some(Value::Number(number)) = value.get("value") else {
        return not_recorded().to_owned();
    };
    match text_at(value, "/currency") {
        Some(currency) => format!("{} {currency}", number.as_str()),
        None => number.as_str().to_owned(),
    }
}

fn range(value: &Value) -> String {
    match (value.get("low"), value.get("high")) {
        (Some(low), Some(high)) => {
            let (low, high) = (quantity(low), quantity(high));
            // "3.5 mmol/L" and "5.0 mmol/L": the unit is said once.
            let bare = low
                .split_once(' ')
                .filter(|(_, unit)| high.ends_with(unit))
                .map_or(low.as_str(), |(number, _)| number);
            format!("{bare} to {high}")
        }
        (Some(low), None) => format!("≥ {}", quantity(low)),
        (None, Some(high)) => format!("≤ {}", quantity(high)),
        (None, None) => not_recorded().to_owned(),
    }
}

pub(super) fn ratio(value: &Value) -> String {
    let part = |name: &str| {
        value
            .get(name)
            .map_or_else(|| not_recorded().to_owned(), quantity)
    };
    let (numerator, denominator) = (part("numerator"), part("denominator"));
    match denominator.strip_prefix("1 ") {
        Some(unit) => format!("{numerator} per {unit}"),
        None => format!("{numerator} per {denominator}"),
    }
}

pub(super) fn period(value: &Value) -> String {
    match (text_at(value, "/start"), text_at(value, "/end")) {
        (Some(start), Some(end)) => say_with("{} to {}", &[date_time(start), date_time(end)]),
        (Some(start), None) => say_with("since {}", &[date_time(start)]),
        (None, Some(end)) => say_with("until {}", &[date_time(end)]),
        (None, None) => not_recorded().to_owned(),
    }
}

fn annotation(value: &Value) -> String {
    let text = text_at(value, "/text").unwrap_or(not_recorded());
    let author =
        text_at(value, "/authorString").or_else(|| text_at(value, "/authorReference/display"));
    let when = text_at(value, "/time").map(date_time);
    match (author, when) {
        (Some(author), Some(when)) => format!("{text} ({author}, {when})"),
        (Some(author), None) => format!("{text} ({author})"),
        (None, Some(when)) => format!("{text} ({when})"),
        (None, None) => text.to_owned(),
    }
}

fn attachment(value: &Value) -> String {
    let title = text_at(value, "/title").unwrap_or_else(|| say("Attachment"));
    let kind = text_at(value, "/contentType");
    let when = text_at(value, "/creation").map(date_time);
    let size = value.get("data").and_then(Value::as_str).map(|data| {
        say_with(
            "about {} kB",
            &[(data.len() * 3 / 4).div_ceil(1_000).to_string()],
        )
    });
    let details: Vec<String> = kind
        .map(str::to_owned)
        .into_iter()
        .chain(when)
        .chain(size)
        .collect();
    if details.is_empty() {
        title.to_owned()
    } else {
        format!("{title} ({})", details.join(", "))
    }
}

fn extension(value: &Value) -> String {
    let name = text_at(value, "/url").map_or_else(|| say("Extension").to_owned(), label::of_url);
    let inner: Vec<String> = items(value, "extension").map(extension).collect();
    if !inner.is_empty() {
        return format!("{name}: {}", inner.join("; "));
    }
    let told = r4().type_node("Extension").and_then(|node| {
        value
            .as_object()?
            .iter()
            .filter(|(member, _)| member.starts_with("value"))
            .find_map(|(member, value)| {
                let type_code = node.member(member)?.type_code;
                Some(words(type_code, value).unwrap_or_else(|| by_shape(value)))
            })
    });
    format!(
        "{name}: {}",
        told.unwrap_or_else(|| not_recorded().to_owned())
    )
}

fn meta(value: &Value) -> String {
    let labels: Vec<String> = items(value, "security")
        .chain(items(value, "tag"))
        .map(codeable)
        .collect();
    match (labels.is_empty(), text_at(value, "/lastUpdated")) {
        (false, _) => labels.join(", "),
        (true, Some(when)) => say_with("updated {}", &[date_time(when)]),
        (true, None) => not_recorded().to_owned(),
    }
}

/// XHTML without its marks.
pub(super) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_mark = false;
    for letter in html.chars() {
        match letter {
            '<' => in_mark = true,
            '>' => {
                in_mark = false;
                text.push(' ');
            }
            letter if !in_mark => text.push(letter),
            _ => {}
        }
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() {
        not_recorded().to_owned()
    } else {
        words.join(" ")
    }
}

/// An object whose elements are known, element by element: "Relationship: Mother; Name: …".
pub(super) fn by_elements(node: &Node, object: &Map<String, Value>, depth: usize) -> String {
    match &*node.path {
        "AllergyIntolerance.reaction" => {
            return allergy::reaction(&Value::Object(object.clone())).text;
        }
        path if path.ends_with(".component") && object.contains_key("code") => {
            return component(object);
        }
        _ => {}
    }
    let mut parts = Vec::new();
    for (name, value) in object {
        if name == "id" || name.starts_with('_') {
            continue;
        }
        let Some(member) = node.member(name) else {
            parts.push(format!(
                "{}: {}",
                label::of_name(name),
                by_shape_at(value, depth + 1)
            ));
            continue;
        };
        let label = label::of_name(
            node.element_of(member)
                .map_or(name, |element| element.stem()),
        );
        let told = each(value, |value| match (member.target, value) {
            (Target::Node(id), Value::Object(inner)) if depth < DEEPEST => {
                words(member.type_code, value)
                    .or_else(|| {
                        r4().node_at(id)
                            .map(|node| by_elements(node, inner, depth + 1))
                    })
                    .unwrap_or_else(|| by_shape_at(value, depth + 1))
            }
            _ => words(member.type_code, value).unwrap_or_else(|| by_shape_at(value, depth + 1)),
        });
        parts.push(format!("{label}: {told}"));
    }
    if parts.is_empty() {
        return not_recorded().to_owned();
    }
    parts.join("; ")
}

fn component(object: &Map<String, Value>) -> String {
    let name = object.get("code").map(codeable).unwrap_or_default();
    let value = object
        .iter()
        .find(|(member, _)| member.starts_with("value"))
        .map_or_else(|| not_recorded().to_owned(), |(_, value)| by_shape(value));
    format!("{name} {value}")
}

/// The items of a list, told one by one; a single value is told as it is.
pub(super) fn each(value: &Value, tell: impl Fn(&Value) -> String) -> String {
    let single = std::slice::from_ref(value);
    let items = value.as_array().map_or(single, Vec::as_slice);
    let told: Vec<String> = items
        .iter()
        .filter(|item| !item.is_null())
        .map(tell)
        .collect();
    if told.is_empty() {
        not_recorded().to_owned()
    } else {
        told.join("; ")
    }
}

/// A value whose type is not known, by what it looks like.
pub(super) fn by_shape(value: &Value) -> String {
    by_shape_at(value, 0)
}

fn by_shape_at(value: &Value, depth: usize) -> String {
    match value {
        Value::Null => not_recorded().to_owned(),
        Value::Bool(true) => say("Yes").to_owned(),
        Value::Bool(false) => say("No").to_owned(),
        Value::Number(number) => number.as_str().to_owned(),
        Value::String(text) if is_day(text) => date_time(text),
        Value::String(text) if text.trim().is_empty() => not_recorded().to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(_) if depth >= DEEPEST => "…".to_owned(),
        Value::Array(_) => each(value, |item| by_shape_at(item, depth + 1)),
        Value::Object(_) if depth >= DEEPEST => "…".to_owned(),
        Value::Object(object) => object_by_shape(value, object, depth),
    }
}

fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let ends = bytes.len() == 10 || bytes.get(10) == Some(&b'T');
    let digits = |from: usize, to: usize| {
        bytes
            .get(from..to)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    dashes && ends && digits(0, 4) && digits(5, 7) && digits(8, 10)
}

fn object_by_shape(value: &Value, object: &Map<String, Value>, depth: usize) -> String {
    let has = |name: &str| object.contains_key(name);
    let kind = if has("coding") {
        "CodeableConcept"
    } else if has("reference") {
        "Reference"
    } else if has("doseAndRate") || has("asNeededBoolean") {
        "Dosage"
    } else if has("repeat") {
        "Timing"
    } else if has("family") || has("given") {
        "HumanName"
    } else if has("numerator") || has("denominator") {
        "Ratio"
    } else if object.get("value").is_some_and(Value::is_number) {
        "Quantity"
    } else if has("low") || has("high") {
        "Range"
    } else if has("start") || has("end") {
        "Period"
    } else if has("line") || has("city") || has("postalCode") {
        "Address"
    } else if has("system") && has("code") {
        "Coding"
    } else if has("system") && has("value") {
        let systems = ["phone", "fax", "email", "pager", "url", "sms", "other"];
        let is_contact = text_at(value, "/system").is_some_and(|system| systems.contains(&system));
        if is_contact {
            "ContactPoint"
        } else {
            "Identifier"
        }
    } else if has("contentType") || has("data") {
        "Attachment"
    } else if has("url")
        && object
            .keys()
            .any(|name| name.starts_with("value") || name == "extension")
    {
        "Extension"
    } else if has("div") {
        "Narrative"
    } else if object.len() == 1 && has("text") {
        "CodeableConcept"
    } else {
        ""
    };
    if let Some(told) = words(kind, value) {
        return told;
    }
    let parts: Vec<String> = object
        .iter()
        .filter(|(name, _)| !name.starts_with('_') && *name != "id" && *name != "resourceType")
        .map(|(name, value)| {
            format!(
                "{}: {}",
                label::of_name(name),
                by_shape_at(value, depth + 1)
            )
        })
        .collect();
    if parts.is_empty() {
        return not_recorded().to_owned();
    }
    parts.join("; ")
}
