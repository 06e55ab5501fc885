//! `_has`: matches that something else refers to.

use std::collections::HashSet;

use haven_model::search::{Query, ReferredBy, referred};

use crate::error::Result;
use crate::reader::Reader;
use crate::table::resource;

impl Reader<'_> {
    /// The ids that everything asked of what refers to the matches leaves; `None` when nothing is.
    pub(super) fn referred_to(
        &self,
        resource_type: &str,
        query: &Query,
    ) -> Result<Option<HashSet<String>>> {
        let mut left: Option<HashSet<String>> = None;
        for asked in &query.referred_by {
            let ids = self.ids_referred_to(resource_type, asked)?;
            left = Some(match left {
                Some(left) => left.intersection(&ids).cloned().collect(),
                None => ids,
            });
        }
        Ok(left)
    }

    fn ids_referred_to(&self, resource_type: &str, asked: &ReferredBy) -> Result<HashSet<String>> {
        let mut ids = HashSet::new();
        let referring = asked.parameter.resource_type();
        for row_id in self.matching_rows(referring, vec![asked.criterion.clone()])? {
            let Some(row) = resource::by_row_id(self.link, row_id)? else {
                continue;
            };
            let Some(body) = self.stored(row)?.resource else {
                continue;
            };
            let body = body.value();
            for item in asked.parameter.items(&body) {
                ids.extend(
                    referred(item.value)
                        .filter(|key| key.resource_type == resource_type)
                        .map(|key| key.id),
                );
            }
        }
        Ok(ids)
    }
}
