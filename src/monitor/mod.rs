//! Watching: looks that repeat, rows that are judged, and the terminal they are shown on. Never prints.

pub mod api;
mod backoff;
pub mod gate;
mod health;
mod loss;
mod metrics;
mod price;
mod rows;
pub mod sample;
pub mod screen;
mod series;
mod watched;
