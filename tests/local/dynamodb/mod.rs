//! DynamoDB, and Resource Groups Tagging over its tables.

mod backups;
mod combinations;
mod definitions;
mod expiry;
mod faults;
mod handles;
mod indexes;
mod items;
mod limits;
mod metering;
mod restores;
mod settings;
pub mod shape;
mod tables;
mod throttling;
mod throughput;
