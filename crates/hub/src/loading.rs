//! Bringing in many resources at once: the seeder's clinic and other systems' files.

mod files;

use haven_model::{Resource, VectorClock};
use serde::Serialize;
use serde_json::Value;

pub use files::import_file;

use crate::error::{HubError, Result};
use crate::hub::Hub;
use crate::records::{Accepting, Author, content_equal, current};

/// Rows committed together.
const ROWS_PER_COMMIT: usize = 2000;

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// New resources.
    pub created: u64,
    /// New versions of resources that were there with other content.
    pub updated: u64,
    /// There already.
    pub unchanged: u64,
    /// Not taken.
    pub rejected: u64,
}

impl std::ops::AddAssign for Loaded {
    fn add_assign(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
    }
}

/// What to do with a resource that is there with other content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Present {
    Keep,
    Replace,
}

/// Fills a hub with a sample clinic, as user `seed`; what is there already is left as it is.
///
/// # Errors
/// When the database fails or a row is no resource.
pub fn seed(hub: &Hub, clinic: impl Iterator<Item = Value>) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut rows = Vec::with_capacity(ROWS_PER_COMMIT);
    for value in clinic {
        let resource =
            Resource::from_value(&value).map_err(|_| HubError::Corrupt("a seeded resource"))?;
        rows.push((resource, value));
        if rows.len() == ROWS_PER_COMMIT {
            loaded += commit(hub, &rows, "seed", Present::Keep)?;
            rows.clear();
        }
    }
    loaded += commit(hub, &rows, "seed", Present::Keep)?;
    Ok(loaded)
}

fn commit(hub: &Hub, rows: &[(Resource, Value)], user: &str, present: Present) -> Result<Loaded> {
    if rows.is_empty() {
        return Ok(Loaded::default());
    }
    let author = Author {
        user: Some(user),
        ..Author::default()
    };
    hub.database().write(|tx| {
        let accepting = Accepting::begin(tx, hub.now())?;
        let mut loaded = Loaded::default();
        for (resource, value) in rows {
            let current = current(tx, resource.key())?;
            let kept = current.as_ref().is_some_and(|current| {
                present == Present::Keep || (!current.is_deleted() && content_equal(current, value))
            });
            if kept {
                loaded.unchanged += 1;
                continue;
            }
            accepting.put(
                current.as_ref(),
                resource,
                value,
                &VectorClock::new(),
                author,
            )?;
            match current {
                Some(_) => loaded.updated += 1,
                None => loaded.created += 1,
            }
        }
        Ok(loaded)
    })
}
