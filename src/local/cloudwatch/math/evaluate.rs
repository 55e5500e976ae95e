//! From an expression's structure to its value.

use std::collections::BTreeMap;

use super::functions;
use super::parse::Expression;
use super::value::{Series, Value, join};
use crate::local::cloudwatch::series::Range;

/// More points than GetMetricData would give at once are not made up.
const POINTS: i64 = 100_800;
/// As many as one request may ask for (API GetMetricData); arrays of arrays would grow without end.
const SERIES: usize = 500;

/// Gives the series that a search finds, by its text, statistic and period.
pub type Search<'a> = dyn Fn(&str, &str, Option<i64>) -> Result<Vec<Series>, String> + 'a;

/// What an expression may speak of.
pub struct Scope<'a> {
    /// By id.
    pub values: &'a BTreeMap<String, Value>,
    /// The ids that are metrics and not expressions, as they were given.
    pub metrics: &'a [String],
    pub range: Range,
    pub now: i64,
    /// In seconds, for a series that comes of no metric.
    pub period: i64,
    pub search: &'a Search<'a>,
}

impl Scope<'_> {
    /// Every time at which a period begins.
    pub fn grid(&self, period: i64) -> Result<impl Iterator<Item = i64> + use<>, String> {
        let range = self.range.rounded(self.now, period);
        let periods = range.periods(period);
        if periods > POINTS {
            return Err(format!(
                "It would have {periods} datapoints, which exceeds the limit of {POINTS}"
            ));
        }
        Ok((0..periods).map(move |index| range.from + index * period * 1_000))
    }
}

/// # Errors
/// Says what is wrong, without naming the expression.
pub fn evaluate(expression: &Expression, scope: &Scope<'_>) -> Result<Value, String> {
    match expression {
        Expression::Number(number) => Ok(Value::Number(*number)),
        Expression::Text(text) => Err(format!("Unexpected '{text}'")),
        Expression::Word(id) => match scope.values.get(id) {
            Some(value) => Ok(value.clone()),
            None => Err(format!("Unrecognized identifier '{id}'")),
        },
        Expression::Array(items) => array(items, scope),
        Expression::Negative(inner) => {
            let inner = evaluate(inner, scope)?;
            Ok(inner.each(|series| series.map(|value| -value), |value| -value))
        }
        Expression::Chain(first, more) => {
            let mut value = evaluate(first, scope)?;
            for (operator, operand) in more {
                value = join(*operator, value, evaluate(operand, scope)?)?;
            }
            Ok(value)
        }
        Expression::Call(name, arguments) => functions::call(name, arguments, scope),
    }
}

fn array(items: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let mut all = Vec::new();
    for item in items {
        match evaluate(item, scope)? {
            Value::Series(one) => all.push(one),
            Value::Array(more) => all.extend(more),
            Value::Number(_) => return Err("An array can hold only time series".to_owned()),
        }
        if all.len() > SERIES {
            return Err(format!("An array can hold at most {SERIES} time series"));
        }
    }
    Ok(Value::Array(all))
}
