//! A state that is emptied under those who use it.

use std::path::Path;
use std::time::Duration;

use shopctl::local::census::reset;
use shopctl::local::clock::Clock;
use shopctl::local::connector::LocalAws;

use crate::dynamodb::shape;
use crate::support::{code, options, queue, sqs};

/// Of the item store's tables, those that are a user's go by a UUID.
fn stored_tables(dir: &Path) -> i64 {
    let file = format!("items-{}-us-east-1.sqlite3", crate::support::ACCOUNT);
    let items = rusqlite::Connection::open(dir.join(file)).unwrap();
    let count = "select count(*) from sqlite_master where type = 'table' and name like '%-%-%-%-%'";
    items.query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn the_items_go_with_their_tables() {
    let (dir, client) = shape::fresh();
    shape::plain(&client, "Orders").send().await.unwrap();
    shape::put(&client, "Orders", &[("id", "1")]).await;
    assert_eq!(stored_tables(dir.path()), 1);
    let aws = LocalAws::open(options(dir.path())).unwrap();
    reset(aws.store()).unwrap();
    assert_eq!(stored_tables(dir.path()), 0);
    shape::plain(&client, "Orders").send().await.unwrap();
    let scan = client.scan().table_name("Orders").send().await;
    assert_eq!(scan.unwrap().count(), 0);
}

#[tokio::test]
async fn a_long_poll_ends_when_its_queue_goes_and_the_clock_falls_back() {
    let dir = tempfile::tempdir().unwrap();
    let aws = LocalAws::open(options(dir.path())).unwrap();
    Clock::set(aws.store(), "+2h".parse().unwrap()).unwrap();
    let client = sqs(options(dir.path()));
    let url = queue(&client, "q", &[]).await;
    let receive = client.receive_message().queue_url(&url);
    let poll = tokio::spawn(receive.wait_time_seconds(20).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    reset(aws.store()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), poll).await;
    assert_eq!(
        code(ended.unwrap().unwrap()),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
}
