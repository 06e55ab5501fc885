//! A link that is slow, far and breaks: bytes pass at a rate, after a while, or not at all.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What the link is like.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    /// Bytes a second each way; `None` for all that the computer can do.
    pub bytes_per_s: Option<usize>,
    /// From a connection's first byte to its arrival, both ways together.
    pub latency_ms: u64,
    /// Of a hundred connections, so many are not taken.
    pub refused_percent: u32,
    /// Of a hundred connections, so many are cut after some bytes of the answer.
    pub cut_percent: u32,
    /// Of a hundred connections, so many carry the request and nothing back.
    pub swallowed_percent: u32,
}

impl Line {
    /// GPRS: 30 kB/s, 600 ms.
    pub const SECOND_GENERATION: Self = Self {
        bytes_per_s: Some(30_000),
        latency_ms: 600,
        refused_percent: 0,
        cut_percent: 0,
        swallowed_percent: 0,
    };
}

struct Shared {
    line: Line,
    dice: ChaCha8Rng,
    is_open: bool,
    carried: u64,
}

/// The link; where it leads to stays the same.
pub struct Link {
    shared: Arc<Mutex<Shared>>,
    address: String,
    thread: Option<JoinHandle<()>>,
}

/// What befalls one connection.
#[derive(Clone, Copy)]
enum Fate {
    Carried,
    Swallowed,
    CutAfter(usize),
}

impl Link {
    /// To the server at `upstream` (`host:port`), its moods by `seed`.
    pub fn to(upstream: &str, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let shared = Arc::new(Mutex::new(Shared {
            line: Line::default(),
            dice: ChaCha8Rng::seed_from_u64(seed),
            is_open: true,
            carried: 0,
        }));
        let of_thread = Arc::clone(&shared);
        let upstream = upstream.to_owned();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if !lock(&of_thread).is_open {
                    return;
                }
                let Some((line, fate)) = throw(&of_thread) else {
                    continue;
                };
                let (shared, upstream) = (Arc::clone(&of_thread), upstream.clone());
                std::thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _ = stream.and_then(|stream| carry(stream, &upstream, line, fate, &shared));
                });
            }
        });
        Self {
            shared,
            address,
            thread: Some(thread),
        }
    }

    /// Where it begins.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From the next connection on.
    pub fn set(&self, line: Line) {
        lock(&self.shared).line = line;
    }

    /// Bytes that it has carried, both ways.
    pub fn carried(&self) -> u64 {
        lock(&self.shared).carried
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        lock(&self.shared).is_open = false;
        // Wakes the listener so that it sees that it is over.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `None` when the connection is not taken.
fn throw(shared: &Mutex<Shared>) -> Option<(Line, Fate)> {
    let mut shared = lock(shared);
    let line = shared.line;
    let mut cast = shared.dice.random_range(0..100_u32);
    if cast < line.refused_percent {
        return None;
    }
    cast -= line.refused_percent;
    if cast < line.swallowed_percent {
        return Some((line, Fate::Swallowed));
    }
    cast -= line.swallowed_percent;
    if cast < line.cut_percent {
        let after = shared.dice.random_range(0..2_000_usize);
        return Some((line, Fate::CutAfter(after)));
    }
    Some((line, Fate::Carried))
}

fn carry(
    near: TcpStream,
    upstream: &str,
    line: Line,
    fate: Fate,
    shared: &Arc<Mutex<Shared>>,
) -> std::io::Result<()> {
    let far = TcpStream::connect(upstream)?;
    let (mut near_in, mut far_out) = (near.try_clone()?, far.try_clone()?);
    let of_request = Arc::clone(shared);
    let request = std::thread::spawn(move || {
        let done = pass(&mut near_in, &mut far_out, line, usize::MAX, &of_request);
        let _ = far_out.shutdown(Shutdown::Write);
        done
    });
    let most = match fate {
        Fate::Carried => usize::MAX,
        Fate::Swallowed => 0,
        Fate::CutAfter(bytes) => bytes,
    };
    let (mut far_in, mut near_out) = (far.try_clone()?, near.try_clone()?);
    let _ = pass(&mut far_in, &mut near_out, line, most, shared);
    let _ = near.shutdown(Shutdown::Both);
    let _ = far.shutdown(Shutdown::Both);
    let _ = request.join();
    Ok(())
}

/// Passes bytes on at the line's rate until either end is over or `most` have passed.
fn pass(
    from: &mut TcpStream,
    to: &mut TcpStream,
    line: Line,
    most: usize,
    shared: &Mutex<Shared>,
) -> std::io::Result<()> {
    let mut chunk = [0_u8; 4_096];
    let mut passed = 0;
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        // The line's own time, which is what this stands for.
        let mut wait = Duration::from_millis(if passed == 0 { line.latency_ms / 2 } else { 0 });
        if let Some(rate) = line.bytes_per_s {
            wait += Duration::from_micros(read as u64 * 1_000_000 / rate.max(1) as u64);
        }
        std::thread::sleep(wait);
        let take = read.min(most - passed);
        to.write_all(&chunk[..take])?;
        passed += take;
        lock(shared).carried += take as u64;
        if passed >= most {
            return Ok(());
        }
    }
}
