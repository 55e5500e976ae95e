//! The vocabulary that every floor shares. No async, no SDK, no printing.

pub mod change;
pub mod check;
pub mod condition;
pub mod event;
pub mod failure;
pub mod hazard;
pub mod id;
pub mod plan;
pub mod presence;
pub mod report;
pub mod scope;
pub mod thresholds;
pub mod tick;
pub mod units;
