//! Whether the network costs money by the byte, as far as the machine tells.

use serde::Serialize;

/// What the machine says of the network it is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metered {
    /// It is metered, or the system takes it for one.
    Yes,
    /// It is not, or the system takes it for none.
    No,
    /// Nobody can tell; treated as not metered, and said.
    #[default]
    Unknown,
}

/// The network as the machine sees it.
pub trait Network: Send + Sync {
    /// Whether it is metered now; answered within moments, whatever the system does.
    fn metered(&self) -> Metered;
}

/// A machine that does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub struct UntoldNetwork;

impl Network for UntoldNetwork {
    fn metered(&self) -> Metered {
        Metered::Unknown
    }
}
