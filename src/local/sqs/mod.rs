//! SQS: queues, their messages, and AWS's rules for both.

mod attributes;
mod batch;
mod census;
mod control;
mod digest;
mod errors;
mod list;
mod messages;
mod operations;
mod policy;
mod queue;
mod receipt;
mod receive;
mod redrive;
mod schema;
mod send;
mod tags;

pub use census::census;
pub use operations::handle;
pub use receive::patience;
pub use schema::SCHEMA;
pub use tags::tagged;
