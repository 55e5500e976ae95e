//! The series that queries ask for, also those that are computed of others.

use std::collections::{BTreeMap, BTreeSet};

use super::errors::validation;
use super::math::{self, Scope, Series, Value};
use super::query::{Query, Stat, What, in_expression};
use super::search::search;
use super::series::{Range, series};
use crate::local::call::Call;
use crate::local::error::ApiError;

/// The value of each query by its id: a series of each metric, and of each expression a series or several.
///
/// # Errors
/// For an expression that has no such value.
pub fn answers(
    call: &Call,
    queries: &[Query],
    range: Range,
) -> Result<BTreeMap<String, Value>, ApiError> {
    let stats: Vec<&Stat> = queries.iter().filter_map(Query::stat).collect();
    let mut values = BTreeMap::new();
    let mut metrics = Vec::new();
    for (id, stat) in queries.iter().filter_map(|it| Some((&it.id, it.stat()?))) {
        let label = default_label(stat, &stats);
        values.insert(
            id.clone(),
            Value::Series(of_stat(call, stat, label, range)?),
        );
        metrics.push(id.clone());
    }
    let shortest = stats.iter().map(|stat| stat.period).min().unwrap_or(60);
    let found = |text: &str, statistic: &str, period: Option<i64>| {
        search(call, text, statistic, period.unwrap_or(shortest), range)
    };
    for query in in_order(queries)? {
        let What::Expression { expression, period } = &query.what else {
            continue;
        };
        let scope = Scope {
            values: &values,
            metrics: &metrics,
            range,
            now: call.now,
            period: period.unwrap_or(shortest),
            search: &found,
        };
        let value =
            math::evaluate(expression, &scope).map_err(|error| in_expression(&query.id, &error))?;
        values.insert(query.id.clone(), value);
    }
    Ok(values)
}

impl Query {
    fn stat(&self) -> Option<&Stat> {
        match &self.what {
            What::Metric(stat) => Some(stat),
            What::Expression { .. } => None,
        }
    }
}

/// A metric's statistic, from a start that is rounded as the API says.
///
/// # Errors
/// When the state cannot be read.
pub fn of_stat(call: &Call, stat: &Stat, label: String, range: Range) -> Result<Series, ApiError> {
    let range = range.rounded(call.now, stat.period);
    let unit = stat.unit.as_deref();
    Ok(Series {
        label,
        period: stat.period,
        points: series(call, &stat.metric, stat.statistic, stat.period, range, unit)?,
    })
}

/// The metric's name, with what tells it from the others that are asked for.
pub fn default_label(stat: &Stat, all: &[&Stat]) -> String {
    let others = || {
        all.iter()
            .filter(|other| other.metric.name == stat.metric.name)
    };
    let mut parts: Vec<&str> = Vec::new();
    if others().any(|other| other.metric.dimensions != stat.metric.dimensions) {
        parts.extend(stat.metric.dimensions.values().map(String::as_str));
    }
    parts.push(&stat.metric.name);
    if others().any(|other| other.stat != stat.stat) {
        parts.push(&stat.stat);
    }
    parts.join(" ")
}

/// Each expression after those that it speaks of; metrics speak of nothing.
fn in_order(queries: &[Query]) -> Result<Vec<&Query>, ApiError> {
    let mut waiting: Vec<&Query> = queries.iter().collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let left: BTreeSet<&str> = waiting.iter().map(|query| query.id.as_str()).collect();
        let (blocked, ready): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|query| match &query.what {
                What::Expression { expression, .. } => {
                    expression.ids().iter().any(|id| left.contains(id))
                }
                What::Metric(_) => false,
            });
        if ready.is_empty() {
            let left: Vec<&str> = left.into_iter().collect();
            return Err(validation(format!(
                "Circular dependency among the expressions: {}",
                left.join(", ")
            )));
        }
        ordered.extend(ready);
        waiting = blocked;
    }
    Ok(ordered)
}
