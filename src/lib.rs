//! shopctl: the queues and tables of an event-driven shop, from one manifest.

pub mod aws;
#[cfg(feature = "local")]
pub mod local;
pub mod model;
pub mod output;
pub mod reconcile;
pub mod resources;
