//! What a gate waits for, and what makes it fail.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// Every queue and table is healthy
    Healthy,
    /// No queue holds a message: none visible, in flight or delayed
    Empty,
    /// The same, dead-letter queues excepted
    Drained,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A queue or table is critical in three samples in a row
    Unhealthy,
    /// A dead-letter queue holds more than it may, at once
    Dlq,
}

impl Until {
    /// As `--until` takes it.
    pub fn word(self) -> &'static str {
        match self {
            Until::Healthy => "healthy",
            Until::Empty => "empty",
            Until::Drained => "drained",
        }
    }
}

impl FailOn {
    /// As `--fail-on` takes it.
    pub fn word(self) -> &'static str {
        match self {
            FailOn::Unhealthy => "unhealthy",
            FailOn::Dlq => "dlq",
        }
    }
}
