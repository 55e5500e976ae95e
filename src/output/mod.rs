//! What people and machines see. It reads the model and never calls AWS.

pub mod fields;
pub mod glyphs;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod notes;
pub mod problem;
pub mod progress;
#[cfg(test)]
mod samples;
pub mod style;
pub mod text;
pub mod ui;
pub mod watch;
