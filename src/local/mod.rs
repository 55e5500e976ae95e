//! The embedded AWS. It imports nothing of the rest of the crate, so that it cannot share our mistakes.

pub mod autoscaling;
pub mod call;
pub mod census;
pub mod clock;
pub mod cloudwatch;
pub mod connector;
pub mod dynamodb;
pub mod error;
pub mod faults;
pub mod latency;
pub mod log;
pub mod metrics;
pub mod options;
pub mod serve;
pub mod service;
pub mod sqs;
pub mod store;
pub mod sts;
pub mod tagging;
pub mod uuid;
pub mod wire;
