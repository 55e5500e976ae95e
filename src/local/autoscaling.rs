//! Application Auto Scaling: the registered targets and their policies. Nothing here scales anything.

mod page;
mod policies;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, decode};
use super::error::ApiError;
use super::uuid;
use page::Page;

/// `create table if not exists …`, run at every opening.
pub const SCHEMA: &str = "
create table if not exists scalable_targets (
    account text not null,
    region text not null,
    namespace text not null,
    resource_id text not null,
    dimension text not null,
    min_capacity integer not null,
    max_capacity integer not null,
    role_arn text not null,
    arn text not null,
    created_at integer not null,
    primary key (account, region, namespace, resource_id, dimension)
) without rowid;
create table if not exists scaling_policies (
    account text not null,
    region text not null,
    namespace text not null,
    resource_id text not null,
    dimension text not null,
    name text not null,
    configuration text not null,
    arn text not null,
    created_at integer not null,
    primary key (account, region, namespace, resource_id, dimension, name)
) without rowid;
";

/// API DescribeScalableTargets.
const NAMESPACES: [&str; 15] = [
    "appstream",
    "cassandra",
    "comprehend",
    "custom-resource",
    "dynamodb",
    "ec2",
    "ecs",
    "elasticache",
    "elasticmapreduce",
    "kafka",
    "lambda",
    "neptune",
    "rds",
    "sagemaker",
    "workspaces",
];
const MAX_RESULTS: usize = 50;
const MAX_RESOURCES: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TargetInput {
    service_namespace: Option<String>,
    resource_id: Option<String>,
    #[serde(default)]
    resource_ids: Vec<String>,
    scalable_dimension: Option<String>,
    min_capacity: Option<i64>,
    max_capacity: Option<i64>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// # Errors
/// The service's own refusals.
pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "DescribeScalableTargets" => describe(call, &decode(input)?),
        "RegisterScalableTarget" => register(call, &decode(input)?),
        "DeregisterScalableTarget" => deregister(call, &decode(input)?),
        _ => policies::handle(call, operation, input),
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

fn required<'a>(value: Option<&'a String>, member: &str) -> Result<&'a str, ApiError> {
    value.map(String::as_str).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

fn namespace(given: Option<&String>) -> Result<&str, ApiError> {
    let namespace = required(given, "serviceNamespace")?;
    if NAMESPACES.contains(&namespace) {
        return Ok(namespace);
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{namespace}' at 'serviceNamespace' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        NAMESPACES.join(", ")
    )))
}

/// Namespace, resource and dimension, which name a target.
fn key<'a>(
    namespace: Option<&'a String>,
    resource: Option<&'a String>,
    dimension: Option<&'a String>,
) -> Result<[&'a str; 3], ApiError> {
    let namespace = self::namespace(namespace)?;
    let resource = required(resource, "resourceId")?;
    let dimension = required(dimension, "scalableDimension")?;
    let fits = match namespace {
        "dynamodb" => is_of_table(resource, dimension),
        _ => dimension.split(':').next() == Some(namespace),
    };
    if !fits {
        return Err(invalid(format!(
            "Unsupported service namespace, resource type or scalable dimension: {dimension}"
        )));
    }
    Ok([namespace, resource, dimension])
}

/// `table/NAME` or `table/NAME/index/NAME`, with the dimension of such a one (API RegisterScalableTarget).
fn is_of_table(resource: &str, dimension: &str) -> bool {
    let kind = match resource.split('/').collect::<Vec<_>>()[..] {
        ["table", _] => "table",
        ["table", _, "index", _] => "index",
        _ => return false,
    };
    ["Read", "Write"]
        .iter()
        .any(|it| dimension == format!("dynamodb:{kind}:{it}CapacityUnits"))
}

fn named([namespace, resource, dimension]: [&str; 3]) -> String {
    format!(
        "service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}"
    )
}

fn not_found(message: String) -> ApiError {
    ApiError::new("ObjectNotFoundException", message)
}

fn describe(call: &Call, input: &TargetInput) -> Result<Value, ApiError> {
    let namespace = namespace(input.service_namespace.as_ref())?;
    if input.scalable_dimension.is_some() && input.resource_ids.is_empty() {
        return Err(invalid(
            "If you specify a scalable dimension, you must also specify a resource ID",
        ));
    }
    if input.resource_ids.len() > MAX_RESOURCES {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'resourceIds' failed to satisfy constraint: \
             Member must have length less than or equal to {MAX_RESOURCES}"
        )));
    }
    let page = Page::of(input.max_results, input.next_token.as_ref(), MAX_RESULTS)?;
    let mut targets = call
        .store
        .read(|transaction| all(transaction, call, namespace))?;
    targets.retain(|target| input.selects(target));
    targets.sort_by_key(Target::position);
    let (targets, token) = page.cut(targets, Target::position);
    let listed: Vec<Value> = targets.iter().map(Target::describe).collect();
    let mut output = json!({ "ScalableTargets": listed });
    if let Some(token) = token {
        output["NextToken"] = token.into();
    }
    Ok(output)
}

impl TargetInput {
    fn key(&self) -> Result<[&str; 3], ApiError> {
        key(
            self.service_namespace.as_ref(),
            self.resource_id.as_ref(),
            self.scalable_dimension.as_ref(),
        )
    }

    fn selects(&self, target: &Target) -> bool {
        let resource = self.resource_ids.is_empty() || self.resource_ids.contains(&target.resource);
        let dimension = self.scalable_dimension.as_deref();
        resource && dimension.is_none_or(|dimension| dimension == target.dimension)
    }
}

struct Target {
    namespace: String,
    resource: String,
    dimension: String,
    min_capacity: i64,
    max_capacity: i64,
    role_arn: String,
    arn: String,
    created_at: i64,
}

const COLUMNS: &str =
    "namespace, resource_id, dimension, min_capacity, max_capacity, role_arn, arn, created_at";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Target> {
    Ok(Target {
        namespace: row.get(0)?,
        resource: row.get(1)?,
        dimension: row.get(2)?,
        min_capacity: row.get(3)?,
        max_capacity: row.get(4)?,
        role_arn: row.get(5)?,
        arn: row.get(6)?,
        created_at: row.get(7)?,
    })
}

fn all(
    transaction: &Transaction<'_>,
    call: &Call,
    namespace: &str,
) -> Result<Vec<Target>, ApiError> {
    let sql = format!(
        "select {COLUMNS} from scalable_targets where account = ?1 and region = ?2
         and namespace = ?3 order by resource_id, dimension"
    );
    let targets = transaction
        .prepare_cached(&sql)?
        .query_map(params![call.account, call.region, namespace], from_row)?
        .collect::<Result<_, _>>()?;
    Ok(targets)
}

fn find(
    transaction: &Transaction<'_>,
    call: &Call,
    [namespace, resource, dimension]: [&str; 3],
) -> Result<Option<Target>, ApiError> {
    let sql = format!(
        "select {COLUMNS} from scalable_targets where account = ?1 and region = ?2
         and namespace = ?3 and resource_id = ?4 and dimension = ?5"
    );
    Ok(transaction
        .prepare_cached(&sql)?
        .query_row(
            params![call.account, call.region, namespace, resource, dimension],
            from_row,
        )
        .optional()?)
}

impl Target {
    fn new(call: &Call, [namespace, resource, dimension]: [&str; 3]) -> Self {
        Target {
            namespace: namespace.to_owned(),
            resource: resource.to_owned(),
            dimension: dimension.to_owned(),
            min_capacity: 0,
            max_capacity: 0,
            role_arn: format!(
                "arn:aws:iam::{}:role/aws-service-role/{namespace}.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling",
                call.account
            ),
            arn: call.arn(
                "application-autoscaling",
                &format!("scalable-target/{}", uuid::random()),
            ),
            created_at: call.now,
        }
    }

    fn save(&self, transaction: &Transaction<'_>, call: &Call) -> Result<(), ApiError> {
        let sql = format!(
            "insert or replace into scalable_targets (account, region, {COLUMNS})
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        );
        transaction.execute(
            &sql,
            params![
                call.account,
                call.region,
                self.namespace,
                self.resource,
                self.dimension,
                self.min_capacity,
                self.max_capacity,
                self.role_arn,
                self.arn,
                self.created_at
            ],
        )?;
        Ok(())
    }

    fn position(&self) -> String {
        format!("{} {}", self.resource, self.dimension)
    }

    fn describe(&self) -> Value {
        json!({
            "ServiceNamespace": self.namespace,
            "ResourceId": self.resource,
            "ScalableDimension": self.dimension,
            "MinCapacity": self.min_capacity,
            "MaxCapacity": self.max_capacity,
            "RoleARN": self.role_arn,
            "ScalableTargetARN": self.arn,
            "CreationTime": self.created_at / 1_000,
            "SuspendedState": {
                "DynamicScalingInSuspended": false,
                "DynamicScalingOutSuspended": false,
                "ScheduledScalingSuspended": false,
            },
        })
    }
}

/// A second registration changes what it gives (API RegisterScalableTarget); the first must give both capacities.
fn register(call: &Call, input: &TargetInput) -> Result<Value, ApiError> {
    let key = input.key()?;
    call.store.write(|transaction| {
        let live = find(transaction, call, key)?;
        let capacity = |given: Option<i64>, kept: Option<i64>, member: &str| {
            given
                .or(kept)
                .ok_or_else(|| invalid(format!("{member} is required for a new scalable target")))
        };
        let kept = live.as_ref().map(|it| (it.min_capacity, it.max_capacity));
        let least = capacity(input.min_capacity, kept.map(|it| it.0), "MinCapacity")?;
        let most = capacity(input.max_capacity, kept.map(|it| it.1), "MaxCapacity")?;
        if least < 0 || least > most {
            return Err(invalid(
                "Maximum capacity cannot be less than minimum capacity",
            ));
        }
        let mut target = live.unwrap_or_else(|| Target::new(call, key));
        target.min_capacity = least;
        target.max_capacity = most;
        if let Some(role) = &input.role_arn {
            target.role_arn.clone_from(role);
        }
        target.save(transaction, call)?;
        Ok(json!({ "ScalableTargetARN": target.arn }))
    })
}

fn deregister(call: &Call, input: &TargetInput) -> Result<Value, ApiError> {
    let key = input.key()?;
    let [namespace, resource, dimension] = key;
    call.store.write(|transaction| {
        let deleted = transaction.execute(
            "delete from scalable_targets where account = ?1 and region = ?2 and namespace = ?3
             and resource_id = ?4 and dimension = ?5",
            params![call.account, call.region, namespace, resource, dimension],
        )?;
        if deleted == 0 {
            return Err(not_found(format!(
                "No scalable target found for {}",
                named(key)
            )));
        }
        policies::forget(transaction, call, key)?;
        Ok(json!({}))
    })
}
