//! What a metric's values of the last minutes say now. Pure.

/// In seconds.
pub const PERIOD: i64 = 60;

/// Value of each minute, by its beginning in seconds since the epoch; oldest first.
pub type Series = Vec<(i64, f64)>;

/// CloudWatch is a minute or two behind; what is older than this is not the present.
const RECENT: i64 = 5 * PERIOD;

/// A gauge's last value: the minute may be under way.
pub fn last(series: &Series, now: i64) -> Option<f64> {
    let recent = series.iter().rev().find(|(at, _)| *at <= now);
    recent
        .filter(|(at, _)| now - at <= RECENT)
        .map(|(_, value)| *value)
}

/// A counter's rate over the last minute that is complete.
pub fn per_second(series: &Series, now: i64) -> Option<f64> {
    let complete = series.iter().rev().find(|(at, _)| at + PERIOD <= now);
    complete
        .filter(|(at, _)| now - at <= RECENT)
        .map(|(_, value)| value / PERIOD as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_needs_a_whole_minute_and_a_gauge_does_not() {
        let series = vec![(0, 60.0), (60, 120.0), (120, 6.0)];
        for (now, gauge, rate) in [
            (0, Some(60.0), None),
            (59, Some(60.0), None),
            (60, Some(120.0), Some(1.0)),
            (150, Some(6.0), Some(2.0)),
            (180, Some(6.0), Some(0.1)),
            (420, Some(6.0), Some(0.1)),
            (421, None, None),
        ] {
            assert_eq!(last(&series, now), gauge, "{now}");
            assert_eq!(per_second(&series, now), rate, "{now}");
        }
        assert_eq!(last(&vec![], 0), None);
    }
}
