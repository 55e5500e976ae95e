//! FILL.

use super::evaluate::{Scope, evaluate};
use super::functions::unsupported;
use super::parse::Expression;
use super::value::{Series, Value};

enum Filler {
    Number(f64),
    Series(Series),
    /// The last value before.
    Repeat,
    /// What lies between the values before and after.
    Linear,
}

/// # Errors
/// For arguments that it does not take.
pub fn fill(arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let [sparse, filler] = arguments else {
        return Err("Function 'FILL' takes 2 argument(s)".to_owned());
    };
    let filler = match filler {
        Expression::Word(word) if word == "REPEAT" => Filler::Repeat,
        Expression::Word(word) if word == "LINEAR" => Filler::Linear,
        other => match evaluate(other, scope)? {
            Value::Number(number) => Filler::Number(number),
            Value::Series(series) => Filler::Series(series),
            array @ Value::Array(_) => return Err(unsupported("FILL", &array)),
        },
    };
    match evaluate(sparse, scope)? {
        Value::Series(series) => Ok(Value::Series(filled(&series, &filler, scope)?)),
        Value::Array(all) => {
            let filled = all.iter().map(|series| filled(series, &filler, scope));
            Ok(Value::Array(filled.collect::<Result<_, _>>()?))
        }
        number @ Value::Number(_) => Err(unsupported("FILL", &number)),
    }
}

fn filled(series: &Series, filler: &Filler, scope: &Scope<'_>) -> Result<Series, String> {
    let grid = scope.grid(series.period)?;
    let points = grid.filter_map(|at| {
        let value = series.at(at).or_else(|| missing(series, filler, at));
        Some((at, value?))
    });
    Ok(series.with(points))
}

fn missing(series: &Series, filler: &Filler, at: i64) -> Option<f64> {
    let next = series.points.partition_point(|(time, _)| *time < at);
    let before = next.checked_sub(1).map(|index| series.points[index]);
    match filler {
        Filler::Number(number) => Some(*number),
        Filler::Series(other) => other.at(at),
        Filler::Repeat => before.map(|(_, value)| value),
        Filler::Linear => {
            let (start, from) = before?;
            let (end, to) = *series.points.get(next)?;
            let share = (at - start) as f64 / (end - start) as f64;
            Some(from + (to - from) * share)
        }
    }
}
