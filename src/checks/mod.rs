//! What `test` proves: by reading, on copies that live as long as the test, or on the resources themselves.

pub mod config;
pub mod wiring;
