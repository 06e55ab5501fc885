use haven_store::{Lobby, Session};

use super::people::{initials, role_word, short_name};
use super::status::connection;
use super::{Now, SyncFacts};
use crate::present::phrase::{say, told};
use crate::view::{ConnectionState, ConnectionView, LobbyUser, LobbyView, SessionView};

/// The unlock screen; `None` where this device has no store yet.
#[must_use]
pub fn lobby(lobby: Option<&Lobby>, facts: &SyncFacts, now: &Now) -> LobbyView {
    let connection = connection(facts, now);
    let Some(lobby) = lobby else {
        return LobbyView {
            ready: false,
            clinic: String::new(),
            device_name: String::new(),
            users: Vec::new(),
            waiting: 0,
            last_synced: say("Never synced").to_owned(),
            data_as_of: None,
            connection,
        };
    };
    LobbyView {
        ready: true,
        clinic: lobby.clinic.clone(),
        device_name: lobby.device_name.clone(),
        users: lobby
            .users
            .iter()
            .map(|user| LobbyUser {
                name: user.name.clone(),
                display_name: user.display_name.clone(),
                role: role_word(user.role).to_owned(),
                initials: initials(&user.display_name),
                last_here: user.last_unlocked.map(|at| now.today_or_date(at)),
            })
            .collect(),
        waiting: u32::try_from(lobby.pending).unwrap_or(u32::MAX),
        last_synced: match lobby.last_synced {
            Some(at) => told!("Last synced {}", now.clock_or_date(at)),
            None => say("Never synced").to_owned(),
        },
        data_as_of: lobby.data_as_of.map(|at| now.date_time(at)),
        connection: if lobby.data_as_of.is_some() {
            while_locked()
        } else {
            connection
        },
    }
}

/// A locked device asks no server anything, so it claims neither to be online nor to be offline.
fn while_locked() -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Offline,
        text: say("Not syncing while locked").to_owned(),
        detail: say("Changes are kept on this device.").to_owned(),
    }
}

/// The person at work.
#[must_use]
pub fn session(session: &Session, notices: &[String], keeps_pin: bool) -> SessionView {
    SessionView {
        notices: super::notices(notices),
        keeps_pin,
        may_measure: session.role == haven_model::Role::Admin,
        user: session.user.clone(),
        display_name: session.display_name.clone(),
        short_name: short_name(&session.display_name),
        role: role_word(session.role).to_owned(),
        clinic: session.clinic.clone(),
        device_name: session.device_name.clone(),
    }
}
