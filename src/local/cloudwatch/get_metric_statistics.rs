//! GetMetricStatistics.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::{invalid_combination, invalid_value, missing, required, value_is_invalid};
use super::input::{self, Dimension, Integer, Time};
use super::put::check_unit;
use super::series::{self, Range};
use super::statistic::Statistic;
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric};

/// API GetMetricStatistics.
const POINTS: i64 = 1_440;
const STATISTICS: usize = 5;
const EXTENDED: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default, deserialize_with = "input::list")]
    dimensions: Vec<Dimension>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    period: Option<Integer>,
    #[serde(default, deserialize_with = "input::list")]
    statistics: Vec<String>,
    #[serde(default, deserialize_with = "input::list")]
    extended_statistics: Vec<String>,
    unit: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn get_metric_statistics(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: Input = decode(input)?;
    let metric = Metric {
        namespace: input::namespace(&input.namespace)?.clone(),
        name: input::text(&input.metric_name, "MetricName", 255)?.clone(),
        dimensions: input::dimensions(&input.dimensions, "Dimensions")?,
    };
    let statistics = input.statistics()?;
    let period = input.period()?;
    let range = input.range()?.rounded(call.now, period);
    if let Some(unit) = &input.unit {
        check_unit(unit, "Unit")?;
    }
    let points = range.periods(period);
    if points > POINTS {
        return Err(invalid_combination(format!(
            "You have requested up to {points} datapoints, which exceeds the limit of {POINTS}. \
             You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let mut datapoints = Vec::new();
    for (at, data) in series::periods(call, &metric, period, range)? {
        // What was put in several units is not added up: there is a datapoint of each.
        let mut units = BTreeMap::<&str, Vec<&Datum>>::new();
        for datum in &data {
            units.entry(series::unit_of(datum)).or_default().push(datum);
        }
        units.retain(|unit, _| input.unit.as_deref().is_none_or(|wanted| wanted == *unit));
        for (unit, data) in units {
            datapoints.extend(datapoint(at, unit, &data, &statistics));
        }
    }
    Ok(json!({ "Label": metric.name, "Datapoints": datapoints }))
}

fn datapoint(
    at: i64,
    unit: &str,
    data: &[&Datum],
    statistics: &[(&str, Statistic)],
) -> Option<Value> {
    let mut point = Map::new();
    let mut extended = Map::new();
    for (name, statistic) in statistics {
        if let Some(value) = statistic.of(data.iter().copied()) {
            let plain = Statistic::parse_extended(name).is_none();
            let members = if plain { &mut point } else { &mut extended };
            members.insert((*name).to_owned(), value.into());
        }
    }
    if !extended.is_empty() {
        point.insert("ExtendedStatistics".to_owned(), extended.into());
    }
    if point.is_empty() {
        return None;
    }
    point.insert("Timestamp".to_owned(), super::seconds(at).into());
    point.insert("Unit".to_owned(), unit.into());
    Some(point.into())
}

impl Input {
    fn statistics(&self) -> Result<Vec<(&str, Statistic)>, ApiError> {
        let (given, name, most) = match (
            self.statistics.is_empty(),
            self.extended_statistics.is_empty(),
        ) {
            (true, true) => return Err(missing("Statistics")),
            (false, false) => {
                return Err(invalid_combination(
                    "The parameters Statistics and ExtendedStatistics are mutually exclusive \
                     and you have specified both.",
                ));
            }
            (false, true) => (&self.statistics, "Statistics", STATISTICS),
            (true, false) => (&self.extended_statistics, "ExtendedStatistics", EXTENDED),
        };
        if given.len() > most {
            return Err(invalid_value(format!(
                "The collection {name} must not have a size greater than {most}."
            )));
        }
        let parse = |(at, text): (usize, &'_ String)| {
            let extended = Statistic::parse_extended(text);
            let statistic = match extended {
                None if name == "Statistics" => Statistic::parse(text),
                Some(statistic) if name != "Statistics" => Some(statistic),
                _ => None,
            };
            statistic.ok_or_else(|| value_is_invalid(text, &format!("{name}.member.{}", at + 1)))
        };
        given
            .iter()
            .enumerate()
            .map(|(at, text)| Ok((text.as_str(), parse((at, text))?)))
            .collect()
    }

    fn period(&self) -> Result<i64, ApiError> {
        let Integer(period) = *required(&self.period, "Period")?;
        if series::is_period(period) {
            return Ok(period);
        }
        Err(invalid_value(
            "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
        ))
    }

    fn range(&self) -> Result<Range, ApiError> {
        let Time(from) = *required(&self.start_time, "StartTime")?;
        let Time(to) = *required(&self.end_time, "EndTime")?;
        if from >= to {
            return Err(invalid_combination(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        Ok(Range { from, to })
    }
}
