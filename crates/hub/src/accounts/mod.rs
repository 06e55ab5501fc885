//! People, their devices and the tokens they carry.

mod audit_heads;
mod devices;
mod glass;
mod invites;
mod jwt;
mod passwords;
mod sessions;
mod throttle;
mod users;

pub use audit_heads::{
    AuditHeadConflict, AuditHeadKept, anchor as audit_anchor, offer as offer_audit_head,
};
pub(crate) use devices::find as find_device;
pub use devices::{Device, list as list_devices, record as record_device, revoke as revoke_device};
pub use glass::{GlassAlertKept, list as list_glass, take as take_glass};
pub use invites::{CODE_LIFETIME_MS, invite};
pub use jwt::{Claims, TokenError, TokenSigner};
pub use passwords::{MIN_PASSWORD_CHARS, PasswordHasher};
pub(crate) use sessions::refuse_revoked;
pub use sessions::{ACCESS_LIFETIME_S, AuthError, EnrolledUser, Principal, Sessions};
pub use throttle::Throttle;
pub(crate) use users::find as find_user;
pub use users::{User, add as add_user, check_name, list as list_users, remove as remove_user};

use sha2::{Digest, Sha256};

/// SHA-256 of a secret that is itself random and long, for keeping it unreadable.
pub(crate) fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
