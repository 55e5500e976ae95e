//! SQS queues.

pub mod config;
pub mod spec;
