//! What an expression is worth, and how operators join it.

use super::parse::Operator;
use crate::local::cloudwatch::series::Points;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// S
    Number(f64),
    /// TS
    Series(Series),
    /// TS[]
    Array(Vec<Series>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Of the metric that it comes of.
    pub label: String,
    /// In seconds.
    pub period: i64,
    pub points: Points,
}

impl Series {
    /// The same with other points; what is no number is no point, as of a division by zero, and zero has no sign.
    pub fn with(&self, points: impl Iterator<Item = (i64, f64)>) -> Series {
        Series {
            label: self.label.clone(),
            period: self.period,
            points: points
                .filter(|(_, value)| value.is_finite())
                .map(|(at, value)| (at, value + 0.0))
                .collect(),
        }
    }

    pub fn map(&self, f: impl Fn(f64) -> f64) -> Series {
        self.with(self.points.iter().map(|(at, value)| (*at, f(*value))))
    }

    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.points.iter().map(|(_, value)| *value)
    }

    pub fn at(&self, time: i64) -> Option<f64> {
        let index = self
            .points
            .binary_search_by_key(&time, |(at, _)| *at)
            .ok()?;
        Some(self.points[index].1)
    }
}

impl Value {
    /// As the user guide names the types.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Number(_) => "Scalar",
            Value::Series(_) => "TimeSeries",
            Value::Array(_) => "TimeSeries[]",
        }
    }

    /// Applies to each series, or to the number.
    pub fn each(self, series: impl Fn(Series) -> Series, number: impl Fn(f64) -> f64) -> Value {
        match self {
            Value::Number(value) => Value::Number(number(value)),
            Value::Series(one) => Value::Series(series(one)),
            Value::Array(all) => Value::Array(all.into_iter().map(series).collect()),
        }
    }
}

/// Every time that one of the series has.
pub fn times<'a>(series: impl IntoIterator<Item = &'a Series>) -> Vec<i64> {
    let mut times: Vec<i64> = series
        .into_iter()
        .flat_map(|one| one.points.iter().map(|(at, _)| *at))
        .collect();
    times.sort_unstable();
    times.dedup();
    times
}

/// # Errors
/// For types that the operator does not join.
pub fn join(operator: Operator, left: Value, right: Value) -> Result<Value, String> {
    let of = |one: f64, other: f64| apply(operator, one, other);
    Ok(match (left, right) {
        (Value::Number(one), Value::Number(other)) => Value::Number(of(one, other)),
        (Value::Number(one), right) => right.each(|it| it.map(|other| of(one, other)), |it| it),
        (left, Value::Number(other)) => left.each(|it| it.map(|one| of(one, other)), |it| it),
        (left, Value::Series(right)) => left.each(|it| pair(operator, &it, &right), |it| it),
        (Value::Series(left), right) => right.each(|it| pair(operator, &left, &it), |it| it),
        (left, right) => {
            return Err(format!(
                "Unsupported operand type(s) for {operator:?}: '{}' and '{}'",
                left.kind(),
                right.kind()
            ));
        }
    })
}

/// What is missing on one side counts as 0, and where that divides by zero there is no point (UG "Using metric math").
fn pair(operator: Operator, left: &Series, right: &Series) -> Series {
    let points = times([left, right]).into_iter().map(|at| {
        let [one, other] = [left, right].map(|side| side.at(at).unwrap_or_default());
        (at, apply(operator, one, other))
    });
    Series {
        period: left.period.max(right.period),
        ..left.with(points)
    }
}

fn apply(operator: Operator, one: f64, other: f64) -> f64 {
    let truth = match operator {
        Operator::Add => return one + other,
        Operator::Subtract => return one - other,
        Operator::Multiply => return one * other,
        Operator::Divide => return one / other,
        Operator::Power => return one.powf(other),
        Operator::Or => one != 0.0 || other != 0.0,
        Operator::And => one != 0.0 && other != 0.0,
        Operator::Equal => one == other,
        Operator::NotEqual => one != other,
        Operator::Less => one < other,
        Operator::LessOrEqual => one <= other,
        Operator::Greater => one > other,
        Operator::GreaterOrEqual => one >= other,
    };
    f64::from(u8::from(truth))
}
