//! What GetMetricData is asked, and whether it can be answered.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::errors::validation;
use super::input::{self, Dimension, Flag, Integer, Time};
use super::math::{self, Expression};
use super::put::check_unit;
use super::series::{Range, is_period};
use super::statistic::Statistic;
use crate::local::error::ApiError;
use crate::local::metrics::Metric;

/// API GetMetricData.
const QUERIES: usize = 500;
const POINTS: i64 = 100_800;
/// API MetricDataQuery.
const EXPRESSION: usize = 2_048;
const ID: usize = 255;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    #[serde(default, deserialize_with = "input::list")]
    metric_data_queries: Vec<MetricDataQuery>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    pub next_token: Option<String>,
    scan_by: Option<String>,
    max_datapoints: Option<Integer>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricDataQuery {
    id: Option<String>,
    metric_stat: Option<MetricStat>,
    expression: Option<String>,
    label: Option<String>,
    return_data: Option<Flag>,
    period: Option<Integer>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricStat {
    metric: Option<GivenMetric>,
    period: Option<Integer>,
    stat: Option<String>,
    unit: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GivenMetric {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default, deserialize_with = "input::list")]
    dimensions: Vec<Dimension>,
}

/// A `MetricDataQuery` that can be answered.
pub struct Query {
    pub id: String,
    pub label: Option<String>,
    pub return_data: bool,
    pub what: What,
}

pub enum What {
    Metric(Stat),
    Expression {
        expression: Expression,
        period: Option<i64>,
    },
}

/// A `MetricStat` that can be had.
#[derive(Clone, Debug, PartialEq)]
pub struct Stat {
    pub metric: Metric,
    pub statistic: Statistic,
    /// As it was given.
    pub stat: String,
    pub period: i64,
    pub unit: Option<String>,
}

impl Input {
    /// # Errors
    /// The operation's refusals of its queries.
    pub fn queries(&self) -> Result<Vec<Query>, ApiError> {
        let given = &self.metric_data_queries;
        if given.is_empty() {
            return Err(validation("The parameter MetricDataQueries is required."));
        }
        if given.len() > QUERIES {
            return Err(validation(format!(
                "The collection MetricDataQueries must not have a size greater than {QUERIES}."
            )));
        }
        queries(given, "MetricDataQueries")
    }

    /// # Errors
    /// When it is not given, or ends before it begins.
    pub fn range(&self) -> Result<Range, ApiError> {
        let missing = |name: &str| validation(format!("The parameter {name} is required."));
        let Time(from) = self.start_time.ok_or_else(|| missing("StartTime"))?;
        let Time(to) = self.end_time.ok_or_else(|| missing("EndTime"))?;
        if from >= to {
            return Err(validation(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        Ok(Range { from, to })
    }

    /// # Errors
    /// For an order that there is not.
    pub fn newest_first(&self) -> Result<bool, ApiError> {
        match self.scan_by.as_deref() {
            None | Some("TimestampDescending") => Ok(true),
            Some("TimestampAscending") => Ok(false),
            Some(_) => Err(validation(
                "The parameter ScanBy must be a value in the set [ TimestampDescending, TimestampAscending ].",
            )),
        }
    }

    /// # Errors
    /// For less than one, or more than AWS gives.
    pub fn most_points(&self) -> Result<usize, ApiError> {
        let given = self.max_datapoints.map_or(POINTS, |most| most.0);
        let most = usize::try_from(given)
            .ok()
            .filter(|_| (1..=POINTS).contains(&given));
        most.ok_or_else(|| {
            validation(format!(
                "The parameter MaxDatapoints must be between 1 and {POINTS}."
            ))
        })
    }
}

/// `parameter` is where they were given, for errors to name.
///
/// # Errors
/// For a query that cannot be answered, and for two with one id.
pub fn queries(given: &[MetricDataQuery], parameter: &str) -> Result<Vec<Query>, ApiError> {
    let mut ids = BTreeSet::new();
    let mut queries = Vec::new();
    for (at, query) in given.iter().enumerate() {
        let query = query.checked(&format!("{parameter}.member.{}", at + 1))?;
        if !ids.insert(query.id.clone()) {
            return Err(validation(format!(
                "The values for parameter id in {parameter} are not unique."
            )));
        }
        queries.push(query);
    }
    Ok(queries)
}

impl MetricDataQuery {
    fn checked(&self, path: &str) -> Result<Query, ApiError> {
        let id = self.id.as_deref().unwrap_or_default();
        if !is_id(id) {
            return Err(validation(format!(
                "The value '{id}' for parameter {path}.Id is invalid: it must match ^[a-z][a-zA-Z0-9_]*$."
            )));
        }
        let what = match (&self.metric_stat, &self.expression) {
            (Some(stat), None) => What::Metric(stat.checked(&format!("{path}.MetricStat"))?),
            (None, Some(text)) => What::Expression {
                expression: parsed(id, text)?,
                period: self
                    .period
                    .map(|it| period(it, &format!("{path}.Period")))
                    .transpose()?,
            },
            _ => {
                return Err(validation(format!(
                    "Exactly one of the parameters {path}.MetricStat and {path}.Expression must be specified."
                )));
            }
        };
        Ok(Query {
            id: id.to_owned(),
            label: self.label.clone(),
            return_data: self.return_data.is_none_or(|flag| flag.0),
            what,
        })
    }
}

fn is_id(id: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.len() <= ID
        && id.bytes().all(word)
}

fn parsed(id: &str, text: &str) -> Result<Expression, ApiError> {
    if text.is_empty() || text.len() > EXPRESSION {
        return Err(in_expression(
            id,
            &format!("It must be between 1 and {EXPRESSION} characters long"),
        ));
    }
    math::parse(text).map_err(|error| in_expression(id, &error))
}

pub fn in_expression(id: &str, error: &str) -> ApiError {
    validation(format!("Error in expression '{id}': {error}"))
}

fn period(Integer(period): Integer, parameter: &str) -> Result<i64, ApiError> {
    if is_period(period) {
        return Ok(period);
    }
    Err(validation(format!(
        "The parameter {parameter} must be 1, 5, 10, 20, 30 or a multiple of 60."
    )))
}

impl MetricStat {
    fn checked(&self, path: &str) -> Result<Stat, ApiError> {
        let missing = |name: &str| validation(format!("The parameter {path}.{name} is required."));
        let metric = self.metric.as_ref().ok_or_else(|| missing("Metric"))?;
        let stat = self.stat.clone().ok_or_else(|| missing("Stat"))?;
        let statistic = Statistic::parse(&stat).ok_or_else(|| {
            validation(format!(
                "The value for parameter {path}.Stat is not a valid statistic."
            ))
        })?;
        let given = self.period.ok_or_else(|| missing("Period"))?;
        if let Some(unit) = &self.unit {
            check_unit(unit, &format!("{path}.Unit")).map_err(as_validation)?;
        }
        Ok(Stat {
            metric: metric
                .checked(&format!("{path}.Metric"))
                .map_err(as_validation)?,
            statistic,
            stat,
            period: period(given, &format!("{path}.Period"))?,
            unit: self.unit.clone(),
        })
    }
}

impl GivenMetric {
    fn checked(&self, path: &str) -> Result<Metric, ApiError> {
        Ok(Metric {
            namespace: input::text(&self.namespace, &format!("{path}.Namespace"), 255)?.clone(),
            name: input::text(&self.metric_name, &format!("{path}.MetricName"), 255)?.clone(),
            dimensions: input::dimensions(&self.dimensions, &format!("{path}.Dimensions"))?,
        })
    }
}

/// The operation knows no other code for what is given to it.
fn as_validation(error: ApiError) -> ApiError {
    validation(error.message)
}
