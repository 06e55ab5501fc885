//! Training by zstd's fast cover, once, with what it finds best for rows of a clinic.
//!
//! zstd's usual training tries five lengths of segments, each with a training and a trial of its own, and
//! keeps the best: for an import that is a tenth of its time, and it comes to the same length each time.
//!
//! Source: zstd's `zdict.h`, `ZDICT_trainFromBuffer_fastCover`.
#![allow(
    unsafe_code,
    reason = "zstd's safe bindings know only the training that tries all; this is the same library's other door"
)]

use std::ffi::c_uint;

use zstd::zstd_safe::zstd_sys::{
    ZDICT_fastCover_params_t, ZDICT_isError, ZDICT_params_t, ZDICT_trainFromBuffer_fastCover,
};

/// Bytes of a segment that goes into a dictionary as a whole.
const SEGMENT_BYTES: c_uint = 1500;

/// As zstd has them where nothing is asked for.
const DMER_BYTES: c_uint = 8;
const FREQUENCY_LOG: c_uint = 20;
const ACCELERATION: c_uint = 1;

/// A dictionary of at most that size; `None` when the samples teach nothing.
pub(super) fn train(samples: &[Vec<u8>], most_bytes: usize) -> Option<Vec<u8>> {
    let joined = samples.concat();
    let sizes: Vec<usize> = samples.iter().map(Vec::len).collect();
    let mut content = vec![0; most_bytes];
    let parameters = ZDICT_fastCover_params_t {
        k: SEGMENT_BYTES,
        d: DMER_BYTES,
        f: FREQUENCY_LOG,
        steps: 0,
        nbThreads: 1,
        splitPoint: 1.0,
        accel: ACCELERATION,
        shrinkDict: 0,
        shrinkDictMaxRegression: 0,
        zParams: ZDICT_params_t {
            compressionLevel: super::LEVEL,
            notificationLevel: 0,
            dictID: 0,
        },
    };
    let count = c_uint::try_from(sizes.len()).ok()?;
    // SAFETY: the buffer is as long as said, and so are the samples, whose lengths add up to theirs.
    let (written, failed) = unsafe {
        let written = ZDICT_trainFromBuffer_fastCover(
            content.as_mut_ptr().cast(),
            content.len(),
            joined.as_ptr().cast(),
            sizes.as_ptr(),
            count,
            parameters,
        );
        (written, ZDICT_isError(written) != 0)
    };
    if failed {
        return None;
    }
    content.truncate(written);
    Some(content)
}
