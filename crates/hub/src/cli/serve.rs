//! `haven-hub serve`.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use haven_hub::{Hub, HubError, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::print_line;

/// How long requests under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until SIGTERM or an interrupt.
pub(super) fn serve(db: &Path, address: SocketAddr, json: bool) -> Result<()> {
    let hub = Hub::open(db)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(HubError::Socket)?;
    let served = runtime.block_on(run(hub, address, json));
    // Nothing that still runs is waited for: what is committed is on disk.
    runtime.shutdown_background();
    served
}

async fn run(hub: Hub, address: SocketAddr, json: bool) -> Result<()> {
    let listener = TcpListener::bind(address).await.map_err(HubError::Socket)?;
    let address = listener.local_addr().map_err(HubError::Socket)?;
    if !address.ip().is_loopback() {
        tracing::warn!("this is plain HTTP on the network: put TLS in front of it");
    }
    let (stopping, stopped) = watch::channel(false);
    tokio::spawn(async move {
        signal().await;
        stopping.send_replace(true);
    });
    let url = format!("http://{address}");
    let line = if json {
        serde_json::json!({"url": url}).to_string()
    } else {
        format!("listening on {url}")
    };
    print_line(&line).map_err(HubError::Socket)?;
    let mut graceful = stopped.clone();
    let mut hard = stopped;
    let server = haven_hub::serve(hub, listener, async move {
        // A closed channel means that no signal can come any more.
        let _ = graceful.wait_for(|stop| *stop).await;
    });
    tokio::select! {
        served = server => served,
        () = async {
            let _ = hard.wait_for(|stop| *stop).await;
            tokio::time::sleep(GRACE).await;
        } => Ok(()),
    }
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
