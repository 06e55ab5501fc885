//! Serving on a socket.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::router;
use crate::error::{HubError, Result};
use crate::hub::Hub;

/// What is under way when a hub stops is given up after this long.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

/// Serves until `shutdown` resolves; requests under way are answered first.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    hub: Hub,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    axum::serve(listener, router(hub))
        .with_graceful_shutdown(shutdown)
        .await
        .map_err(HubError::Socket)
}

/// A hub served in this process, on threads of its own; dropping it ends it at once.
pub struct RunningHub {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<()>>>,
    runtime: Option<Runtime>,
}

impl RunningHub {
    /// For example `http://127.0.0.1:49152`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens; to be given to [`spawn`] to come back at the same address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and answers what is under way. Afterwards nothing of it holds the database any more:
    /// its file can be copied or replaced once the last [`Hub`] is dropped.
    ///
    /// # Errors
    /// When the socket failed.
    pub async fn stop(mut self) -> Result<()> {
        // Dropping the sender is the signal.
        self.stop = None;
        let ended = match self.server.take() {
            Some(server) => server.await.map_err(|_| HubError::TaskEnded)?,
            None => Ok(()),
        };
        if let Some(runtime) = self.runtime.take() {
            // Connections that nobody waits for are tasks of their own, which end with the runtime.
            tokio::task::spawn_blocking(move || runtime.shutdown_timeout(STOPS_WITHIN))
                .await
                .map_err(|_| HubError::TaskEnded)?;
        }
        ended
    }

    /// Ends at once, as a killed process would: every connection breaks, requests under way get no
    /// answer, though what they were writing may be written.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for RunningHub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Serves in the background, on port 0 for any free port.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn spawn(hub: Hub, address: SocketAddr) -> Result<RunningHub> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("hub")
        .enable_all()
        .build()
        .map_err(HubError::Socket)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let bound = runtime
        .spawn(TcpListener::bind(address))
        .await
        .map_err(|_| HubError::TaskEnded)
        .and_then(|bound| bound.map_err(HubError::Socket))
        .and_then(|listener| Ok((listener.local_addr().map_err(HubError::Socket)?, listener)));
    let (address, listener) = match bound {
        Ok(bound) => bound,
        Err(error) => {
            runtime.shutdown_background();
            return Err(error);
        }
    };
    let server = runtime.spawn(serve(hub, listener, async {
        // Sent or dropped, either ends the server.
        let _ = stopped.await;
    }));
    Ok(RunningHub {
        address,
        stop: Some(stop),
        server: Some(server),
        runtime: Some(runtime),
    })
}
