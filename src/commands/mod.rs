//! One file per verb; `session` is what those that talk to AWS begin with.

pub mod completions;
pub mod create;
#[cfg(feature = "local")]
pub mod local;
pub mod man;
pub mod monitor;
pub mod out;
pub mod plan;
pub mod saved;
pub mod schema;
pub mod session;
pub mod stop;
pub mod tell;
pub mod test;
pub mod validate;
