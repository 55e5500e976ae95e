//! One metric's statistic over a range of time.

use std::collections::BTreeMap;

use super::statistic::Statistic;
use super::{DAY, HOUR, MINUTE, sources};
use crate::local::call::Call;
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric};

/// Times in milliseconds, ascending, each with its value.
pub type Points = Vec<(i64, f64)>;

/// From `from` on and before `to`, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub from: i64,
    pub to: i64,
}

impl Range {
    /// The start is rounded down, the further back the more (API GetMetricData, StartTime).
    pub fn rounded(self, now: i64, period: i64) -> Range {
        let age = now - self.from;
        let step = match period {
            1 | 5 | 10 | 20 | 30 => period * 1_000,
            _ if age > 63 * DAY => HOUR,
            _ if age > 15 * DAY => 5 * MINUTE,
            _ => MINUTE,
        };
        Range {
            from: self.from - self.from.rem_euclid(step),
            ..self
        }
    }

    /// How many periods begin in it.
    pub fn periods(self, period: i64) -> i64 {
        let length = (self.to - self.from).max(0);
        length.div_euclid(period * 1_000) + i64::from(length.rem_euclid(period * 1_000) > 0)
    }
}

/// 1, 5, 10, 20, 30, or a multiple of 60 (API MetricStat).
pub fn is_period(period: i64) -> bool {
    matches!(period, 1 | 5 | 10 | 20 | 30) || (period > 0 && period % 60 == 0)
}

/// A statistic of a metric for each period that begins in `range` and has data; the periods are counted from the
/// range's start, which the caller has rounded. `period` is in seconds.
///
/// # Errors
/// When the state cannot be read.
pub fn series(
    call: &Call,
    metric: &Metric,
    statistic: Statistic,
    period: i64,
    range: Range,
    unit: Option<&str>,
) -> Result<Points, ApiError> {
    let periods = periods(call, metric, period, range)?;
    let points = periods.into_iter().filter_map(|(at, data)| {
        let data = data.iter().filter(|datum| has_unit(datum, unit));
        Some((at, statistic.of(data)?))
    });
    Ok(points.collect())
}

/// What somebody has put without saying a unit has the unit `None`.
pub fn unit_of(datum: &Datum) -> &str {
    datum.unit.as_deref().unwrap_or("None")
}

fn has_unit(datum: &Datum, unit: Option<&str>) -> bool {
    unit.is_none_or(|unit| unit == unit_of(datum))
}

/// The data of each period that has some and can still be had.
///
/// # Errors
/// When the state cannot be read.
pub fn periods(
    call: &Call,
    metric: &Metric,
    period: i64,
    range: Range,
) -> Result<BTreeMap<i64, Vec<Datum>>, ApiError> {
    let mut periods = BTreeMap::<i64, Vec<Datum>>::new();
    let length = period * 1_000;
    for datum in sources::data(call, metric, [range.from, range.to], period < 60)? {
        let at = datum.at - (datum.at - range.from).rem_euclid(length);
        if is_kept(call.now - at, period) {
            periods.entry(at).or_default().push(datum);
        }
    }
    Ok(periods)
}

/// Old data can be had in long periods only (API GetMetricData).
fn is_kept(age: i64, period: i64) -> bool {
    let coarse = if age > 455 * DAY {
        return false;
    } else if age > 63 * DAY {
        3_600
    } else if age > 15 * DAY {
        300
    } else if age > 3 * HOUR {
        60
    } else {
        1
    };
    period % coarse == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_rounded_by_its_age_and_by_a_short_period() {
        let now = 1_000 * DAY;
        let from = |age: i64, period| {
            now - Range {
                from: now - age,
                to: now,
            }
            .rounded(now, period)
            .from
        };
        let odd = 2 * MINUTE + 7_300;
        assert_eq!(from(odd, 60), 3 * MINUTE);
        assert_eq!(from(odd, 300), 3 * MINUTE);
        assert_eq!(from(odd, 10), 2 * MINUTE + 10_000);
        assert_eq!(from(odd, 1), 2 * MINUTE + 8_000);
        assert_eq!(from(20 * DAY + odd, 300), 20 * DAY + 5 * MINUTE);
        assert_eq!(from(70 * DAY + odd, 3_600), 70 * DAY + HOUR);
    }

    #[test]
    fn old_data_can_be_had_in_long_periods_only() {
        for (age, shortest) in [
            (2 * HOUR, 1),
            (4 * HOUR, 60),
            (16 * DAY, 300),
            (64 * DAY, 3_600),
        ] {
            for period in [1, 60, 300, 3_600, 86_400] {
                assert_eq!(is_kept(age, period), period >= shortest, "{age} {period}");
            }
        }
        assert!(!is_kept(456 * DAY, 86_400));
    }

    #[test]
    fn periods_are_of_certain_lengths() {
        assert!(
            [1, 5, 10, 20, 30, 60, 120, 86_400]
                .into_iter()
                .all(is_period)
        );
        assert!(![-60, 0, 2, 15, 45, 61, 90].into_iter().any(is_period));
        let range = Range {
            from: 0,
            to: 61_000,
        };
        assert_eq!(
            [1, 30, 60, 300].map(|period| range.periods(period)),
            [61, 3, 2, 1]
        );
    }
}
