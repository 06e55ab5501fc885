//! Serving on a socket.

use std::future::Future;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::router;
use crate::error::{HubError, Result};
use crate::hub::Hub;

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

/// A hub served in this process.
pub struct RunningHub {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<()>>,
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

    /// Stops listening, answers what is under way, and lets the database go.
    ///
    /// # Errors
    /// When the socket failed.
    pub async fn stop(self) -> Result<()> {
        // The receiver is gone only when the server has ended by itself.
        let _ = self.stop.send(());
        self.task.await.map_err(|_| HubError::TaskEnded)?
    }

    /// Ends at once, as a killed process would: requests under way get no answer.
    pub async fn kill(self) {
        self.task.abort();
        // Waits until the task is gone; that it was cancelled is no news.
        let _ = self.task.await;
    }
}

/// Serves in the background of the current runtime, on port 0 for any free port.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn spawn(hub: Hub, address: SocketAddr) -> Result<RunningHub> {
    let listener = TcpListener::bind(address).await.map_err(HubError::Socket)?;
    let address = listener.local_addr().map_err(HubError::Socket)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(serve(hub, listener, async {
        // A dropped sender stops the server too.
        let _ = stopped.await;
    }));
    Ok(RunningHub {
        address,
        stop,
        task,
    })
}
