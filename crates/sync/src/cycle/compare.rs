//! Comparing charts with the server, a few at a time, and fetching what differs.
//!
//! Invariant: nothing is written here that a pull would not have written; a chart in which something
//! waits is left for another time.

use std::collections::{BTreeSet, HashMap};

use haven_model::outline::{ChartDigest, DigestRequest, DigestResponse, VersionName};
use haven_model::wire::PullRequest;
use haven_store::{ChartVersions, OpKind, Reader, StoreError};

use super::Cycle;
use super::page::read;
use super::settle::settle;
use crate::error::SyncError;
use crate::plan::Occasion;
use crate::settings;

/// Charts are compared this often, in milliseconds of this computer's clock.
const COMPARED_EVERY_MS: i64 = 600_000;

/// Charts compared at a time: what a sync costs must not grow with the store.
const CHARTS_AT_A_TIME: u32 = 50;

/// Records fetched again at a time.
const RECORDS_AT_A_TIME: usize = 200;

impl Cycle<'_> {
    /// Compares the next few charts, when it is time. What goes wrong with that keeps nothing else
    /// back.
    pub(super) async fn compare_charts(&mut self) {
        if let Err(error) = self.compare_when_due().await {
            tracing::warn!(%error, "charts were not compared with the server; a later sync does");
        }
    }

    async fn compare_when_due(&mut self) -> Result<(), SyncError> {
        let all = self.options.compare_all;
        if self.realm.name.is_some() {
            // No plain server knows a digest of a chart.
            return Ok(());
        }
        if !(all || self.is_comparing_due()?) || !self.strategies.pulls_everything() {
            return Ok(());
        }
        if settings::first_sync(self.store)?.is_some_and(|first| !first.is_complete()) {
            return Ok(());
        }
        let mut after = self.number(settings::COMPARED_TO)?.unwrap_or(0);
        if all {
            after = 0;
        }
        loop {
            let (last, charts) = self.store.snapshot(|reader| next_charts(reader, after))?;
            let reached_the_end = last.is_none();
            after = last.unwrap_or(0);
            if !charts.is_empty() && !self.compare_these(charts).await? {
                return Ok(());
            }
            if reached_the_end || !all {
                break;
            }
        }
        let now = self.now().as_millis().to_string();
        self.store.transact(self.op(OpKind::Configure), |tx| {
            tx.set_setting(settings::COMPARED_TO, Some(&after.to_string()))?;
            tx.set_setting(settings::COMPARED_AT, Some(&now))
        })?;
        Ok(())
    }

    /// A clock that was set back must not put it off for years.
    fn is_comparing_due(&self) -> Result<bool, SyncError> {
        let now_ms = self.now().as_millis();
        Ok(self
            .number(settings::COMPARED_AT)?
            .is_none_or(|at| now_ms < at || now_ms.saturating_sub(at) >= COMPARED_EVERY_MS))
    }

    fn number(&self, name: &str) -> Result<Option<i64>, SyncError> {
        Ok(self.store.setting(name)?.and_then(|text| text.parse().ok()))
    }

    /// Answers `false` where the server has moved on since the last pull, or has no digests: what
    /// differs then is no more than what the next pull brings.
    async fn compare_these(&mut self, mut charts: Vec<ChartVersions>) -> Result<bool, SyncError> {
        let patients: Vec<String> = charts.iter().map(|chart| chart.patient.clone()).collect();
        let cursor = self.store.setting(&self.names.cursor)?;
        let Some(told) = self.ask_digests(patients, false).await? else {
            return Ok(false);
        };
        if cursor.as_deref() != Some(told.cursor.as_str()) {
            return Ok(false);
        }
        self.summary.compared = self
            .summary
            .compared
            .saturating_add(u64::try_from(charts.len()).unwrap_or(u64::MAX));
        charts.retain_mut(|chart| {
            told.charts
                .get(&chart.patient)
                .is_some_and(|there| there.digest != chart.digest())
        });
        if charts.is_empty() {
            return Ok(true);
        }
        let patients = charts.iter().map(|chart| chart.patient.clone()).collect();
        let Some(told) = self.ask_digests(patients, true).await? else {
            return Ok(false);
        };
        let differing: Vec<String> = charts
            .iter()
            .filter_map(|chart| Some((chart, told.charts.get(&chart.patient)?)))
            .flat_map(|(chart, there)| differences(&chart.versions, there))
            .collect();
        for records in differing.chunks(RECORDS_AT_A_TIME) {
            self.fetch_again(records).await?;
        }
        Ok(true)
    }

    async fn ask_digests(
        &self,
        patients: Vec<String>,
        detail: bool,
    ) -> Result<Option<DigestResponse>, SyncError> {
        let request = DigestRequest {
            device_id: self.store.session().device_id.clone(),
            patients,
            detail,
        };
        Ok(self.remote.digest(request).await?)
    }

    /// Fetches records by name and plans for each as for any version pulled.
    async fn fetch_again(&mut self, records: &[String]) -> Result<(), SyncError> {
        let request = PullRequest {
            device_id: self.store.session().device_id.clone(),
            records: records.to_vec(),
            ..PullRequest::default()
        };
        let page = read(self.remote.pull(request).await?);
        let (settled, _) = self.store.transact(self.op(OpKind::Pull), |tx| {
            page.versions
                .into_iter()
                .map(|version| {
                    let terms = self.terms(&version.key);
                    settle(tx, version, Occasion::Pulled, terms, &self.realm)
                })
                .collect::<Result<Vec<_>, StoreError>>()
        })?;
        let before = self.summary.pulled;
        for one in settled {
            self.note(one);
        }
        let repaired = self.summary.pulled.saturating_sub(before);
        self.summary.repaired = self.summary.repaired.saturating_add(repaired);
        if repaired > 0 {
            tracing::warn!(
                repaired,
                "records that differed from the server were fetched again"
            );
        }
        self.settle_deletions()
    }
}

/// The number of the last of the next charts, and those of them that can be compared now.
fn next_charts(
    reader: &Reader<'_>,
    after: i64,
) -> Result<(Option<i64>, Vec<ChartVersions>), StoreError> {
    let next = reader.charts_after(after, CHARTS_AT_A_TIME)?;
    let mut charts = Vec::new();
    for (_, patient) in &next {
        if let Some(chart) = reader.chart_versions(patient)?
            && !chart.unsettled
        {
            charts.push(chart);
        }
    }
    Ok((next.last().map(|(number, _)| *number), charts))
}

/// The records that are not of the same version on both sides.
fn differences(here: &[VersionName], there: &ChartDigest) -> BTreeSet<String> {
    let by_key = |names: &[VersionName]| -> HashMap<String, String> {
        names
            .iter()
            .map(|one| (one.key.clone(), one.version.clone()))
            .collect()
    };
    let (here, there) = (by_key(here), by_key(&there.versions));
    let keys = here.keys().chain(there.keys());
    keys.filter(|key| here.get(*key) != there.get(*key))
        .cloned()
        .collect()
}
