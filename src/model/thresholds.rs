//! From when on `monitor` calls something unhealthy; the manifest's section `monitor`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::units::Seconds;

/// From when on `shopctl monitor` calls a queue or a table unhealthy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Monitor", rename = "Monitor")]
pub struct Thresholds {
    /// A dead-letter queue may hold so many messages; one more is critical. Otherwise 0.
    pub dead_letters: u64,
    /// A queue's oldest message may be so old. Otherwise the visibility timeout times max_receive_count.
    pub oldest_age: Option<Seconds>,
    /// So many requests of a table may be throttled in a minute. Otherwise 0.
    pub throttles: u64,
    /// What could not be looked at for so long is critical. Otherwise 5m.
    pub stale: Seconds,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            dead_letters: 0,
            oldest_age: None,
            throttles: 0,
            stale: Seconds(300),
        }
    }
}
