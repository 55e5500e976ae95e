//! Which capacities a scalable target manages (Application Auto Scaling, DescribeScalableTargets).

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ScalableTarget, ServiceNamespace};
use futures_util::future::try_join_all;

use crate::aws::classify;
use crate::model::failure::{Failure, FailureKind};

use super::config::{BillingMode, TableLive};
use super::throughput::{ReadWrite, Scaling, ThroughputLive};

/// API DescribeScalableTargets, ResourceIds.
const BATCH: usize = 50;

/// The one call that is made.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait AutoscalingApi {
    /// All targets of these resources, at most [`BATCH`] of them.
    async fn describe_scalable_targets(
        &self,
        resources: &[String],
    ) -> Result<Vec<ScalableTarget>, Failure>;
}

impl AutoscalingApi for Client {
    async fn describe_scalable_targets(
        &self,
        resources: &[String],
    ) -> Result<Vec<ScalableTarget>, Failure> {
        let mut targets = Vec::new();
        let mut token = None;
        loop {
            let page = Client::describe_scalable_targets(self)
                .service_namespace(ServiceNamespace::Dynamodb)
                .set_resource_ids(Some(resources.to_vec()))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| {
                    classify::failure("application-autoscaling", "DescribeScalableTargets", error)
                })?;
            targets.extend(page.scalable_targets.unwrap_or_default());
            token = page.next_token;
            if token.is_none() {
                return Ok(targets);
            }
        }
    }
}

/// Fills in who sets the capacity of those tables that are provisioned. An on-demand table has no capacity that a
/// target could manage: nothing is asked about it.
///
/// # Errors
/// The first call that failed, but for a permission that is missing: then it is not known.
pub async fn read<'a, A: AutoscalingApi + 'a>(
    api: impl FnOnce() -> &'a A,
    tables: impl Iterator<Item = (&'a str, &'a mut TableLive)>,
) -> Result<(), Failure> {
    let mut parts: BTreeMap<String, &mut ThroughputLive> = tables
        .filter(|(_, live)| live.billing_mode == BillingMode::Provisioned)
        .flat_map(|(name, live)| {
            let indexes = live.global_secondary_indexes.iter_mut();
            let indexes = indexes.map(move |(index, live)| {
                (format!("table/{name}/index/{index}"), &mut live.throughput)
            });
            indexes.chain([(format!("table/{name}"), &mut live.throughput)])
        })
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    let api = api();
    let resources: Vec<_> = parts.keys().cloned().collect();
    let batches = resources.chunks(BATCH);
    let asked = batches.map(|batch| api.describe_scalable_targets(batch));
    let found = match try_join_all(asked).await {
        Ok(found) => found,
        Err(failure) if failure.kind == FailureKind::AccessDenied => {
            let unknown = ReadWrite {
                read: Scaling::Unknown,
                write: Scaling::Unknown,
            };
            parts.values_mut().for_each(|part| part.scaling = unknown);
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    for target in found.into_iter().flatten() {
        if let Some(part) = parts.get_mut(target.resource_id()) {
            mark(&mut part.scaling, &target);
        }
    }
    Ok(())
}

fn mark(scaling: &mut ReadWrite<Scaling>, target: &ScalableTarget) {
    let dimension = match target.scalable_dimension() {
        ScalableDimension::DynamoDbTableReadCapacityUnits
        | ScalableDimension::DynamoDbIndexReadCapacityUnits => &mut scaling.read,
        ScalableDimension::DynamoDbTableWriteCapacityUnits
        | ScalableDimension::DynamoDbIndexWriteCapacityUnits => &mut scaling.write,
        _ => return,
    };
    let units = |units: i32| u64::try_from(units).unwrap_or_default();
    *dimension = Scaling::Autoscaled {
        min: units(target.min_capacity()),
        max: units(target.max_capacity()),
    };
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use aws_smithy_types::DateTime;

    use super::super::samples::{having_indexes, live};
    use super::*;

    struct FakeTargets {
        denied: bool,
        asked: RefCell<Vec<usize>>,
    }

    impl AutoscalingApi for FakeTargets {
        async fn describe_scalable_targets(
            &self,
            resources: &[String],
        ) -> Result<Vec<ScalableTarget>, Failure> {
            self.asked.borrow_mut().push(resources.len());
            if self.denied {
                return Err(Failure::new(FailureKind::AccessDenied, "no"));
            }
            use ScalableDimension as Dimension;
            let target = |resource: &str, dimension| {
                ScalableTarget::builder()
                    .service_namespace(ServiceNamespace::Dynamodb)
                    .resource_id(resource)
                    .scalable_dimension(dimension)
                    .min_capacity(5)
                    .max_capacity(100)
                    .role_arn("arn:aws:iam::123456789012:role/r")
                    .creation_time(DateTime::from_secs(0))
                    .build()
                    .unwrap()
            };
            let index = "table/T0/index/by-a";
            Ok(vec![
                target("table/T0", Dimension::DynamoDbTableReadCapacityUnits),
                target(index, Dimension::DynamoDbIndexWriteCapacityUnits),
                target("table/Other", Dimension::DynamoDbTableReadCapacityUnits),
            ])
        }
    }

    async fn read_them(denied: bool, tables: &mut BTreeMap<String, TableLive>) -> Vec<usize> {
        let api = FakeTargets {
            denied,
            asked: RefCell::default(),
        };
        let named = tables.iter_mut().map(|(name, live)| (name.as_str(), live));
        read(|| &api, named).await.unwrap();
        api.asked.take()
    }

    fn provisioned(count: usize) -> BTreeMap<String, TableLive> {
        let table = TableLive {
            billing_mode: BillingMode::Provisioned,
            ..having_indexes(&[("by-a", "a", "ACTIVE")])
        };
        (0..count)
            .map(|n| (format!("T{n}"), table.clone()))
            .collect()
    }

    #[tokio::test]
    async fn provisioned_tables_and_their_indexes_are_asked_about_in_batches() {
        let mut tables = provisioned(30);
        tables.insert("OnDemand".into(), live());
        assert_eq!(read_them(false, &mut tables).await, [50, 10]);
        let scaled = Scaling::Autoscaled { min: 5, max: 100 };
        let first = &tables["T0"];
        assert_eq!(first.throughput.scaling.read, scaled);
        assert_eq!(first.throughput.scaling.write, Scaling::Fixed);
        let index = &first.global_secondary_indexes["by-a"];
        assert_eq!(index.throughput.scaling.write, scaled);
        assert_eq!(tables["T1"].throughput.scaling.read, Scaling::Fixed);
    }

    #[tokio::test]
    async fn nothing_is_asked_about_tables_on_demand() {
        let mut tables = BTreeMap::from([("T0".to_owned(), live())]);
        assert_eq!(read_them(false, &mut tables).await, Vec::<usize>::new());
    }

    #[tokio::test]
    async fn without_the_permission_it_is_not_known() {
        let mut tables = provisioned(1);
        read_them(true, &mut tables).await;
        assert_eq!(tables["T0"].throughput.scaling.read, Scaling::Unknown);
    }
}
