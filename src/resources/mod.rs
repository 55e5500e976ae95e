//! One folder a kind of resource; `kinds` is the one place that dispatches between them.

pub mod kinds;
pub mod ownership;
pub mod queue;
pub mod read;
pub mod run;
pub mod table;
pub mod tags;
