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
async fn time_to_live_turned_on() {
    let shop = scenario("time-to-live", &[]);
    let ttl = shop.aws().time_to_live("Cart").await;
    assert_eq!(ttl.attribute_name.as_deref(), Some("expires_at"));
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
