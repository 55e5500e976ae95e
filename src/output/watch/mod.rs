//! What people see of `monitor`: a tick, a size, and what keys were pressed make lines. Pure.

mod frame;
mod grid;
mod queues;
mod short;
mod tables;
#[cfg(test)]
mod tests;
mod view;

pub use frame::{Look, block, frame};
pub use view::{View, Wish};
