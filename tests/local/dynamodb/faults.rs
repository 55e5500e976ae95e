//! What the SDK retries, and what it tells at once.

use std::path::Path;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_sdk_dynamodb::error::SdkError;
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

use super::shape::{described, plain, put};
use crate::support::{code, config, options};

#[derive(Debug)]
struct RealSleep;

impl AsyncSleep for RealSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

/// Three attempts, as the SDK's standard mode has it, at once after another.
fn patient(dir: &Path, faults: &str) -> Client {
    let aws = LocalAws::open(Options {
        faults: faults.parse().unwrap(),
        log: Some(dir.join("requests.jsonl")),
        ..options(dir)
    });
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = config(aws.unwrap(), "us-east-1")
        .to_builder()
        .retry_config(retry)
        .sleep_impl(SharedAsyncSleep::new(RealSleep))
        .build();
    Client::new(&config)
}

/// How each attempt at the operation ended: its code, `200`, or `reset`.
fn attempts(dir: &Path, operation: &str) -> Vec<String> {
    let log = std::fs::read_to_string(dir.join("requests.jsonl")).unwrap();
    log.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|line| line["service"] == "dynamodb" && line["operation"] == operation)
        .map(
            |line| match (line["error"].as_str(), line["status"].as_u64()) {
                (Some(error), _) => error.to_owned(),
                (None, Some(status)) => status.to_string(),
                (None, None) => "reset".to_owned(),
            },
        )
        .collect()
}

#[tokio::test]
async fn throttling_failures_and_broken_connections_are_retried() {
    let dir = tempfile::tempdir().unwrap();
    let faults = "CreateTable=throttle:x2,DescribeTable=error:x2,PutItem=reset:x2";
    let client = patient(dir.path(), faults);
    plain(&client, "Orders").send().await.unwrap();
    described(&client, "Orders").await;
    put(&client, "Orders", &[("id", "1")]).await;
    for (operation, fault) in [
        ("CreateTable", "ThrottlingException"),
        ("DescribeTable", "InternalFailure"),
        ("PutItem", "reset"),
    ] {
        assert_eq!(attempts(dir.path(), operation), [fault, fault, "200"]);
    }
}

#[tokio::test]
async fn a_fault_that_lasts_is_told_after_three_attempts() {
    let dir = tempfile::tempdir().unwrap();
    let faults = "ListTables=throttle,DescribeTable=error,GetItem=reset";
    let client = patient(dir.path(), faults);
    let throttled = client.list_tables().send().await;
    assert_eq!(code(throttled), "ThrottlingException");
    let failed = client.describe_table().table_name("Orders").send().await;
    let failed = failed.unwrap_err();
    assert_eq!(failed.raw_response().unwrap().status().as_u16(), 500);
    let key = aws_sdk_dynamodb::types::AttributeValue::S("1".to_owned());
    let broken = client.get_item().table_name("Orders").key("id", key);
    let broken = broken.send().await.unwrap_err();
    assert!(matches!(broken, SdkError::DispatchFailure(failure) if failure.is_io()));
    for operation in ["ListTables", "DescribeTable", "GetItem"] {
        assert_eq!(attempts(dir.path(), operation).len(), 3, "{operation}");
    }
}

#[tokio::test]
async fn what_a_retry_would_not_mend_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let faults = "ListTables=denied,DescribeTable=expired";
    let client = patient(dir.path(), faults);
    let denied = client.list_tables().send().await.unwrap_err();
    let message = aws_sdk_dynamodb::error::ProvideErrorMetadata::message(&denied);
    assert!(message.unwrap().contains("dynamodb:ListTables"));
    assert_eq!(code::<(), _, _>(Err(denied)), "AccessDeniedException");
    let expired = client.describe_table().table_name("Orders").send().await;
    assert_eq!(code(expired), "ExpiredTokenException");
    plain(&client, "Orders").send().await.unwrap();
    assert_eq!(
        code(plain(&client, "Orders").send().await),
        "ResourceInUseException"
    );
    for (operation, count) in [("ListTables", 1), ("DescribeTable", 1), ("CreateTable", 2)] {
        assert_eq!(attempts(dir.path(), operation).len(), count, "{operation}");
    }
}
