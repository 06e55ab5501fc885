//! What NetworkManager says of the network, over D-Bus.

use std::sync::Arc;

use haven_sync::network::{Metered, Network};

use crate::platform::Platform;

/// The platform's word, for the sync worker.
pub(crate) struct PlatformNetwork(pub(crate) Arc<dyn Platform>);

impl Network for PlatformNetwork {
    fn metered(&self) -> Metered {
        self.0.metered()
    }
}

/// Whether the network in use is metered, by NetworkManager's property `Metered`.
///
/// Source: NetworkManager D-Bus reference, `org.freedesktop.NetworkManager`, enum `NMMetered`.
#[cfg(target_os = "linux")]
pub(crate) fn metered() -> Metered {
    use std::time::Duration;

    /// A system without NetworkManager must not hold a sync up.
    const PATIENCE: Duration = Duration::from_secs(2);
    const MANAGER: &str = "org.freedesktop.NetworkManager";

    fn ask() -> zbus::Result<u32> {
        let bus = zbus::blocking::connection::Builder::system()?
            .method_timeout(PATIENCE)
            .build()?;
        let answer = bus.call_method(
            Some(MANAGER),
            "/org/freedesktop/NetworkManager",
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &(MANAGER, "Metered"),
        )?;
        let body = answer.body();
        let value: zbus::zvariant::Value<'_> = body.deserialize()?;
        Ok(u32::try_from(&value)?)
    }

    let is_there = std::env::var_os("DBUS_SYSTEM_BUS_ADDRESS").is_some()
        || std::path::Path::new("/run/dbus/system_bus_socket").exists();
    if !is_there {
        return Metered::Unknown;
    }
    match ask() {
        // Yes, and "guessed yes".
        Ok(1 | 3) => Metered::Yes,
        // No, and "guessed no".
        Ok(2 | 4) => Metered::No,
        Ok(_) | Err(_) => Metered::Unknown,
    }
}

/// Other systems are not asked.
#[cfg(not(target_os = "linux"))]
pub(crate) fn metered() -> Metered {
    Metered::Unknown
}
