//! SQS: message move tasks.

use std::path::Path;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ListMessageMoveTasksResultEntry as Entry, MessageSystemAttributeName as System,
    QueueAttributeName as Name,
};

use crate::support::{after, arn, bodies, code, counts, fresh, queue, receive, send};

/// A source queue whose messages fail at the second receive, and its dead-letter queue.
async fn pair(client: &Client, suffix: &str) -> [String; 2] {
    let fifo = [("FifoQueue", "true")];
    let of_type: &[(&str, &str)] = if suffix.is_empty() { &[] } else { &fifo };
    let dlq = queue(client, &format!("dlq{suffix}"), of_type).await;
    let policy = format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#,
        arn(&format!("dlq{suffix}"))
    );
    let attributes = [
        of_type,
        &[
            ("RedrivePolicy", policy.as_str()),
            ("VisibilityTimeout", "0"),
        ],
    ];
    let orders = queue(client, &format!("orders{suffix}"), &attributes.concat()).await;
    [orders, dlq]
}

async fn fail(client: &Client, url: &str, messages: &[&str]) {
    for body in messages {
        send(client, url, body).await;
    }
    assert_eq!(bodies(client, url).await, messages);
    assert!(bodies(client, url).await.is_empty());
}

async fn start(client: &Client, source: &str, to: Option<&str>, rate: Option<i32>) -> String {
    let request = client.start_message_move_task().source_arn(arn(source));
    let request = request.set_destination_arn(to.map(arn));
    code(
        request
            .set_max_number_of_messages_per_second(rate)
            .send()
            .await,
    )
}

async fn tasks(client: &Client, source: &str) -> Vec<Entry> {
    let request = client.list_message_move_tasks().source_arn(arn(source));
    let listed = request.max_results(10).send().await.unwrap();
    listed.results.unwrap_or_default()
}

fn told(entry: &Entry) -> (&str, i64, Option<i64>) {
    (
        entry.status().unwrap_or_default(),
        entry.approximate_number_of_messages_moved(),
        entry.approximate_number_of_messages_to_move(),
    )
}

#[tokio::test]
async fn messages_go_back_to_their_sources_as_new_ones() {
    let (dir, client) = fresh();
    let [orders, dlq] = pair(&client, "").await;
    fail(&client, &orders, &["a", "b"]).await;
    let before = receive(&client, &dlq).await;
    let hidden = after(dir.path(), 31);
    assert_eq!(start(&hidden, "dlq", None, None).await, "no error");
    let running = tasks(&hidden, "dlq").await.remove(0);
    assert_eq!(running.status(), Some("RUNNING"));
    assert!(running.task_handle().is_some());
    assert_eq!(running.destination_arn(), None);
    assert_eq!(running.max_number_of_messages_per_second(), None);

    let done = after(dir.path(), 32);
    assert_eq!(counts(&done, &dlq).await, ["0", "0", "0"]);
    let finished = tasks(&done, "dlq").await.remove(0);
    assert_eq!(told(&finished), ("COMPLETED", 2, Some(2)));
    assert_eq!(finished.task_handle(), None);
    assert_eq!(finished.started_timestamp(), running.started_timestamp());
    let moved = receive(&done, &orders).await;
    let message = &moved[0];
    assert_eq!((moved.len(), message.body()), (2, Some("a")));
    assert_ne!(message.message_id, before[0].message_id);
    let system = message.attributes().unwrap();
    assert_eq!(system[&System::ApproximateReceiveCount], "1");
    assert!(!system.contains_key(&System::DeadLetterQueueSourceArn));
    let sent = |system: &std::collections::HashMap<System, String>| -> i64 {
        system[&System::SentTimestamp].parse().unwrap()
    };
    let earlier = sent(before[0].attributes().unwrap());
    assert!((31_000..34_000).contains(&(sent(system) - earlier)));
}

#[tokio::test]
async fn sending_and_receiving_carry_a_task_on_first() {
    let (dir, client) = fresh();
    let [orders, dlq] = pair(&client, "").await;
    let other = queue(&client, "other", &[]).await;
    fail(&client, &orders, &["a", "b"]).await;
    let started = start(&client, "dlq", Some("other"), Some(1)).await;
    assert_eq!(started, "no error");
    let later = after(dir.path(), 3);
    send(&later, &other, "c").await;
    assert_eq!(bodies(&later, &other).await, ["a", "b", "c"]);
    assert!(bodies(&later, &dlq).await.is_empty());
}

async fn moved_at(dir: &Path, seconds: u64) -> (String, i64) {
    let entry = tasks(&after(dir, seconds), "dlq").await.remove(0);
    let (status, moved, _) = told(&entry);
    (status.to_owned(), moved)
}

#[tokio::test]
async fn a_task_keeps_to_its_rate() {
    let (dir, client) = fresh();
    let [orders, _] = pair(&client, "").await;
    let other = queue(&client, "other", &[]).await;
    fail(&client, &orders, &["a", "b", "c", "d"]).await;
    assert_eq!(
        start(&client, "dlq", Some("other"), Some(1)).await,
        "no error"
    );
    assert_eq!(moved_at(dir.path(), 0).await.0, "RUNNING");
    // Listing carries the task on, and so does looking at either queue.
    assert_eq!(counts(&after(dir.path(), 2), &other).await, ["2", "0", "0"]);
    assert_eq!(moved_at(dir.path(), 2).await, ("RUNNING".to_owned(), 2));
    assert_eq!(moved_at(dir.path(), 4).await, ("COMPLETED".to_owned(), 4));
    assert_eq!(
        bodies(&after(dir.path(), 4), &other).await,
        ["a", "b", "c", "d"]
    );
}

#[tokio::test]
async fn a_cancelled_task_leaves_what_it_has_moved() {
    let (dir, client) = fresh();
    let [orders, dlq] = pair(&client, "").await;
    fail(&client, &orders, &["a", "b", "c"]).await;
    assert_eq!(start(&client, "dlq", None, Some(1)).await, "no error");
    let busy = start(&client, "dlq", None, None).await;
    assert_eq!(busy, "InvalidParameterValue");
    let handle = tasks(&client, "dlq").await.remove(0).task_handle.unwrap();
    let cancel = |client: &Client| {
        client
            .cancel_message_move_task()
            .task_handle(&handle)
            .send()
    };
    let later = after(dir.path(), 1);
    let cancelled = cancel(&later).await.unwrap();
    assert_eq!(cancelled.approximate_number_of_messages_moved(), 1);
    let entry = tasks(&later, "dlq").await.remove(0);
    assert_eq!(told(&entry), ("CANCELLING", 1, Some(3)));
    assert_eq!(entry.task_handle(), None);
    let refused = "AWS.SimpleQueueService.UnsupportedOperation";
    assert_eq!(code(cancel(&later).await), refused);
    let much_later = after(dir.path(), 10);
    let entry = tasks(&much_later, "dlq").await.remove(0);
    assert_eq!(told(&entry), ("CANCELLED", 1, Some(3)));
    assert_eq!(counts(&much_later, &dlq).await, ["2", "0", "0"]);

    assert_eq!(start(&much_later, "dlq", None, None).await, "no error");
    let both = tasks(&after(dir.path(), 11), "dlq").await;
    let told: Vec<_> = both.iter().map(told).collect();
    assert_eq!(told, [("COMPLETED", 2, Some(2)), ("CANCELLED", 1, Some(3))]);
    let one = client.list_message_move_tasks().source_arn(arn("dlq"));
    assert_eq!(one.send().await.unwrap().results().len(), 1);
}

#[tokio::test]
async fn a_task_fails_where_a_message_cannot_go() {
    let (dir, client) = fresh();
    let [orders, dlq] = pair(&client, "").await;
    send(&client, &dlq, "by hand").await;
    assert_eq!(start(&client, "dlq", None, None).await, "no error");
    let failed = tasks(&after(dir.path(), 1), "dlq").await.remove(0);
    assert_eq!(told(&failed), ("FAILED", 0, Some(1)));
    let reason = failed.failure_reason();
    assert_eq!(reason, Some("CouldNotDetermineMessageSource"));

    let other = queue(&client, "other", &[]).await;
    let later = after(dir.path(), 2);
    assert_eq!(
        start(&later, "dlq", Some("other"), Some(1)).await,
        "no error"
    );
    client
        .delete_queue()
        .queue_url(&other)
        .send()
        .await
        .unwrap();
    let failed = tasks(&after(dir.path(), 4), "dlq").await.remove(0);
    let reason = failed.failure_reason();
    assert_eq!(reason, Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert_eq!(counts(&client, &orders).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_task_needs_a_dead_letter_queue_and_a_destination_of_its_type() {
    let (_dir, client) = fresh();
    pair(&client, "").await;
    pair(&client, ".fifo").await;
    let missing = "ResourceNotFoundException";
    let refused = "InvalidParameterValue";
    for (source, to, rate, expected) in [
        ("none", None, None, missing),
        ("orders", None, None, refused),
        ("dlq", Some("none"), None, missing),
        ("dlq", Some("dlq"), None, refused),
        ("dlq", Some("orders.fifo"), None, refused),
        ("dlq.fifo", Some("orders"), None, refused),
        ("dlq", None, Some(0), refused),
        ("dlq", None, Some(501), refused),
        ("dlq", None, Some(500), "no error"),
    ] {
        let told = start(&client, source, to, rate).await;
        assert_eq!(told, expected, "{source} {to:?} {rate:?}");
    }
    let list = client.list_message_move_tasks();
    for bad in [0, 11] {
        let request = list.clone().source_arn(arn("dlq")).max_results(bad);
        assert_eq!(code(request.send().await), refused);
    }
    let request = list.clone().source_arn("dlq");
    assert_eq!(code(request.send().await), refused);
    let request = list.source_arn(arn("none"));
    assert_eq!(code(request.send().await), missing);
    let cancel = client.cancel_message_move_task().task_handle("x");
    assert_eq!(code(cancel.send().await), refused);
}

#[tokio::test]
async fn what_is_in_flight_of_the_dead_letter_queue_stays() {
    let (dir, client) = fresh();
    let [orders, dlq] = pair(&client, "").await;
    fail(&client, &orders, &["a", "b"]).await;
    let one = client.receive_message().queue_url(&dlq);
    one.send().await.unwrap();
    assert_eq!(start(&client, "dlq", None, None).await, "no error");
    let done = tasks(&after(dir.path(), 1), "dlq").await.remove(0);
    assert_eq!(told(&done), ("COMPLETED", 1, Some(1)));
    assert_eq!(counts(&after(dir.path(), 1), &dlq).await, ["0", "0", "1"]);
}

#[tokio::test]
async fn a_fifo_queue_is_refilled_in_order_and_with_its_retention_anew() {
    let (dir, client) = fresh();
    let [orders, dlq] = pair(&client, ".fifo").await;
    let mut ids = Vec::new();
    for id in ["1", "2", "3"] {
        let request = client.send_message().queue_url(&orders).message_body(id);
        let request = request.message_group_id("g").message_deduplication_id(id);
        ids.push(request.send().await.unwrap().message_id);
    }
    assert_eq!(bodies(&client, &orders).await, ["1", "2", "3"]);
    assert!(bodies(&client, &orders).await.is_empty());
    let dead = receive(&client, &dlq).await;
    let system = dead[0].attributes().unwrap();
    // Its own id takes the place of the deduplication id.
    let own = dead[0].message_id().unwrap();
    assert_eq!(dead[0].message_id, ids[0]);
    assert_eq!(system[&System::MessageDeduplicationId], own);
    let later = after(dir.path(), 40);
    assert_eq!(start(&later, "dlq.fifo", None, Some(1)).await, "no error");
    let done = after(dir.path(), 43);
    let retention = done.set_queue_attributes().queue_url(&orders);
    let retention = retention.attributes(Name::MessageRetentionPeriod, "60");
    retention.send().await.unwrap();
    assert_eq!(
        counts(&after(dir.path(), 99), &orders).await,
        ["3", "0", "0"]
    );
    assert_eq!(bodies(&done, &orders).await, ["1", "2", "3"]);
}
