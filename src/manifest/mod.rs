//! The manifest: text → tree → environment overlay → spec → rules → desired resources.
//!
//! Nothing here knows AWS's API, prints, or ends the process.

mod decode;
pub mod diagnostics;
mod draft;
mod environments;
mod expand;
pub mod fault;
pub mod load;
mod mistake;
mod naming;
mod overlay;
mod parse;
mod peel;
mod reference;
mod rules;
pub mod schema;
mod spec;
mod suggest;
#[cfg(test)]
mod tests;
mod tree;
mod unsupported;

pub use diagnostics::render;
pub use expand::System;
pub use fault::{Fault, LoadError, LoadErrorKind, Severity, Source};
pub use load::{Validation, load, validate_all};
pub use rules::header::is_region;
pub use schema::schema;
pub use suggest::did_you_mean;
