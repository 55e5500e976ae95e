//! The functions of metric math.

use super::evaluate::{Scope, evaluate};
use super::parse::Expression;
use super::value::{Series, Value, times};
use super::{calendar, fill};

/// # Errors
/// For an unknown function, and for arguments that it does not take.
pub fn call(name: &str, arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    if let Some(number) = pointwise(name) {
        let value = only(name, arguments, scope)?;
        return Ok(value.each(|series| series.map(number), number));
    }
    if let Some(along) = along(name) {
        return match only(name, arguments, scope)? {
            Value::Number(number) => Err(unsupported(name, &Value::Number(number))),
            value => Ok(value.each(|series| along(&series), |number| number)),
        };
    }
    if let Some(reduction) = reduction(name) {
        return reduced(name, reduction, only(name, arguments, scope)?);
    }
    if let Some(part) = calendar::part(name) {
        let series = series(name, only(name, arguments, scope)?)?;
        let dates = scope.grid(series.period)?;
        let points = dates.map(|at| (at, part(at.div_euclid(1_000))));
        return Ok(Value::Series(series.with(points)));
    }
    match name {
        "METRICS" => metrics(arguments, scope),
        "SEARCH" => search(arguments, scope),
        "FILL" => fill::fill(arguments, scope),
        "IF" => condition(arguments, scope),
        "TIME_SERIES" => constant(only(name, arguments, scope)?, scope),
        "PERIOD" => {
            let series = series(name, only(name, arguments, scope)?)?;
            Ok(Value::Number(series.period as f64))
        }
        "FIRST" | "LAST" | "REMOVE_EMPTY" | "METRIC_COUNT" => {
            of_array(name, array(name, only(name, arguments, scope)?)?)
        }
        "SLICE" => slice(arguments, scope),
        "SORT" => sort(arguments, scope),
        _ => Err(format!("Function '{name}' not found")),
    }
}

fn pointwise(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "ABS" => f64::abs,
        "CEIL" => f64::ceil,
        "FLOOR" => f64::floor,
        "LOG" => f64::ln,
        "LOG10" => f64::log10,
        _ => return None,
    })
}

fn along(name: &str) -> Option<fn(&Series) -> Series> {
    Some(match name {
        "DIFF" => |series| steps(series, |_, difference| difference),
        "DIFF_TIME" => |series| steps(series, |seconds, _| seconds),
        "RATE" => |series| steps(series, |seconds, difference| difference / seconds),
        "RUNNING_SUM" => |series| {
            let mut sum = 0.0;
            let points = series.points.iter().map(|(at, value)| {
                sum += value;
                (*at, sum)
            });
            series.with(points)
        },
        _ => return None,
    })
}

/// From each point to the next: of the seconds and of the difference between them. The first has none before it.
fn steps(series: &Series, f: impl Fn(f64, f64) -> f64) -> Series {
    let pairs = series.points.iter().zip(series.points.iter().skip(1));
    series.with(pairs.map(|((before, old), (at, new))| {
        let seconds = (at - before) as f64 / 1_000.0;
        (*at, f(seconds, new - old))
    }))
}

type Reduction = fn(&[f64]) -> f64;

fn reduction(name: &str) -> Option<Reduction> {
    Some(match name {
        "AVG" => average,
        "SUM" => |values| values.iter().fold(0.0, |sum, value| sum + value),
        "MIN" => |values| values.iter().copied().fold(f64::NAN, f64::min),
        "MAX" => |values| values.iter().copied().fold(f64::NAN, f64::max),
        "STDDEV" => |values| {
            let mean = average(values);
            let squares: Vec<f64> = values.iter().map(|value| (value - mean).powi(2)).collect();
            average(&squares).sqrt()
        },
        "DATAPOINT_COUNT" => count,
        _ => return None,
    })
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

fn count<T>(values: &[T]) -> f64 {
    values.len() as f64
}

/// A series becomes a number; an array becomes a series, of which each value is that of one time.
fn reduced(name: &str, reduction: Reduction, value: Value) -> Result<Value, String> {
    match value {
        Value::Number(_) => Err(unsupported(name, &value)),
        Value::Series(series) => {
            let values: Vec<f64> = series.values().collect();
            Ok(Value::Number(reduction(&values)))
        }
        Value::Array(all) => {
            let points = times(&all).into_iter().map(|at| {
                let mut values: Vec<f64> = all.iter().filter_map(|it| it.at(at)).collect();
                // Only of AVG does the page say that what is missing counts as 0.
                if name == "AVG" {
                    values.resize(all.len(), 0.0);
                }
                (at, reduction(&values))
            });
            let period = all.iter().map(|series| series.period).max();
            let empty = Series {
                label: name.to_owned(),
                period: period.unwrap_or(60),
                points: Vec::new(),
            };
            Ok(Value::Series(empty.with(points)))
        }
    }
}

fn metrics(arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let filter = match arguments {
        [] => "",
        [Expression::Text(filter)] => filter,
        _ => return Err("Function 'METRICS' takes at most one string".to_owned()),
    };
    let mut all = Vec::new();
    for id in scope.metrics.iter().filter(|id| id.contains(filter)) {
        if let Some(Value::Series(series)) = scope.values.get(id) {
            all.push(series.clone());
        }
    }
    Ok(Value::Array(all))
}

fn search(arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let (text, statistic, period) = match arguments {
        [Expression::Text(text), Expression::Text(statistic)] => (text, statistic, None),
        [Expression::Text(text), Expression::Text(statistic), period] => {
            (text, statistic, Some(whole("SEARCH", period, scope)?))
        }
        _ => return Err("Function 'SEARCH' takes a search, a statistic and a period".to_owned()),
    };
    let period = period.map(|period| i64::try_from(period).unwrap_or(i64::MAX));
    Ok(Value::Array((scope.search)(text, statistic, period)?))
}

fn condition(arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let (condition, then, otherwise) = match arguments {
        [condition, then] => (condition, then, None),
        [condition, then, otherwise] => (condition, then, Some(otherwise)),
        _ => return Err(wrong_count("IF", "2 or 3")),
    };
    let condition = evaluate(condition, scope)?;
    let then = evaluate(then, scope)?;
    let otherwise = otherwise.map(|it| evaluate(it, scope)).transpose()?;
    for branch in [Some(&then), otherwise.as_ref()].into_iter().flatten() {
        if matches!(branch, Value::Array(_)) {
            return Err(unsupported("IF", branch));
        }
    }
    match condition {
        Value::Number(number) if number != 0.0 => Ok(then),
        Value::Number(_) => match (otherwise, then) {
            (Some(otherwise), _) => Ok(otherwise),
            (None, Value::Series(then)) => Ok(Value::Series(then.with(std::iter::empty()))),
            (None, then) => Err(unsupported("IF", &then)),
        },
        series => Ok(series.each(|it| chosen(&it, &then, otherwise.as_ref()), |it| it)),
    }
}

/// What is missing in the second argument is 0, what is missing in the third is dropped (UG "Using IF expressions").
fn chosen(condition: &Series, then: &Value, otherwise: Option<&Value>) -> Series {
    let at = |value: &Value, time: i64| match value {
        Value::Number(number) => Some(*number),
        Value::Series(series) => series.at(time),
        Value::Array(_) => None,
    };
    let points = condition.points.iter().filter_map(|(time, truth)| {
        let value = if *truth != 0.0 {
            at(then, *time).unwrap_or_default()
        } else {
            at(otherwise?, *time)?
        };
        Some((*time, value))
    });
    let named = [Some(then), otherwise]
        .into_iter()
        .flatten()
        .find_map(|value| match value {
            Value::Series(series) => Some(series),
            _ => None,
        });
    Series {
        period: condition.period,
        ..named.unwrap_or(condition).with(points)
    }
}

fn constant(value: Value, scope: &Scope<'_>) -> Result<Value, String> {
    let Value::Number(number) = value else {
        return Err(unsupported("TIME_SERIES", &value));
    };
    let empty = Series {
        label: "TIME_SERIES".to_owned(),
        period: scope.period,
        points: Vec::new(),
    };
    let points = scope.grid(scope.period)?.map(|at| (at, number));
    Ok(Value::Series(empty.with(points)))
}

fn of_array(name: &str, mut all: Vec<Series>) -> Result<Value, String> {
    Ok(match name {
        "METRIC_COUNT" => Value::Number(count(&all)),
        "REMOVE_EMPTY" => {
            all.retain(|series| !series.points.is_empty());
            Value::Array(all)
        }
        _ => {
            let index = if name == "FIRST" {
                0
            } else {
                all.len().saturating_sub(1)
            };
            if index >= all.len() {
                return Err(format!("Function '{name}' needs at least one time series"));
            }
            Value::Series(all.swap_remove(index))
        }
    })
}

/// From the second argument on, and before the third.
fn slice(arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let (all, from, to) = match arguments {
        [all, from] => (all, from, None),
        [all, from, to] => (all, from, Some(to)),
        _ => return Err(wrong_count("SLICE", "2 or 3")),
    };
    let all = array("SLICE", evaluate(all, scope)?)?;
    let from = whole("SLICE", from, scope)?;
    let to = to.map(|to| whole("SLICE", to, scope)).transpose()?;
    let length = to.unwrap_or(usize::MAX).saturating_sub(from);
    Ok(Value::Array(
        all.into_iter().skip(from).take(length).collect(),
    ))
}

fn sort(arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    let [
        all,
        Expression::Word(by),
        Expression::Word(order),
        limit @ ..,
    ] = arguments
    else {
        return Err("Function 'SORT' takes an array, a function, an order and a limit".to_owned());
    };
    let limit = match limit {
        [] => usize::MAX,
        [limit] => whole("SORT", limit, scope)?,
        _ => return Err(wrong_count("SORT", "3 or 4")),
    };
    let reduction = match by.as_str() {
        "AVG" | "MIN" | "MAX" | "SUM" => reduction(by),
        _ => None,
    };
    let reduction = reduction.ok_or_else(|| format!("Function 'SORT' cannot sort by '{by}'"))?;
    let mut all: Vec<(f64, Series)> = array("SORT", evaluate(all, scope)?)?
        .into_iter()
        .map(|series| (reduction(&series.values().collect::<Vec<_>>()), series))
        .collect();
    match order.as_str() {
        "ASC" => all.sort_by(|(one, _), (other, _)| one.total_cmp(other)),
        "DESC" => all.sort_by(|(one, _), (other, _)| other.total_cmp(one)),
        _ => return Err(format!("Function 'SORT' has no order '{order}'")),
    }
    let sorted = all.into_iter().take(limit).map(|(_, series)| series);
    Ok(Value::Array(sorted.collect()))
}

fn only(name: &str, arguments: &[Expression], scope: &Scope<'_>) -> Result<Value, String> {
    match arguments {
        [argument] => evaluate(argument, scope),
        _ => Err(wrong_count(name, "1")),
    }
}

fn wrong_count(name: &str, wanted: &str) -> String {
    format!("Function '{name}' takes {wanted} argument(s)")
}

pub fn unsupported(name: &str, value: &Value) -> String {
    format!(
        "Function '{name}' does not support an argument of type {}",
        value.kind()
    )
}

fn series(name: &str, value: Value) -> Result<Series, String> {
    match value {
        Value::Series(series) => Ok(series),
        other => Err(unsupported(name, &other)),
    }
}

fn array(name: &str, value: Value) -> Result<Vec<Series>, String> {
    match value {
        Value::Array(all) => Ok(all),
        other => Err(unsupported(name, &other)),
    }
}

/// A number of things; a fraction is cut off.
fn whole(name: &str, argument: &Expression, scope: &Scope<'_>) -> Result<usize, String> {
    match evaluate(argument, scope)? {
        Value::Number(number) if number >= 0.0 => Ok(number as usize),
        Value::Number(number) => Err(format!("Function '{name}' does not support {number}")),
        other => Err(unsupported(name, &other)),
    }
}
