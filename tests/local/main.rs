//! The embedded AWS as the real SDK clients see it.

#![cfg(feature = "local")]
#![expect(clippy::unwrap_used, reason = "a call that fails here fails its test")]

mod attributes;
mod cloudwatch;
mod control;
mod dynamodb;
mod emulator;
mod fifo;
mod messages;
mod odd_input;
mod others;
mod reset;
mod sqs_meter;
mod sqs_moves;
mod sqs_permissions;
mod sqs_rules;
mod sqs_state;
mod support;
