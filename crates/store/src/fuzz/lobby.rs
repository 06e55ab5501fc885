//! The unlock screen's file, which is read before anyone has proven anything.

use super::mutate::{self, Dice};
use crate::error::ErrorCode;
use crate::faults::{NOW, granted, new_store, private_key, quick_folder};
use crate::lobby;
use crate::store::Store;

#[test]
fn a_lobby_of_anyones_making() {
    let folder = quick_folder();
    let dir = folder.path().join("store");
    drop(new_store(&dir));
    let path = dir.join("lobby.json");
    let original = std::fs::read(&path).expect("written when the store closed");
    let private = private_key(&dir);
    let keys = granted(&dir, &private).expect("opens");
    let genuine = lobby::read(&dir).ok();
    let mut tried = 0_u64;
    super::fuzz(
        "lobby",
        |dice: &mut Dice| {
            if dice.one_in(2) {
                mutate::bytes(
                    &original,
                    b"{\"lobby\":{\"users\":[{}]},\"mac\":\"00\"}",
                    dice,
                )
            } else {
                mutate::json(&original, dice).unwrap_or_default()
            }
        },
        |input| {
            std::fs::write(&path, input).expect("written");
            let looked = lobby::read(&dir);
            if let Err(error) = &looked {
                assert_eq!(error.code(), ErrorCode::Unreadable, "{error:?}");
            }
            tried += 1;
            // Opening costs far more than reading, and is the same for most.
            if tried.is_multiple_of(16) {
                let store = Store::inspect_with_keys(&dir, &keys, NOW).expect("opens all the same");
                assert!(
                    !store.notices().is_empty() || looked.as_ref().ok() == genuine.as_ref(),
                    "whoever unlocks is told that the file is another's"
                );
            }
            looked.is_ok()
        },
    );
}
