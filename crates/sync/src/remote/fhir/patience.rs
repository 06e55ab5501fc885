//! How much a server lets a client ask: `RateLimit` in its forms, besides `Retry-After`.
//!
//! Source: draft-ietf-httpapi-ratelimit-headers (`"name";r=0;t=30`, and the earlier
//! `limit=9, remaining=0, reset=30` and `RateLimit-Remaining` with `RateLimit-Reset`).

use reqwest::header::HeaderMap;

/// Seconds that are an instant rather than a wait.
const AN_INSTANT_S: u64 = 1_000_000_000;

/// How long to wait before the next request, where nothing is left of what is allowed.
pub(super) fn wait_ms(headers: &HeaderMap) -> Option<u64> {
    let texts = |name: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mut waits: Vec<u64> = texts("ratelimit")
        .iter()
        .flat_map(|text| of_policies(text))
        .collect();
    for prefix in ["ratelimit", "x-ratelimit"] {
        let first = |what: &str| -> Option<u64> {
            let text = texts(&format!("{prefix}-{what}")).into_iter().next()?;
            text.split([',', ';']).next()?.trim().parse().ok()
        };
        if let (Some(0), Some(reset)) = (first("remaining"), first("reset")) {
            waits.push(reset);
        }
    }
    waits
        .into_iter()
        .filter(|seconds| *seconds < AN_INSTANT_S)
        .max()
        .map(|seconds| seconds.saturating_mul(1_000))
}

/// The waits of those policies that have nothing left.
fn of_policies(text: &str) -> Vec<u64> {
    let member = |part: &str, names: [&str; 2]| -> Option<u64> {
        let (name, value) = part.trim().split_once('=')?;
        names
            .contains(&name.trim())
            .then(|| value.trim().parse().ok())?
    };
    let of = |parts: &mut dyn Iterator<Item = &str>| -> Option<u64> {
        let (mut left, mut wait) = (None, None);
        for part in parts {
            left = left.or(member(part, ["r", "remaining"]));
            wait = wait.or(member(part, ["t", "reset"]));
        }
        (left == Some(0)).then_some(wait).flatten()
    };
    if text.contains("remaining") {
        return of(&mut text.split([',', ';'])).into_iter().collect();
    }
    text.split(',')
        .filter_map(|policy| of(&mut policy.split(';')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pairs: &[(&'static str, &'static str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a value"));
        }
        wait_ms(&headers)
    }

    #[test]
    fn nothing_left_means_waiting_in_every_form() {
        assert_eq!(told(&[("ratelimit", "\"default\";r=0;t=30")]), Some(30_000));
        let two = "\"requests\";r=59999;t=60, \"fhirInteractions\";r=0;t=37";
        assert_eq!(told(&[("ratelimit", two)]), Some(37_000));
        assert_eq!(
            told(&[("ratelimit", "limit=9, remaining=0, reset=4")]),
            Some(4_000)
        );
        let apart = [("ratelimit-remaining", "0"), ("ratelimit-reset", "2")];
        assert_eq!(told(&apart), Some(2_000));
        let apart = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2")];
        assert_eq!(told(&apart), Some(2_000));
        assert_eq!(
            told(&[("ratelimit", "\"default\";r=1;t=30")]),
            None,
            "something is left"
        );
        let instant = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1795442700"),
        ];
        assert_eq!(told(&instant), None, "an instant is no wait");
    }
}
