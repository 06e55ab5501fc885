//! Dictionaries trained on the store's own rows, and older rows packed anew.

use std::collections::BTreeMap;

use haven_model::{Resource, SensitivityClass, Timestamp};
use sha2::{Digest, Sha256};

use super::Store;
use crate::dictionary::{Dictionary, train};
use crate::error::Result;
use crate::facts::Facts;
use crate::op::{Op, OpKind};
use crate::seal::{Codec, leave_out};
use crate::table::{dictionary, resource, setting};

/// A class with fewer rows keeps the starter.
const MIN_ROWS: u64 = 2_000;

/// A class is learnt again when it has grown by this factor: what came later may look different.
const GROWTH: u64 = 8;

/// How many rows there were when dictionaries were last thought about.
const LOOKED_AT: &str = "dictionary.looked_at";

/// Rows looked at: by how frequent their type is, and some of each, so that no rare one is drowned.
const SAMPLED_IN_ALL: u64 = 2_400;
const SAMPLED_PER_TYPE: u64 = 100;

/// A larger body teaches little for what it costs.
const MAX_SAMPLE_BYTES: usize = 16 * 1024;

/// A row is packed anew only for this gain: its audit entry takes about as much.
const WORTHWHILE_BYTES: usize = 128;

/// What a session looks at for packing anew in one step, at most.
const LOOKED_AT_PER_STEP: u32 = 2_000;

/// Bodies of one class, and of how many rows they are a sample.
#[derive(Default)]
struct Samples {
    bodies: Vec<Vec<u8>>,
    rows: u64,
}

impl Samples {
    /// Adds a body as it is packed: without the ids that its row tells.
    fn add(&mut self, body: Vec<u8>, id: &str, patient: Option<&str>) {
        if body.len() > MAX_SAMPLE_BYTES {
            return;
        }
        let short = leave_out(&body, id, patient);
        self.bodies.push(short.map_or(body, |short| short.body));
    }
}

impl Store {
    /// Trains a dictionary for each class that rows like `sample` will soon fill, of which `coming`
    /// are on their way; for whoever brings in much at a time, before the rest is written. Classes
    /// that have one already, and those with too few samples, are left as they are.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn learn_ahead(&self, sample: &[Resource], coming: u64, now: Timestamp) -> Result<u32> {
        let mut classes: BTreeMap<SensitivityClass, Samples> = BTreeMap::new();
        for resource in sample {
            let facts = Facts::of(resource)?;
            let samples = classes.entry(facts.class).or_default();
            samples.rows += 1;
            samples.add(
                resource.bytes().to_vec(),
                &resource.key().id,
                facts.patient.as_deref(),
            );
        }
        let seen = u64::try_from(sample.len()).unwrap_or(u64::MAX).max(1);
        for samples in classes.values_mut() {
            samples.rows = samples.rows.saturating_mul(coming) / seen;
        }
        let known = self.read(|reader| dictionary::all(reader.link))?;
        classes.retain(|class, samples| {
            samples.rows >= MIN_ROWS && !known.iter().any(|kept| kept.class == *class)
        });
        self.keep_trained(classes, now)
    }

    /// Trains a dictionary for each readable class that holds enough rows and has none, or has grown
    /// much since; answers how many were trained. Costs a look at the counts when nothing is due.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub fn learn(&self, now: Timestamp) -> Result<u32> {
        let due = self.read(|reader| -> Result<_> {
            let counts = reader.counts()?;
            let total: u64 = counts.by_type.iter().map(|(_, n)| n).sum();
            let looked_at = setting::plain(&reader.link.connection, LOOKED_AT)?
                .and_then(|rows| rows.parse::<u64>().ok())
                .unwrap_or(0);
            if total < looked_at.saturating_mul(2).max(MIN_ROWS) {
                return Ok(None);
            }
            let known = dictionary::all(reader.link)?;
            let mut classes: BTreeMap<SensitivityClass, Samples> = BTreeMap::new();
            for (name, n) in &counts.by_type {
                let wanted = SAMPLED_PER_TYPE + SAMPLED_IN_ALL * n / total.max(1);
                sample_type(reader, name, wanted, &mut classes)?;
            }
            classes.retain(|class, samples| {
                let last = known
                    .iter()
                    .filter(|kept| kept.class == *class)
                    .map(|kept| kept.rows.saturating_mul(GROWTH))
                    .max();
                samples.rows >= MIN_ROWS && last.is_none_or(|due| samples.rows >= due)
            });
            Ok(Some((classes, total)))
        })?;
        let Some((classes, total)) = due else {
            return Ok(0);
        };
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        self.transact(op, |tx| tx.set_setting(LOOKED_AT, Some(&total.to_string())))?;
        self.keep_trained(classes, now)
    }

    fn keep_trained(
        &self,
        classes: BTreeMap<SensitivityClass, Samples>,
        now: Timestamp,
    ) -> Result<u32> {
        let mut kept = 0;
        for (class, samples) in classes {
            let Some(content) = train(&samples.bodies) else {
                continue;
            };
            let op = Op::new(OpKind::Configure, &self.session().user, now);
            let (no, _) = self.transact(op, |tx| -> Result<_> {
                let no = dictionary::insert(tx.link, tx.vault, class, &content, samples.rows, now)?;
                if no.is_some() {
                    tx.note("dictionary-trained", None, None, None)?;
                }
                Ok(no)
            })?;
            // Only now is it sure to be there for whoever opens what it packs.
            if let Some(no) = no {
                let trained = Dictionary::trained(no, class, &content);
                self.inner.vault.dictionaries.add(trained);
                kept += 1;
            }
        }
        Ok(kept)
    }

    /// Packs older rows anew with the newest dictionary of their class where that saves enough, in
    /// one short transaction; answers how many rows were looked at, 0 when none is left.
    ///
    /// # Errors
    /// When the store cannot be read or written; `integrity` when a body does not open.
    pub fn repack(&self, now: Timestamp) -> Result<u32> {
        let all = self.read(|reader| dictionary::all(reader.link))?;
        let newest: BTreeMap<SensitivityClass, &dictionary::Kept> = all
            .iter()
            .filter(|kept| self.inner.vault.reads(kept.class))
            .map(|kept| (kept.class, kept))
            .collect();
        let Some(target) = newest.values().min_by_key(|kept| kept.packed_to) else {
            return Ok(0);
        };
        let op = Op::new(OpKind::Configure, &self.session().user, now);
        let (looked_at, _) = self.transact(op, |tx| -> Result<u32> {
            let (link, vault) = (tx.link, tx.vault);
            let rows = dictionary::rows_behind(link, target.packed_to, LOOKED_AT_PER_STEP)?;
            let Some((last, _)) = rows.last() else {
                return Ok(0);
            };
            dictionary::set_packed_to(link, target.no, *last)?;
            for (row_id, class) in &rows {
                if *class != target.class {
                    continue;
                }
                let Some(row) = resource::by_row_id(link, *row_id)? else {
                    continue;
                };
                if Codec::dictionary_of(&row.body) == Some(target.no) {
                    continue;
                }
                let bytes = link.open_row(vault, &row.place(), &row.body)?;
                let body = link.seal_row(vault, &row.place(), row.patient.as_deref(), &bytes)?;
                if body.len() + WORTHWHILE_BYTES > row.body.len() {
                    continue;
                }
                dictionary::put_body(link, *row_id, &body)?;
                let digest = Sha256::digest(&body).into();
                tx.note("repack", Some(&row.key), Some(row.version), Some(digest))?;
            }
            Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
        })?;
        Ok(looked_at)
    }
}

/// Adds an even spread of a type's rows to the samples of their classes.
fn sample_type(
    reader: &crate::reader::Reader<'_>,
    resource_type: &str,
    wanted: u64,
    classes: &mut BTreeMap<SensitivityClass, Samples>,
) -> Result<()> {
    let row_ids = reader.rows_of_type(resource_type)?;
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let stride = row_ids.len().div_ceil(wanted).max(1);
    let stands_for = u64::try_from(stride).unwrap_or(1);
    for row_id in row_ids.into_iter().step_by(stride) {
        let Some(row) = resource::by_row_id(reader.link, row_id)? else {
            continue;
        };
        let bytes = reader
            .link
            .open_row(reader.vault, &row.place(), &row.body)?;
        let samples = classes.entry(row.class).or_default();
        samples.rows += stands_for;
        samples.add(bytes, &row.key.id, row.patient.as_deref());
    }
    Ok(())
}
