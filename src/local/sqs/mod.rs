//! SQS: queues, their messages, and AWS's rules for both.

mod attempts;
mod attributes;
mod batch;
mod census;
mod control;
mod dead_letters;
mod digest;
mod errors;
mod list;
mod message;
mod messages;
mod meter;
mod moves;
mod number;
mod operations;
mod permissions;
mod policy;
mod queue;
mod receipt;
mod receive;
mod redrive;
mod schema;
mod send;
mod tags;

pub use census::census;
pub use meter::{data, metrics};
pub use operations::handle;
pub use receive::{answered, patience};
pub use schema::SCHEMA;
pub use tags::tagged;
