//! Any three documents give an answer: merged, in conflict, or a clear error; in bounded time.
//!
//! `HAVEN_FUZZ_S` says for how many seconds, `HAVEN_MERGE_SEED` which dice.

#![expect(
    clippy::print_stderr,
    reason = "a run says its seed and how far it came"
)]

use std::time::{Duration, Instant};

use haven_model::{MergedText, json, merge, merge_texts};
use serde_json::Value;

use super::edit::{Dice, seed};

/// The most CPU time that one merge of up to a megabyte may take.
const LIMIT_MS: f64 = if cfg!(debug_assertions) {
    15_000.0
} else {
    1_000.0
};

#[test]
fn any_three_documents_give_an_answer() {
    let seconds = std::env::var("HAVEN_FUZZ_S")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    let seed = seed(41);
    let mut dice = Dice(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut rounds, mut errors, mut conflicts, mut slowest) = (0_u32, 0_u32, 0_u32, 0.0_f64);
    while Instant::now() < end || rounds < 60 {
        let base = document(&mut dice);
        let (local, remote) = (beside(&base, &mut dice), beside(&base, &mut dice));
        rounds += 1;
        let start = cpu_ms();
        let outcome = merge_texts(Some(&base), Some(&local), Some(&remote));
        let took = cpu_ms() - start;
        slowest = slowest.max(took);
        let story = || {
            let head =
                |text: &[u8]| String::from_utf8_lossy(&text[..text.len().min(2_000)]).into_owned();
            format!(
                "seed {seed}, round {rounds}\nbase {}\nlocal {}\nremote {}",
                head(&base),
                head(&local),
                head(&remote)
            )
        };
        assert!(took < LIMIT_MS, "{took} ms of CPU: {}", story());
        let swapped = merge_texts(Some(&base), Some(&remote), Some(&local));
        match (&outcome, &swapped) {
            (Ok(MergedText::Resource(text)), Ok(MergedText::Resource(other))) => {
                assert_eq!(text, other, "the sides are equal: {}", story());
            }
            (Ok(MergedText::Outcome(one)), Ok(MergedText::Outcome(other))) => {
                conflicts += 1;
                assert_eq!(one.fields.len(), other.fields.len(), "{}", story());
            }
            (Err(_), Err(_)) => errors += 1,
            _ => unreachable!("one way an answer, the other way another: {}", story()),
        }
        let read = [&base, &local, &remote].map(|text| json::parse(text).ok());
        if let [Some(base), Some(local), Some(remote)] = &read {
            let whole = merge(Some(base), Some(local), Some(remote));
            match outcome {
                Ok(MergedText::Resource(text)) => {
                    let merged = json::parse(&text);
                    assert_eq!(
                        merged.ok().as_ref(),
                        Some(&whole.resource),
                        "texts merge as values do: {}",
                        story()
                    );
                }
                Ok(MergedText::Outcome(outcome)) => assert_eq!(outcome, whole, "{}", story()),
                Err(error) => unreachable!("all three are JSON: {error}: {}", story()),
            }
        }
    }
    eprintln!(
        "{rounds} rounds in {seconds} s: {conflicts} for a person, {errors} refused, slowest {slowest:.1} ms (seed {seed})"
    );
}

#[test]
fn a_long_list_folds_without_changing_the_answer() {
    let seed = seed(5);
    let mut dice = Dice(seed);
    let mut merged = 0;
    for round in 0..80 {
        let (name, kind) = [
            ("item", "QuestionnaireResponse"),
            ("component", "Observation"),
            ("entry", "List"),
            ("identifier", "Patient"),
        ][dice.below(4)];
        let key = dice.below(2);
        let item = |at: usize| match key {
            0 => {
                serde_json::json!({"linkId": at.to_string(), "text": format!("a question that is asked at every visit, number {at}"),
                "code": {"coding": [{"system": "s", "code": at.to_string(), "display": "x"}]},
                "item": {"reference": format!("Basic/{at}")}, "system": format!("urn:{at}"), "value": "1"})
            }
            _ => {
                serde_json::json!({"id": format!("i{at}"), "text": format!("an answer that is as long as answers are, number {at}"),
                "code": {"text": at.to_string()}})
            }
        };
        let items: Vec<Value> = (0..250).map(item).collect();
        let base =
            serde_json::json!({"resourceType": kind, "id": "x", "status": "draft", name: items});
        let mut side = || {
            let mut copy = base.clone();
            let list = copy[name].as_array_mut().expect("a list");
            for _ in 0..dice.below(4) {
                let at = dice.below(list.len());
                match dice.below(7) {
                    0 => drop(list.remove(at)),
                    1 => list.insert(at, item(1_000 + dice.below(3))),
                    2 => list.swap(at, dice.below(250 - 4)),
                    3 => list.insert(at, list[dice.below(240)].clone()),
                    _ => list[at]["text"] = Value::String(format!("changed {}", dice.below(3))),
                }
            }
            copy
        };
        let (local, remote) = (side(), side());
        let whole = merge(Some(&base), Some(&local), Some(&remote));
        let [base, local, remote] =
            [&base, &local, &remote].map(|value| value.to_string().into_bytes());
        let outcome = merge_texts(Some(&base), Some(&local), Some(&remote)).expect("JSON");
        match outcome {
            MergedText::Resource(text) => {
                merged += 1;
                let text = String::from_utf8(text).expect("utf-8");
                let full = whole.resource.to_string();
                assert!(text == full, "seed {seed}, round {round}: {name} differs");
            }
            MergedText::Outcome(outcome) => {
                assert_eq!(outcome, whole, "seed {seed}, round {round}");
            }
        }
    }
    assert!(merged > 20, "most are for the machine: {merged}");
}

fn cpu_ms() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e3 + now.tv_nsec as f64 / 1e6
}

const REAL: [&str; 3] = [
    include_str!("../merge_corpus/Patient.json"),
    include_str!("../merge_corpus/Observation.json"),
    include_str!("../merge_corpus/medication.json"),
];

fn document(dice: &mut Dice) -> Vec<u8> {
    match dice.below(12) {
        0..=4 => {
            let file = REAL[dice.below(REAL.len())];
            let file = json::parse(file.as_bytes()).expect("the corpus is JSON");
            let resources: Vec<&Value> = file["resources"]
                .as_object()
                .expect("resources")
                .values()
                .collect();
            resources[dice.below(resources.len())]
                .to_string()
                .into_bytes()
        }
        5..=7 => {
            let mut text = String::new();
            random(&mut text, dice, 0);
            if dice.below(2) == 0 {
                text = format!(
                    r#"{{"resourceType":"{}","id":"x","a":{text}}}"#,
                    ["Basic", "Patient", "Nonsense"][dice.below(3)]
                );
            }
            text.into_bytes()
        }
        8 => {
            let depth = dice.below(300);
            let (open, close) = if dice.below(2) == 0 {
                ("[", "]")
            } else {
                (r#"{"a":"#, "}")
            };
            format!("{}1{}", open.repeat(depth), close.repeat(depth)).into_bytes()
        }
        9 => long_list(dice),
        10 => br#"{"resourceType":"Patient","id":"x","gender":"male","gender":"female"}"#.to_vec(),
        _ => [
            "",
            " ",
            "null",
            "3",
            "\"x\"",
            "[]",
            "{",
            "{}",
            "\u{feff}{}",
            "nul",
        ][dice.below(10)]
        .as_bytes()
        .to_vec(),
    }
}

/// Up to some hundred kilobytes of items, alike or not, with keys or without.
fn long_list(dice: &mut Dice) -> Vec<u8> {
    let count = 10 + dice.below(3_000);
    let kind = dice.below(5);
    let items: Vec<String> = (0..count)
        .map(|at| match kind {
            0 => format!(r#"{{"linkId":"{at}","text":"question {at}"}}"#),
            1 => format!(r#"{{"text":"note {}"}}"#, at % 17),
            2 => format!("\"{}\"", at % 1000),
            3 => at.to_string(),
            _ => format!(
                r#"{{"code":{{"coding":[{{"system":"s","code":"{}"}}]}},"valueInteger":{at}}}"#,
                at % 900
            ),
        })
        .collect();
    let name = ["item", "component", "note", "given", "telecom", "entry"][dice.below(6)];
    format!(
        r#"{{"resourceType":"{}","id":"x","{name}":[{}]}}"#,
        [
            "QuestionnaireResponse",
            "Observation",
            "Patient",
            "List",
            "Bundle"
        ][dice.below(5)],
        items.join(",")
    )
    .into_bytes()
}

fn random(text: &mut String, dice: &mut Dice, depth: usize) {
    const NAMES: [&str; 16] = [
        "a",
        "_a",
        "id",
        "url",
        "code",
        "coding",
        "system",
        "value",
        "valueString",
        "_valueString",
        "extension",
        "contained",
        "reference",
        "given",
        "meta",
        "status",
    ];
    const NUMBERS: [&str; 8] = [
        "0",
        "-0",
        "1.00",
        "1e999",
        "-1E-400",
        "123456789012345678901234567890.10",
        "0.1",
        "7",
    ];
    const WORDS: [&str; 7] = [
        "\"\"",
        "\"x\"",
        r#""\u00e9\n""#,
        r##""#x""##,
        r#""\ud83d\ude00""#,
        "\"\u{202e}é\"",
        "\"final\"",
    ];
    match dice.below(if depth > 5 { 4 } else { 8 }) {
        0 => text.push_str(["true", "false", "null"][dice.below(3)]),
        1 => text.push_str(NUMBERS[dice.below(NUMBERS.len())]),
        2 | 3 => text.push_str(WORDS[dice.below(WORDS.len())]),
        4 | 5 => {
            text.push('[');
            for at in 0..dice.below(5) {
                if at > 0 {
                    text.push(',');
                }
                random(text, dice, depth + 1);
            }
            text.push(']');
        }
        _ => {
            text.push('{');
            for at in 0..dice.below(6) {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&format!("\"{}\":", NAMES[dice.below(NAMES.len())]));
                random(text, dice, depth + 1);
            }
            text.push('}');
        }
    }
}

/// A version of a text: edited as JSON, damaged as bytes, written with blanks, or another text altogether.
fn beside(base: &[u8], dice: &mut Dice) -> Vec<u8> {
    match dice.below(10) {
        0 => base.to_vec(),
        1 => document(dice),
        2 => damaged(base, dice),
        3 => match json::parse(base) {
            Ok(value) => serde_json::to_vec_pretty(&value).expect("writes"),
            Err(_) => damaged(base, dice),
        },
        _ => match json::parse(base) {
            Ok(mut value) => {
                for _ in 0..1 + dice.below(4) {
                    change(&mut value, dice);
                }
                value.to_string().into_bytes()
            }
            Err(_) => damaged(base, dice),
        },
    }
}

fn damaged(base: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut text = base.to_vec();
    for _ in 0..1 + dice.below(3) {
        if text.is_empty() {
            break;
        }
        let at = dice.below(text.len());
        let end = (at + dice.below(30)).min(text.len());
        match dice.below(4) {
            0 => text[at] = dice.roll() as u8,
            1 => drop(text.drain(at..end)),
            2 => {
                let copy = text[at..end].to_vec();
                text.splice(at..at, copy);
            }
            _ => text.truncate(at),
        }
    }
    text
}

fn change(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = dice.below(items.len());
            match dice.below(6) {
                0 => drop(items.remove(at)),
                1 => {
                    let copy = items[at].clone();
                    items.insert(dice.below(items.len()), copy);
                }
                2 => items.reverse(),
                _ => change(&mut items[at], dice),
            }
        }
        Value::Object(members) if !members.is_empty() => {
            let at = dice.below(members.len());
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            match dice.below(8) {
                0 => drop(members.shift_remove(&name)),
                1 => {
                    let mut text = String::new();
                    random(&mut text, dice, 3);
                    if let Ok(new) = json::parse(text.as_bytes()) {
                        members.insert(
                            ["note", "x", "extension", "_gender"][dice.below(4)].to_owned(),
                            new,
                        );
                    }
                }
                _ => {
                    if let Some(member) = members.get_mut(&name) {
                        change(member, dice);
                    }
                }
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => {
            let mut text = String::new();
            random(&mut text, dice, 4);
            if let Ok(new) = json::parse(text.as_bytes()) {
                *value = new;
            }
        }
    }
}
