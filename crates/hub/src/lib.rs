//! The hub: one clinic's server for sync v2 and FHIR R4, over one embedded SQLite file.
//!
//! Invariants: the hub never links `store` or `sync`; an acknowledged change is on disk before its
//! reply is sent; stored bytes are returned as stored.
//!
//! To start one in a test:
//!
//! ```no_run
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use haven_hub::Hub;
//! use haven_model::{Role, Timestamp};
//!
//! let now = Timestamp(1_795_442_700_000);
//! let hub = Hub::create("hub.db".as_ref(), "admin", "a long passphrase", "Clinic", now)?;
//! let code = hub.invite("ana", Role::Nurse, Some("Ana Pérez"))?;
//! let running = haven_hub::spawn(hub, ([127, 0, 0, 1], 0).into()).await?;
//! println!("{} {code}", running.url());
//! running.stop().await?;
//! # Ok(())
//! # }
//! ```

pub mod accounts;
mod attachments;
mod conflicts;
pub mod database;
mod error;
pub mod exchange;
mod fhir;
mod hub;
pub mod loading;
mod query;
pub mod records;
pub mod seed;
pub mod settings;
pub mod validation;
mod web;

pub use error::{HubError, Result};
pub use hub::{Clock, Hub};
pub use web::{RunningHub, router, serve, spawn};
