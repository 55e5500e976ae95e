//! Desired and live become a plan, and a plan becomes events.

mod consent;
pub mod execute;
pub mod graph;
pub mod guard;
pub mod interrupt;
pub mod moved;
pub mod orphans;
pub mod plan;
pub mod read;
pub mod removal;
