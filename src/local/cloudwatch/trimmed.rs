//! Statistics of the values that remain when the far ones are left out.

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trimmed {
    pub family: Family,
    pub bounds: Bounds,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Mean,
    WinsorizedMean,
    Count,
    Sum,
    Rank,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    Percent(f64, f64),
    /// The lower one is left out, the higher one is not.
    Values(f64, f64),
}

impl Bounds {
    pub fn low(self) -> f64 {
        match self {
            Bounds::Percent(low, _) | Bounds::Values(low, _) => low,
        }
    }

    pub fn high(self) -> f64 {
        match self {
            Bounds::Percent(_, high) | Bounds::Values(_, high) => high,
        }
    }
}

/// Ten times 90 % are nine, whatever binary fractions make of it.
const SLACK: f64 = 1e-9;

/// The next whole number of samples.
pub fn up(samples: f64) -> f64 {
    (samples - SLACK).ceil()
}

fn down(samples: f64) -> f64 {
    (samples + SLACK).floor()
}

impl Trimmed {
    /// Of values in ascending order, each with how often it occurred.
    pub fn of(self, values: &[(f64, f64)]) -> Option<f64> {
        let total: f64 = values.iter().map(|(_, count)| count).sum();
        let kept = self.kept(values, total);
        let count: f64 = kept.iter().map(|(_, count)| count).sum();
        let sum: f64 = kept.iter().map(|(value, count)| value * count).sum();
        match self.family {
            Family::Count => Some(count),
            Family::Sum => Some(sum),
            Family::Rank => Some(100.0 * count / total),
            Family::Mean => (count > 0.0).then_some(sum / count),
            Family::WinsorizedMean => {
                let (low, high) = self.edges(&kept)?;
                let sum: f64 = values
                    .iter()
                    .map(|(value, count)| value.clamp(low, high) * count)
                    .sum();
                Some(sum / total)
            }
        }
    }

    fn kept(self, values: &[(f64, f64)], total: f64) -> Vec<(f64, f64)> {
        let mut seen = 0.0;
        let kept = values.iter().map(|(value, count)| {
            let inside = match self.bounds {
                Bounds::Values(low, high) if *value > low && *value <= high => *count,
                Bounds::Values(..) => 0.0,
                Bounds::Percent(low, high) => {
                    let from = f64::max(seen, down(total * low / 100.0));
                    let to = f64::min(seen + count, up(total * high / 100.0));
                    to - from
                }
            };
            seen += count;
            (*value, inside)
        });
        kept.filter(|(_, count)| *count > 0.0).collect()
    }

    /// What the far values are taken for.
    fn edges(self, kept: &[(f64, f64)]) -> Option<(f64, f64)> {
        match self.bounds {
            Bounds::Values(low, high) => Some((low, high)),
            Bounds::Percent(..) => Some((kept.first()?.0, kept.last()?.0)),
        }
    }
}
