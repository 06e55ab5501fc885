//! Packing bodies: zstd with a dictionary, the one that ships or one trained on the store's own rows.

mod training;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use haven_model::SensitivityClass;
use zstd::zstd_safe::{self, CCtx, CDict, DCtx, DDict};

use crate::error::{Result, StoreError};
use crate::link::{Link, Purpose};
use crate::seal::Vault;
use crate::table::dictionary as kept;

const LEVEL: i32 = 3;

/// The dictionary that ships with Haven, trained on the seeded sample clinic.
const STARTER_CONTENT: &[u8] = include_bytes!("../dictionary/starter-1.dict");
const STARTER: u16 = 1;

/// The largest body that is unpacked; the same bound as for reading JSON.
const MAX_BODY_BYTES: usize = haven_model::json::MAX_RESOURCE_BYTES;

/// The size of a trained dictionary: larger ones gain little (reference figures: 64 KiB 5.8, 112 KiB 6.1).
const TRAINED_BYTES: usize = 64 * 1024;

/// Samples of fewer bytes in all teach nothing that holds for other rows.
const MIN_SAMPLE_BYTES: usize = 4 * TRAINED_BYTES;

/// What every frame begins with. Source: RFC 8878 §3.1.1.
pub(crate) const FRAME_MAGIC: [u8; 4] = zstd_safe::MAGICNUMBER.to_le_bytes();

/// How much of a frame is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// All of it.
    Whole,
    /// Without the magic number.
    Bare,
}

/// A dictionary, digested when first used.
pub(crate) struct Dictionary {
    no: u16,
    /// The class it was trained on; the starter serves all.
    class: Option<SensitivityClass>,
    content: Vec<u8>,
    packing: OnceLock<Option<CDict<'static>>>,
    unpacking: OnceLock<Option<DDict<'static>>>,
}

impl Dictionary {
    fn new(no: u16, class: Option<SensitivityClass>, content: &[u8]) -> Self {
        let mut content = content.to_vec();
        // The row names its dictionary already; without an id of its own no frame repeats it.
        // Source: zstd_compression_format.md, "Dictionary format".
        if let Some(id) = content.get_mut(4..8) {
            id.fill(0);
        }
        Self {
            no,
            class,
            content,
            packing: OnceLock::new(),
            unpacking: OnceLock::new(),
        }
    }

    /// One trained on rows of `class`.
    pub(crate) fn trained(no: u16, class: SensitivityClass, content: &[u8]) -> Self {
        Self::new(no, Some(class), content)
    }

    /// The number that rows name it by.
    pub(crate) fn no(&self) -> u16 {
        self.no
    }
}

/// A dictionary made from samples; `None` when they are too few or too alike to teach anything.
pub(crate) fn train(samples: &[Vec<u8>]) -> Option<Vec<u8>> {
    let bytes: usize = samples.iter().map(Vec::len).sum();
    if bytes < MIN_SAMPLE_BYTES {
        return None;
    }
    training::train(samples, TRAINED_BYTES).filter(|content| content.len() > 256)
}

/// The dictionaries that a session may use.
pub(crate) struct Dictionaries {
    starter: Arc<Dictionary>,
    trained: RwLock<BTreeMap<u16, Arc<Dictionary>>>,
    /// Where to look for one that another process has trained meanwhile.
    dir: OnceLock<PathBuf>,
}

impl Dictionaries {
    /// The starter alone.
    pub(crate) fn new() -> Self {
        Self {
            starter: Arc::new(Dictionary::new(STARTER, None, STARTER_CONTENT)),
            trained: RwLock::default(),
            dir: OnceLock::new(),
        }
    }

    /// The one that serves every class.
    pub(crate) fn starter(&self) -> Arc<Dictionary> {
        Arc::clone(&self.starter)
    }

    /// The newest for a class.
    pub(crate) fn newest(&self, class: SensitivityClass) -> Arc<Dictionary> {
        self.trained
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .rev()
            .find(|dictionary| dictionary.class == Some(class))
            .map_or_else(|| self.starter(), Arc::clone)
    }

    /// The one of a number, for a body of `class`.
    fn known(&self, no: u16, class: SensitivityClass) -> Option<Arc<Dictionary>> {
        if no == STARTER {
            return Some(self.starter());
        }
        self.trained
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&no)
            .filter(|dictionary| dictionary.class == Some(class))
            .map(Arc::clone)
    }

    /// Adds one that has just been kept.
    pub(crate) fn add(&self, dictionary: Dictionary) {
        self.trained
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(dictionary.no, Arc::new(dictionary));
    }
}

impl Vault {
    /// The dictionary that a body of `class` names; looked up anew when another process trained it.
    ///
    /// # Errors
    /// When the store cannot be read; `integrity` when a kept dictionary was altered.
    pub(crate) fn dictionary(
        &self,
        no: u16,
        class: SensitivityClass,
    ) -> Result<Option<Arc<Dictionary>>> {
        if let Some(known) = self.dictionaries.known(no, class) {
            return Ok(Some(known));
        }
        let Some(dir) = self.dictionaries.dir.get() else {
            return Ok(None);
        };
        let link = Link::open(dir, &self.keys.ring.store, Purpose::Read)?;
        self.learn_kept(&link)?;
        Ok(self.dictionaries.known(no, class))
    }

    /// Opens the dictionaries of the store in `dir` whose class the user holds the key of.
    ///
    /// # Errors
    /// As [`Vault::dictionary`].
    pub(crate) fn load_dictionaries(&self, dir: &Path, link: &Link) -> Result<()> {
        self.dictionaries.dir.get_or_init(|| dir.to_owned());
        if !kept::are_kept(link)? {
            return Ok(());
        }
        self.learn_kept(link)
    }

    fn learn_kept(&self, link: &Link) -> Result<()> {
        for row in kept::all(link)? {
            if self.dictionaries.known(row.no, row.class).is_none() && self.reads(row.class) {
                self.dictionaries.add(kept::open(link, self, &row)?);
            }
        }
        Ok(())
    }
}

/// Compression contexts; one pair per connection, as they are costly.
pub(crate) struct Packer {
    packing: RefCell<CCtx<'static>>,
    unpacking: RefCell<DCtx<'static>>,
    scratch: RefCell<Vec<u8>>,
}

impl Packer {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            packing: RefCell::new(CCtx::try_create().ok_or_else(no_memory)?),
            unpacking: RefCell::new(DCtx::try_create().ok_or_else(no_memory)?),
            scratch: RefCell::default(),
        })
    }

    /// Packs `body` behind `header`, with room for a tag.
    pub(crate) fn pack(
        &self,
        dictionary: &Dictionary,
        frame: Frame,
        header: &[u8],
        body: &[u8],
    ) -> Result<Vec<u8>> {
        let digested = dictionary
            .packing
            .get_or_init(|| CDict::try_create(&dictionary.content, LEVEL))
            .as_ref()
            .ok_or_else(no_memory)?;
        let mut scratch = self.scratch.borrow_mut();
        scratch.clear();
        scratch.reserve(zstd_safe::compress_bound(body.len()));
        self.packing
            .borrow_mut()
            .compress_using_cdict(&mut *scratch, body, digested)
            .map_err(|code| refused("Compressing a body", code))?;
        let packed = match frame {
            Frame::Whole => scratch.as_slice(),
            Frame::Bare => scratch.strip_prefix(&FRAME_MAGIC).ok_or_else(|| {
                refused_for("Compressing a body", "the frame begins in an unknown way")
            })?,
        };
        let mut out = Vec::with_capacity(header.len() + packed.len() + 16);
        out.extend_from_slice(header);
        out.extend_from_slice(packed);
        if scratch.capacity() > SCRATCH_KEPT_BYTES {
            *scratch = Vec::new();
        }
        Ok(out)
    }

    /// Unpacks what was packed with the same dictionary; `None` when it is no such frame.
    pub(crate) fn unpack(&self, dictionary: &Dictionary, packed: &[u8]) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        self.unpack_into(&mut body, dictionary, packed)?;
        Some(body)
    }

    /// As [`Packer::unpack`], in place of what `body` holds; what it holds where that fails is void.
    pub(crate) fn unpack_into(
        &self,
        body: &mut Vec<u8>,
        dictionary: &Dictionary,
        packed: &[u8],
    ) -> Option<()> {
        let digested = dictionary
            .unpacking
            .get_or_init(|| DDict::try_create(&dictionary.content))
            .as_ref()?;
        let length = zstd_safe::get_frame_content_size(packed)
            .ok()
            .flatten()
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length <= MAX_BODY_BYTES)?;
        body.clear();
        body.reserve_exact(length);
        self.unpacking
            .borrow_mut()
            .decompress_using_ddict(body, packed, digested)
            .ok()?;
        (body.len() == length).then_some(())
    }
}

/// A larger scratch is given back, so that one large resource does not hold memory for good.
pub(crate) const SCRATCH_KEPT_BYTES: usize = 1 << 20;

fn no_memory() -> StoreError {
    refused_for("Preparing compression", "out of memory")
}

fn refused(what: &str, code: usize) -> StoreError {
    refused_for(what, zstd_safe::get_error_name(code))
}

fn refused_for(what: &str, why: &str) -> StoreError {
    StoreError::io(what, std::io::Error::other(why.to_owned()))
}
