//! Items that outlive their time to live.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, TimeToLiveSpecification};
use shopctl::local::options::Options;

use super::metering::sum;
use super::shape::{definition, fresh, index, open, plain, slow, text};
use crate::support::options;

const YEAR: i64 = 365 * 24 * 3600;

fn at(dir: &Path, seconds: u64) -> Client {
    open(Options {
        clock: Duration::from_secs(seconds),
        ..options(dir)
    })
}

/// Seconds since the epoch, that many from now.
fn time(ahead: i64) -> AttributeValue {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    AttributeValue::N((now.as_secs() as i64 + ahead).to_string())
}

async fn expire(client: &Client, enabled: bool) {
    let specification = TimeToLiveSpecification::builder()
        .enabled(enabled)
        .attribute_name("at");
    let update = client.update_time_to_live().table_name("Orders");
    let update = update.time_to_live_specification(specification.build().unwrap());
    update.send().await.unwrap();
}

async fn put(client: &Client, id: &str, at: AttributeValue) {
    let put = client.put_item().table_name("Orders");
    let put = put.item("id", text(id)).item("at", at);
    put.item("user", text("ann")).send().await.unwrap();
}

async fn ids(client: &Client) -> Vec<String> {
    let scan = client.scan().table_name("Orders").send().await.unwrap();
    let id = |item: &std::collections::HashMap<String, AttributeValue>| {
        item["id"].as_s().unwrap().clone()
    };
    let mut ids: Vec<String> = scan.items().iter().map(id).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn what_has_expired_goes_in_the_next_minute_and_the_rest_stays() {
    let (dir, client) = fresh();
    let create = plain(&client, "Orders").attribute_definitions(definition("user"));
    let create = create.global_secondary_indexes(index("by-user", &["user"]));
    create.send().await.unwrap();
    expire(&client, true).await;
    put(&client, "soon", time(30)).await;
    put(&client, "past", time(-30)).await;
    put(&client, "ancient", time(-5 * YEAR - 3600)).await;
    put(&client, "later", time(3600)).await;
    put(&client, "text", text("0")).await;
    let mark = client
        .put_item()
        .table_name("Orders")
        .item("id", text("none"));
    mark.send().await.unwrap();
    let staying = ["ancient", "later", "none", "text"];
    assert_eq!(ids(&at(dir.path(), 90)).await, staying);
    let deleted = [("TableName", "Orders")];
    assert_eq!(
        sum(dir.path(), "TimeToLiveDeletedItemCount", &deleted).0,
        2.0
    );
    // What is removed costs nothing.
    let (units, writes) = sum(dir.path(), "ConsumedWriteCapacityUnits", &deleted);
    assert_eq!((units, writes), (6.0, 6.0));
    let query = at(dir.path(), 90).query().table_name("Orders");
    let query = query.index_name("by-user");
    let query = query.key_condition_expression("#u = :u");
    let query = query.expression_attribute_names("#u", "user");
    let query = query.expression_attribute_values(":u", text("ann"));
    assert_eq!(query.send().await.unwrap().count(), 3);
}

#[tokio::test]
async fn a_write_is_seen_by_the_next_look_and_so_is_its_change() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    expire(&client, true).await;
    put(&client, "1", time(10_000)).await;
    // Nothing expires for hours, as far as this look tells.
    assert_eq!(ids(&at(dir.path(), 100)).await, ["1"]);
    put(&at(dir.path(), 100), "2", time(150)).await;
    put(&at(dir.path(), 100), "3", time(150)).await;
    let longer = at(dir.path(), 100).update_item().table_name("Orders");
    let longer = longer.key("id", text("3"));
    let longer = longer.update_expression("SET #a = :a");
    let longer = longer.expression_attribute_names("#a", "at");
    let longer = longer.expression_attribute_values(":a", time(9_000));
    longer.send().await.unwrap();
    assert_eq!(ids(&at(dir.path(), 300)).await, ["1", "3"]);
    assert_eq!(ids(&at(dir.path(), 9_500)).await, ["1"]);
    assert!(ids(&at(dir.path(), 10_500)).await.is_empty());
}

#[tokio::test]
async fn nothing_expires_while_it_is_being_enabled_or_once_it_is_off() {
    let dir = tempfile::tempdir().unwrap();
    let client = |minutes| slow(dir.path(), minutes);
    plain(&client(0), "Orders").send().await.unwrap();
    put(&client(11), "1", time(60)).await;
    expire(&client(11), true).await;
    assert_eq!(ids(&client(40)).await, ["1"]);
    assert!(ids(&client(42)).await.is_empty());
    put(&client(43), "2", time(60)).await;
    expire(&client(80), false).await;
    put(&client(80), "3", time(60)).await;
    assert_eq!(ids(&client(200)).await, ["2", "3"]);
}
