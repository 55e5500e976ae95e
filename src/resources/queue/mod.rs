//! SQS queues.

pub mod api;
pub mod apply;
pub mod config;
pub mod diff;
mod encryption;
#[cfg(test)]
pub mod fake;
pub mod read;
mod redrive;
pub mod remove;
mod settings;
pub mod spec;
