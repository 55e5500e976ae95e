//! The edge: how AWS is reached and how its errors are sorted. Knows no resource.

pub mod classify;
pub mod clients;
#[cfg(test)]
pub mod fake;
mod limits;
pub mod pace;
pub mod poll;
pub mod transport;
