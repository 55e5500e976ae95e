//! DynamoDB, and Resource Groups Tagging over its tables.

mod backups;
mod faults;
mod handles;
mod indexes;
mod items;
mod settings;
mod shape;
mod tables;
mod throughput;
