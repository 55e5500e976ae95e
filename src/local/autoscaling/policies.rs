//! Scaling policies of registered targets. They are kept and told; nothing acts on them, and no alarms are made.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::call::{Call, decode};
use super::super::error::ApiError;
use super::super::uuid;
use super::page::Page;
use super::{find, invalid, not_found, required};

/// API DescribeScalingPolicies.
const MAX_RESULTS: usize = 10;
const TYPES: [&str; 3] = ["PredictiveScaling", "StepScaling", "TargetTrackingScaling"];
/// The only one that DynamoDB takes (UG services-that-can-integrate-dynamodb).
const TARGET_TRACKING: &str = "TargetTrackingScaling";
const METRICS: [(&str, &str); 2] = [
    ("DynamoDBReadCapacityUtilization", "ReadCapacityUnits"),
    ("DynamoDBWriteCapacityUtilization", "WriteCapacityUnits"),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyInput {
    policy_name: Option<String>,
    #[serde(default)]
    policy_names: Vec<String>,
    service_namespace: Option<String>,
    resource_id: Option<String>,
    scalable_dimension: Option<String>,
    policy_type: Option<String>,
    target_tracking_scaling_policy_configuration: Option<Value>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

struct Policy {
    resource: String,
    dimension: String,
    name: String,
    configuration: Value,
    arn: String,
    created_at: i64,
}

pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let input: PolicyInput = decode(input)?;
    match operation {
        "PutScalingPolicy" => put(call, &input),
        "DescribeScalingPolicies" => describe(call, &input),
        "DeleteScalingPolicy" => delete(call, &input),
        _ => Err(ApiError::unknown_operation(operation)),
    }
}

impl PolicyInput {
    fn key(&self) -> Result<[&str; 3], ApiError> {
        super::key(
            self.service_namespace.as_ref(),
            self.resource_id.as_ref(),
            self.scalable_dimension.as_ref(),
        )
    }

    fn name(&self) -> Result<&str, ApiError> {
        let name = required(self.policy_name.as_ref(), "policyName")?;
        if (1..=256).contains(&name.len()) {
            return Ok(name);
        }
        Err(invalid(
            "1 validation error detected: Value at 'policyName' failed to satisfy constraint: \
             Member must have length between 1 and 256",
        ))
    }

    /// Where `kept` is the configuration that the policy has.
    fn configuration(&self, dimension: &str, kept: Option<&Value>) -> Result<Value, ApiError> {
        match self.policy_type.as_deref() {
            None if kept.is_none() => {
                return Err(invalid("PolicyType is required for a new policy"));
            }
            Some(kind) if !TYPES.contains(&kind) => {
                return Err(invalid(format!(
                    "1 validation error detected: Value '{kind}' at 'policyType' failed to satisfy constraint: \
                     Member must satisfy enum value set: [{}]",
                    TYPES.join(", ")
                )));
            }
            Some(kind) if kind != TARGET_TRACKING => {
                return Err(invalid(format!(
                    "The local AWS takes policies of the type {TARGET_TRACKING} only, as DynamoDB does"
                )));
            }
            _ => {}
        }
        let given = self.target_tracking_scaling_policy_configuration.as_ref();
        let configuration = given.or(kept).ok_or_else(|| {
            invalid("TargetTrackingScalingPolicyConfiguration is required for a new policy")
        })?;
        if !configuration["TargetValue"].is_number() {
            return Err(invalid("TargetValue is required"));
        }
        let metric = metric(configuration);
        let fits = METRICS
            .iter()
            .any(|(known, units)| metric == Some(known) && dimension.ends_with(units));
        if metric.is_some() && dimension.starts_with("dynamodb:") && !fits {
            return Err(invalid(format!(
                "The scalable dimension {dimension} does not go with the predefined metric {}",
                metric.unwrap_or_default()
            )));
        }
        Ok(configuration.clone())
    }
}

fn metric(configuration: &Value) -> Option<&str> {
    configuration["PredefinedMetricSpecification"]["PredefinedMetricType"].as_str()
}

fn put(call: &Call, input: &PolicyInput) -> Result<Value, ApiError> {
    let key = input.key()?;
    let name = input.name()?;
    let [namespace, resource, dimension] = key;
    call.store.write(|transaction| {
        if find(transaction, call, key)?.is_none() {
            return Err(not_found(format!(
                "No scalable target registered for {}",
                super::named(key)
            )));
        }
        let policies = of_namespace(transaction, call, namespace)?;
        let siblings = || {
            let of_target = |it: &&Policy| it.resource == resource && it.dimension == dimension;
            policies.iter().filter(of_target)
        };
        let kept = siblings().find(|policy| policy.name == name);
        let kept_configuration = kept.map(|policy| &policy.configuration);
        let configuration = input.configuration(dimension, kept_configuration)?;
        if siblings().any(|it| it.name != name && metric(&it.configuration) == metric(&configuration)) {
            return Err(invalid(
                "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
            ));
        }
        let arn = kept.map_or_else(|| new_arn(call, key, name), |policy| policy.arn.clone());
        let created_at = kept.map_or(call.now, |policy| policy.created_at);
        transaction.execute(
            "insert or replace into scaling_policies
             (account, region, namespace, resource_id, dimension, name, configuration, arn, created_at)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                call.account,
                call.region,
                namespace,
                resource,
                dimension,
                name,
                configuration.to_string(),
                arn,
                created_at
            ],
        )?;
        Ok(json!({ "PolicyARN": arn, "Alarms": [] }))
    })
}

fn new_arn(call: &Call, [namespace, resource, _]: [&str; 3], name: &str) -> String {
    let unique = uuid::random();
    let policy =
        format!("scalingPolicy:{unique}:resource/{namespace}/{resource}:policyName/{name}");
    call.arn("autoscaling", &policy)
}

fn describe(call: &Call, input: &PolicyInput) -> Result<Value, ApiError> {
    let namespace = super::namespace(input.service_namespace.as_ref())?;
    if input.scalable_dimension.is_some() && input.resource_id.is_none() {
        return Err(invalid(
            "If you specify a scalable dimension, you must also specify a resource ID",
        ));
    }
    let page = Page::of(input.max_results, input.next_token.as_ref(), MAX_RESULTS)?;
    let mut policies = call
        .store
        .read(|transaction| of_namespace(transaction, call, namespace))?;
    let same = |wanted: &Option<String>, value: &String| {
        wanted.as_ref().is_none_or(|wanted| wanted == value)
    };
    policies.retain(|policy| {
        same(&input.resource_id, &policy.resource)
            && same(&input.scalable_dimension, &policy.dimension)
            && (input.policy_names.is_empty() || input.policy_names.contains(&policy.name))
    });
    let (policies, token) = page.cut(policies, Policy::position);
    let told: Vec<Value> = policies
        .iter()
        .map(|policy| policy.describe(namespace))
        .collect();
    let mut output = json!({ "ScalingPolicies": told });
    if let Some(token) = token {
        output["NextToken"] = token.into();
    }
    Ok(output)
}

impl Policy {
    fn position(&self) -> String {
        format!("{} {} {}", self.resource, self.dimension, self.name)
    }

    fn describe(&self, namespace: &str) -> Value {
        json!({
            "PolicyARN": self.arn,
            "PolicyName": self.name,
            "ServiceNamespace": namespace,
            "ResourceId": self.resource,
            "ScalableDimension": self.dimension,
            "PolicyType": TARGET_TRACKING,
            "TargetTrackingScalingPolicyConfiguration": self.configuration,
            "Alarms": [],
            "CreationTime": self.created_at / 1_000,
        })
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Policy> {
    let configuration: String = row.get(3)?;
    Ok(Policy {
        resource: row.get(0)?,
        dimension: row.get(1)?,
        name: row.get(2)?,
        configuration: serde_json::from_str(&configuration).unwrap_or_default(),
        arn: row.get(4)?,
        created_at: row.get(5)?,
    })
}

/// By their positions.
fn of_namespace(
    transaction: &Transaction<'_>,
    call: &Call,
    namespace: &str,
) -> Result<Vec<Policy>, ApiError> {
    let mut policies: Vec<Policy> = transaction
        .prepare_cached(
            "select resource_id, dimension, name, configuration, arn, created_at from scaling_policies
             where account = ? and region = ? and namespace = ?",
        )?
        .query_map(params![call.account, call.region, namespace], from_row)?
        .collect::<Result<_, _>>()?;
    policies.sort_by_key(Policy::position);
    Ok(policies)
}

fn delete(call: &Call, input: &PolicyInput) -> Result<Value, ApiError> {
    let key = input.key()?;
    let name = input.name()?;
    let [namespace, resource, dimension] = key;
    call.store.write(|transaction| {
        let deleted: Option<String> = transaction
            .query_row(
                "delete from scaling_policies where account = ? and region = ? and namespace = ?
                 and resource_id = ? and dimension = ? and name = ? returning arn",
                params![
                    call.account,
                    call.region,
                    namespace,
                    resource,
                    dimension,
                    name
                ],
                |row| row.get(0),
            )
            .optional()?;
        match deleted {
            Some(_) => Ok(json!({})),
            None => Err(not_found(format!(
                "No scaling policy found for {}, policy name: {name}",
                super::named(key)
            ))),
        }
    })
}

/// The policies of a target go with it (API DeregisterScalableTarget).
pub fn forget(
    transaction: &Transaction<'_>,
    call: &Call,
    [namespace, resource, dimension]: [&str; 3],
) -> Result<(), ApiError> {
    transaction.execute(
        "delete from scaling_policies where account = ? and region = ? and namespace = ?
         and resource_id = ? and dimension = ?",
        params![call.account, call.region, namespace, resource, dimension],
    )?;
    Ok(())
}
