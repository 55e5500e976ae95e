//! Changes behind our back: the plan says exactly that, `create` mends it, and then there is nothing to do.

use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};
use aws_sdk_dynamodb::types as sdk;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{Aws, Run, Shop};

const MANIFEST: &str = "version: 1
project: shop
tags: {team: orders}
queues:
  orders: {visibility_timeout: 5m, redrive_policy: {dead_letter_queue: orders-dlq, max_receive_count: 3}}
  orders-dlq: {message_retention_period: 14d}
tables:
  Orders:
    partition_key: order_id
    point_in_time_recovery: true
    global_secondary_indexes:
      by-user: {partition_key: user_id}
  Cart: {partition_key: user_id, time_to_live: expires_at}
";

/// The plan's actions as `verb id: path live → desired, …`.
fn actions(plan: &Run) -> Vec<String> {
    let document = plan.json();
    let actions = document["actions"].as_array().unwrap().iter();
    actions
        .map(|action| {
            let changes = action["changes"].as_array().unwrap().iter();
            let changes: Vec<_> = changes
                .map(|c| {
                    format!(
                        "{} {} → {}",
                        c["path"].as_str().unwrap(),
                        c["live"],
                        c["desired"]
                    )
                })
                .collect();
            let text = |field: &str| action[field].as_str().unwrap().to_owned();
            format!("{} {}: {}", text("verb"), text("id"), changes.join(", "))
        })
        .collect()
}

async fn mended(drift: impl AsyncFnOnce(&Aws), clock: Option<&str>, expected: &[&str]) {
    mended_in(MANIFEST, drift, clock, expected).await;
}

pub async fn mended_in(
    manifest: &str,
    drift: impl AsyncFnOnce(&Aws),
    clock: Option<&str>,
    expected: &[&str],
) {
    let mut shop = Shop::with(manifest);
    shop.converge(&[]);
    drift(&shop.aws()).await;
    if let Some(clock) = clock {
        shop.set("SHOPCTL_LOCAL_CLOCK", clock);
    }
    let plan = shop
        .run(&["plan", "-o", "json", "--detailed-exitcode"])
        .expect(2);
    let actions = actions(&plan);
    assert_eq!(actions.len(), expected.len(), "{actions:#?}");
    for (action, expected) in actions.iter().zip(expected) {
        assert!(action.starts_with(expected), "{action}\nis not\n{expected}");
    }
    shop.converge(&[]);
}

#[tokio::test]
async fn a_deleted_queue_is_made_again() {
    let delete = async |aws: &Aws| {
        let url = aws.url("orders").await;
        aws.sqs()
            .delete_queue()
            .queue_url(url)
            .send()
            .await
            .unwrap();
    };
    mended(
        delete,
        Some("+61s"),
        &[r#"create queue/orders: visibility_timeout null → "5m""#],
    )
    .await;
}

#[tokio::test]
async fn a_changed_attribute_is_set_back() {
    let change = async |aws: &Aws| {
        let url = aws.url("orders").await;
        aws.sqs()
            .set_queue_attributes()
            .queue_url(url)
            .attributes(QueueAttributeName::VisibilityTimeout, "7")
            .attributes(QueueAttributeName::RedrivePolicy, "")
            .send()
            .await
            .unwrap();
    };
    let expected = r#"update queue/orders: visibility_timeout "7s" → "5m", redrive_policy null → {"dead_letter_queue":"orders-dlq","max_receive_count":3}"#;
    mended(change, None, &[expected]).await;
}

#[tokio::test]
async fn changed_tags_are_set_back() {
    let change = async |aws: &Aws| {
        let url = aws.url("orders").await;
        aws.sqs()
            .tag_queue()
            .queue_url(url)
            .tags("team", "nobody")
            .send()
            .await
            .unwrap();
        let arn = aws.table("Cart").await.table_arn.unwrap();
        aws.dynamodb()
            .untag_resource()
            .resource_arn(arn)
            .tag_keys("team")
            .send()
            .await
            .unwrap();
    };
    let expected = [
        r#"tag queue/orders: tags.team "nobody" → "orders""#,
        r#"tag table/Cart: tags.team null → "orders""#,
    ];
    mended(change, None, &expected).await;
}

#[tokio::test]
async fn a_removed_index_is_built_again() {
    let remove = async |aws: &Aws| {
        let index = sdk::DeleteGlobalSecondaryIndexAction::builder().index_name("by-user");
        let update = sdk::GlobalSecondaryIndexUpdate::builder()
            .delete(index.build().unwrap())
            .build();
        aws.dynamodb()
            .update_table()
            .table_name("Orders")
            .global_secondary_index_updates(update)
            .send()
            .await
            .unwrap();
    };
    let expected = r#"update table/Orders: global_secondary_indexes.by-user null → {"partition_key":"user_id"}"#;
    mended(remove, None, &[expected]).await;
}

#[tokio::test]
async fn a_deleted_table_is_made_again() {
    let delete = async |aws: &Aws| {
        aws.dynamodb()
            .delete_table()
            .table_name("Orders")
            .send()
            .await
            .unwrap();
    };
    mended(
        delete,
        None,
        &["create table/Orders: partition_key null → \"order_id\""],
    )
    .await;
}

#[tokio::test]
async fn recovery_and_expiry_are_switched_on_again() {
    let switch_off = async |aws: &Aws| {
        let recovery = sdk::PointInTimeRecoverySpecification::builder()
            .point_in_time_recovery_enabled(false)
            .build()
            .unwrap();
        aws.dynamodb()
            .update_continuous_backups()
            .table_name("Orders")
            .point_in_time_recovery_specification(recovery)
            .send()
            .await
            .unwrap();
    };
    mended(
        switch_off,
        None,
        &["update table/Orders: point_in_time_recovery false → true"],
    )
    .await;

    let expire_nothing = async |aws: &Aws| {
        let off = sdk::TimeToLiveSpecification::builder()
            .attribute_name("expires_at")
            .enabled(false)
            .build()
            .unwrap();
        aws.dynamodb()
            .update_time_to_live()
            .table_name("Cart")
            .time_to_live_specification(off)
            .send()
            .await
            .unwrap();
    };
    // AWS takes one change of TTL an hour: ours comes later by the emulator's clock.
    let shop = Shop::with(MANIFEST);
    shop.converge(&[]);
    let later = |hours: u64| {
        shop.aws_as(move |options| {
            options.clock = std::time::Duration::from_secs(hours * 3_600 + 60)
        })
    };
    expire_nothing(&later(1)).await;
    let mut shop = shop;
    shop.set("SHOPCTL_LOCAL_CLOCK", "+3h");
    let plan = shop.run(&["plan", "-o", "json"]).expect(0);
    assert_eq!(
        actions(&plan),
        [r#"update table/Cart: time_to_live false → "expires_at""#]
    );
    shop.converge(&[]);
}

const PROVISIONED: &str = "version: 1
project: shop
tables:
  Orders:
    partition_key: order_id
    billing_mode: PROVISIONED
    read_capacity: 5
    write_capacity: 5
    stream: NEW_IMAGE
    table_class: STANDARD
    encryption: aws_owned
";

async fn set_capacity(aws: &Aws, read: i64, write: i64) {
    let capacity = sdk::ProvisionedThroughput::builder()
        .read_capacity_units(read)
        .write_capacity_units(write)
        .build()
        .unwrap();
    let request = aws.dynamodb().update_table().table_name("Orders");
    let request = request.provisioned_throughput(capacity);
    request.send().await.unwrap();
}

async fn settled(aws: &Aws) {
    while aws.table("Orders").await.table_status != Some(sdk::TableStatus::Active) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn capacity_and_stream_are_set_back() {
    let shop = Shop::with(PROVISIONED);
    shop.converge(&[]);
    let aws = shop.aws();
    set_capacity(&aws, 9, 2).await;
    settled(&aws).await;
    let off = sdk::StreamSpecification::builder().stream_enabled(false);
    let request = aws.dynamodb().update_table().table_name("Orders");
    let request = request.stream_specification(off.build().unwrap());
    request.send().await.unwrap();
    let plan = shop.run(&["plan", "-o", "json"]).expect(0);
    assert_eq!(
        actions(&plan),
        [
            r#"update table/Orders: read_capacity 9 → 5, write_capacity 2 → 5, stream false → "NEW_IMAGE""#
        ]
    );
    shop.converge(&[]);
}

#[tokio::test]
async fn capacity_that_a_scalable_target_manages_is_left_to_it() {
    let mut shop = Shop::with(PROVISIONED);
    shop.converge(&[]);
    let aws = shop.aws();
    aws.autoscaling()
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Dynamodb)
        .resource_id("table/Orders")
        .scalable_dimension(ScalableDimension::DynamoDbTableReadCapacityUnits)
        .min_capacity(5)
        .max_capacity(100)
        .send()
        .await
        .unwrap();
    set_capacity(&aws, 7, 2).await;
    let plan = shop.run(&["plan"]).expect(0);
    assert!(
        plan.stdout
            .contains("read_capacity autoscaled 5–100, now 7"),
        "{}",
        plan.shown()
    );
    let plan = shop.run(&["plan", "-o", "json"]).expect(0);
    assert_eq!(
        actions(&plan),
        ["update table/Orders: write_capacity 2 → 5"]
    );
    shop.converge(&[]);
    let table = aws.table("Orders").await;
    let capacity = table.provisioned_throughput().unwrap();
    assert_eq!(capacity.read_capacity_units, Some(7));
    assert_eq!(capacity.write_capacity_units, Some(5));
    // Who may not ask leaves it alone, and says so.
    shop.set("SHOPCTL_LOCAL_FAULTS", "DescribeScalableTargets=denied");
    let plan = shop.run(&["plan", "--detailed-exitcode"]).expect(0);
    assert!(
        plan.stdout.contains("DescribeScalableTargets"),
        "{}",
        plan.shown()
    );
}

#[tokio::test]
async fn capacity_that_may_not_fall_yet_holds_up_nothing_else() {
    let mut shop = Shop::with(PROVISIONED);
    shop.converge(&[]);
    let aws = shop.aws();
    set_capacity(&aws, 10, 5).await;
    for read in [9, 8, 7, 6] {
        settled(&aws).await;
        set_capacity(&aws, read, 5).await;
    }
    settled(&aws).await;
    let infrequent = PROVISIONED.replace("class: STANDARD", "class: STANDARD_INFREQUENT_ACCESS");
    shop.write(&infrequent);
    let late = shop.run(&["create", "--all", "--timeout", "1s"]).expect(1);
    assert!(late.stderr.contains("once an hour"), "{}", late.shown());
    let table = aws.table("Orders").await;
    let class = table.table_class_summary().and_then(|it| it.table_class());
    assert_eq!(class, Some(&sdk::TableClass::StandardInfrequentAccess));
    shop.set("SHOPCTL_LOCAL_CLOCK", "+61m");
    shop.converge(&[]);
}
