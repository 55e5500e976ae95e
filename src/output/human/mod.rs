//! What people read on a terminal. Pure: a value, a width and styles make a text.

pub mod check;
pub mod failure;
mod page;
pub mod plan;
pub mod report;
pub mod value;
