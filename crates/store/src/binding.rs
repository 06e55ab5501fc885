//! Joining texts so that no two different lists give the same bytes.

/// Each part preceded by its length as four bytes.
pub(crate) fn length_prefixed(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(parts.iter().map(|part| part.len() + 4).sum());
    push_length_prefixed(&mut joined, parts);
    joined
}

/// As [`length_prefixed`], behind what stands there already.
pub(crate) fn push_length_prefixed(joined: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        joined.extend_from_slice(&length.to_be_bytes());
        joined.extend_from_slice(part);
    }
}
