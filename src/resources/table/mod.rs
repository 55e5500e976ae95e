//! DynamoDB tables.

pub mod api;
pub mod apply;
pub mod config;
pub mod diff;
#[cfg(test)]
pub mod fake;
pub mod read;
pub mod remove;
pub mod spec;
pub mod steps;
pub mod wait;
