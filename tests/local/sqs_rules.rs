//! SQS: the rules of messages that are seldom met.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue as Attribute, MessageSystemAttributeName as System,
    MessageSystemAttributeNameForSends as SystemForSends,
    MessageSystemAttributeValue as SystemAttribute, QueueAttributeName as Name,
    SendMessageBatchRequestEntry,
};

use crate::support::{after, arn, bodies, code, counts, fresh, queue, receive, send};

const FIFO: (&str, &str) = ("FifoQueue", "true");
const REFUSED: &str = "InvalidParameterValue";

pub async fn post(client: &Client, url: &str, group: &str, id: &str) {
    let request = client.send_message().queue_url(url).message_body(id);
    let request = request.message_group_id(group).message_deduplication_id(id);
    request.send().await.unwrap();
}

pub async fn take(client: &Client, url: &str, attempt: &str) -> Vec<Message> {
    let request = client.receive_message().queue_url(url);
    let request = request.max_number_of_messages(2).visibility_timeout(60);
    let answer = request.receive_request_attempt_id(attempt).send().await;
    answer.unwrap().messages.unwrap_or_default()
}

pub async fn hide(client: &Client, url: &str, message: &Message, seconds: i32) -> String {
    let request = client.change_message_visibility().queue_url(url);
    let request = request.set_receipt_handle(message.receipt_handle.clone());
    code(request.visibility_timeout(seconds).send().await)
}

async fn delete(client: &Client, url: &str, message: &Message) -> String {
    let request = client.delete_message().queue_url(url);
    let request = request.set_receipt_handle(message.receipt_handle.clone());
    code(request.send().await)
}

#[tokio::test]
async fn a_receive_tried_again_gives_the_same_messages_for_as_long_again() {
    let (dir, client) = fresh();
    let url = queue(&client, "q.fifo", &[FIFO]).await;
    for id in ["1", "2", "3"] {
        post(&client, &url, "g", id).await;
    }
    let first = take(&client, &url, "one").await;
    assert_eq!(first.len(), 2);
    assert!(take(&client, &url, "two").await.is_empty());
    let later = after(dir.path(), 50);
    assert_eq!(take(&later, &url, "one").await, first);
    // The visibility timeout has begun anew.
    assert!(take(&after(dir.path(), 100), &url, "two").await.is_empty());
    assert_eq!(hide(&later, &url, &first[0], 0).await, "no error");
    assert!(take(&later, &url, "one").await.is_empty());
    assert_eq!(hide(&later, &url, &first[1], 0).await, "no error");
    let again = take(&later, &url, "one").await;
    assert_eq!(again.len(), 2);
    assert_ne!(again[0].receipt_handle, first[0].receipt_handle);
}

#[tokio::test]
async fn an_attempt_is_remembered_for_five_minutes_and_in_fifo_queues_only() {
    let (dir, client) = fresh();
    let url = queue(&client, "q.fifo", &[FIFO]).await;
    post(&client, &url, "g", "1").await;
    let first = take(&client, &url, "one").await;
    assert_eq!(hide(&client, &url, &first[0], 400).await, "no error");
    assert!(take(&after(dir.path(), 301), &url, "one").await.is_empty());
    let standard = queue(&client, "q", &[]).await;
    for (url, id) in [(&standard, "one"), (&url, "a b"), (&url, &"x".repeat(129))] {
        let request = client.receive_message().queue_url(url);
        let request = request.receive_request_attempt_id(id);
        assert_eq!(code(request.send().await), REFUSED, "{id}");
    }
}

#[tokio::test]
async fn twelve_hours_are_the_most_for_one_receive() {
    let (dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    send(&client, &url, "a").await;
    let request = client.receive_message().queue_url(&url);
    let request = request.visibility_timeout(43_200).send().await.unwrap();
    let message = request.messages.unwrap().remove(0);
    assert_eq!(hide(&client, &url, &message, 43_200).await, "no error");
    let later = after(dir.path(), 3_600);
    assert_eq!(hide(&later, &url, &message, 39_700).await, REFUSED);
    assert_eq!(hide(&later, &url, &message, 39_500).await, "no error");
}

#[tokio::test]
async fn only_the_latest_handle_deletes_from_a_standard_queue() {
    let (dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    send(&client, &url, "a").await;
    let first = receive(&client, &url).await.remove(0);
    let later = after(dir.path(), 31);
    let second = receive(&later, &url).await.remove(0);
    assert_eq!(delete(&later, &url, &first).await, "no error");
    assert_eq!(counts(&later, &url).await, ["0", "0", "1"]);
    // Also after its time is up.
    let late = after(dir.path(), 62);
    assert_eq!(delete(&late, &url, &second).await, "no error");
    assert_eq!(counts(&late, &url).await, ["0", "0", "0"]);
}

#[tokio::test]
async fn a_duplicate_of_a_deleted_message_is_dropped() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q.fifo", &[FIFO]).await;
    post(&client, &url, "g", "1").await;
    let message = receive(&client, &url).await.remove(0);
    let system = message.attributes().unwrap();
    assert_eq!(system[&System::SequenceNumber].len(), 20);
    assert_eq!(delete(&client, &url, &message).await, "no error");
    post(&client, &url, "g", "1").await;
    assert!(bodies(&client, &url).await.is_empty());
}

#[tokio::test]
async fn a_group_in_a_standard_queue_orders_and_blocks_nothing() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    for body in ["1", "2"] {
        let request = client.send_message().queue_url(&url).message_body(body);
        request.message_group_id("g").send().await.unwrap();
    }
    for body in ["1", "2"] {
        let answer = client.receive_message().queue_url(&url);
        let answer = answer.message_system_attribute_names(System::All).send();
        let message = answer.await.unwrap().messages.unwrap().remove(0);
        assert_eq!(message.body(), Some(body));
        assert_eq!(message.attributes().unwrap()[&System::MessageGroupId], "g");
    }
}

fn attribute(data_type: &str, value: &str) -> Attribute {
    let builder = Attribute::builder().data_type(data_type);
    builder.string_value(value).build().unwrap()
}

#[tokio::test]
async fn attributes_of_messages_are_checked() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    let with = |name: &str, value: Attribute| {
        let request = client.send_message().queue_url(&url).message_body("x");
        request.message_attributes(name, value).send()
    };
    let listed = Attribute::builder().data_type("String");
    let listed = listed.string_list_values("a").build().unwrap();
    for (name, value, said) in [
        ("n", attribute("Number", "many"), "to a number"),
        ("n", attribute("Text", "x"), "supported type prefixes"),
        (
            "s",
            attribute("String", ""),
            "non-empty value of type 'String'",
        ),
        ("s", attribute("String", "\u{1}"), "Invalid characters"),
        ("AWS.s", attribute("String", "x"), "name"),
        ("l", listed, "list values"),
    ] {
        let refused = with(name, value).await.unwrap_err();
        assert_eq!(refused.code(), Some(REFUSED));
        let message = refused.message().unwrap_or_default();
        assert!(message.contains(said), "{message}");
    }
    let good = with("n", attribute("Number.int", "-12.5e3")).await;
    assert_eq!(code(good), "no error");
    let mut many = client.send_message().queue_url(&url).message_body("x");
    for number in 0..11 {
        many = many.message_attributes(format!("a{number}"), attribute("String", "x"));
    }
    assert_eq!(code(many.send().await), REFUSED);
}

#[tokio::test]
async fn a_trace_header_travels_along_and_weighs_nothing() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[("MaximumMessageSize", "1024")]).await;
    let with = |data_type: &str| {
        let value = SystemAttribute::builder().data_type(data_type);
        let value = value.string_value("Root=1-5").build().unwrap();
        let request = client.send_message().queue_url(&url);
        request
            .message_body("x".repeat(1_024))
            .message_system_attributes(SystemForSends::AwsTraceHeader, value)
            .send()
    };
    let sent = with("String").await.unwrap();
    assert_eq!(
        sent.md5_of_message_system_attributes().map(str::len),
        Some(32)
    );
    let message = receive(&client, &url).await.remove(0);
    assert_eq!(
        message.attributes().unwrap()[&System::AwsTraceHeader],
        "Root=1-5"
    );
    assert_eq!(code(with("Number").await), REFUSED);
}

#[tokio::test]
async fn attributes_count_towards_the_size() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[("MaximumMessageSize", "1024")]).await;
    // 1 + 6 + 3 bytes.
    for (length, expected) in [(1_014, "no error"), (1_015, REFUSED)] {
        let request = client.send_message().queue_url(&url);
        let request = request.message_body("x".repeat(length));
        let request = request.message_attributes("a", attribute("String", "abc"));
        assert_eq!(code(request.send().await), expected, "{length}");
    }
}

#[tokio::test]
async fn a_mebibyte_is_the_most_for_a_message_and_for_a_batch() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    let to = |length: usize| {
        let request = client.send_message().queue_url(&url);
        request.message_body("x".repeat(length)).send()
    };
    assert_eq!(code(to(1_048_576).await), "no error");
    assert_eq!(code(to(1_048_577).await), REFUSED);
    let entry = |id: &str, length: usize| {
        let entry = SendMessageBatchRequestEntry::builder().id(id);
        entry.message_body("x".repeat(length)).build().unwrap()
    };
    let half = 524_288;
    for (last, expected) in [
        (half, "no error"),
        (half + 1, "AWS.SimpleQueueService.BatchRequestTooLong"),
    ] {
        let request = client.send_message_batch().queue_url(&url);
        let request = request.entries(entry("a", half)).entries(entry("b", last));
        assert_eq!(code(request.send().await), expected, "{last}");
    }
}

#[tokio::test]
async fn unknown_system_attributes_are_refused() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[]).await;
    let request = client.receive_message().queue_url(&url);
    let unknown = request.message_system_attribute_names(System::from("Size"));
    assert_eq!(code(unknown.send().await), "InvalidAttributeName");
}

fn redrive(count: u32) -> String {
    format!(
        r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{count}}}"#,
        arn("dlq")
    )
}

#[tokio::test]
async fn a_message_stays_where_its_dead_letter_queue_no_longer_takes_it() {
    let (_dir, client) = fresh();
    let dlq = queue(&client, "dlq", &[]).await;
    let policy = redrive(1);
    let attributes = [
        ("RedrivePolicy", policy.as_str()),
        ("VisibilityTimeout", "0"),
    ];
    let url = queue(&client, "q", &attributes).await;
    send(&client, &url, "poison").await;
    let allow = |policy: &'static str| {
        let request = client.set_queue_attributes().queue_url(&dlq);
        request.attributes(Name::RedriveAllowPolicy, policy).send()
    };
    allow(r#"{"redrivePermission":"denyAll"}"#).await.unwrap();
    for _ in 0..2 {
        assert_eq!(bodies(&client, &url).await, ["poison"]);
    }
    allow("").await.unwrap();
    assert!(bodies(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &dlq).await, ["1", "0", "0"]);
}

#[tokio::test]
async fn a_blocked_group_fails_no_message() {
    let (_dir, client) = fresh();
    let dlq = queue(&client, "dlq.fifo", &[FIFO]).await;
    let policy = redrive(1).replace("dlq", "dlq.fifo");
    let url = queue(&client, "q.fifo", &[FIFO, ("RedrivePolicy", &policy)]).await;
    for id in ["1", "2"] {
        post(&client, &url, "g", id).await;
    }
    let both = receive(&client, &url).await;
    assert_eq!(hide(&client, &url, &both[0], 0).await, "no error");
    assert!(bodies(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &dlq).await, ["0", "0", "0"]);
    assert_eq!(delete(&client, &url, &both[1]).await, "no error");
    assert!(bodies(&client, &url).await.is_empty());
    assert_eq!(counts(&client, &dlq).await, ["1", "0", "0"]);
}

#[tokio::test]
async fn what_is_received_too_often_goes_to_the_back_of_a_standard_queue() {
    let (_dir, client) = fresh();
    let url = queue(&client, "q", &[("VisibilityTimeout", "0")]).await;
    for body in ["pill", "good"] {
        send(&client, &url, body).await;
    }
    let one = || client.receive_message().queue_url(&url).send();
    for expected in ["pill", "pill", "pill", "good"] {
        let message = one().await.unwrap().messages.unwrap().remove(0);
        assert_eq!(message.body(), Some(expected));
    }
    assert_eq!(bodies(&client, &url).await, ["good", "pill"]);
}

#[tokio::test]
async fn a_queue_s_name_is_as_good_as_its_url() {
    let (_dir, client) = fresh();
    let url = queue(&client, "orders", &[]).await;
    send(&client, "orders", "by name").await;
    assert_eq!(bodies(&client, &url).await, ["by name"]);
    let request = client.receive_message().queue_url("order").send().await;
    assert_eq!(code(request), "AWS.SimpleQueueService.NonExistentQueue");
}
