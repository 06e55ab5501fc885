//! The bodies of one chart, without what the store keeps beside them.

use haven_model::{Resource, ResourceKey};
use rusqlite::named_params;

use super::code::{IdIn, IdOut, class_of};
use crate::error::Result;
use crate::link::Link;
use crate::seal::{Place, Vault};

/// Every live readable body of a patient's chart.
pub(crate) fn all(link: &Link, vault: &Vault, patient: &str) -> Result<Vec<Resource>> {
    let mut statement = link
        .connection
        .prepare_cached(include_str!("chart_body/all.sql"))?;
    let column = |name| statement.column_index(name);
    let (type_no, id, class) = (column("type_no")?, column("id")?, column("class")?);
    let (version, body) = (column("version")?, column("body")?);
    let mut rows = statement.query(named_params! {
        ":patient": IdIn(patient), ":readable": vault.readable_bits_of(patient),
    })?;
    let mut bodies = Vec::new();
    while let Some(row) = rows.next()? {
        let key = ResourceKey {
            resource_type: link.words.text(&link.connection, row.get(type_no)?)?,
            id: row.get::<_, IdOut>(id)?.0,
        };
        let place = Place {
            part: "row",
            class: class_of(row.get(class)?)?,
            key: &key,
            version: row.get(version)?,
            deleted: false,
        };
        let sealed = row
            .get_ref(body)?
            .as_blob()
            .map_err(rusqlite::Error::from)?;
        let bytes = link.open_row(vault, &place, sealed)?;
        bodies.push(Resource::from_trusted_bytes(key, bytes));
    }
    Ok(bodies)
}
