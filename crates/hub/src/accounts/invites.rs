//! One-time codes with which a person joins.

use haven_model::{Role, Timestamp};
use rusqlite::{OptionalExtension, Transaction, named_params};

use super::{secret_hash, users};
use crate::error::{HubError, Result};

/// How long a code may be used: seven days.
pub const CODE_LIFETIME_MS: i64 = 7 * 24 * 3600 * 1000;

/// Crockford's base 32: no letter that is read as another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes a code for a user, who is added if need be; prints as `XXXX-XXXX-XXXX-XXXX` (80 bits).
///
/// # Errors
/// When the name is not acceptable, or the database or the randomness fails.
pub fn invite(
    tx: &Transaction<'_>,
    user: &str,
    role: Role,
    display_name: Option<&str>,
    now: Timestamp,
) -> Result<String> {
    users::add(tx, user, display_name, role, None, now)?;
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random)?;
    let letters: String = random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect();
    tx.execute(
        include_str!("../sql/invite_add.sql"),
        named_params! {
            ":code_hash": secret_hash(&letters), ":user_name": user,
            ":now": now.as_millis(), ":expires_at": now.plus_ms(CODE_LIFETIME_MS).as_millis(),
        },
    )?;
    let groups: Vec<&str> = (0..letters.len())
        .step_by(4)
        .filter_map(|at| letters.get(at..at + 4))
        .collect();
    Ok(groups.join("-"))
}

/// A code as it was typed, in the one form that is hashed.
fn normal(code: &str) -> String {
    code.chars()
        .filter(|letter| letter.is_ascii_alphanumeric())
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

pub(super) struct Invite {
    pub(super) code_hash: Vec<u8>,
    pub(super) user: String,
    pub(super) used_by: Option<String>,
    used: bool,
    expires_at: Timestamp,
}

impl Invite {
    /// Whether this device may use the code now: unused and in time, or used by this very device,
    /// whose answer may have been lost.
    pub(super) fn open_to(&self, device_id: &str, now: Timestamp) -> bool {
        now < self.expires_at && (!self.used || self.used_by.as_deref() == Some(device_id))
    }
}

pub(super) fn find(tx: &Transaction<'_>, code: &str) -> Result<Option<Invite>> {
    let found = tx
        .prepare_cached(include_str!("../sql/invite_find.sql"))?
        .query_row(
            named_params! {":code_hash": secret_hash(&normal(code))},
            |row| {
                Ok(Invite {
                    code_hash: row.get("code_hash")?,
                    user: row.get("user_name")?,
                    used_by: row.get("used_by")?,
                    used: row.get::<_, Option<i64>>("used_at")?.is_some(),
                    expires_at: Timestamp(row.get("expires_at")?),
                })
            },
        )
        .optional()?;
    Ok(found)
}

pub(super) fn consume(
    tx: &Transaction<'_>,
    invite: &Invite,
    device_id: &str,
    now: Timestamp,
) -> Result<()> {
    let changed = tx.execute(
        include_str!("../sql/invite_consume.sql"),
        named_params! {
            ":code_hash": invite.code_hash, ":used_by": device_id, ":now": now.as_millis(),
        },
    )?;
    if changed == 1 || invite.used_by.as_deref() == Some(device_id) {
        Ok(())
    } else {
        Err(HubError::Precondition("the code has been used".to_owned()))
    }
}
