//! Edits of the manifest: each gives a plan that says exactly that, is carried out, and then plans empty.

use std::fs;
use std::path::Path;

use crate::support::{Shop, redact};

/// Runs `tests/scenarios/NAME`: creates `before.yaml`, changes to `after.yaml`.
#[track_caller]
pub fn scenario(name: &str, grants: &[&str]) -> Shop {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios")
        .join(name);
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let shop = Shop::with(&text("before.yaml"));
    shop.converge(&[]);
    shop.write(&text("after.yaml"));
    shop.forget();
    let plan = shop.run(&["plan"]).expect(0);
    insta::with_settings!({snapshot_path => folder, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("plan", redact(&plan.stdout));
    });
    if !grants.is_empty() {
        shop.run(&["create", "--all"]).expect(4);
    }
    assert_eq!(
        shop.writes(),
        Vec::<String>::new(),
        "a plan or a refusal wrote something"
    );
    shop.converge(grants);
    shop
}

#[tokio::test]
async fn a_visibility_timeout() {
    let shop = scenario("visibility-timeout", &[]);
    let attributes = shop.aws().attributes("orders").await;
    assert_eq!(attributes["VisibilityTimeout"], "600");
    // Not declared any more: left as it was.
    assert_eq!(attributes["DelaySeconds"], "5");
}

#[tokio::test]
async fn indexes_added_and_removed_in_one_run() {
    let shop = scenario("indexes", &["--allow", "delete-index", "--yes"]);
    assert_eq!(
        shop.aws().indexes("Orders").await,
        ["by-day", "by-payment", "by-status"]
    );
}

#[tokio::test]
async fn an_index_on_another_key_is_made_anew() {
    let shop = scenario("index-rekeyed", &["--allow", "delete-index", "--yes"]);
    let table = shop.aws().table("Orders").await;
    let index = &table.global_secondary_indexes()[0];
    assert_eq!(index.key_schema()[0].attribute_name, "customer");
}

#[tokio::test]
async fn an_attribute_of_two_indexes_gets_another_type() {
    let shop = scenario("index-retyped", &["--allow", "delete-index", "--yes"]);
    let table = shop.aws().table("Orders").await;
    let total = table.attribute_definitions().iter();
    let total = total.filter(|it| it.attribute_name == "total");
    let types: Vec<_> = total.map(|it| it.attribute_type.as_str()).collect();
    assert_eq!(types, ["N"]);
}

#[tokio::test]
async fn time_to_live_turned_on() {
    let shop = scenario("time-to-live", &[]);
    let ttl = shop.aws().time_to_live("Cart").await;
    assert_eq!(ttl.attribute_name.as_deref(), Some("expires_at"));
}

#[tokio::test]
async fn on_demand_to_provisioned_while_indexes_go_and_come() {
    let shop = scenario("provisioned", &["--allow", "delete-index", "--yes"]);
    let table = shop.aws().table("Orders").await;
    assert_eq!(capacities(&table), ["5/6", "by-status 1/2", "by-user 7/8"]);
}

#[tokio::test]
async fn capacities_raised_and_lowered() {
    let shop = scenario("capacity", &[]);
    let table = shop.aws().table("Orders").await;
    assert_eq!(capacities(&table), ["9/1", "by-user 2/10"]);
}

#[tokio::test]
async fn provisioned_to_on_demand_with_maxima() {
    let shop = scenario("on-demand", &[]);
    let table = shop.aws().table("Orders").await;
    assert_eq!(capacities(&table), ["0/0", "by-user 0/0"]);
    let maximum = table.on_demand_throughput().unwrap();
    assert_eq!(maximum.max_read_request_units(), Some(40));
}

#[tokio::test]
async fn on_demand_maxima_set_and_removed() {
    let shop = scenario("maxima", &[]);
    let table = shop.aws().table("Orders").await;
    let maximum = table.on_demand_throughput().unwrap();
    assert_eq!(maximum.max_read_request_units(), None);
    assert_eq!(maximum.max_write_request_units(), Some(30));
    let index = &table.global_secondary_indexes()[0];
    let maximum = index.on_demand_throughput().unwrap();
    // Not declared any more: left as it was.
    assert_eq!(maximum.max_read_request_units(), Some(40));
    assert_eq!(maximum.max_write_request_units(), None);
}

/// `read/write` of the table, then of its indexes by name.
fn capacities(table: &aws_sdk_dynamodb::types::TableDescription) -> Vec<String> {
    let units = |capacity: &aws_sdk_dynamodb::types::ProvisionedThroughputDescription| {
        let (read, write) = (capacity.read_capacity_units, capacity.write_capacity_units);
        format!("{}/{}", read.unwrap(), write.unwrap())
    };
    let indexes = table.global_secondary_indexes().iter().map(|index| {
        let capacity = units(index.provisioned_throughput().unwrap());
        format!("{} {capacity}", index.index_name().unwrap())
    });
    let own = units(table.provisioned_throughput().unwrap());
    let mut all: Vec<_> = std::iter::once(own).chain(indexes).collect();
    all.sort();
    all
}

#[tokio::test]
async fn streams_switched_on_off_and_to_another_view() {
    let shop = scenario("stream", &[]);
    let mut views = vec![];
    for name in ["Orders", "Cart", "Users"] {
        let table = shop.aws().table(name).await;
        let view = table
            .stream_specification()
            .and_then(|it| it.stream_view_type().cloned());
        views.push(view.map(|view| view.as_str().to_owned()));
    }
    assert_eq!(
        views,
        [
            Some("NEW_AND_OLD_IMAGES".to_owned()),
            Some("OLD_IMAGE".to_owned()),
            None
        ]
    );
}

#[tokio::test]
async fn encryption_with_other_keys() {
    let shop = scenario("encryption", &["--allow", "weaken", "--yes"]);
    let cart = shop.aws().table("Cart").await;
    let key = cart
        .sse_description()
        .and_then(|it| it.kms_master_key_arn());
    assert!(key.unwrap().ends_with('2'), "{key:?}");
    let users = shop.aws().table("Users").await;
    assert!(users.sse_description().is_none());
}

#[tokio::test]
async fn table_classes_changed() {
    let shop = scenario("table-class", &[]);
    let table = shop.aws().table("Orders").await;
    let class = table.table_class_summary().and_then(|it| it.table_class());
    assert_eq!(class.unwrap().as_str(), "STANDARD_INFREQUENT_ACCESS");
}

#[tokio::test]
async fn recovery_periods_changed_and_one_left_alone() {
    let shop = scenario("recovery", &["--allow", "weaken", "--yes"]);
    let mut days = vec![];
    for name in ["Orders", "Cart", "Users"] {
        days.push(shop.aws().recovery_days(name).await);
    }
    assert_eq!(days, [7, 8, 9]);
}

#[tokio::test]
async fn redrive_moved_to_another_queue_that_is_new() {
    let shop = scenario("redrive", &[]);
    let attributes = shop.aws().attributes("orders").await;
    assert!(
        attributes["RedrivePolicy"].contains("orders-failed"),
        "{attributes:?}"
    );
    assert!(attributes["RedrivePolicy"].contains('5'));
}

#[tokio::test]
async fn tags_alone() {
    let shop = scenario("tags", &[]);
    let tags = shop.aws().tags("orders").await;
    assert_eq!(tags["team"], "checkout");
    // Taken out of the manifest: left alone.
    assert_eq!(tags["old"], "yes");
}

#[tokio::test]
async fn protection_and_recovery_switched_off() {
    let shop = scenario("weaken", &["--allow", "weaken", "--yes"]);
    let table = shop.aws().table("Orders").await;
    assert_ne!(table.deletion_protection_enabled, Some(true));
}

#[tokio::test]
async fn a_lower_retention() {
    let shop = scenario("retention", &["--allow", "lose-messages", "--yes"]);
    assert_eq!(
        shop.aws().attributes("orders").await["MessageRetentionPeriod"],
        "86400"
    );
}

#[tokio::test]
async fn a_fifo_queue_changes_its_deduplication() {
    let shop = scenario("fifo", &[]);
    let attributes = shop.aws().attributes("orders.fifo").await;
    assert_eq!(attributes["FifoThroughputLimit"], "perMessageGroupId");
    assert_eq!(attributes["ContentBasedDeduplication"], "true");
}

#[tokio::test]
async fn a_queue_and_a_table_more() {
    let shop = scenario("more", &[]);
    assert_eq!(
        shop.aws().attributes("refunds").await["VisibilityTimeout"],
        "30"
    );
    shop.aws().table("Refunds").await;
}
