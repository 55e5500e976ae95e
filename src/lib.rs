//! shopctl: the queues and tables of an event-driven shop, from one manifest.

pub mod model;
pub mod resources;
#[cfg(feature = "local")]
pub mod local;
pub mod aws;
pub mod reconcile;
