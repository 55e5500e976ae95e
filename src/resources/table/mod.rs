//! DynamoDB tables.

pub mod api;
pub mod apply;
pub mod autoscaling;
pub mod config;
pub mod diff;
#[cfg(test)]
pub mod fake;
pub mod forms;
pub mod indexes;
#[cfg(test)]
pub mod law;
#[cfg(test)]
mod matrix;
pub mod read;
pub mod remove;
pub mod request;
#[cfg(test)]
pub mod samples;
pub mod settings;
pub mod spec;
pub mod steps;
pub mod throughput;
pub mod wait;
