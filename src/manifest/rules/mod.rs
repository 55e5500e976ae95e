//! What AWS and we demand of values that decode; every breach is reported.

pub(super) mod finding;
pub(super) mod header;
pub(super) mod ignore;
pub(super) mod names;
mod policy;
pub(super) mod queues;
pub(super) mod redrive;
pub(super) mod tables;
pub(super) mod tags;
mod throughput;
