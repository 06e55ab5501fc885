//! The servers that a store exchanges with: its hub, and plain FHIR servers by name.

use std::sync::Arc;

use haven_model::{Action, SensitivityClass};
use haven_store::OutboxState;
use haven_sync::pace::SystemPace;
use haven_sync::remote::{Access, FirstSync, PlainServer, Profile};
use haven_sync::{FhirRemote, Remote};
use serde::Serialize;

use super::Session;
use crate::error::{AppError, Code, Result};

pub use haven_sync::remote::{Access as RemoteAccess, Algorithm as KeyAlgorithm};

/// The word for the hub where a server is named.
const HUB: &str = "hub";
const LONGEST_NAME: usize = 32;

/// A plain FHIR server to be added.
#[derive(Debug)]
pub struct RemoteRequest {
    /// What it is called here.
    pub name: String,
    /// Its base address.
    pub url: String,
    /// How to get in.
    pub access: Access,
    /// The types that are exchanged; `None` for all that Haven shows.
    pub types: Option<Vec<String>>,
}

/// A server that the store exchanges with.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoteAnswer {
    /// What it is called here.
    pub name: String,
    /// `hub` or `fhir`.
    pub kind: &'static str,
    /// Its address.
    pub url: String,
    /// How this device gets in; never what with.
    pub access: &'static str,
    /// Whether `haven sync` means it, and what is made here goes to it.
    pub default: bool,
    /// Resources that are known to be there.
    pub resources: u64,
    /// Changes that wait for it.
    pub waiting: u64,
    /// How far the first sync has come; until it is done a chart may lack what is there. Absent for the
    /// hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_sync: Option<FirstSync>,
    /// What is known of it; absent before the first contact, and for the hub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
}

impl Session {
    /// The address of the store's own server, where there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn remote_url(&self) -> Result<Option<String>> {
        match self.hub_url()? {
            Some(url) => Ok(Some(url)),
            None => Ok(self.plain_servers()?.into_iter().next().map(|one| one.url)),
        }
    }

    /// Every server, the store's own first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn remotes(&self) -> Result<Vec<RemoteAnswer>> {
        let owners = self.store().snapshot(|reader| reader.waiting_remotes())?;
        let waiting: Vec<Option<String>> = self
            .store()
            .outbox()?
            .into_iter()
            .filter(|entry| matches!(entry.state, OutboxState::Pending | OutboxState::Syncing))
            .map(|entry| owners.get(&entry.key).cloned())
            .collect();
        let waits = |name: Option<&str>, is_default: bool| {
            let mine = waiting.iter().filter(|owner| match owner {
                Some(owner) => Some(owner.as_str()) == name,
                None => is_default,
            });
            u64::try_from(mine.count()).unwrap_or(u64::MAX)
        };
        let mut answers = Vec::new();
        if let Some(url) = self.hub_url()? {
            let all: u64 = self
                .store()
                .counts()?
                .by_type
                .iter()
                .map(|(_, count)| count)
                .sum();
            answers.push(RemoteAnswer {
                name: HUB.to_owned(),
                kind: "hub",
                url,
                access: "sign_in",
                default: true,
                resources: all,
                waiting: waits(None, true),
                first_sync: None,
                profile: None,
            });
        }
        for server in self.plain_servers()? {
            let is_default = answers.is_empty();
            let counts = self
                .store()
                .snapshot(|reader| reader.counts_there(&server.name))?;
            answers.push(RemoteAnswer {
                kind: "fhir",
                access: server.access(self.store())?.kind(),
                default: is_default,
                resources: counts.values().sum(),
                waiting: waits(Some(&server.name), is_default),
                first_sync: Some(server.first_sync(self.store())?),
                profile: server.profile(self.store())?,
                url: server.url,
                name: server.name,
            });
        }
        let plain: u64 = answers
            .iter()
            .filter(|one| one.kind == "fhir")
            .map(|one| one.resources)
            .sum();
        for hub in answers.iter_mut().filter(|one| one.kind == HUB) {
            hub.resources = hub.resources.saturating_sub(plain);
        }
        Ok(answers)
    }

    /// Adds a plain FHIR server; nothing is sent to it yet.
    ///
    /// # Errors
    /// `invalid` for a name or address that cannot be used, `already_exists` for a name in use,
    /// `not_permitted` for a role that changes nothing.
    pub fn add_remote(&self, request: &RemoteRequest) -> Result<RemoteAnswer> {
        self.require_writer()?;
        let name = request.name.as_str();
        let is_name = (1..=LONGEST_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !is_name || name == HUB {
            return Err(AppError::invalid(
                "A server's name is made of letters, digits, - and _, 32 at most, and is not \"hub\". Nothing was changed.",
            ));
        }
        let url = request.url.trim_end_matches('/').to_owned();
        let after = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        if after.is_none_or(|after| {
            after.is_empty() || after.starts_with('/') || after.contains(['@', '?', '#', ' '])
        }) {
            return Err(AppError::invalid(
                "The address is that of a FHIR R4 server's base, such as https://server.example/fhir. Nothing was changed.",
            ));
        }
        let known = self.plain_servers()?;
        if known.iter().any(|one| one.name == name) {
            return Err(AppError::new(
                Code::AlreadyExists,
                "There is a server of that name already. Nothing was changed. Remove it first, or choose another name.",
            ));
        }
        if let Some(same) = known.iter().find(|one| one.url == url) {
            return Err(AppError::new(
                Code::AlreadyExists,
                format!(
                    "That server is here already, as {}. Nothing was changed.",
                    same.name
                ),
            ));
        }
        let server = PlainServer {
            name: name.to_owned(),
            url,
            added_at: self.platform().now().to_instant(),
            types: request.types.clone(),
        };
        server.keep(
            self.store(),
            &request.access,
            &self.who().user,
            self.platform().now(),
        )?;
        self.remotes()?
            .into_iter()
            .find(|one| one.name == name)
            .ok_or_else(|| AppError::not_found("server"))
    }

    /// Forgets a plain FHIR server, and how to get in. What came from it stays on this device.
    ///
    /// # Errors
    /// `not_found`; `precondition` while changes wait for it.
    pub fn remove_remote(&self, name: &str) -> Result<RemoteAnswer> {
        self.require_writer()?;
        let answer = self
            .remotes()?
            .into_iter()
            .find(|one| one.kind == "fhir" && one.name == name)
            .ok_or_else(|| AppError::not_found("server"))?;
        if answer.waiting > 0 {
            return Err(AppError::new(
                Code::Precondition,
                format!(
                    "{} changes wait to be sent to {name}. Nothing was changed, and they are kept. Sync first, or discard them.",
                    answer.waiting
                ),
            ));
        }
        let server = self.plain_server(name)?;
        server.forget(self.store(), &self.who().user, self.platform().now())?;
        Ok(answer)
    }

    /// The server of that name, ready to be spoken to; without one the store's own.
    pub(crate) fn remote(&self, name: Option<&str>) -> Result<Arc<dyn Remote>> {
        let has_hub = self.hub_url()?.is_some();
        let servers = self.plain_servers()?;
        let first = servers.first().map(|one| one.name.clone());
        let name = match name {
            Some(HUB) => return self.hub(),
            None if has_hub => return self.hub(),
            Some(name) => name.to_owned(),
            None => match &first {
                Some(name) => name.clone(),
                None => return self.hub(),
            },
        };
        let server = servers
            .into_iter()
            .find(|one| one.name == name)
            .ok_or_else(|| {
                AppError::new(
                    Code::NotFound,
                    format!(
                        "There is no server called {name}. Nothing was changed. See `haven remote list`."
                    ),
                )
            })?;
        let takes_unclaimed = !has_hub && first.as_deref() == Some(server.name.as_str());
        let remote = FhirRemote::new(
            self.store().clone(),
            server,
            takes_unclaimed,
            Arc::new(SystemPace),
        )?;
        Ok(Arc::new(remote))
    }

    fn plain_servers(&self) -> Result<Vec<PlainServer>> {
        Ok(PlainServer::all(self.store())?)
    }

    fn plain_server(&self, name: &str) -> Result<PlainServer> {
        self.plain_servers()?
            .into_iter()
            .find(|one| one.name == name)
            .ok_or_else(|| AppError::not_found("server"))
    }

    fn require_writer(&self) -> Result<()> {
        let role = self.who().role;
        if role.permits(Action::Write, SensitivityClass::Clinical)
            || role.permits(Action::Write, SensitivityClass::Admin)
        {
            return Ok(());
        }
        Err(AppError::new(
            Code::NotPermitted,
            "Your role does not set up servers. Nothing was changed. Ask an admin.",
        ))
    }
}
