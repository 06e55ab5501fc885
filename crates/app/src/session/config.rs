//! How records travel and stay: looking at the configuration, trying another, applying it.

use std::path::Path;

use haven_model::strategy::{ConfigChange, ConfigProblem, Strategies, changes_between};
use haven_store::OutboxState;
use haven_sync::network::Metered;
use serde::Serialize;
use serde_json::Value;

use super::Session;
use crate::error::{AppError, Code, Result};

/// The largest configuration that is read, in bytes.
const MAX_CONFIG_BYTES: u64 = 1024 * 1024;

/// The configuration in force.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigAnswer {
    /// Whether it is Haven's usual, nothing having been applied here.
    pub usual: bool,
    /// It, in the shape that `apply` takes.
    #[serde(flatten)]
    pub config: Value,
    /// Whether the network is metered.
    pub metered: Metered,
    /// What follows from that, for people; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metered_words: Option<&'static str>,
}

/// What a configuration is, or what is wrong with it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigCheckAnswer {
    /// Whether it can be applied.
    pub valid: bool,
    /// Everything wrong with it, each with its place.
    pub problems: Vec<ConfigProblem>,
}

/// What a configuration would change, or has changed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigChangesAnswer {
    /// Whether it was applied.
    pub applied: bool,
    /// Every setting that becomes another.
    pub changes: Vec<ConfigChange>,
    /// What that means for what is on this device now.
    pub effects: Vec<String>,
}

impl Session {
    /// The configuration in force.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn config(&self) -> Result<ConfigAnswer> {
        let strategies = self.store().strategies()?;
        let metered = self.platform().metered();
        Ok(ConfigAnswer {
            usual: self.store().setting(haven_store::STRATEGIES)?.is_none(),
            config: strategies.to_value(),
            metered,
            metered_words: metered_words(&strategies, metered),
        })
    }

    /// Everything wrong with a configuration file.
    ///
    /// # Errors
    /// `io` when the file cannot be read.
    pub fn check_config(&self, file: &Path) -> Result<ConfigCheckAnswer> {
        let problems = Strategies::read(&read_config(file)?)
            .err()
            .unwrap_or_default();
        Ok(ConfigCheckAnswer {
            valid: problems.is_empty(),
            problems,
        })
    }

    /// What a configuration file would change, nothing being changed.
    ///
    /// # Errors
    /// `invalid` when it is none; `io` when it cannot be read.
    pub fn preview_config(&self, file: &Path) -> Result<ConfigChangesAnswer> {
        self.changes_of(&strategies_in(file)?)
    }

    /// Applies a configuration file.
    ///
    /// # Errors
    /// As [`Session::preview_config`]; `not_permitted` for anyone but an admin.
    pub fn apply_config(&self, file: &Path) -> Result<ConfigChangesAnswer> {
        let strategies = strategies_in(file)?;
        let changes = self.changes_of(&strategies)?;
        self.store()
            .set_strategies(&strategies, self.platform().now())?;
        Ok(ConfigChangesAnswer {
            applied: true,
            ..changes
        })
    }

    fn changes_of(&self, after: &Strategies) -> Result<ConfigChangesAnswer> {
        let before = self.store().strategies()?;
        Ok(ConfigChangesAnswer {
            applied: false,
            changes: changes_between(&before, after),
            effects: self.effects_of(&before, after)?,
        })
    }

    /// What the change means for what waits here and for the room there is.
    fn effects_of(&self, before: &Strategies, after: &Strategies) -> Result<Vec<String>> {
        let mut effects = Vec::new();
        let held_back = self
            .store()
            .outbox()?
            .into_iter()
            .filter(|entry| matches!(entry.state, OutboxState::Pending | OutboxState::Syncing))
            .filter(|entry| {
                let name = &entry.key.resource_type;
                before.of(name).direction.pushes() && !after.of(name).direction.pushes()
            })
            .count();
        if held_back > 0 {
            effects.push(format!(
                "{held_back} changes that wait now would not be sent any more; they stay on this device."
            ));
        }
        if let Some(bytes) = after.max_bytes {
            let storage = self.store().storage()?;
            if storage.used_bytes >= bytes {
                effects.push(
                    "The store is larger than that already: nothing more would be taken in, edits are saved all the same."
                        .to_owned(),
                );
            }
        }
        let comes_back = haven_model::definitions::r4()
            .resource_types()
            .filter(|name| !before.of(name).direction.pulls() && after.of(name).direction.pulls())
            .count();
        if comes_back > 0 {
            effects.push(
                "The next sync reads everything again, for the types that were not taken in until now."
                    .to_owned(),
            );
        }
        Ok(effects)
    }
}

fn metered_words(strategies: &Strategies, metered: Metered) -> Option<&'static str> {
    if !strategies.wifi_only {
        return None;
    }
    Some(match metered {
        Metered::Yes => {
            "This network is metered: Haven syncs only when someone asks for it, until there is another one."
        }
        Metered::No => "This network is not metered.",
        Metered::Unknown => {
            "Whether this network is metered cannot be told here, so Haven syncs as on one that is not."
        }
    })
}

fn strategies_in(file: &Path) -> Result<Strategies> {
    Strategies::read(&read_config(file)?).map_err(|problems| {
        let places: Vec<String> = problems
            .iter()
            .map(|problem| {
                let path = if problem.path.is_empty() {
                    "the file"
                } else {
                    problem.path.as_str()
                };
                format!("{path} {}", problem.message)
            })
            .collect();
        AppError::invalid(format!("{}. Nothing was changed.", places.join("; ")))
    })
}

fn read_config(file: &Path) -> Result<String> {
    let unreadable = |kind: String| {
        AppError::new(
            Code::Io,
            format!("The configuration cannot be read ({kind}). Nothing was changed."),
        )
    };
    let size = std::fs::metadata(file)
        .map_err(|error| unreadable(error.kind().to_string()))?
        .len();
    if size > MAX_CONFIG_BYTES {
        return Err(unreadable("it is too large".to_owned()));
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(error.kind().to_string()))
}
