//! Taking over the id that a server chose, and naming what refers to it anew.

use std::collections::HashMap;
use std::convert::Infallible;

use haven_model::search::type_and_id;
use haven_model::{Resource, ResourceKey, references, splice_id};
use rusqlite::named_params;

use super::Tx;
use super::write::{Held, Next};
use crate::error::{Result, StoreError};
use crate::facts::Facts;
use crate::seal::Place;
use crate::table::code::{IdIn, class_of};
use crate::table::{adopted_id, compartment, resource};

/// The act that the audit log notes for an id given up; the row goes on under another.
pub(crate) const ADOPTED: &str = "adopt-id";

/// A table that holds bodies sealed for a row's key beside the row itself.
struct Beside {
    get: &'static str,
    put: &'static str,
    part: &'static str,
}

const BESIDE: [Beside; 4] = [
    Beside {
        get: include_str!("adopt/bases.sql"),
        put: include_str!("../reseal/put_base.sql"),
        part: "base",
    },
    Beside {
        get: include_str!("adopt/flights.sql"),
        put: include_str!("../reseal/put_flight.sql"),
        part: "flight",
    },
    Beside {
        get: include_str!("adopt/history.sql"),
        put: include_str!("../reseal/put_history.sql"),
        part: "row",
    },
    Beside {
        get: include_str!("adopt/parts.sql"),
        put: include_str!("../reseal/put_part.sql"),
        part: "conflict",
    },
];

impl Tx<'_> {
    /// Gives a resource made here the id that its server chose, in all that is kept of it. Its former
    /// key leads to it from then on. A clean copy that came under the new id meanwhile is given up.
    ///
    /// # Errors
    /// `not_found` when the resource is not here; `conflict` when the copy under the new id has
    /// something of its own that must stay.
    pub fn adopt_id(&mut self, key: &ResourceKey, id: &str) -> Result<ResourceKey> {
        let link = self.reader.link;
        let new = ResourceKey::new(key.resource_type.clone(), id)?;
        if new == *key {
            return Ok(new);
        }
        if resource::by_key(link, &new)?.is_some() && !self.drop_copy(&new)? {
            return Err(StoreError::precondition(
                "The server keeps this record under an id that stands for another one here.",
            ));
        }
        let held = self
            .held(key)?
            .ok_or_else(|| StoreError::not_found(&key.resource_type))?;
        let row_id = held.row.row_id;
        for beside in &BESIDE {
            self.move_bodies(beside, row_id, key, &new)?;
        }
        link.connection
            .prepare_cached(include_str!("adopt/set_id.sql"))?
            .execute(named_params! {":row_id": row_id, ":id": IdIn(&new.id)})?;
        if key.resource_type == "Patient" {
            self.move_chart(&key.id, &new.id)?;
        }
        let renamed = held
            .resource
            .as_ref()
            .map(|held| Resource::parse(&splice_id::with_id(held.bytes(), &new.id)))
            .transpose()?;
        self.note(ADOPTED, Some(key), Some(held.row.version), None)?;
        let held = Held {
            row: resource::by_row_id(link, row_id)?
                .ok_or_else(|| StoreError::not_found(&key.resource_type))?,
            resource: held.resource,
        };
        self.write_again(&new, &held, renamed.as_ref(), "adopt-id")?;
        adopted_id::put(link, key, row_id)?;
        Ok(new)
    }

    /// Names anew, in everything here that a server has not confirmed, what has become known by
    /// another id; answers how many resources were touched.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn rewrite_references(
        &mut self,
        renamed: &HashMap<ResourceKey, ResourceKey>,
    ) -> Result<u64> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let mut statement = link
            .connection
            .prepare_cached(include_str!("adopt/unsynced.sql"))?;
        let rows = statement
            .query_map(named_params! {":readable": vault.readable_bits()}, |row| {
                row.get("row_id")
            })?
            .collect::<rusqlite::Result<Vec<i64>>>()?;
        let mut touched = 0;
        for row_id in rows {
            let Some(row) = resource::by_row_id(link, row_id)? else {
                continue;
            };
            let Some(held) = row.open(link, vault)? else {
                continue;
            };
            let bytes = with_references(held.bytes(), renamed);
            if bytes == held.bytes() {
                continue;
            }
            let rewritten = Resource::from_trusted_bytes(row.key.clone(), bytes);
            let key = row.key.clone();
            let held = Held {
                row,
                resource: Some(held),
            };
            self.write_again(&key, &held, Some(&rewritten), "rewrite-references")?;
            touched += 1;
        }
        Ok(touched)
    }

    /// The same version in other words.
    fn write_again(
        &mut self,
        key: &ResourceKey,
        held: &Held,
        resource: Option<&Resource>,
        action: &'static str,
    ) -> Result<()> {
        let link = self.reader.link;
        let word = |number| link.words.text(&link.connection, number);
        let clock = held.row.vector_clock(link)?;
        let device = word(held.row.device_no)?;
        let author = held.row.author_no.map(word).transpose()?;
        let facts = resource.map(Facts::of).transpose()?;
        self.write(
            key,
            Some(held),
            Next {
                resource,
                facts: facts.as_ref(),
                version: held.row.version,
                server_version: held.row.server_version.clone(),
                clock: &clock,
                ticks: held.row.ticks,
                last_modified: held.row.last_modified,
                device: &device,
                author: author.as_deref(),
                status: held.row.status,
                keeps_history: false,
                action,
            },
        )
        .map(|_| ())
    }

    /// Seals what is kept beside a row for its new key.
    fn move_bodies(
        &mut self,
        beside: &Beside,
        row_id: i64,
        old: &ResourceKey,
        new: &ResourceKey,
    ) -> Result<()> {
        let (link, vault) = (self.reader.link, self.reader.vault);
        let mut moved = Vec::new();
        let mut statement = link.connection.prepare_cached(beside.get)?;
        let mut rows = statement.query(named_params! {":row_id": row_id})?;
        while let Some(row) = rows.next()? {
            let (number, name): (i64, String) = (row.get("number")?, row.get("name")?);
            let part = if name.is_empty() {
                beside.part.to_owned()
            } else {
                format!("{}:{name}", beside.part)
            };
            let place = |key| -> Result<Place<'_>> {
                Ok(Place {
                    part: &part,
                    class: class_of(row.get("class")?)?,
                    key,
                    version: row.get("version")?,
                    deleted: row.get("deleted")?,
                })
            };
            let body: Vec<u8> = row.get("body")?;
            let bytes = link.open_row(vault, &place(old)?, &body)?;
            let is_resource = ["", "base", "local", "remote"]
                .contains(&name.rsplit(':').next().unwrap_or_default());
            let bytes = if is_resource {
                splice_id::with_id(&bytes, &new.id)
            } else {
                bytes
            };
            moved.push((number, name, link.codec.seal(vault, &place(new)?, &bytes)?));
        }
        let mut statement = link.connection.prepare_cached(beside.put)?;
        for (number, name, body) in &moved {
            statement.execute(named_params! {":number": number, ":name": name, ":body": body})?;
        }
        Ok(())
    }

    /// A patient's chart goes with the patient.
    fn move_chart(&mut self, old: &str, new: &str) -> Result<()> {
        let link = self.reader.link;
        let run = |sql: &str, parameters: &[(&str, &dyn rusqlite::ToSql)]| -> Result<()> {
            link.connection.prepare_cached(sql)?.execute(parameters)?;
            Ok(())
        };
        run(
            include_str!("adopt/move_pin.sql"),
            &[(":old", &IdIn(old)), (":new", &IdIn(new))],
        )?;
        let Some(from) = compartment::find(&link.connection, old)? else {
            return Ok(());
        };
        match compartment::find(&link.connection, new)? {
            None => run(
                include_str!("adopt/rename_chart.sql"),
                &[(":no", &from), (":new", &IdIn(new))],
            )?,
            Some(to) => {
                let both: &[(&str, &dyn rusqlite::ToSql)] = &[(":from", &from), (":to", &to)];
                run(include_str!("adopt/move_chart.sql"), both)?;
                run(include_str!("adopt/move_entry.sql"), both)?;
                run(include_str!("adopt/drop_chart.sql"), &[(":from", &from)])?;
            }
        }
        link.compartments.forget();
        Ok(())
    }
}

/// The same bytes with every reference to a renamed resource naming it anew.
fn with_references(bytes: &[u8], renamed: &HashMap<ResourceKey, ResourceKey>) -> Vec<u8> {
    let rewritten = references::rewrite(bytes, |text| {
        let new = type_and_id(text)
            .and_then(|(resource_type, id)| ResourceKey::new(resource_type, id).ok())
            .and_then(|key| renamed.get(&key))
            .map(ToString::to_string);
        Ok::<_, Infallible>(new)
    });
    match rewritten {
        Ok(bytes) => bytes,
    }
}
