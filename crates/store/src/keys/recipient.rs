//! To whom a new key is granted: those in the key file whom a holder of the present key has vouched for.

use std::collections::BTreeSet;

use haven_model::{Action, Role, SensitivityClass};
use serde::Serialize;

use super::file::KeyFile;
use super::grant::{Grant, GrantKind};
use super::secret::Secret;
use super::slot::Slot;
use crate::error::Result;
use crate::lobby::LobbyUser;

/// The kind of a slot that opens everything: the recovery key's.
pub(crate) const RECOVERY: &str = "recovery";

/// What the holder of a slot may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Every key.
    All,
    /// The keys of a role.
    Of(Role),
}

impl Rights {
    /// The rights of a slot whose login has `role`; `None` when nobody has that login any more.
    pub(crate) fn of(slot: &Slot, role: Option<Role>) -> Option<Self> {
        if slot.kind == RECOVERY {
            return Some(Self::All);
        }
        role.map(Self::Of)
    }

    /// The grant of a class key that these rights ask for, if any.
    pub(crate) fn kind(self, class: SensitivityClass, generation: u16) -> Option<GrantKind> {
        match self {
            Self::All => Some(GrantKind::Class(class, generation)),
            Self::Of(role) if role.permits(Action::Read, class) => {
                Some(GrantKind::Class(class, generation))
            }
            Self::Of(role) if role.may_break_glass(class) => {
                Some(GrantKind::Glass(class, generation))
            }
            Self::Of(_) => None,
        }
    }

    /// Whether they are those of a role for which `reviews` holds; the recovery key reviews all.
    pub(crate) fn reviews(self, reviews: impl FnOnce(Role) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Of(role) => reviews(role),
        }
    }

    /// Whether they ask for the key of blind search terms.
    pub(crate) fn finds_sensitive(self) -> bool {
        match self {
            Self::All => true,
            Self::Of(role) => role.permits(Action::Read, SensitivityClass::Sensitive),
        }
    }
}

/// A login that a new key was not granted to, as nobody who holds the present one vouched for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// The login, or the name of the slot.
    pub name: String,
    /// The kind of its slot.
    pub slot: String,
}

/// A holder of a public key.
pub(crate) struct Recipient<'a> {
    pub(crate) name: &'a str,
    pub(crate) slot_kind: &'a str,
    pub(crate) public_key: &'a [u8; 32],
    pub(crate) rights: Rights,
}

/// The key that is replaced: what it was granted as, and the key itself.
pub(crate) struct Present<'a> {
    pub(crate) kinds: &'a [GrantKind],
    pub(crate) key: &'a Secret,
}

impl KeyFile {
    /// Everyone with a public key and rights of their own, each once.
    pub(crate) fn recipients<'a>(&'a self, logins: &[LobbyUser]) -> Vec<Recipient<'a>> {
        let mut seen = BTreeSet::new();
        self.slots
            .iter()
            .filter(|slot| seen.insert((slot.user.as_str(), slot.public_key)))
            .filter_map(|slot| {
                let role = logins
                    .iter()
                    .find(|login| login.name == slot.user)
                    .map(|login| login.role);
                Some(Recipient {
                    name: &slot.user,
                    slot_kind: &slot.kind,
                    public_key: &slot.public_key,
                    rights: Rights::of(slot, role)?,
                })
            })
            .collect()
    }

    /// Grants for a new key to whoever `asks` for it and holds the present one by someone's word.
    ///
    /// The key file can be written by anyone who has the folder; what cannot be made there without the
    /// present key is the word of someone who holds it. With `regrant`, that word is not asked for.
    pub(crate) fn grants_of_new(
        &self,
        logins: &[LobbyUser],
        present: &Present<'_>,
        new: &Secret,
        regrant: bool,
        asks: impl Fn(Rights) -> Option<GrantKind>,
    ) -> Result<(Vec<Grant>, BTreeSet<LeftOut>)> {
        let (mut grants, mut left_out) = (Vec::new(), BTreeSet::new());
        for recipient in self.recipients(logins) {
            let Some(kind) = asks(recipient.rights) else {
                continue;
            };
            let vouched = self.grants.iter().any(|grant| {
                grant.recipient == recipient.name
                    && grant
                        .kind()
                        .is_some_and(|kind| present.kinds.contains(&kind))
                    && grant.is_vouched(&self.store_id, recipient.public_key, present.key)
            });
            if vouched || regrant {
                grants.push(Grant::seal(
                    &self.store_id,
                    recipient.name,
                    recipient.public_key,
                    kind,
                    new,
                )?);
            } else {
                left_out.insert(LeftOut {
                    name: recipient.name.to_owned(),
                    slot: recipient.slot_kind.to_owned(),
                });
            }
        }
        Ok((grants, left_out))
    }
}
