//! The sealed form of a body, and how it is made and opened.
//!
//! Suite 1: suite, generation (2 bytes), dictionary (2), nonce (12), the sealed zstd frame, tag (16).
//! Suite 2: between nonce and frame the number of the patient's id (varint, 0 for none); the frame is
//! without its magic number, its content without the ids that [`super::left_out`] takes out. The number
//! and the id it stands for are bound in the AAD.

use std::cell::RefCell;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Nonce, Tag};

use super::left_out::put_back;
use super::{Place, Vault};
use crate::binding::push_length_prefixed;
use crate::dictionary::{Dictionary, FRAME_MAGIC, Frame, Packer, SCRATCH_KEPT_BYTES};
use crate::error::{Result, StoreError};
use crate::keys::{SealCount, fill_random};
use crate::table::word::{push_varint, take_varint};

/// AES-256-GCM over zstd.
pub(super) const WHOLE: u8 = 1;
/// The same over a body without the ids that its row tells.
pub(super) const SHORTENED: u8 = 2;

const TAG_BYTES: usize = 16;
const NONCES_DRAWN: usize = 64;

/// The id of a patient that a body leaves out, and its number; 0 and nothing for none.
#[derive(Clone, Copy, Default)]
pub(super) struct Named<'a> {
    pub(super) number: u64,
    pub(super) id: &'a str,
}

/// What a sealed body tells of itself.
pub(super) struct Sealed<'a> {
    pub(super) suite: u8,
    pub(super) generation: u16,
    pub(super) dictionary: u16,
    pub(super) nonce: [u8; 12],
    /// The number of the patient's id that was left out; 0 for none.
    pub(super) patient: u64,
    pub(super) ciphertext: &'a [u8],
    pub(super) tag: [u8; TAG_BYTES],
}

impl<'a> Sealed<'a> {
    /// Reads what stands before and behind the ciphertext; `None` when it has no such form.
    pub(super) fn parse(sealed: &'a [u8]) -> Option<Self> {
        let (suite, rest) = sealed.split_first()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (dictionary, rest) = rest.split_first_chunk()?;
        let (nonce, mut rest) = rest.split_first_chunk()?;
        let patient = match *suite {
            WHOLE => 0,
            SHORTENED => take_varint(&mut rest)?,
            _ => return None,
        };
        let (ciphertext, tag) = rest.split_last_chunk()?;
        Some(Self {
            suite: *suite,
            generation: u16::from_be_bytes(*generation),
            dictionary: u16::from_be_bytes(*dictionary),
            nonce: *nonce,
            patient,
            ciphertext,
            tag: *tag,
        })
    }
}

/// What stands before the ciphertext.
pub(super) fn header(
    suite: u8,
    generation: u16,
    dictionary: u16,
    nonce: [u8; 12],
    patient: u64,
) -> Vec<u8> {
    let mut header = Vec::with_capacity(20);
    header.push(suite);
    header.extend_from_slice(&generation.to_be_bytes());
    header.extend_from_slice(&dictionary.to_be_bytes());
    header.extend_from_slice(&nonce);
    if suite == SHORTENED {
        push_varint(&mut header, patient);
    }
    header
}

/// What a sealed body is bound to.
pub(super) fn bound(
    vault: &Vault,
    place: &Place<'_>,
    named: (u8, u16, u16),
    patient: Named<'_>,
) -> Vec<u8> {
    let mut aad = Vec::new();
    bind(&mut aad, vault, place, named, patient);
    aad
}

/// Writes what a sealed body is bound to in place of what `aad` holds.
fn bind(
    aad: &mut Vec<u8>,
    vault: &Vault,
    place: &Place<'_>,
    (suite, generation, dictionary): (u8, u16, u16),
    patient: Named<'_>,
) {
    let number = patient.number.to_be_bytes();
    let parts = [
        b"HV1",
        vault.session.store_id.as_bytes(),
        &[suite],
        place.class.as_str().as_bytes(),
        &generation.to_be_bytes(),
        &dictionary.to_be_bytes(),
        place.part.as_bytes(),
        place.key.resource_type.as_bytes(),
        place.key.id.as_bytes(),
        &place.version.to_be_bytes(),
        &[u8::from(place.deleted)],
        &number,
        patient.id.as_bytes(),
    ];
    // The first suite knew of no patient.
    let bound = if suite == WHOLE { 11 } else { parts.len() };
    aad.clear();
    push_length_prefixed(aad, parts.get(..bound).unwrap_or(&parts));
}

pub(super) fn broken(place: &Place<'_>) -> StoreError {
    StoreError::integrity(format!(
        "a sealed {} ({} version {}) does not open in its place: it was altered or moved",
        place.key.resource_type, place.part, place.version
    ))
}

/// Seals and opens bodies for one connection.
pub(crate) struct Codec {
    packer: Packer,
    nonces: RefCell<Vec<[u8; 12]>>,
    /// What was last opened, still packed; its room is used again.
    opened: RefCell<Vec<u8>>,
    /// What was last unpacked and is still without its ids.
    unpacked: RefCell<Vec<u8>>,
    /// What was last bound.
    aad: RefCell<Vec<u8>>,
    pub(crate) seals: SealCount,
}

impl Codec {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            packer: Packer::new()?,
            nonces: RefCell::default(),
            opened: RefCell::default(),
            unpacked: RefCell::default(),
            aad: RefCell::default(),
            seals: SealCount::default(),
        })
    }

    /// A random nonce, used once: drawn many at a time, as each draw is a call of the system.
    pub(super) fn nonce(&self) -> Result<[u8; 12]> {
        let mut nonces = self.nonces.borrow_mut();
        if nonces.is_empty() {
            nonces.resize(NONCES_DRAWN, [0; 12]);
            fill_random(nonces.as_flattened_mut())?;
        }
        nonces
            .pop()
            .ok_or_else(|| StoreError::invalid("No random number could be drawn."))
    }

    /// Seals `body` for its place, packed with the newest dictionary of its class.
    pub(crate) fn seal(&self, vault: &Vault, place: &Place<'_>, body: &[u8]) -> Result<Vec<u8>> {
        let dictionary = vault.dictionaries.newest(place.class);
        self.seal_with(vault, place, body, &dictionary, None)
    }

    /// Seals what must open without any trained dictionary.
    pub(crate) fn seal_plainly(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        body: &[u8],
    ) -> Result<Vec<u8>> {
        self.seal_with(vault, place, body, &vault.dictionaries.starter(), None)
    }

    /// Seals a body; with `patient` one that was shortened.
    pub(super) fn seal_with(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        body: &[u8],
        dictionary: &Dictionary,
        patient: Option<Named<'_>>,
    ) -> Result<Vec<u8>> {
        let held = vault.cipher(place.class, None)?;
        let (generation, cipher) = (held.generation, &held.cipher);
        self.seals.add(place.class);
        let (suite, frame) = match patient {
            Some(_) => (SHORTENED, Frame::Bare),
            None => (WHOLE, Frame::Whole),
        };
        let patient = patient.unwrap_or_default();
        let nonce = self.nonce()?;
        let header = header(suite, generation, dictionary.no(), nonce, patient.number);
        let mut out = self.packer.pack(dictionary, frame, &header, body)?;
        let suite = (suite, generation, dictionary.no());
        let mut aad = self.aad.borrow_mut();
        bind(&mut aad, vault, place, suite, patient);
        let too_large = || StoreError::invalid("The resource is too large to be sealed.");
        let packed = out.get_mut(header.len()..).ok_or_else(too_large)?;
        let tag = cipher
            .encrypt_inout_detached(&Nonce::from(nonce), &aad, packed.into())
            .map_err(|_| too_large())?;
        out.extend_from_slice(&tag);
        Ok(out)
    }

    /// The number of the dictionary that a sealed body names.
    pub(crate) fn dictionary_of(sealed: &[u8]) -> Option<u16> {
        Sealed::parse(sealed).map(|sealed| sealed.dictionary)
    }

    /// Opens what was sealed for exactly this place, beside a row.
    ///
    /// # Errors
    /// `not_permitted` without the class key; `integrity` when it was altered, moved or cut short.
    pub(crate) fn open(&self, vault: &Vault, place: &Place<'_>, sealed: &[u8]) -> Result<Vec<u8>> {
        let sealed = Sealed::parse(sealed)
            .filter(|sealed| sealed.suite == WHOLE)
            .ok_or_else(|| broken(place))?;
        self.open_with(vault, place, &sealed, Named::default())
    }

    /// As [`Codec::open`], of any suite; `patient` is the id that was left out.
    pub(super) fn open_with(
        &self,
        vault: &Vault,
        place: &Place<'_>,
        sealed: &Sealed<'_>,
        patient: Named<'_>,
    ) -> Result<Vec<u8>> {
        let held = vault.cipher(place.class, Some(sealed.generation))?;
        let suite = (sealed.suite, sealed.generation, sealed.dictionary);
        let mut aad = self.aad.borrow_mut();
        bind(&mut aad, vault, place, suite, patient);
        let magic: &[u8] = if sealed.suite == SHORTENED {
            &FRAME_MAGIC
        } else {
            &[]
        };
        let mut opened = self.opened.borrow_mut();
        opened.clear();
        opened.extend_from_slice(magic);
        opened.extend_from_slice(sealed.ciphertext);
        let frame = opened.get_mut(magic.len()..).ok_or_else(|| broken(place))?;
        held.cipher
            .decrypt_inout_detached(
                &Nonce::from(sealed.nonce),
                &aad,
                frame.into(),
                &Tag::from(sealed.tag),
            )
            .map_err(|_| broken(place))?;
        let dictionary = vault
            .dictionary(sealed.dictionary, place.class)?
            .ok_or_else(|| broken(place))?;
        let body = if sealed.suite == SHORTENED {
            let mut short = self.unpacked.borrow_mut();
            let whole = self
                .packer
                .unpack_into(&mut short, &dictionary, &opened)
                .map(|()| put_back(&short, &place.key.id, patient.id));
            keep_small(&mut short);
            whole
        } else {
            self.packer.unpack(&dictionary, &opened)
        };
        keep_small(&mut opened);
        body.ok_or_else(|| broken(place))
    }
}

/// Gives room back that one large body took.
fn keep_small(scratch: &mut Vec<u8>) {
    if scratch.capacity() > SCRATCH_KEPT_BYTES {
        *scratch = Vec::new();
    }
}
