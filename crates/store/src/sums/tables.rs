//! The tables whose rows are summed.

/// A table whose rows are summed.
pub(super) struct Summed {
    /// Stands for the table in what is kept. A schema step that changes rows or columns of a table
    /// gives it a new number here, so that its sum is made anew.
    pub(super) number: u16,
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// Of a sealed body its length, its header with the nonce, and its tag: the seal binds the rest.
    pub(super) sealed: Option<&'static str>,
    /// Few rows that tell who may do what: looked at with every unlock.
    pub(super) authority: bool,
    /// What its rows are, for people.
    pub(super) about: &'static str,
}

const fn plain(
    number: u16,
    name: &'static str,
    columns: &'static [&'static str],
    about: &'static str,
) -> Summed {
    Summed {
        number,
        name,
        columns,
        sealed: None,
        authority: false,
        about,
    }
}

const fn authority(
    number: u16,
    name: &'static str,
    columns: &'static [&'static str],
    about: &'static str,
) -> Summed {
    Summed {
        authority: true,
        ..plain(number, name, columns, about)
    }
}

const fn sealed(
    number: u16,
    name: &'static str,
    columns: &'static [&'static str],
    about: &'static str,
) -> Summed {
    Summed {
        sealed: Some("body"),
        ..plain(number, name, columns, about)
    }
}

pub(super) const IN_FLIGHT: u16 = 10;

/// The table whose new rows are told of by the one function that writes them. For a trigger that calls a
/// function SQLite copies every page that the statement touches, so that it could be undone by itself:
/// an eighth of an import.
pub(crate) const RESOURCE: u16 = 6;

/// Every table but those of [`NOT_SUMMED`]; a test holds this to the schema.
pub(super) const TABLES: [Summed; 31] = [
    authority(
        1,
        "identity",
        &[
            "only",
            "store_id",
            "device_id",
            "device_name",
            "clinic",
            "created_at",
        ],
        "which store and device this is",
    ),
    authority(
        2,
        "login",
        &[
            "name",
            "display_name",
            "role",
            "created_at",
            "last_unlocked",
        ],
        "the logins and their roles",
    ),
    authority(3, "setting", &["name", "value"], "the settings"),
    plain(
        4,
        "word",
        &["no", "text"],
        "the words that rows name by number",
    ),
    plain(
        5,
        "compartment",
        &["no", "id", "last_synced", "last_accessed"],
        "the charts",
    ),
    sealed(
        6,
        "resource",
        &[
            "row_id",
            "type_no",
            "id",
            "patient_no",
            "class",
            "version",
            "server_version",
            "clock",
            "ticks",
            "last_modified",
            "device_no",
            "author_no",
            "status",
            "deleted_at",
            "deleted_by_no",
            "seen_at",
        ],
        "the resources and their state towards the server",
    ),
    sealed(
        7,
        "history",
        &[
            "entry_id",
            "row_id",
            "version",
            "class",
            "deleted",
            "server_version",
            "clock",
            "last_modified",
            "device_no",
            "author_no",
        ],
        "the earlier versions",
    ),
    sealed(
        8,
        "base",
        &[
            "row_id",
            "class",
            "version",
            "deleted",
            "server_version",
            "clock",
        ],
        "the versions in common with the server",
    ),
    plain(
        20,
        "outbox",
        &[
            "seq",
            "row_id",
            "operation",
            "queued_at",
            "edited_at",
            "attempts",
            "next_attempt_at",
            "state",
            "last_error",
            "merges",
        ],
        "the changes that wait to be sent",
    ),
    sealed(
        IN_FLIGHT,
        "in_flight",
        &[
            "seq",
            "row_id",
            "operation",
            "class",
            "deleted",
            "base_version",
            "clock",
            "row_version",
            "edited_at",
        ],
        "the changes on their way",
    ),
    plain(
        21,
        "conflict",
        &[
            "conflict_id",
            "row_id",
            "class",
            "kind",
            "rule",
            "remote_version",
            "remote_clock",
            "remote_modified",
            "remote_device_id",
            "remote_device",
            "remote_author",
            "remote_at",
            "local_author",
            "local_at",
            "local_device",
            "retry_count",
            "status",
            "opened_at",
            "resolved_at",
            "resolved_by",
            "local_clock",
            "local_version",
            "decided_version",
            "told",
            "batch",
        ],
        "the conflicts",
    ),
    sealed(
        12,
        "conflict_part",
        &["conflict_id", "part", "deleted"],
        "the sides of conflicts",
    ),
    plain(
        13,
        "search_pending",
        &["row_id"],
        "the rows that wait to be indexed",
    ),
    plain(
        14,
        "pin",
        &["patient", "pinned_at", "pinned_by"],
        "the pinned charts",
    ),
    plain(
        15,
        "audit_archive",
        &["no", "first_seq", "last_seq", "digest", "mac"],
        "the archived parts of the audit log",
    ),
    sealed(
        16,
        "dictionary",
        &["no", "class", "rows", "trained_at", "packed_to"],
        "the dictionaries",
    ),
    authority(
        17,
        "key_generation",
        &["class", "generation", "made_at", "seals", "destroyed_at"],
        "the generations of the class keys",
    ),
    authority(
        18,
        "key_state",
        &[
            "only",
            "epoch",
            "blind_generation",
            "file_turn",
            "file_digest",
        ],
        "which keys are in use",
    ),
    authority(
        19,
        "glass",
        &[
            "seq",
            "actor",
            "patient",
            "opened_at",
            "until",
            "reason",
            "ended_at",
            "told_at",
        ],
        "who broke the glass",
    ),
    plain(
        25,
        "remote_row",
        &["row_id", "remote_no"],
        "which server a resource belongs to",
    ),
    plain(
        26,
        "adopted_id",
        &["type_no", "id", "row_id"],
        "the ids given up for those of a server",
    ),
    plain(
        22,
        "escalation",
        &[
            "conflict_id",
            "type_no",
            "id",
            "class",
            "own",
            "status",
            "decided_version",
            "told",
        ],
        "the conflicts before the clinic",
    ),
    sealed(
        23,
        "escalation_part",
        &["no", "conflict_id", "part"],
        "what was said of conflicts before the clinic",
    ),
    plain(
        24,
        "occurrence",
        &["name", "label", "day", "n"],
        "the counts of what happened",
    ),
    plain(
        27,
        "held_deletion",
        &[
            "row_id",
            "server_version",
            "clock",
            "last_modified",
            "device_id",
            "device_name",
            "author",
            "edited_at",
            "over",
        ],
        "the deletions that wait for a person",
    ),
    plain(
        28,
        "thinned_chart",
        &["patient_no", "thinned_at"],
        "the charts of which copies were removed",
    ),
    plain(
        29,
        "attachment",
        &[
            "no",
            "row_id",
            "url",
            "id",
            "class",
            "own",
            "standing",
            "content_type",
            "declared_bytes",
            "declared_hash",
            "total_bytes",
            "held_bytes",
            "sent_bytes",
            "validator",
            "sha256",
            "verified_by",
            "sent_as",
            "attempts",
            "next_attempt_at",
            "reason",
            "changed_at",
        ],
        "the attachments and how far each has come",
    ),
    sealed(
        30,
        "attachment_chunk",
        &["chunk_no", "attachment_no", "begins_at", "bytes"],
        "the content of attachments",
    ),
    plain(
        31,
        "left_out",
        &["no", "id"],
        "the ids that bodies leave out",
    ),
    plain(
        32,
        "discarded",
        &[
            "audit_seq",
            "type_no",
            "id",
            "class",
            "version",
            "deleted",
            "operation",
            "edited_at",
            "edited_by_no",
            "at",
            "actor_no",
            "device_no",
        ],
        "the edits that were given up",
    ),
    sealed(
        33,
        "discarded_part",
        &["audit_seq", "part"],
        "what is kept of edits that were given up",
    ),
];

/// Tables without a sum, and what stands in for it.
#[cfg(test)]
pub(super) const NOT_SUMMED: [(&str, &str); 7] = [
    ("audit_entry", "the Merkle tree over it"),
    ("audit_head", "its own macs, and the lobby's mark"),
    ("tally", "counted anew by every verification"),
    ("term", "made anew from the bodies by a deep verification"),
    (
        "search_date",
        "made anew from the bodies by a deep verification",
    ),
    (
        "patient_entry",
        "made anew from the bodies by a deep verification",
    ),
    (
        "schema_migration",
        "the checksum of each step; an earlier page of it is applied again and refused",
    ),
];
