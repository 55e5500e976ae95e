//! STS, tagging and auto scaling.

use std::path::Path;

use aws_sdk_applicationautoscaling::Client as Scaling;
use aws_sdk_applicationautoscaling::operation::put_scaling_policy::builders::PutScalingPolicyFluentBuilder;
use aws_sdk_applicationautoscaling::types::{
    MetricType, PolicyType, PredefinedMetricSpecification, ScalableDimension, ScalingPolicy,
    ServiceNamespace, TargetTrackingScalingPolicyConfiguration,
};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use shopctl::local::connector::LocalAws;

use crate::support::{ACCOUNT, arn, code, config, options, sqs};

fn sdk(dir: &Path) -> aws_config::SdkConfig {
    config(LocalAws::open(options(dir)).unwrap(), "us-east-1")
}

#[tokio::test]
async fn the_caller_is_of_the_account_that_was_set() {
    let dir = tempfile::tempdir().unwrap();
    let client = aws_sdk_sts::Client::new(&sdk(dir.path()));
    let caller = client.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account(), Some(ACCOUNT));
    let user = format!("arn:aws:iam::{ACCOUNT}:user/local");
    assert_eq!(caller.arn(), Some(user.as_str()));
    let error = client.get_session_token().send().await;
    assert_eq!(code(error), "UnknownOperationException");
}

#[tokio::test]
async fn queues_are_found_by_their_tags_page_by_page() {
    let dir = tempfile::tempdir().unwrap();
    let queues = sqs(options(dir.path()));
    for (name, env) in [("a", "dev"), ("b", "prod"), ("c", "dev"), ("d", "test")] {
        let request = queues.create_queue().queue_name(name);
        request
            .tags("env", env)
            .tags("app", "shop")
            .send()
            .await
            .unwrap();
    }
    queues
        .create_queue()
        .queue_name("untagged")
        .send()
        .await
        .unwrap();
    let client = aws_sdk_resourcegroupstagging::Client::new(&sdk(dir.path()));
    let filter = |key: &str, values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        TagFilter::builder()
            .key(key)
            .set_values(Some(values))
            .build()
    };
    let arns = |request: aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder| async {
        let pages: Vec<_> = request
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .unwrap();
        pages.into_iter().filter_map(|it| it.resource_arn).collect::<Vec<_>>()
    };
    let wanted = client
        .get_resources()
        .tag_filters(filter("env", &["dev", "prod"]))
        .tag_filters(filter("app", &[]))
        .resource_type_filters("sqs")
        .resources_per_page(2);
    let first = wanted.clone().send().await.unwrap();
    assert_eq!(first.resource_tag_mapping_list().len(), 2);
    assert!(!first.pagination_token().unwrap().is_empty());
    assert_eq!(arns(wanted).await, [arn("a"), arn("b"), arn("c")]);
    let everything = client.get_resources();
    assert_eq!(arns(everything.clone()).await.len(), 4);
    let tables = everything.resource_type_filters("dynamodb:table");
    assert!(arns(tables).await.is_empty());
    let bad = client
        .get_resources()
        .resource_type_filters("AWS::SQS::Queue");
    assert_eq!(code(bad.send().await), "InvalidParameterException");
}

#[tokio::test]
async fn scalable_targets_are_those_that_were_registered() {
    let dir = tempfile::tempdir().unwrap();
    let client = aws_sdk_applicationautoscaling::Client::new(&sdk(dir.path()));
    let described = || {
        let request = client.describe_scalable_targets();
        request.service_namespace(ServiceNamespace::Dynamodb).send()
    };
    assert!(described().await.unwrap().scalable_targets().is_empty());
    let register = client
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id("table/Orders")
        .scalable_dimension(ScalableDimension::DynamoDbTableReadCapacityUnits);
    assert_eq!(
        code(register.clone().min_capacity(5).send().await),
        "ValidationException"
    );
    let full = register.clone().min_capacity(5).max_capacity(50);
    full.send().await.unwrap();
    register.max_capacity(60).send().await.unwrap();
    let targets = described().await.unwrap().scalable_targets.unwrap();
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].resource_id(), "table/Orders");
    assert_eq!(
        (targets[0].min_capacity(), targets[0].max_capacity()),
        (5, 60)
    );
    let deregister = client
        .deregister_scalable_target()
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id("table/Orders")
        .scalable_dimension(ScalableDimension::DynamoDbTableReadCapacityUnits);
    deregister.clone().send().await.unwrap();
    assert_eq!(code(deregister.send().await), "ObjectNotFoundException");
    let unknown = client.describe_scalable_targets();
    let unknown = unknown.service_namespace(ServiceNamespace::from("sqs"));
    assert_eq!(code(unknown.send().await), "ValidationException");
}

#[tokio::test]
async fn what_cannot_be_asked_of_tagging_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let client = aws_sdk_resourcegroupstagging::Client::new(&sdk(dir.path()));
    let ask = || client.get_resources();
    let filter = |key: Option<&str>, values: usize| {
        let values = (0..values).map(|number| format!("v{number}")).collect();
        TagFilter::builder()
            .set_key(key.map(str::to_owned))
            .set_values(Some(values))
            .build()
    };
    let refused = "InvalidParameterException";
    for (number, (request, expected)) in [
        (ask().resources_per_page(1), "no error"),
        (ask().resources_per_page(100), "no error"),
        (ask().resources_per_page(0), refused),
        (ask().resources_per_page(101), refused),
        (ask().tags_per_page(99), refused),
        (ask().tags_per_page(501), refused),
        (ask().tag_filters(filter(Some("k"), 20)), "no error"),
        (ask().tag_filters(filter(Some("k"), 21)), refused),
        (ask().tag_filters(filter(None, 1)), refused),
        (ask().pagination_token("no token"), refused),
        (ask().resource_arn_list(arn("a")), "no error"),
        (
            ask()
                .resource_arn_list(arn("a"))
                .resource_type_filters("sqs"),
            refused,
        ),
        (
            ask().resource_arn_list(arn("a")).resources_per_page(5),
            refused,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(code(request.send().await), expected, "{number}");
    }
}

#[tokio::test]
async fn scalable_targets_are_selected_and_paged() {
    let dir = tempfile::tempdir().unwrap();
    let client = aws_sdk_applicationautoscaling::Client::new(&sdk(dir.path()));
    let (read, write) = (
        ScalableDimension::DynamoDbTableReadCapacityUnits,
        ScalableDimension::DynamoDbTableWriteCapacityUnits,
    );
    for table in ["table/A", "table/B", "table/C"] {
        for dimension in [&read, &write] {
            let register = client
                .register_scalable_target()
                .service_namespace(ServiceNamespace::Dynamodb)
                .resource_id(table)
                .scalable_dimension(dimension.clone());
            let register = register.min_capacity(1).max_capacity(9);
            register.send().await.unwrap();
        }
    }
    let ask = || {
        let request = client.describe_scalable_targets();
        request.service_namespace(ServiceNamespace::Dynamodb)
    };
    let several = |count: usize| (0..count).map(|number| format!("table/{number}")).collect();
    for (number, (request, expected)) in [
        (ask(), Ok(6)),
        (ask().resource_ids("table/A").resource_ids("table/C"), Ok(4)),
        (
            ask()
                .resource_ids("table/A")
                .scalable_dimension(read.clone()),
            Ok(1),
        ),
        (ask().resource_ids("table/D"), Ok(0)),
        (ask().set_resource_ids(Some(several(50))), Ok(0)),
        (
            ask().set_resource_ids(Some(several(51))),
            Err("ValidationException"),
        ),
        (
            ask().scalable_dimension(read.clone()),
            Err("ValidationException"),
        ),
        (ask().max_results(0), Err("ValidationException")),
        (ask().max_results(51), Err("ValidationException")),
        (ask().next_token("?"), Err("InvalidNextTokenException")),
    ]
    .into_iter()
    .enumerate()
    {
        match (request.send().await, expected) {
            (Ok(answer), Ok(count)) => {
                assert_eq!(answer.scalable_targets().len(), count, "{number}");
            }
            (answer, expected) => assert_eq!(code(answer), expected.unwrap_err(), "{number}"),
        }
    }
    let mut found = Vec::new();
    let mut pages = ask().max_results(4).into_paginator().send();
    while let Some(page) = pages.next().await {
        let targets = page.unwrap().scalable_targets.unwrap_or_default();
        assert!(targets.len() <= 4);
        found.extend(targets.into_iter().map(|it| it.resource_id));
    }
    let expected = ["A", "A", "B", "B", "C", "C"].map(|name| format!("table/{name}"));
    assert_eq!(found, expected);
}

#[tokio::test]
async fn tags_are_set_and_taken_away_across_services_and_their_keys_and_values_told() {
    let dir = tempfile::tempdir().unwrap();
    let sdk = sdk(dir.path());
    let queues = aws_sdk_sqs::Client::new(&sdk);
    queues.create_queue().queue_name("a").send().await.unwrap();
    let tables = aws_sdk_dynamodb::Client::new(&sdk);
    crate::dynamodb::shape::plain(&tables, "Orders")
        .send()
        .await
        .unwrap();
    let table = crate::dynamodb::shape::arn("Orders");
    let client = aws_sdk_resourcegroupstagging::Client::new(&sdk);
    let tag = client
        .tag_resources()
        .tags("env", "dev")
        .tags("app", "shop");
    let tag = tag
        .resource_arn_list(arn("a"))
        .resource_arn_list(arn("missing"))
        .resource_arn_list(&table)
        .resource_arn_list("arn:aws:s3:::bucket");
    let failed = tag.send().await.unwrap().failed_resources_map.unwrap();
    let mut names: Vec<&String> = failed.keys().collect();
    names.sort();
    assert_eq!(names, ["arn:aws:s3:::bucket", &arn("missing")]);
    assert_eq!(failed[&arn("missing")].status_code(), 400);
    let untag = client.untag_resources().tag_keys("app");
    let untag = untag.resource_arn_list(&table).send().await.unwrap();
    assert_eq!(untag.failed_resources_map().map(|it| it.len()), Some(0));
    let tags = tables.list_tags_of_resource().resource_arn(&table);
    let tags = tags.send().await.unwrap().tags.unwrap();
    assert_eq!(tags.len(), 1);
    assert_eq!((tags[0].key(), tags[0].value()), ("env", "dev"));
    let keys = client.get_tag_keys().send().await.unwrap();
    assert_eq!(keys.tag_keys(), ["app", "env"]);
    let values = client.get_tag_values().key("env").send().await.unwrap();
    assert_eq!(values.tag_values(), ["dev"]);
    let none = client.tag_resources().resource_arn_list(&table).send();
    assert_eq!(code(none.await), "InvalidParameterException");
}

const READ: ScalableDimension = ScalableDimension::DynamoDbTableReadCapacityUnits;

fn utilization(metric: MetricType, target: f64) -> TargetTrackingScalingPolicyConfiguration {
    let metric = PredefinedMetricSpecification::builder().predefined_metric_type(metric);
    TargetTrackingScalingPolicyConfiguration::builder()
        .target_value(target)
        .predefined_metric_specification(metric.build().unwrap())
        .build()
        .unwrap()
}

fn of_reads(target: f64) -> TargetTrackingScalingPolicyConfiguration {
    utilization(MetricType::DynamoDbReadCapacityUtilization, target)
}

fn policy(client: &Scaling, name: &str) -> PutScalingPolicyFluentBuilder {
    client
        .put_scaling_policy()
        .policy_name(name)
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id("table/Orders")
        .scalable_dimension(READ)
}

fn tracking(client: &Scaling, name: &str, target: f64) -> PutScalingPolicyFluentBuilder {
    policy(client, name)
        .policy_type(PolicyType::TargetTrackingScaling)
        .target_tracking_scaling_policy_configuration(of_reads(target))
}

async fn register(client: &Scaling, resource: &str) -> String {
    let request = client
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id(resource)
        .scalable_dimension(READ);
    code(request.min_capacity(5).max_capacity(50).send().await)
}

async fn policies(client: &Scaling) -> Vec<ScalingPolicy> {
    let request = client.describe_scaling_policies();
    let request = request.service_namespace(ServiceNamespace::Dynamodb);
    let answer = request.resource_id("table/Orders").send().await.unwrap();
    answer.scaling_policies.unwrap_or_default()
}

#[tokio::test]
async fn policies_are_kept_for_registered_targets_and_go_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let client = Scaling::new(&sdk(dir.path()));
    let early = tracking(&client, "reads", 70.0).send().await;
    assert_eq!(code(early), "ObjectNotFoundException");
    assert_eq!(register(&client, "table/Orders").await, "no error");
    let first = tracking(&client, "reads", 70.0).send().await.unwrap();
    assert!(first.policy_arn().ends_with(":policyName/reads"));
    let update = policy(&client, "reads");
    let update = update.target_tracking_scaling_policy_configuration(of_reads(80.0));
    let again = update.send().await.unwrap();
    assert_eq!(again.policy_arn(), first.policy_arn());
    let kept = policies(&client).await;
    assert_eq!(kept.len(), 1);
    let configuration = kept[0].target_tracking_scaling_policy_configuration();
    assert_eq!(configuration.map(|it| it.target_value()), Some(80.0));
    let delete = client
        .delete_scaling_policy()
        .policy_name("reads")
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id("table/Orders")
        .scalable_dimension(READ);
    delete.clone().send().await.unwrap();
    assert_eq!(code(delete.send().await), "ObjectNotFoundException");
    let anew = tracking(&client, "reads", 70.0).send().await;
    anew.unwrap();
    let deregister = client
        .deregister_scalable_target()
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id("table/Orders")
        .scalable_dimension(READ);
    deregister.send().await.unwrap();
    assert!(policies(&client).await.is_empty());
}

#[tokio::test]
async fn policies_that_dynamodb_does_not_take_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let client = Scaling::new(&sdk(dir.path()));
    register(&client, "table/Orders").await;
    tracking(&client, "reads", 70.0).send().await.unwrap();
    let untyped = policy(&client, "untyped");
    let writes = utilization(MetricType::DynamoDbWriteCapacityUtilization, 70.0);
    for (number, refused) in [
        tracking(&client, "second", 50.0),
        untyped.target_tracking_scaling_policy_configuration(of_reads(50.0)),
        policy(&client, "steps").policy_type(PolicyType::StepScaling),
        policy(&client, "empty").policy_type(PolicyType::TargetTrackingScaling),
        policy(&client, "reads").target_tracking_scaling_policy_configuration(writes),
    ]
    .into_iter()
    .enumerate()
    {
        let told = code(refused.send().await);
        assert_eq!(told, "ValidationException", "{number}");
    }
    // The dimension is a table's.
    let index = register(&client, "table/Orders/index/by-user").await;
    assert_eq!(index, "ValidationException");
}
