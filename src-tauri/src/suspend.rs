//! Locking before the computer sleeps: memory that is kept alive by a battery holds no key.
//!
//! logind asks everyone who holds a delay inhibitor whether they are ready, and waits some seconds for
//! them. Without logind, or without its bus, the store locks when the computer wakes (`desk/idle`).
//!
//! Source: <https://systemd.io/INHIBITOR_LOCKS/>

use std::sync::mpsc::Sender;

use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::OwnedFd;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

/// Calls `lock` before every sleep of this computer, for as long as the process runs.
pub fn lock_before_sleep(lock: impl Fn() + Send + 'static) {
    let started = std::thread::Builder::new()
        .name("haven-suspend".to_owned())
        .spawn(move || {
            let served = Connection::system().and_then(|bus| serve(&bus, &lock, None));
            if let Err(error) = served {
                tracing::info!(%error, "sleep is not announced here; the store locks on waking");
            }
        });
    if let Err(error) = started {
        tracing::warn!(%error, "no thread waits for sleep; the store locks on waking");
    }
}

/// Waits for logind's signals on `bus`, until it goes away; `ready` hears when the first wait begins.
///
/// # Errors
/// When there is no logind on the bus, or it goes away.
fn serve(bus: &Connection, lock: &dyn Fn(), ready: Option<&Sender<()>>) -> zbus::Result<()> {
    let manager = Proxy::new(bus, NAME, PATH, MANAGER)?;
    // Before the inhibitor: a sleep in between is heard.
    let signals = manager.receive_signal("PrepareForSleep")?;
    let mut hold = Some(inhibit(&manager)?);
    if let Some(ready) = ready {
        // An error says that nobody waits for it.
        let _nobody = ready.send(());
    }
    for signal in signals {
        let begins: bool = signal.body().deserialize()?;
        if begins {
            lock();
            // Closing it says that we are ready.
            hold = None;
        } else if hold.is_none() {
            hold = Some(inhibit(&manager)?);
        }
    }
    Ok(())
}

fn inhibit(manager: &Proxy<'_>) -> zbus::Result<OwnedFd> {
    manager.call(
        "Inhibit",
        &(
            "sleep",
            "Haven",
            "Charts are closed and their keys wiped",
            "delay",
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc::{Receiver, channel};
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use zbus::blocking::connection;

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// A bus of our own, which ends with the test.
    struct Bus {
        daemon: Child,
        address: String,
    }

    impl Bus {
        fn start() -> Option<Self> {
            let mut daemon = Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--print-address"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .ok()?;
            let mut address = String::new();
            let stdout = daemon.stdout.take().expect("piped");
            BufReader::new(stdout)
                .read_line(&mut address)
                .expect("an address");
            Some(Self {
                daemon,
                address: address.trim().to_owned(),
            })
        }

        fn connect(&self) -> Connection {
            connection::Builder::address(self.address.as_str())
                .and_then(connection::Builder::build)
                .expect("the bus is there")
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            // It may have ended by itself.
            let _gone = self.daemon.kill();
            let _reaped = self.daemon.wait();
        }
    }

    /// A logind that hands out inhibitors and keeps the other ends.
    struct Logind {
        held: Arc<Mutex<Vec<UnixStream>>>,
        asked: Sender<(String, String)>,
    }

    #[zbus::interface(name = "org.freedesktop.login1.Manager")]
    impl Logind {
        fn inhibit(
            &self,
            what: String,
            _who: String,
            _why: String,
            mode: String,
        ) -> zbus::fdo::Result<zbus::zvariant::OwnedFd> {
            let (ours, theirs) =
                UnixStream::pair().map_err(|error| zbus::fdo::Error::IOError(error.to_string()))?;
            self.held.lock().expect("held").push(ours);
            self.asked.send((what, mode)).expect("the test waits");
            Ok(std::os::fd::OwnedFd::from(theirs).into())
        }
    }

    fn tells(logind: &Connection, begins: bool) {
        logind
            .emit_signal(None::<&str>, PATH, MANAGER, "PrepareForSleep", &begins)
            .expect("told");
    }

    /// Whether the other end was let go of, which is how logind learns that we are ready.
    fn is_released(held: &mut UnixStream) -> bool {
        held.set_read_timeout(Some(LONG)).expect("a timeout");
        matches!(held.read(&mut [0; 1]), Ok(0))
    }

    fn taken(asked: &Receiver<(String, String)>) -> (String, String) {
        asked.recv_timeout(LONG).expect("an inhibitor is taken")
    }

    #[test]
    fn the_store_is_locked_before_logind_is_told_that_we_are_ready() {
        let Some(bus) = Bus::start() else {
            let _told = writeln!(std::io::stderr(), "skipped: there is no dbus-daemon here");
            return;
        };
        let (asked, inhibitors) = channel();
        let held: Arc<Mutex<Vec<UnixStream>>> = Arc::default();
        let logind = connection::Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name(NAME))
            .and_then(|builder| {
                builder.serve_at(
                    PATH,
                    Logind {
                        held: Arc::clone(&held),
                        asked,
                    },
                )
            })
            .and_then(connection::Builder::build)
            .expect("a logind");
        let (locked, locks) = channel();
        let (ready, waits) = channel();
        let haven = bus.connect();
        std::thread::spawn(move || {
            let lock = || locked.send(()).expect("the test waits");
            // Ends with the bus, one way or another.
            let _ended = serve(&haven, &lock, Some(&ready));
        });
        assert_eq!(taken(&inhibitors), ("sleep".to_owned(), "delay".to_owned()));
        waits.recv_timeout(LONG).expect("it listens");
        for round in 0..2 {
            let mut inhibitor = held.lock().expect("held").pop().expect("one is held");
            tells(&logind, true);
            locks.recv_timeout(LONG).expect("locked before the sleep");
            assert!(
                is_released(&mut inhibitor),
                "round {round}: the sleep may go on"
            );
            tells(&logind, false);
            assert_eq!(
                taken(&inhibitors).1,
                "delay",
                "round {round}: held again once awake"
            );
        }
    }

    #[test]
    fn without_logind_nothing_is_waited_for() {
        let Some(bus) = Bus::start() else {
            return;
        };
        assert!(serve(&bus.connect(), &|| {}, None).is_err());
    }
}
