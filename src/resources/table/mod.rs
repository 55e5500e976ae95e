//! DynamoDB tables.

pub mod config;
pub mod spec;
