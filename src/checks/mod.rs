//! What `test` proves: by reading, on copies that live as long as the test, or on the resources themselves.

pub mod config;
pub mod dead_letters;
pub mod examine;
pub mod fifo;
pub mod item;
pub mod items;
pub mod journal;
pub mod leftovers;
pub mod live;
pub mod messages;
pub mod probe;
pub mod queue;
pub mod remove;
pub mod rounds;
pub mod run;
#[cfg(test)]
mod samples;
pub mod table;
pub mod wiring;
