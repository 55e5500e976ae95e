//! SQS: what lies in the state, and how much of it.

use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::Message;

use crate::sqs_rules::{hide, post, take};
use crate::support::{after, bodies, code, counts, fresh, queue, receive, send};

const FIFO: (&str, &str) = ("FifoQueue", "true");

fn state(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join("control.sqlite3")).unwrap()
}

/// Many messages at once, put beneath the service.
fn fill(dir: &Path, sql: &str) {
    state(dir).execute_batch(sql).unwrap();
}

#[tokio::test]
async fn nothing_of_a_deleted_queue_stays() {
    let (dir, client) = fresh();
    let url = queue(&client, "q.fifo", &[FIFO]).await;
    post(&client, &url, "g", "1").await;
    take(&client, &url, "one").await;
    client.delete_queue().queue_url(&url).send().await.unwrap();
    for table in ["sqs_messages", "sqs_deduplications", "sqs_attempts"] {
        let count = format!("select count(*) from {table}");
        let count: i64 = state(dir.path())
            .query_row(&count, [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
}

#[tokio::test]
async fn a_state_from_before_is_taken_over() {
    let (dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    send(&client, &url, "a").await;
    // The tables and indexes that were not there, and a handle that did not say when it was issued.
    let handle = "MTphYmM=";
    fill(
        dir.path(),
        &format!(
            "drop table sqs_minutes; drop table sqs_sent_sizes; drop table sqs_meters;
             drop table sqs_move_tasks; drop table sqs_attempts; drop table sqs_dead_letters;
             drop index sqs_messages_in_order; drop index sqs_messages_by_age;
             drop index sqs_messages_received; drop index sqs_deduplications_by_age;
             update sqs_messages set receipt = '{handle}', visible_at = visible_at + 30000"
        ),
    );
    let client = after(dir.path(), 0);
    assert_eq!(counts(&client, &url).await, ["0", "0", "1"]);
    let message = Message::builder().receipt_handle(handle).build();
    assert_eq!(hide(&client, &url, &message, 0).await, "no error");
    assert_eq!(bodies(&client, &url).await, ["a"]);
}

#[tokio::test]
async fn a_hundred_and_twenty_thousand_are_the_most_in_flight() {
    let (dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    let fifo = queue(&client, "q.fifo", &[FIFO]).await;
    let now = shopctl::local::clock::Clock::default().now();
    fill(
        dir.path(),
        &format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 119999)
             insert into sqs_messages (queue_id, message_id, body, group_id, sent_at, enqueued_at,
             visible_at, receives, receipt)
             select queue.id, 'm', 'b', 'g', {now}, {now}, {now} + 30000, 1, 'r'
             from n, sqs_queues as queue"
        ),
    );
    for _ in 0..3 {
        send(&client, &url, "x").await;
    }
    assert_eq!(receive(&client, &url).await.len(), 1);
    let short = client.receive_message().queue_url(&url);
    assert_eq!(code(short.clone().send().await), "OverLimit");
    let long = short.wait_time_seconds(1).send().await;
    assert!(long.unwrap().messages.is_none());
    for id in ["1", "2"] {
        post(&client, &fifo, id, id).await;
    }
    assert_eq!(receive(&client, &fifo).await.len(), 1);
    assert!(receive(&client, &fifo).await.is_empty());
}

#[tokio::test]
async fn a_long_queue_is_no_slower_to_receive_from() {
    let (dir, client) = fresh();
    let url = queue(&client, "q.fifo", &[FIFO]).await;
    let now = shopctl::local::clock::Clock::default().now();
    // Ten thousand messages of as many groups, half of them in flight, and one long group that is blocked.
    fill(
        dir.path(),
        &format!(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
             insert into sqs_messages (queue_id, message_id, body, group_id, sent_at, enqueued_at,
             visible_at, receives, receipt)
             select queue.id, 'm', 'b', iif(i <= 10000, i, 'g'), {now}, {now},
                 iif(i <= 5000 or i = 10001, {now} + 30000, {now}), 1, 'r'
             from n, sqs_queues as queue"
        ),
    );
    let started = Instant::now();
    for _ in 0..20 {
        assert_eq!(receive(&client, &url).await.len(), 10);
    }
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}
