//! SQS queues.

pub mod api;
pub mod apply;
pub mod config;
pub mod diff;
pub mod read;
pub mod spec;
