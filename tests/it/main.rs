//! The built binary, driven as a user drives it, and looked at with an AWS SDK client of its own.

#![cfg(feature = "local")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a call that fails here fails its test"
)]

mod behind;
mod check;
mod check_ends;
mod completions;
mod create;
mod edits;
mod faults;
mod fields;
mod guard;
mod input;
mod layers;
mod local;
mod man;
mod matrix;
mod monitor;
mod output;
mod queues;
mod removal;
mod round_trip;
mod saved;
mod second;
mod shapes;
mod support;
mod written;
