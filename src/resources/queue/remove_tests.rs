//! Deleting a queue, against an AWS that answers as a test says.

use serde_json::{Value, json};

use super::*;
use crate::aws::clients::Clients;
use crate::aws::fake::{Answer, FakeAws};
use crate::model::id::ResourceId;

const URL: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/dead";

/// Removes a queue that is empty but for one answer; returns how it ended and whether it was deleted.
async fn removed(operation: &'static str, answer: Value) -> (Result<(), Failure>, bool) {
    let aws = FakeAws::new(move |request| match request.operation.as_str() {
        given if given == operation => Answer::ok(answer.clone()),
        "GetQueueUrl" => Answer::error(400, "QueueDoesNotExist", "no"),
        _ => Answer::ok(json!({})),
    });
    let clients = Clients::over(aws.config()).unwrap();
    let run = Run {
        id: &ResourceId::queue("dead"),
        deadline: Instant::now() + Duration::from_secs(5),
        say: &|_| (),
        interrupted: &|| false,
    };
    let ended = delete(clients.sqs(), &run, "dead", URL).await;
    (ended, aws.operations().iter().any(|it| it == "DeleteQueue"))
}

#[tokio::test]
async fn only_what_is_empty_and_nobodys_dead_letter_queue_goes() {
    let count = |name: &str| json!({"Attributes": {name: "1"}});
    for (operation, answer, goes) in [
        ("Nothing", json!({}), true),
        (
            "GetQueueAttributes",
            count("ApproximateNumberOfMessages"),
            false,
        ),
        (
            "GetQueueAttributes",
            count("ApproximateNumberOfMessagesNotVisible"),
            false,
        ),
        (
            "GetQueueAttributes",
            count("ApproximateNumberOfMessagesDelayed"),
            false,
        ),
        (
            "ReceiveMessage",
            json!({"Messages": [{"MessageId": "1"}]}),
            false,
        ),
        (
            "ListDeadLetterSourceQueues",
            json!({"queueUrls": ["https://sqs.us-east-1.amazonaws.com/123456789012/orders"]}),
            false,
        ),
    ] {
        let (ended, deleted) = removed(operation, answer).await;
        assert_eq!((ended.is_ok(), deleted), (goes, goes), "{operation}");
    }
}
