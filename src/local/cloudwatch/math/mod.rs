//! Metric math: expressions over series (UG "Using metric math").

mod calendar;
mod evaluate;
mod fill;
mod functions;
mod parse;
mod token;
mod value;

pub use evaluate::{Scope, evaluate};
pub use parse::{Expression, parse};
pub use value::{Series, Value};

#[cfg(test)]
mod tests;
