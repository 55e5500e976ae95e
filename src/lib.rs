//! shopctl: the queues and tables of an event-driven shop, from one manifest.

#[cfg(feature = "local")]
pub mod local;
pub mod manifest;
pub mod model;
pub mod resources;
