//! GetMetricData.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use serde_json::{Value as Json, json};

use super::answer::answers;
use super::errors::invalid_token;
use super::math::{Series, Value};
use super::query::{Input, Query, What, in_expression};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

/// What one entry of `MetricDataResults` is made of.
struct Answer<'a> {
    id: &'a str,
    label: String,
    series: Series,
}

/// # Errors
/// The operation's own refusals.
pub fn get_metric_data(call: &Call, input: &Json) -> Result<Json, ApiError> {
    let input: Input = decode(input)?;
    let (queries, range) = (input.queries()?, input.range()?);
    let (newest_first, most) = (input.newest_first()?, input.most_points()?);
    let after = input
        .next_token
        .as_deref()
        .map(Position::parse)
        .transpose()?;
    let mut values = answers(call, &queries, range)?;
    let mut answers = Vec::new();
    for query in queries.iter().filter(|query| query.return_data) {
        answers.extend(returned(query, &mut values)?);
    }
    let positions = positions(&answers, newest_first);
    let start = after.map_or(0, |after| {
        positions.partition_point(|position| position.key(newest_first) <= after.key(newest_first))
    });
    let page: Vec<Position> = positions.iter().skip(start).take(most).copied().collect();
    let rest = &positions[start + page.len()..];
    let mut output = json!({ "MetricDataResults": results(&answers, &page, rest), "Messages": [] });
    // With an expression there is none (API MetricDataResult, StatusCode).
    let math = queries
        .iter()
        .any(|query| matches!(query.what, What::Expression { .. }));
    if let Some(last) = page.last().filter(|_| !rest.is_empty() && !math) {
        output["NextToken"] = last.token().into();
    }
    Ok(output)
}

/// The label of an expression stands before those of the several series that it gives (UG "Using metric math").
fn returned<'a>(
    query: &'a Query,
    values: &mut BTreeMap<String, Value>,
) -> Result<Vec<Answer<'a>>, ApiError> {
    let id = query.id.as_str();
    let label = query.label.clone();
    match values.remove(id) {
        Some(Value::Series(series)) => {
            let default = match query.what {
                What::Metric(_) => series.label.clone(),
                What::Expression { .. } => id.to_owned(),
            };
            let label = label.unwrap_or(default);
            Ok(vec![Answer { id, label, series }])
        }
        Some(Value::Array(all)) => Ok(all
            .into_iter()
            .map(|series| {
                let before = label.as_deref().unwrap_or_default();
                let label = format!("{before} {}", series.label).trim().to_owned();
                Answer { id, label, series }
            })
            .collect()),
        _ => Err(in_expression(
            id,
            "The expression must return a time series or an array of time series, not a scalar",
        )),
    }
}

/// Of one datapoint: its time and which of the answers it belongs to.
#[derive(Clone, Copy, PartialEq)]
struct Position {
    at: i64,
    answer: usize,
    value: f64,
}

impl Position {
    fn key(&self, newest_first: bool) -> (i64, usize) {
        (if newest_first { -self.at } else { self.at }, self.answer)
    }

    fn token(&self) -> String {
        base64::encode(format!("{} {}", self.at, self.answer))
    }

    fn parse(token: &str) -> Result<Position, ApiError> {
        let read = || {
            let text = String::from_utf8(base64::decode(token).ok()?).ok()?;
            let (at, answer) = text.split_once(' ')?;
            let at = at.parse().ok().filter(|at| *at != i64::MIN)?;
            let answer = answer.parse().ok()?;
            Some(Position {
                at,
                answer,
                value: 0.0,
            })
        };
        read().ok_or_else(invalid_token)
    }
}

fn positions(answers: &[Answer<'_>], newest_first: bool) -> Vec<Position> {
    let mut positions: Vec<Position> = answers
        .iter()
        .enumerate()
        .flat_map(|(answer, it)| {
            let points = it.series.points.iter();
            points.map(move |(at, value)| Position {
                at: *at,
                answer,
                value: *value,
            })
        })
        .collect();
    positions.sort_by_key(|position| position.key(newest_first));
    positions
}

fn results(answers: &[Answer<'_>], page: &[Position], rest: &[Position]) -> Vec<Json> {
    let mut points = vec![(Vec::<Json>::new(), Vec::<Json>::new(), "Complete"); answers.len()];
    for position in page {
        let (timestamps, values, _) = &mut points[position.answer];
        timestamps.push(super::seconds(position.at).into());
        values.push(position.value.into());
    }
    for position in rest {
        points[position.answer].2 = "PartialData";
    }
    let results = answers.iter().zip(points);
    results
        .map(|(answer, (timestamps, values, status))| {
            json!({
                "Id": answer.id,
                "Label": answer.label,
                "Timestamps": timestamps,
                "Values": values,
                "StatusCode": status,
            })
        })
        .collect()
}
