//! Lists: order, additions, pairs of primitives and their extensions, what is contained.

use haven_model::conflict::Outcome;
use serde_json::{Value, json};

use super::{assert_merged, merged, paths, patient, plus, rules, with};

#[test]
fn case_05_a_reorder_and_an_edit_are_both_kept() {
    let base = patient();
    let mut local = base.clone();
    local["telecom"].as_array_mut().expect("telecom").reverse();
    let remote = with(&base, "/telecom/1/value", json!("555-9"));
    let mut expected = local.clone();
    expected["telecom"][1]["value"] = json!("555-9");
    assert_merged(&merged(&base, &local, &remote), &expected);
}

#[test]
fn case_05_two_orders_conflict_where_order_matters_and_nowhere_else() {
    let base = patient();
    let mut given = base.clone();
    given["name"][0]["given"] = json!(["Maria", "Ana"]);
    let mut other = base.clone();
    other["name"][0]["given"] = json!(["Maria", "Ana", "Luz"]);
    assert_eq!(
        paths(&merged(&base, &given, &other)),
        ["Patient.name[use=official]"]
    );

    let base = with(&base, "/address/0/line", json!(["a", "b", "c"]));
    let outcome = merged(
        &base,
        &with(&base, "/address/0/line", json!(["b", "a", "c"])),
        &with(&base, "/address/0/line", json!(["c", "b", "a"])),
    );
    assert_eq!(paths(&outcome), ["Patient.address[use=home].line"]);
    assert_eq!(rules(&outcome), ["order"]);

    let (mut local, mut remote) = (base.clone(), base.clone());
    local["telecom"].as_array_mut().expect("telecom").swap(0, 1);
    remote["telecom"]
        .as_array_mut()
        .expect("telecom")
        .swap(1, 2);
    assert_eq!(merged(&base, &local, &remote).outcome, Outcome::Merged);
}

#[test]
fn case_06_given_names_stay_with_their_extensions_and_nulls() {
    let mut base = patient();
    base["name"][0]["_given"] = json!([null, {"id": "g2"}]);
    let mut local = base.clone();
    local["name"][0]["given"] = json!([null, "Maria"]);
    local["name"][0]["_given"] =
        json!([{"extension": [{"url": "urn:absent", "valueCode": "masked"}]}, {"id": "g2"}]);
    let remote = with(&base, "/gender", json!("other"));
    assert_merged(
        &merged(&base, &local, &remote),
        &with(&local, "/gender", json!("other")),
    );
}

#[test]
fn case_06_a_primitive_and_its_extension_are_one_piece() {
    let base = plus(
        &patient(),
        "_birthDate",
        json!({"extension": [{"url": "urn:t", "valueTime": "01:00:00"}]}),
    );
    let local = with(&base, "/birthDate", json!("1970-01-03"));
    let remote = with(
        &base,
        "/_birthDate/extension/0/valueTime",
        json!("02:00:00"),
    );
    let outcome = merged(&base, &local, &remote);
    assert_eq!(paths(&outcome), ["Patient.birthDate"]);
    assert_eq!(outcome.fields[0].local["birthDate"], json!("1970-01-03"));
}

#[test]
fn case_08_two_contained_resources_of_one_id_are_both_kept_and_found() {
    let base = json!({"resourceType": "CarePlan", "id": "c", "status": "active", "intent": "plan"});
    let side = |text: &str, member: &str| {
        let mut side = base.clone();
        side["contained"] =
            json!([{"resourceType": "Practitioner", "id": "x", "name": [{"text": text}]}]);
        side[member] = json!([{"reference": "#x"}]);
        side
    };
    let outcome = merged(&base, &side("A", "contributor"), &side("B", "addresses"));
    assert_eq!(outcome.outcome, Outcome::Merged);
    let contained = outcome.resource["contained"].as_array().expect("contained");
    for (member, name) in [("contributor", "A"), ("addresses", "B")] {
        let id = outcome.resource[member][0]["reference"]
            .as_str()
            .expect("a reference")[1..]
            .to_owned();
        let found = contained
            .iter()
            .find(|item| item["id"] == id)
            .expect("the reference finds it");
        assert_eq!(found["name"][0]["text"], name, "and finds its own");
    }
}

#[test]
fn the_servers_stamp_never_conflicts() {
    let base = patient();
    let stamp = |value: &Value, version: &str, at: &str| {
        with(
            &with(value, "/meta/versionId", json!(version)),
            "/meta/lastUpdated",
            json!(at),
        )
    };
    let local = stamp(
        &with(&base, "/gender", json!("male")),
        "3",
        "2026-01-03T00:00:00Z",
    );
    let remote = stamp(
        &with(&base, "/birthDate", json!("1970-01-03")),
        "2",
        "2026-01-02T23:30:00-01:00",
    );
    let outcome = merged(&base, &local, &remote);
    assert_eq!(outcome.outcome, Outcome::Merged);
    assert_eq!(
        outcome.resource["meta"]["versionId"], "2",
        "the later instant, whatever its zone"
    );
}

#[test]
fn tags_of_both_sides_are_kept() {
    let base = patient();
    let tag = |code: &str| {
        let mut side = base.clone();
        side["meta"]["tag"] = json!([{"system": "urn:t", "code": code}]);
        side
    };
    let outcome = merged(&base, &tag("a"), &tag("b"));
    assert_eq!(
        outcome.resource["meta"]["tag"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn the_same_addition_by_both_is_one_and_extensions_merge_by_url() {
    let base = plus(
        &patient(),
        "extension",
        json!([{"url": "urn:a", "valueString": "1"}, {"url": "urn:b", "valueString": "2"}]),
    );
    let add = |value: &Value| {
        let mut side = value.clone();
        let mobile = json!({"system": "phone", "use": "mobile", "value": "555-7"});
        side["telecom"]
            .as_array_mut()
            .expect("telecom")
            .push(mobile);
        side
    };
    let local = with(&add(&base), "/extension/0/valueString", json!("x"));
    let remote = with(&add(&base), "/extension/1/valueString", json!("y"));
    assert_merged(
        &merged(&base, &local, &remote),
        &with(&local, "/extension/1/valueString", json!("y")),
    );
    let other = with(&base, "/extension/0/valueString", json!("z"));
    assert_eq!(
        paths(&merged(&base, &local, &other)),
        ["Patient.extension[url=urn:a]"]
    );
}
