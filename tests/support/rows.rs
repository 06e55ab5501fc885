//! Resources: nasty but valid ones, and a seeded clinic.

use std::fmt::Write;

/// Valid rows whose meaning a careless copy would change, each on one line.
pub fn nasty() -> Vec<Vec<u8>> {
    let narrative = "<p>Walks to the harbour &amp; back, daily. Größe 1&#160;m. </p>".repeat(3_400);
    assert!(narrative.len() > 200_000, "a long narrative is long");
    let rows = [
        // Decimals keep every digit and their form.
        r#"{"resourceType":"Observation","id":"decimal-1","status":"final","code":{"text":"a"},"valueQuantity":{"value":1.00,"unit":"mg"}}"#.to_owned(),
        r#"{"resourceType":"Observation","id":"decimal-2","status":"final","code":{"text":"a"},"valueQuantity":{"value":0.50},"referenceRange":[{"low":{"value":-0.0},"high":{"value":1e2}}]}"#.to_owned(),
        r#"{"resourceType":"Observation","id":"decimal-3","status":"final","code":{"text":"a"},"valueQuantity":{"value":1.0E-2},"component":[{"code":{"text":"b"},"valueQuantity":{"value":12345678901234567.8901234567890}}]}"#.to_owned(),
        // What Haven does not know stays.
        r#"{"resourceType":"Patient","id":"unknown-fields","x-clinic-note":{"bed":12.0,"tags":[null,true,1e0,[],{}]},"birthDate":"1950-01-02"}"#.to_owned(),
        // Escapes, needless ones too, and characters that need none.
        "{\"resourceType\":\"Patient\",\"id\":\"escapes\",\"name\":[{\"family\":\"Garc\\u00eda \\/ \\ud83d\\ude00\",\"given\":[\"Jos\\u00E9\",\"Jose\u{301}\",\"\u{202e}abc\u{202c}\",\"tab\\there\"]}]}".to_owned(),
        // Order of keys, and spaces between tokens.
        r#"{ "birthDate" : "1961-07" ,"gender":"female", "name":[ {"given" : [ "Ana" ] , "family":"Órder"} ],	"id" : "order" , "resourceType":"Patient" }"#.to_owned(),
        r##"{"meta":{"tag":[{"code":"x"}],"versionId":"77","source":"#src","lastUpdated":"2020-02-29T12:00:00.120+05:30"},"id":"meta","active":true,"resourceType":"Patient"}"##.to_owned(),
        // Extensions on primitives, with nulls that hold places.
        r#"{"resourceType":"Patient","id":"primitive-extensions","name":[{"given":["Anna",null,"Lisa"],"_given":[null,{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]},null]}],"_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1974-12-25T14:35:45-05:00"}]},"birthDate":"1974-12-25"}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"value-absent","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]},"_gender":{"id":"g1"},"gender":"unknown"}"#.to_owned(),
        format!(r#"{{"resourceType":"Patient","id":"narrative","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{narrative}</div>"}}}}"#),
        deep(40),
        // Ids that differ in little.
        r#"{"resourceType":"Patient","id":"case","active":true}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"CASE","active":false}"#.to_owned(),
        r#"{"resourceType":"Practitioner","id":"case","active":true}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"6f9619ff-8b86-d011-b42d-00c04fc964ff","active":true}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"6F9619FF-8B86-D011-B42D-00C04FC964FF","active":false}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"6f9619ff8b86d011b42d00c04fc964ff","gender":"other"}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"0012","active":true}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"12","active":true}"#.to_owned(),
        r#"{"resourceType":"Patient","id":"-12.0","active":true}"#.to_owned(),
        format!(r#"{{"resourceType":"Patient","id":"{}","active":true}}"#, "a".repeat(64)),
        // Resources within resources.
        r##"{"resourceType":"MedicationRequest","id":"contained","contained":[{"resourceType":"Medication","id":"m","code":{"text":"Colecalciferol 0.50 mg"}}],"status":"active","intent":"order","medicationReference":{"reference":"#m"},"subject":{"reference":"Patient/order"},"dosageInstruction":[{"doseAndRate":[{"doseQuantity":{"value":0.50,"unit":"mg"}}]}]}"##.to_owned(),
        r#"{"resourceType":"Bundle","id":"a-bundle-among-others","type":"collection","entry":[{"fullUrl":"urn:uuid:0a5b2c3d-0000-4000-8000-000000000001","resource":{"resourceType":"Basic","id":"inner","code":{"text":"x"}}}]}"#.to_owned(),
        r#"{"resourceType":"Binary","id":"binary","contentType":"application/octet-stream","data":"AAECAwQFBgcICQ=="}"#.to_owned(),
        // Sealed under another key than the rest.
        r#"{"resourceType":"Condition","id":"restricted","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"subject":{"reference":"Patient/order"},"code":{"text":"private"}}"#.to_owned(),
    ];
    rows.into_iter().map(String::into_bytes).collect()
}

/// A resource whose extensions lie `depth` deep.
pub fn deep(depth: usize) -> String {
    let mut row = r#"{"resourceType":"Patient","id":"deep""#.to_owned();
    for level in 0..depth {
        let _ = write!(row, r#","extension":[{{"url":"http://example.org/{level}""#);
    }
    row.push_str(r#","valueDecimal":1.00"#);
    row.push_str(&"}]".repeat(depth));
    row.push('}');
    row
}

/// A seeded clinic as NDJSON rows.
pub fn clinic(patients: u32, seed: u64) -> Vec<Vec<u8>> {
    let today = jiff::civil::date(2026, 11, 23);
    haven_hub::seed::clinic(patients, seed, today)
        .map(|resource| resource.to_string().into_bytes())
        .collect()
}

/// Rows as an NDJSON file's bytes.
pub fn ndjson(rows: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = rows.join(&b'\n');
    bytes.push(b'\n');
    bytes
}
