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

use std::ffi::{c_int, c_uint, c_void};

/// Bytes of a segment that goes into a dictionary as a whole.
const SEGMENT_BYTES: c_uint = 1500;

/// As zstd has them where nothing is asked for.
const DMER_BYTES: c_uint = 8;
const FREQUENCY_LOG: c_uint = 20;
const ACCELERATION: c_uint = 1;

/// `ZDICT_params_t`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Form {
    compression_level: c_int,
    notification_level: c_uint,
    dict_id: c_uint,
}

/// `ZDICT_fastCover_params_t`.
#[repr(C)]
#[derive(Clone, Copy)]
struct FastCover {
    k: c_uint,
    d: c_uint,
    f: c_uint,
    steps: c_uint,
    threads: c_uint,
    split_point: f64,
    accel: c_uint,
    shrink: c_uint,
    shrink_max_regression: c_uint,
    form: Form,
}

unsafe extern "C" {
    fn ZDICT_trainFromBuffer_fastCover(
        dictionary: *mut c_void,
        capacity: usize,
        samples: *const c_void,
        sizes: *const usize,
        count: c_uint,
        parameters: FastCover,
    ) -> usize;
    fn ZDICT_isError(code: usize) -> c_uint;
}

/// A dictionary of at most that size; `None` when the samples teach nothing.
pub(super) fn train(samples: &[Vec<u8>], most_bytes: usize) -> Option<Vec<u8>> {
    let joined = samples.concat();
    let sizes: Vec<usize> = samples.iter().map(Vec::len).collect();
    let mut content = vec![0; most_bytes];
    let parameters = FastCover {
        k: SEGMENT_BYTES,
        d: DMER_BYTES,
        f: FREQUENCY_LOG,
        steps: 0,
        threads: 1,
        split_point: 1.0,
        accel: ACCELERATION,
        shrink: 0,
        shrink_max_regression: 0,
        form: Form {
            compression_level: super::LEVEL,
            notification_level: 0,
            dict_id: 0,
        },
    };
    let count = c_uint::try_from(sizes.len()).ok()?;
    // SAFETY: the buffer is as long as said, and so are the samples, whose lengths add up to theirs; the
    // structures are laid out as in the release of zstd that is built in.
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
