//! ListMetrics.

use aws_smithy_types::base64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::{invalid_value, required, value_is_invalid};
use super::{DAY, HOUR, input, sources};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;
use crate::local::metrics::Metric;

/// API ListMetrics.
const PAGE: usize = 500;
const FILTERS: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    namespace: Option<String>,
    metric_name: Option<String>,
    #[serde(default, deserialize_with = "input::list")]
    dimensions: Vec<DimensionFilter>,
    next_token: Option<String>,
    recently_active: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DimensionFilter {
    name: Option<String>,
    value: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn list_metrics(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: Input = decode(input)?;
    input.check()?;
    let since = match input.recently_active.as_deref() {
        None => call.now - 14 * DAY,
        Some("PT3H") => call.now - 3 * HOUR,
        Some(other) => return Err(value_is_invalid(other, "RecentlyActive")),
    };
    let mut metrics = sources::metrics(call, since)?;
    metrics.retain(|metric| input.selects(metric));
    metrics.sort();
    if let Some(token) = &input.next_token {
        let last = position(token)
            .ok_or_else(|| invalid_value("Request parameter NextToken is not valid."))?;
        metrics.retain(|metric| *metric > last);
    }
    let more = metrics.len() > PAGE;
    metrics.truncate(PAGE);
    let mut output = json!({ "Metrics": metrics.iter().map(shown).collect::<Vec<_>>() });
    if more && let Some(last) = metrics.last() {
        output["NextToken"] = token(last).into();
    }
    Ok(output)
}

impl Input {
    fn check(&self) -> Result<(), ApiError> {
        if self.dimensions.len() > FILTERS {
            return Err(invalid_value(format!(
                "The collection Dimensions must not have a size greater than {FILTERS}."
            )));
        }
        for (at, filter) in self.dimensions.iter().enumerate() {
            required(&filter.name, &format!("Dimensions.member.{}.Name", at + 1))?;
        }
        Ok(())
    }

    /// A metric may have more dimensions than are asked for (API ListMetrics).
    fn selects(&self, metric: &Metric) -> bool {
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|it| it == found);
        is(&self.namespace, &metric.namespace)
            && is(&self.metric_name, &metric.name)
            && self.dimensions.iter().all(|filter| {
                let name = filter.name.as_deref().unwrap_or_default();
                let value = metric.dimensions.get(name);
                value.is_some_and(|value| is(&filter.value, value))
            })
    }
}

/// As the API's `Metric`.
pub fn shown(metric: &Metric) -> Value {
    let dimensions = metric.dimensions.iter();
    let dimensions: Vec<Value> = dimensions
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    json!({ "Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions })
}

fn token(last: &Metric) -> String {
    let position = json!([last.namespace, last.name, last.dimensions]);
    base64::encode(position.to_string())
}

fn position(token: &str) -> Option<Metric> {
    let position = base64::decode(token).ok()?;
    let (namespace, name, dimensions) = serde_json::from_slice(&position).ok()?;
    Some(Metric {
        namespace,
        name,
        dimensions,
    })
}
