//! `_include` and `_revinclude`: what a page's matches refer to, and what refers to them.

use std::collections::{BTreeSet, HashSet};

use haven_model::ResourceKey;
use haven_model::search::{Criterion, Query, Test, referred};

use crate::error::Result;
use crate::reader::Reader;
use crate::stored::Stored;
use crate::table::resource;

impl Reader<'_> {
    /// What is wanted beside the matches of a page, each once; only what is here and readable.
    pub(super) fn included(&self, query: &Query, matches: &[Stored]) -> Result<Vec<Stored>> {
        let mut seen: HashSet<ResourceKey> =
            matches.iter().map(|stored| stored.key.clone()).collect();
        let mut included = Vec::new();
        for include in &query.includes {
            let mut keys = BTreeSet::new();
            for body in matches.iter().filter_map(|stored| stored.resource.as_ref()) {
                let body = body.value();
                let items = include.parameter.items(&body);
                keys.extend(items.iter().filter_map(|item| referred(item.value)));
            }
            for key in keys {
                let wanted = include
                    .target
                    .as_ref()
                    .is_none_or(|target| *target == key.resource_type);
                if wanted && !seen.contains(&key) {
                    let row = resource::by_key(self.link, &key)?;
                    let found = row.map(|row| self.stored_row(row.row_id)).transpose()?;
                    included.extend(found.flatten());
                    seen.insert(key);
                }
            }
        }
        for include in &query.reverse_includes {
            let keys: BTreeSet<ResourceKey> = matches
                .iter()
                .map(|stored| stored.key.clone())
                .filter(|key| {
                    include
                        .target
                        .as_ref()
                        .is_none_or(|target| *target == key.resource_type)
                })
                .collect();
            if keys.is_empty() {
                continue;
            }
            let criterion = Criterion {
                parameter: include.parameter.clone(),
                test: Test::Among(keys),
            };
            let resource_type = include.parameter.resource_type();
            for row_id in self.matching_rows(resource_type, vec![criterion])? {
                included.extend(
                    self.stored_row(row_id)?
                        .filter(|stored| seen.insert(stored.key.clone())),
                );
            }
        }
        Ok(included)
    }
}
