//! The embedded AWS. It imports nothing of the rest of the crate, so that it cannot share our mistakes.

pub mod call;
pub mod dynamodb;
pub mod error;
pub mod sqs;
pub mod store;
