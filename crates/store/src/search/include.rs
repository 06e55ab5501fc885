//! `_include` and `_revinclude`: what a page's matches refer to, and what refers to them.

use std::collections::{BTreeSet, HashSet};

use haven_model::ResourceKey;
use haven_model::search::{Criterion, Include, Query, Test, referred};

use crate::error::{Result, StoreError};
use crate::reader::Reader;
use crate::stored::Stored;
use crate::table::resource;

/// What `:iterate` brings in at most, beside a page: a circle of references ends by itself, a whole
/// clinic that hangs together does not.
const MOST_ITERATED: usize = 10_000;

impl Reader<'_> {
    /// What is wanted beside the matches of a page, each once; only what is here and readable.
    pub(super) fn included(&self, query: &Query, matches: &[Stored]) -> Result<Vec<Stored>> {
        let mut seen: HashSet<ResourceKey> =
            matches.iter().map(|stored| stored.key.clone()).collect();
        let mut included = Vec::new();
        let forward = query.includes.iter();
        let reverse = query.reverse_includes.iter();
        for include in forward.clone() {
            included.extend(self.referred_from(include, matches, &mut seen)?);
        }
        for include in reverse.clone() {
            included.extend(self.referring_to(include, matches, &mut seen)?);
        }
        // From what was included too, until nothing new comes.
        let mut from = 0;
        while from < included.len() {
            let reached = included.len();
            let mut next = Vec::new();
            let lately = included.get(from..).unwrap_or_default();
            for include in forward.clone().filter(|include| include.iterates) {
                next.extend(self.referred_from(include, lately, &mut seen)?);
            }
            for include in reverse.clone().filter(|include| include.iterates) {
                next.extend(self.referring_to(include, lately, &mut seen)?);
            }
            included.extend(next);
            if included.len() > MOST_ITERATED && included.len() > reached {
                return Err(StoreError::Invalid {
                    what: format!(
                        "More than {MOST_ITERATED} resources hang together by these includes. Ask for fewer matches, or without :iterate."
                    ),
                });
            }
            from = reached;
        }
        Ok(included)
    }

    /// What these refer to.
    fn referred_from(
        &self,
        include: &Include,
        from: &[Stored],
        seen: &mut HashSet<ResourceKey>,
    ) -> Result<Vec<Stored>> {
        let referring = include.parameter.resource_type();
        let mut keys = BTreeSet::new();
        for stored in from
            .iter()
            .filter(|stored| stored.key.resource_type == referring)
        {
            let Some(body) = stored.resource.as_ref() else {
                continue;
            };
            let body = body.value();
            let items = include.parameter.items(&body);
            keys.extend(items.iter().filter_map(|item| referred(item.value)));
        }
        let mut found = Vec::new();
        for key in keys {
            let wanted = include
                .target
                .as_ref()
                .is_none_or(|target| *target == key.resource_type);
            if wanted && !seen.contains(&key) {
                let row = resource::by_key(self.link, &key)?;
                let stored = row.map(|row| self.stored_row(row.row_id)).transpose()?;
                found.extend(stored.flatten());
                seen.insert(key);
            }
        }
        Ok(found)
    }

    /// What refers to these.
    fn referring_to(
        &self,
        include: &Include,
        to: &[Stored],
        seen: &mut HashSet<ResourceKey>,
    ) -> Result<Vec<Stored>> {
        let keys: BTreeSet<ResourceKey> = to
            .iter()
            .map(|stored| stored.key.clone())
            .filter(|key| {
                include.parameter.may_refer_to(&key.resource_type)
                    && include
                        .target
                        .as_ref()
                        .is_none_or(|target| *target == key.resource_type)
            })
            .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let criterion = Criterion {
            parameter: include.parameter.clone(),
            test: Test::Among(keys),
        };
        let resource_type = include.parameter.resource_type();
        let mut found = Vec::new();
        for row_id in self.matching_rows(resource_type, vec![criterion])? {
            found.extend(
                self.stored_row(row_id)?
                    .filter(|stored| seen.insert(stored.key.clone())),
            );
        }
        Ok(found)
    }
}
