//! What is computed of the observations within a period.

use super::trimmed::{Bounds, Family, Trimmed};
use crate::local::metrics::{Datum, Observed, StatisticSet};

/// UG "CloudWatch statistics definitions".
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    Percentile(f64),
    Trimmed(Trimmed),
}

impl Statistic {
    /// As `Stat` has it: `Sum`, `p99.9`, `tm90`, `TM(2%:98%)`, `PR(:300)`, `IQM`.
    pub fn parse(text: &str) -> Option<Statistic> {
        Some(match text {
            "SampleCount" => Statistic::SampleCount,
            "Average" => Statistic::Average,
            "Sum" => Statistic::Sum,
            "Minimum" => Statistic::Minimum,
            "Maximum" => Statistic::Maximum,
            extended => return Statistic::parse_extended(extended),
        })
    }

    /// Only those that need the values themselves.
    pub fn parse_extended(text: &str) -> Option<Statistic> {
        if let Some(percent) = text.strip_prefix('p').and_then(percent) {
            return Some(Statistic::Percentile(percent));
        }
        if text == "IQM" {
            let bounds = Bounds::Percent(25.0, 75.0);
            return Some(Statistic::Trimmed(Trimmed {
                family: Family::Mean,
                bounds,
            }));
        }
        if let Some(short) = text.get(..2)
            && let Some(percent) = percent(&text[2..])
        {
            let family = match short {
                "tm" => Family::Mean,
                "wm" => Family::WinsorizedMean,
                "tc" => Family::Count,
                "ts" => Family::Sum,
                _ => return None,
            };
            let bounds = Bounds::Percent(0.0, percent);
            return Some(Statistic::Trimmed(Trimmed { family, bounds }));
        }
        ranged(text).map(Statistic::Trimmed)
    }

    /// `None` where there is nothing to compute it of.
    pub fn of<'a>(self, data: impl Iterator<Item = &'a Datum> + Clone) -> Option<f64> {
        let value = match self {
            Statistic::Percentile(percent) => percentile(&values(data)?, percent),
            Statistic::Trimmed(trimmed) => trimmed.of(&values(data)?),
            _ => {
                let set = summary(data)?;
                Some(match self {
                    Statistic::SampleCount => set.samples,
                    Statistic::Average => set.sum / set.samples,
                    Statistic::Sum => set.sum,
                    Statistic::Minimum => set.minimum,
                    _ => set.maximum,
                })
            }
        };
        value.filter(|value| value.is_finite())
    }
}

/// Up to ten decimal places, between 0 and 100.
fn percent(text: &str) -> Option<f64> {
    decimal(text).filter(|percent| *percent <= 100.0)
}

fn decimal(text: &str) -> Option<f64> {
    let decimals = text.split_once('.').map_or("", |(_, decimals)| decimals);
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !plain || decimals.len() > 10 {
        return None;
    }
    text.parse().ok()
}

/// `TM(2%:98%)`, `TC(0.005:0.030)`, `TS(80%:)`, `PR(:300)`.
fn ranged(text: &str) -> Option<Trimmed> {
    let (name, range) = text.strip_suffix(')')?.split_once('(')?;
    let family = match name {
        "TM" => Family::Mean,
        "WM" => Family::WinsorizedMean,
        "TC" => Family::Count,
        "TS" => Family::Sum,
        "PR" => Family::Rank,
        _ => return None,
    };
    let (low, high) = range.split_once(':')?;
    let given = || [low, high].into_iter().filter(|bound| !bound.is_empty());
    let in_percent = given().all(|bound| bound.ends_with('%'));
    let bound = |text: &str, otherwise: f64| match text {
        "" => Some(otherwise),
        text if in_percent => percent(text.strip_suffix('%')?),
        text => decimal(text),
    };
    let bounds = match (given().next(), in_percent) {
        (None, _) => return None,
        (_, true) => Bounds::Percent(bound(low, 0.0)?, bound(high, 100.0)?),
        (_, false) => Bounds::Values(bound(low, f64::NEG_INFINITY)?, bound(high, f64::INFINITY)?),
    };
    let ordered = bounds.low() < bounds.high();
    let allowed = family != Family::Rank || !in_percent;
    (ordered && allowed).then_some(Trimmed { family, bounds })
}

fn summary<'a>(data: impl Iterator<Item = &'a Datum>) -> Option<StatisticSet> {
    data.filter_map(|datum| match &datum.observed {
        Observed::Set(set) => Some(*set),
        Observed::Values(values) => values
            .iter()
            .map(|(value, count)| StatisticSet {
                samples: *count,
                sum: value * count,
                minimum: *value,
                maximum: *value,
            })
            .reduce(joined),
    })
    .reduce(joined)
}

fn joined(one: StatisticSet, other: StatisticSet) -> StatisticSet {
    StatisticSet {
        samples: one.samples + other.samples,
        sum: one.sum + other.sum,
        minimum: one.minimum.min(other.minimum),
        maximum: one.maximum.max(other.maximum),
    }
}

/// Ascending, with how often each occurred. A statistic set hides them unless all of its are one, and negative ones
/// allow nothing of this kind (UG "CloudWatch statistics definitions").
fn values<'a>(data: impl Iterator<Item = &'a Datum>) -> Option<Vec<(f64, f64)>> {
    let mut all = Vec::new();
    for datum in data {
        match &datum.observed {
            Observed::Values(values) => all.extend_from_slice(values),
            Observed::Set(set) => {
                let one = set.minimum == set.maximum && set.sum == set.minimum * set.samples;
                if !one {
                    return None;
                }
                all.push((set.minimum, set.samples));
            }
        }
    }
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let negative = all.first().is_none_or(|(lowest, _)| *lowest < 0.0);
    (!negative).then_some(all)
}

/// The highest of the lowest `percent` of all.
fn percentile(values: &[(f64, f64)], percent: f64) -> Option<f64> {
    let total: f64 = values.iter().map(|(_, count)| count).sum();
    let wanted = super::trimmed::up(total * percent / 100.0);
    let mut seen = 0.0;
    values
        .iter()
        .find(|(_, count)| {
            seen += count;
            seen >= wanted
        })
        .or(values.last())
        .map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datum(observed: Observed) -> Datum {
        Datum {
            at: 0,
            observed,
            unit: None,
        }
    }

    fn of(stat: &str, data: &[Datum]) -> Option<f64> {
        Statistic::parse(stat).unwrap().of(data.iter())
    }

    fn one_to_ten() -> Vec<Datum> {
        let each = (1..=8).rev().map(|value| (f64::from(value), 1.0)).collect();
        vec![
            datum(Observed::Values(each)),
            datum(Observed::Values(vec![(9.0, 1.0), (10.0, 1.0)])),
        ]
    }

    #[test]
    fn statistics_of_one_to_ten() {
        let expected = [
            ("SampleCount", 10.0),
            ("Average", 5.5),
            ("Sum", 55.0),
            ("Minimum", 1.0),
            ("Maximum", 10.0),
            ("p0", 1.0),
            ("p50", 5.0),
            ("p90", 9.0),
            ("p90.5", 10.0),
            ("p100", 10.0),
            ("tm90", 5.0),
            ("TM(10%:90%)", 5.5),
            ("TM(2:4)", 3.5),
            ("TM(:2)", 1.5),
            ("TM(20%:)", 6.5),
            ("wm90", 5.4),
            ("WM(10%:90%)", 5.5),
            ("WM(3:8)", 5.5),
            ("tc90", 9.0),
            ("TC(2:4)", 2.0),
            ("ts90", 45.0),
            ("TS(80%:)", 19.0),
            ("PR(:3)", 30.0),
            ("PR(3:5)", 20.0),
            ("PR(9:)", 10.0),
            ("IQM", 5.5),
        ];
        for (stat, value) in expected {
            assert_eq!(of(stat, &one_to_ten()), Some(value), "{stat}");
        }
        assert_eq!(of("TM(20:30)", &one_to_ten()), None);
        assert_eq!(of("Sum", &[]), None);
    }

    #[test]
    fn counts_weigh() {
        let data = [datum(Observed::Values(vec![(1.0, 9.0), (100.0, 1.0)]))];
        assert_eq!(of("Average", &data), Some(10.9));
        assert_eq!(of("p90", &data), Some(1.0));
        assert_eq!(of("p91", &data), Some(100.0));
        assert_eq!(of("TC(0:1)", &data), Some(9.0));
    }

    #[test]
    fn a_set_tells_no_percentile_unless_all_of_it_is_one_value() {
        let set = |minimum, maximum, sum| {
            datum(Observed::Set(StatisticSet {
                samples: 4.0,
                sum,
                minimum,
                maximum,
            }))
        };
        let mixed = [set(1.0, 3.0, 8.0)];
        assert_eq!(of("Average", &mixed), Some(2.0));
        assert_eq!(of("p50", &mixed), None);
        assert_eq!(of("p50", &[set(2.0, 2.0, 8.0)]), Some(2.0));
    }

    #[test]
    fn negative_values_have_no_percentile() {
        let data = [datum(Observed::Values(vec![(-1.0, 1.0), (2.0, 1.0)]))];
        assert_eq!(of("Minimum", &data), Some(-1.0));
        assert_eq!(of("p50", &data), None);
    }

    #[test]
    fn what_is_no_statistic() {
        for text in [
            "",
            "sum",
            "p",
            "p101",
            "p-1",
            "p1e1",
            "p1.12345678901",
            "tm",
            "TM90",
            "tm(1:2)",
            "TM(:)",
            "TM(1%:2)",
            "TM(9:1)",
            "PR(1%:2%)",
            "pr90",
            "IQM(1:2)",
            "TM(2:3",
            "\u{e9}\u{e9}1",
            "p\u{e9}",
        ] {
            assert_eq!(Statistic::parse(text), None, "{text}");
        }
        assert_eq!(Statistic::parse_extended("Sum"), None);
    }
}
