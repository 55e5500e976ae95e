//! One folder a kind of resource; `kinds` is the one place that dispatches between them.

pub mod declaration;
pub mod kinds;
pub mod owned;
pub mod ownership;
pub mod policy;
pub mod queue;
pub mod read;
pub mod run;
#[cfg(test)]
pub mod script;
pub mod table;
pub mod tags;
