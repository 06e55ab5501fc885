//! Comparing what stands in the table with what a body tells.

use std::collections::HashMap;

use haven_model::SensitivityClass;
use rusqlite::{OptionalExtension, named_params};

use super::class_code;
use crate::error::Result;
use crate::facts::Listing;
use crate::link::Link;

/// Whether a patient stands in the list as its body tells.
pub(crate) fn stands(
    link: &Link,
    row_id: i64,
    patient_no: Option<i64>,
    class: SensitivityClass,
    listing: &Listing,
) -> Result<bool> {
    let found = link
        .connection
        .prepare_cached(include_str!("get.sql"))?
        .query_row(named_params! {":row_id": row_id}, |row| {
            Ok((
                row.get::<_, Option<i64>>("patient_no")?,
                row.get::<_, i64>("class")?,
                row.get::<_, String>("sort_name")?,
                row.get::<_, Option<String>>("birth_date")?,
            ))
        })
        .optional()?;
    Ok(found
        == Some((
            patient_no,
            class_code(class),
            listing.sort_name.clone(),
            listing.birth_date.clone(),
        )))
}

/// How many entries stand of each row.
pub(crate) fn by_row(link: &Link) -> Result<HashMap<i64, u32>> {
    super::super::counted(link, include_str!("rows.sql"))
}
