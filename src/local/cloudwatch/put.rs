//! PutMetricData.

use serde::Deserialize;
use serde_json::{Value, json};

use super::custom;
use super::errors::{invalid_combination, invalid_value, missing, value_is_invalid};
use super::input::{self, Dimension, Integer, Number, Time};
use super::{DAY, HOUR, UNITS};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;
use crate::local::metrics::{Datum, Metric, Observed, StatisticSet};

/// API PutMetricData.
const METRICS: usize = 1_000;
const VALUES: usize = 150;
const ENTITIES: usize = 2;
const OLDEST: i64 = 14 * DAY;
const NEWEST: i64 = 2 * HOUR;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    namespace: Option<String>,
    #[serde(default, deserialize_with = "input::list")]
    metric_data: Vec<MetricDatum>,
    #[serde(default, deserialize_with = "input::list")]
    entity_metric_data: Vec<EntityMetricData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntityMetricData {
    #[serde(default, deserialize_with = "input::list")]
    metric_data: Vec<MetricDatum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetricDatum {
    metric_name: Option<String>,
    #[serde(default, deserialize_with = "input::list")]
    dimensions: Vec<Dimension>,
    timestamp: Option<Time>,
    value: Option<Number>,
    statistic_values: Option<StatisticValues>,
    values: Option<Vec<Number>>,
    counts: Option<Vec<Number>>,
    unit: Option<String>,
    storage_resolution: Option<Integer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StatisticValues {
    sample_count: Option<Number>,
    sum: Option<Number>,
    minimum: Option<Number>,
    maximum: Option<Number>,
}

/// # Errors
/// The operation's own refusals; then nothing is kept.
pub fn put_metric_data(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: Input = decode(input)?;
    let namespace = input::namespace(&input.namespace)?;
    if namespace.starts_with("AWS/") {
        return Err(value_is_invalid("AWS/", "Namespace"));
    }
    let given = input.data()?;
    let data = given
        .iter()
        .map(|(path, datum)| datum.checked(call, namespace, path))
        .collect::<Result<Vec<_>, _>>()?;
    call.store.write(|transaction| {
        for (metric, resolution, datum) in &data {
            // Values of which each occurred no time are no data.
            if datum.observed != Observed::Values(Vec::new()) {
                custom::put(transaction, call, metric, *resolution, datum)?;
            }
        }
        Ok(json!({}))
    })
}

impl Input {
    /// With the path of each, as errors name it.
    fn data(&self) -> Result<Vec<(String, &MetricDatum)>, ApiError> {
        let entities = &self.entity_metric_data;
        if entities.len() > ENTITIES {
            return Err(too_many("EntityMetricData", ENTITIES));
        }
        let mut data = numbered("MetricData", &self.metric_data);
        for (at, entity) in entities.iter().enumerate() {
            let path = format!("EntityMetricData.member.{}.MetricData", at + 1);
            data.extend(numbered(&path, &entity.metric_data));
        }
        match data.len() {
            0 => Err(missing("MetricData")),
            1..=METRICS => Ok(data),
            _ => Err(too_many("MetricData", METRICS)),
        }
    }
}

fn numbered<'a>(path: &str, data: &'a [MetricDatum]) -> Vec<(String, &'a MetricDatum)> {
    let numbered = data.iter().enumerate();
    numbered
        .map(|(at, datum)| (format!("{path}.member.{}", at + 1), datum))
        .collect()
}

fn too_many(parameter: &str, most: usize) -> ApiError {
    invalid_value(format!(
        "The collection {parameter} must not have a size greater than {most}."
    ))
}

impl MetricDatum {
    fn checked(
        &self,
        call: &Call,
        namespace: &str,
        path: &str,
    ) -> Result<(Metric, i64, Datum), ApiError> {
        let metric = Metric {
            namespace: namespace.to_owned(),
            name: input::text(&self.metric_name, &format!("{path}.MetricName"), 255)?.clone(),
            dimensions: input::dimensions(&self.dimensions, &format!("{path}.Dimensions"))?,
        };
        let resolution = match self.storage_resolution {
            None => 60,
            Some(Integer(resolution @ (1 | 60))) => resolution,
            Some(Integer(other)) => {
                let parameter = format!("{path}.StorageResolution");
                return Err(value_is_invalid(other, &parameter));
            }
        };
        let time = self.time(call, path)?;
        let datum = Datum {
            at: time - time.rem_euclid(resolution * 1_000),
            observed: self.observed(path)?,
            unit: Some(self.unit(path)?.to_owned()),
        };
        Ok((metric, resolution, datum))
    }

    fn time(&self, call: &Call, path: &str) -> Result<i64, ApiError> {
        let time = self.timestamp.map_or(call.now, |time| time.0);
        let bounds = if time < call.now - OLDEST {
            "within the past two weeks"
        } else if time > call.now + NEWEST {
            "no more than two hours in the future"
        } else {
            return Ok(time);
        };
        Err(invalid_value(format!(
            "The parameter {path}.Timestamp must specify a time {bounds}."
        )))
    }

    fn unit(&self, path: &str) -> Result<&str, ApiError> {
        let unit = self.unit.as_deref().unwrap_or("None");
        check_unit(unit, &format!("{path}.Unit"))?;
        Ok(unit)
    }

    fn observed(&self, path: &str) -> Result<Observed, ApiError> {
        match (&self.value, &self.statistic_values, &self.values) {
            (Some(value), None, None) => {
                let value = checked(*value, &format!("{path}.Value"))?;
                Ok(Observed::Values(vec![(value, 1.0)]))
            }
            (None, Some(set), None) => set.checked(&format!("{path}.StatisticValues")),
            (None, None, Some(values)) => self.counted(values, path),
            (None, None, None) => Err(invalid_combination(format!(
                "At least one of the parameters {path}.Value, {path}.Values and {path}.StatisticValues \
                 must be specified."
            ))),
            (value, set, _) => {
                let first = if value.is_some() { "Value" } else { "Values" };
                let second = if set.is_some() {
                    "StatisticValues"
                } else {
                    "Values"
                };
                Err(invalid_combination(format!(
                    "The parameters {path}.{first} and {path}.{second} are mutually exclusive \
                     and you have specified both."
                )))
            }
        }
    }

    fn counted(&self, values: &[Number], path: &str) -> Result<Observed, ApiError> {
        let counts = self.counts.as_deref();
        for (name, length) in [
            ("Values", values.len()),
            ("Counts", counts.map_or(0, <[_]>::len)),
        ] {
            if length > VALUES {
                return Err(too_many(&format!("{path}.{name}"), VALUES));
            }
        }
        if counts.is_some_and(|counts| counts.len() != values.len()) {
            return Err(invalid_value(format!(
                "The parameters {path}.Values and {path}.Counts must have the same size."
            )));
        }
        let mut counted = Vec::new();
        for (at, value) in values.iter().enumerate() {
            let value = checked(*value, &format!("{path}.Values.member.{}", at + 1))?;
            let given = counts.map_or(Number(1.0), |counts| counts[at]);
            let parameter = format!("{path}.Counts.member.{}", at + 1);
            let count = checked(given, &parameter)?;
            if count < 0.0 {
                return Err(value_is_invalid(count, &parameter));
            }
            if count > 0.0 {
                counted.push((value, count));
            }
        }
        Ok(Observed::Values(counted))
    }
}

impl StatisticValues {
    fn checked(&self, path: &str) -> Result<Observed, ApiError> {
        let number = |given: Option<Number>, name: &str| {
            let parameter = format!("{path}.{name}");
            checked(given.ok_or_else(|| missing(&parameter))?, &parameter)
        };
        let set = StatisticSet {
            samples: number(self.sample_count, "SampleCount")?,
            sum: number(self.sum, "Sum")?,
            minimum: number(self.minimum, "Minimum")?,
            maximum: number(self.maximum, "Maximum")?,
        };
        if set.samples <= 0.0 {
            return Err(value_is_invalid(
                set.samples,
                &format!("{path}.SampleCount"),
            ));
        }
        if set.minimum > set.maximum {
            return Err(invalid_combination(format!(
                "The parameter {path}.Minimum must be less than or equal to the parameter {path}.Maximum."
            )));
        }
        Ok(Observed::Set(set))
    }
}

/// Between -2^360 and 2^360 (API PutMetricData).
fn checked(Number(value): Number, parameter: &str) -> Result<f64, ApiError> {
    if value.abs() <= 2f64.powi(360) {
        return Ok(value);
    }
    Err(value_is_invalid(value, parameter))
}

/// # Errors
/// For what is no unit.
pub fn check_unit(unit: &str, parameter: &str) -> Result<(), ApiError> {
    if UNITS.contains(&unit) {
        return Ok(());
    }
    Err(invalid_value(format!(
        "The parameter {parameter} must be a value in the set [ {} ].",
        UNITS.join(", ")
    )))
}
