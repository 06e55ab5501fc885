//! A login that leaves Haven aside: the folder, its own passphrase, and a program of its own.
//!
//! Nothing here is shared with Haven's code: the formats are read as they are documented.

use std::collections::BTreeMap;
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, single_shot_open};
use rusqlite::Connection;
use rusqlite::types::Value as Sql;
use serde_json::Value;
use sha2::Sha256;

/// The classes by the number that a row carries.
pub const CLASSES: [&str; 4] = ["core", "clinical", "sensitive", "admin"];

/// What a passphrase and the key file lead to.
pub struct Attacker {
    pub store_id: String,
    pub private_key: [u8; 32],
    /// By kind, as the key file names it.
    pub keys: BTreeMap<String, [u8; 32]>,
    /// Grants of others that this login's private key was tried on.
    pub tried_of_others: usize,
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).expect("short");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn expanded<const N: usize>(key: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(None, key)
        .expand(info, &mut out)
        .expect("a short output");
    out
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hex")).expect("hex")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("small")
}

impl Attacker {
    /// Opens every grant there is that `user`'s passphrase leads to.
    pub fn of(folder: &Path, user: &str, passphrase: &str) -> Self {
        let file = std::fs::read(folder.join("keys.json")).expect("anyone can read it");
        let file: Value = serde_json::from_slice(&file).expect("JSON");
        let file = &file["keys"];
        let store_id = text(&file["store_id"]).to_owned();
        let slot = file["slots"]
            .as_array()
            .expect("slots")
            .iter()
            .find(|slot| slot["user"] == user)
            .expect("a slot");
        let private_key = private_key(&store_id, slot, passphrase);
        let (mut keys, mut tried_of_others) = (BTreeMap::new(), 0);
        for grant in file["grants"].as_array().expect("grants") {
            // Every grant, under its owner's name and under this one's.
            let own = grant["recipient"] == user;
            for name in [text(&grant["recipient"]), user] {
                if let Some(key) = granted(&store_id, grant, name, &private_key) {
                    assert!(own, "another login's grant opened: {grant}");
                    keys.insert(text(&grant["kind"]).to_owned(), key);
                }
            }
            tried_of_others += usize::from(!own);
        }
        Self {
            store_id,
            private_key,
            keys,
            tried_of_others,
        }
    }

    /// The database, opened with the newest store key that was reached.
    pub fn database(&self, folder: &Path) -> Connection {
        let (_, key) = self
            .keys
            .iter()
            .filter(|(kind, _)| kind.starts_with("dsk"))
            .max_by_key(|(kind, _)| {
                kind.split_once(':')
                    .map_or(1, |(_, n)| n.parse().unwrap_or(0))
            })
            .expect("every login holds the store's key");
        let connection = Connection::open(folder.join("store.db")).expect("opened");
        connection
            .execute_batch(&format!(
                "PRAGMA key = \"x'{}'\"; PRAGMA cipher_page_size = 4096;
                 PRAGMA cipher_hmac_algorithm = HMAC_SHA256;",
                hex::encode(key)
            ))
            .expect("keyed");
        connection
    }

    /// How many of the sealed bodies in `connection` any key of this login opens, and of how many, by
    /// class. Each key is tried as the class and generation that the body names and as every other.
    pub fn opened_bodies(&self, connection: &Connection) -> BTreeMap<&'static str, (u32, u32)> {
        let mut tally: BTreeMap<&'static str, (u32, u32)> = BTreeMap::new();
        let mut secrets: Vec<[u8; 32]> = self.keys.values().copied().collect();
        secrets.push(self.private_key);
        for sealed in sealed_bodies(connection) {
            let class = CLASSES[sealed.class];
            let opens = secrets.iter().any(|secret| self.opens(secret, &sealed));
            let (opened, all) = tally.entry(class).or_default();
            *opened += u32::from(opens);
            *all += 1;
        }
        tally
    }

    fn opens(&self, secret: &[u8; 32], sealed: &Sealed) -> bool {
        let info = joined(&[b"HVBODY1", self.store_id.as_bytes()]);
        let derived: [u8; 32] = expanded(secret, &info);
        let generation = &sealed.body[1..3];
        let left_out = sealed.left_out.as_ref().map(|(number, id, _)| {
            let number = number.to_be_bytes();
            [number.as_slice(), id.as_bytes()].map(<[u8]>::to_vec)
        });
        let begins = sealed.left_out.as_ref().map_or(17, |(_, _, at)| *at);
        [*secret, derived].iter().any(|key| {
            let cipher = Aes256Gcm::new(key.into());
            CLASSES.iter().any(|claimed| {
                let deleted = [u8::from(sealed.deleted)];
                let version = sealed.version.to_be_bytes();
                let mut parts: Vec<&[u8]> = vec![
                    b"HV1",
                    self.store_id.as_bytes(),
                    &sealed.body[..1],
                    claimed.as_bytes(),
                    generation,
                    &sealed.body[3..5],
                    sealed.part.as_bytes(),
                    sealed.resource_type.as_bytes(),
                    sealed.id.as_bytes(),
                    &version,
                    &deleted,
                ];
                parts.extend(left_out.iter().flatten().map(Vec::as_slice));
                let aad = joined(&parts);
                let nonce: [u8; 12] = sealed.body[5..17].try_into().expect("twelve bytes");
                let payload = Payload {
                    msg: &sealed.body[begins..],
                    aad: &aad,
                };
                cipher.decrypt(&Nonce::from(nonce), payload).is_ok()
            })
        })
    }
}

fn private_key(store_id: &str, slot: &Value, passphrase: &str) -> [u8; 32] {
    let kdf = &slot["kdf"];
    let cost = Params::new(
        number(&kdf["memory_kib"]),
        number(&kdf["passes"]),
        number(&kdf["lanes"]),
        Some(32),
    )
    .expect("parameters");
    let mut stretched = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, cost)
        .hash_password_into(passphrase.as_bytes(), &bytes(&slot["salt"]), &mut stretched)
        .expect("derived");
    let (user, kind) = (text(&slot["user"]), text(&slot["kind"]));
    let info = joined(&[
        b"slot1",
        store_id.as_bytes(),
        user.as_bytes(),
        kind.as_bytes(),
    ]);
    let both: [u8; 64] = expanded(&stretched, &info);
    let suite = u8::try_from(number(&slot["suite"])).expect("a suite");
    let aad = joined(&[
        b"HVSLOT1",
        store_id.as_bytes(),
        user.as_bytes(),
        kind.as_bytes(),
        &[suite],
        &bytes(&slot["public_key"]),
    ]);
    let kek: [u8; 32] = both[..32].try_into().expect("half");
    let nonce: [u8; 12] = bytes(&slot["nonce"]).try_into().expect("twelve bytes");
    let payload = Payload {
        msg: &bytes(&slot["sealed"]),
        aad: &aad,
    };
    Aes256Gcm::new(&kek.into())
        .decrypt(&Nonce::from(nonce), payload)
        .expect("one's own slot opens")
        .try_into()
        .expect("a key")
}

fn granted(store_id: &str, grant: &Value, recipient: &str, private: &[u8; 32]) -> Option<[u8; 32]> {
    let info = joined(&[
        b"HVGRANT1",
        store_id.as_bytes(),
        recipient.as_bytes(),
        text(&grant["kind"]).as_bytes(),
    ]);
    let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(private).expect("a key");
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&bytes(&grant["enc"])).ok()?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &enc,
        &info,
        &bytes(&grant["ct"]),
        &[],
    )
    .ok()?
    .try_into()
    .ok()
}

/// A sealed body and all that its place is made of.
struct Sealed {
    class: usize,
    part: String,
    resource_type: String,
    id: String,
    version: i64,
    deleted: bool,
    body: Vec<u8>,
    /// Of a body without the ids that its row tells: the number and id of its patient, and where the
    /// ciphertext begins.
    left_out: Option<(u64, String, usize)>,
}

/// Reads what stands behind the nonce of suite 2.
fn left_out(connection: &Connection, body: &[u8]) -> Option<(u64, String, usize)> {
    if body[0] != 2 {
        return None;
    }
    let mut number = 0;
    let mut at = 17;
    loop {
        let byte = body[at];
        number |= u64::from(byte & 0x7f) << (7 * (at - 17));
        at += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let id = match number {
        0 => String::new(),
        _ => connection
            .query_row(
                "SELECT id FROM left_out WHERE no = ?1",
                [number.cast_signed()],
                |row| row.get(0),
            )
            .expect("a number stands for an id"),
    };
    Some((number, id, at))
}

fn sealed_bodies(connection: &Connection) -> Vec<Sealed> {
    let of_row = "JOIN resource r ON r.row_id = b.row_id JOIN word w ON w.no = r.type_no";
    let queries = [
        "SELECT b.class, 'row' AS part, w.text AS type, b.id AS id, b.version, b.deleted_at IS NOT NULL AS deleted, b.body FROM resource b JOIN word w ON w.no = b.type_no".to_owned(),
        format!("SELECT b.class, 'row' AS part, w.text AS type, r.id AS id, b.version, b.deleted, b.body FROM history b {of_row}"),
        format!("SELECT b.class, 'base' AS part, w.text AS type, r.id AS id, b.version, b.deleted, b.body FROM base b {of_row}"),
        format!("SELECT b.class, 'flight' AS part, w.text AS type, r.id AS id, b.row_version AS version, b.deleted, b.body FROM in_flight b {of_row}"),
        format!("SELECT b.class, 'conflict:' || b.conflict_id || ':' || p.part AS part, w.text AS type, r.id AS id, 0 AS version, p.deleted, p.body FROM conflict b JOIN conflict_part p ON p.conflict_id = b.conflict_id {of_row}"),
        "SELECT b.class, 'discarded:' || b.audit_seq || ':' || p.part AS part, w.text AS type, b.id AS id, b.version, b.deleted, p.body FROM discarded b JOIN discarded_part p ON p.audit_seq = b.audit_seq JOIN word w ON w.no = b.type_no".to_owned(),
    ];
    let mut found = Vec::new();
    for query in queries {
        let mut statement = connection.prepare(&query).expect("the tables are known");
        let rows = statement
            .query_map([], |row| {
                Ok(Sealed {
                    class: usize::try_from(row.get::<_, i64>("class")?).expect("a class"),
                    part: row.get("part")?,
                    resource_type: row.get("type")?,
                    // The clinic's ids are texts.
                    id: row.get("id")?,
                    version: row.get("version")?,
                    deleted: row.get("deleted")?,
                    left_out: left_out(connection, &row.get::<_, Vec<u8>>("body")?),
                    body: row.get("body")?,
                })
            })
            .expect("read");
        found.extend(rows.map(|row| row.expect("a row")));
    }
    found
}

/// Every value of every table and index, as bytes, with the column it stands in.
pub fn every_value(connection: &Connection) -> Vec<(String, Vec<u8>)> {
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("the schema")
        .query_map([], |row| row.get(0))
        .expect("the schema")
        .map(|name| name.expect("a name"))
        .collect();
    let mut values = Vec::new();
    for name in names {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM \"{name}\""))
            .expect("a table");
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).expect("read");
        while let Some(row) = rows.next().expect("read") {
            for (at, column) in columns.iter().enumerate() {
                let bytes = match row.get(at).expect("a value") {
                    Sql::Null => continue,
                    Sql::Integer(number) => number.to_string().into_bytes(),
                    Sql::Real(number) => number.to_string().into_bytes(),
                    Sql::Text(text) => text.into_bytes(),
                    Sql::Blob(blob) => blob,
                };
                values.push((format!("{name}.{column}"), bytes));
            }
        }
    }
    values
}
