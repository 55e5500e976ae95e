//! The embedded AWS as the real SDK clients see it.

#![cfg(feature = "local")]

mod control;
mod emulator;
mod messages;
mod others;
mod support;
