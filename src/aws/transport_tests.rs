//! What every request passes through, with the SDK in front and a fake AWS behind.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use aws_sdk_sts::config::retry::RetryConfig;
use futures_util::future::join_all;
use serde_json::json;

use super::*;
use crate::aws::fake::{self, Answer, FakeAws};

/// A client behind a transport, and what its trace heard.
fn client(aws: &FakeAws, parallelism: usize, attempts: u32) -> (Client, Arc<Mutex<Vec<Exchange>>>) {
    let heard: Arc<Mutex<Vec<Exchange>>> = Arc::default();
    let ear = heard.clone();
    let trace: Trace = Arc::new(move |exchange| {
        ear.lock().unwrap().push(Exchange {
            target: exchange.target.clone(),
            ..*exchange
        });
    });
    let transport = Transport::new(aws.clone().into_shared(), parallelism, Some(trace));
    let key = Credentials::new("key", "secret", None, None, "test");
    let retry = RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(Duration::from_millis(1))
        .with_max_backoff(Duration::from_millis(2));
    let config = fake::config(transport.into_shared(), key, retry);
    (Client::new(&config), heard)
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way_and_as_many_as_that_are() {
    for (parallelism, millis) in [(1, 2), (3, 15), (12, 80)] {
        let aws = FakeAws::new(move |_| Answer::ok(json!({})).after(millis));
        let (client, heard) = client(&aws, parallelism, 1);
        let calls = (0..12).map(|_| client.list_queues().send());
        assert!(join_all(calls).await.iter().all(Result::is_ok));
        assert_eq!(aws.peak(), parallelism);
        assert_eq!(heard.lock().unwrap().len(), 12);
    }
}

#[tokio::test]
async fn two_services_share_one_bound() {
    let aws = FakeAws::new(|_| Answer::ok(json!({})).after(15));
    let transport = Transport::new(aws.clone().into_shared(), 2, None);
    let key = Credentials::new("key", "secret", None, None, "test");
    let config = fake::config(transport.into_shared(), key, RetryConfig::disabled());
    let (sqs, dynamodb) = (Client::new(&config), aws_sdk_dynamodb::Client::new(&config));
    let queues = join_all((0..4).map(|_| sqs.list_queues().send()));
    let tables = join_all((0..4).map(|_| dynamodb.list_tables().send()));
    futures_util::future::join(queues, tables).await;
    assert_eq!((aws.peak(), aws.seen().len()), (2, 8));
}

#[tokio::test]
async fn the_trace_hears_of_every_attempt() {
    let tries = AtomicUsize::new(0);
    let aws = FakeAws::new(move |_| match tries.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::error(500, "InternalFailure", "no"),
        1 => Answer::refused(),
        2 => Answer::error(400, "RequestThrottled", "slow down"),
        _ => Answer::ok(json!({})).after(3),
    });
    let (client, heard) = client(&aws, 1, 7);
    client.list_queues().send().await.unwrap();
    let heard = heard.lock().unwrap();
    let told: Vec<_> = heard
        .iter()
        .map(|e| (e.target.as_str(), e.status))
        .collect();
    assert_eq!(
        told,
        [
            ("AmazonSQS.ListQueues", Some(500)),
            ("AmazonSQS.ListQueues", None),
            ("AmazonSQS.ListQueues", Some(400)),
            ("AmazonSQS.ListQueues", Some(200)),
        ]
    );
    assert!(heard[3].elapsed >= Duration::from_millis(3));
}

#[test]
fn a_request_that_names_no_target_is_told_by_its_host() {
    let request = |uri: &str| {
        let mut request = HttpRequest::empty();
        request.set_uri(uri.to_owned()).unwrap();
        target(&request)
    };
    assert_eq!(
        request("https://sts.us-east-1.amazonaws.com/"),
        "sts.us-east-1.amazonaws.com"
    );
    assert_eq!(request("http://127.0.0.1:4566/x?y"), "127.0.0.1:4566");
}
