//! The whole path on the manifest that ships.

use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableStatus, TimeToLiveStatus};
use serde_json::Value;

use crate::support::Shop;

#[tokio::test]
async fn the_shopping_system_is_created_once_and_then_left_alone() {
    let shop = Shop::shopping();
    shop.converge(&[]);
    let aws = shop.aws();
    for (name, timeout, dlq) in [
        ("order-processing-queue", "300", "order-processing-dlq"),
        ("payment-processing-queue", "300", "payment-processing-dlq"),
        ("email-notification-queue", "60", "email-notification-dlq"),
        ("inventory-update-queue", "120", "inventory-update-dlq"),
    ] {
        let attributes = aws.attributes(name).await;
        assert_eq!(attributes["VisibilityTimeout"], timeout, "{name}");
        assert_eq!(attributes["MessageRetentionPeriod"], "345600", "{name}");
        let redrive: Value = serde_json::from_str(&attributes["RedrivePolicy"]).unwrap();
        let dead_letters = aws.attributes(dlq).await;
        assert_eq!(
            redrive["deadLetterTargetArn"],
            dead_letters["QueueArn"].as_str()
        );
        assert_eq!(redrive["maxReceiveCount"], 3);
        assert_eq!(dead_letters["MessageRetentionPeriod"], "1209600");
        let tags = aws.tags(name).await;
        assert_eq!(tags["shopctl:project"], "shopping");
        assert_eq!(tags["shopctl:component"], "sqs");
        assert_eq!(tags["shopctl:origin"], "created");
    }
}

#[tokio::test]
async fn the_tables_have_their_keys_indexes_and_expiry() {
    let shop = Shop::shopping();
    shop.run(&["create-tables"]).expect(0);
    let aws = shop.aws();
    for (table, keys, indexes) in [
        (
            "Products",
            vec!["product_id"],
            vec![
                "category-created_at-index",
                "featured-created_at-index",
                "status-sales_count-index",
            ],
        ),
        (
            "Orders",
            vec!["order_id", "user_id"],
            vec![
                "order_status-order_date-index",
                "payment_status-order_date-index",
                "user_id-order_date-index",
            ],
        ),
        ("Cart", vec!["user_id"], vec![]),
        (
            "Reviews",
            vec!["review_id", "product_id"],
            vec!["product_id-created_at-index", "user_id-created_at-index"],
        ),
    ] {
        let live = aws.table(table).await;
        assert_eq!(live.table_status, Some(TableStatus::Active));
        let schema = live.key_schema();
        let names: Vec<_> = schema
            .iter()
            .map(|key| key.attribute_name.as_str())
            .collect();
        assert_eq!(names, keys, "{table}");
        assert_eq!(schema[0].key_type, KeyType::Hash);
        assert_eq!(aws.indexes(table).await, indexes, "{table}");
        let mode = live
            .billing_mode_summary()
            .and_then(|summary| summary.billing_mode());
        assert_eq!(mode.map(|mode| mode.as_str()), Some("PAY_PER_REQUEST"));
    }
    let products = aws.table("Products").await;
    let sales = products
        .attribute_definitions()
        .iter()
        .find(|a| a.attribute_name == "sales_count");
    assert_eq!(
        sales.map(|a| &a.attribute_type),
        Some(&ScalarAttributeType::N)
    );
    let ttl = aws.time_to_live("Cart").await;
    assert_eq!(ttl.attribute_name.as_deref(), Some("expires_at"));
    assert!(matches!(
        ttl.time_to_live_status,
        Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
    ));
}

#[test]
fn parts_are_created_apart_and_make_the_whole() {
    let shop = Shop::shopping();
    shop.run(&["create-queues"]).expect(0);
    assert!(
        shop.calls().iter().all(|call| !call.contains("Table")),
        "{:?}",
        shop.calls()
    );
    let tables = shop.run(&["create", "--component", "DynamoDB"]).expect(0);
    assert!(tables.stdout.contains("4 created"), "{}", tables.shown());
    shop.settled();
}

#[test]
fn a_source_is_made_after_its_dead_letter_queue() {
    let shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  a: {redrive_policy: {dead_letter_queue: z}}\n  z:\n",
    );
    let plan = shop.run(&["plan", "-o", "json"]).expect(0).json();
    assert_eq!(plan["actions"][0]["id"], "queue/z");
    assert_eq!(
        plan["actions"][1]["depends_on"],
        serde_json::json!(["queue/z"])
    );
    shop.converge(&[]);
}

#[test]
fn what_create_prints() {
    let shop = Shop::shopping();
    insta::assert_snapshot!("plan", shop.run(&["plan"]).shown());
    let created = shop.run(&["create", "--all", "-q"]).expect(0);
    // What ends first is printed first: sort the lines that are alike.
    let mut lines: Vec<_> = created.stdout.lines().collect();
    lines.sort_unstable();
    insta::assert_snapshot!("created", crate::support::redact(&lines.join("\n")));
    insta::assert_snapshot!("nothing_to_do", shop.run(&["create", "--all"]).shown());
}

#[test]
fn dry_run_writes_nothing_and_no_wait_reads_nothing_back() {
    let shop = Shop::shopping();
    let dry = shop.run(&["create", "--all", "--dry-run"]).expect(0);
    assert_eq!(dry.stdout, shop.run(&["plan"]).stdout);
    assert!(shop.writes().is_empty());
    shop.forget();
    shop.run(&["create-queues", "--no-wait"]).expect(0);
    let calls = shop.calls();
    let created = calls.iter().filter(|call| *call == "CreateQueue").count();
    let read = calls
        .iter()
        .filter(|call| *call == "GetQueueAttributes")
        .count();
    assert_eq!((created, read), (8, 0));
}
