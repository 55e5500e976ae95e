//! Errors as the SDK really builds them, from a client whose answers are scripted.

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError, future};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::create_queue::CreateQueueError;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::shared::IntoShared;
use serde_json::json;

use super::*;
use crate::aws::fake::{self, Answer, FakeAws};

async fn create(client: &Client) -> Failure {
    let answer = client.create_queue().queue_name("orders").send().await;
    failure("sqs", "CreateQueue", answer.unwrap_err())
}

async fn answered(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Failure {
    let aws = FakeAws::new(move |_| answer());
    create(&Client::new(&aws.config())).await
}

/// Text for people: a fragment, and nothing of how Rust prints a value.
fn assert_readable(failure: &Failure) {
    let text = format!("{failure} {}", failure.hint.as_deref().unwrap_or_default());
    for debug in ["{", "}", "Some(", "Error(", "Failure", "\\\"", "::", "\n"] {
        assert!(!text.contains(debug), "`{debug}` in: {text}");
    }
    assert!(!failure.message.ends_with('.'), "{text}");
}

#[tokio::test]
async fn a_refusal_keeps_code_operation_and_request() {
    let failure = answered(|| {
        Answer::error(
            400,
            "com.amazonaws.sqs#QueueDeletedRecently",
            "wait 60 seconds",
        )
    })
    .await;
    assert_eq!(failure.kind, FailureKind::Busy);
    assert_eq!(
        failure.to_string(),
        "CreateQueue: wait 60 seconds (QueueDeletedRecently, request r-1)"
    );
}

#[tokio::test]
async fn unknown_codes_go_by_their_status() {
    for (status, kind) in [
        (400, FailureKind::BadRequest),
        (413, FailureKind::BadRequest),
        (500, FailureKind::Other),
        (503, FailureKind::Other),
    ] {
        let failure = answered(move || Answer::error(status, "NeverHeardOf", "no")).await;
        assert_eq!(failure.kind, kind, "{status}");
        assert_eq!(failure.code.as_deref(), Some("NeverHeardOf"));
        assert_readable(&failure);
    }
}

#[tokio::test]
async fn an_answer_without_code_or_message_is_still_told() {
    let failure = answered(|| Answer::status(502)).await;
    assert_eq!(failure.kind, FailureKind::Other);
    assert_eq!(failure.code, None);
    assert_readable(&failure);
    assert!(failure.to_string().contains("502"), "{failure}");
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_told_and_not_dumped() {
    let failure = answered(|| Answer::ok(json!("not an object"))).await;
    assert_eq!(failure.kind, FailureKind::Other);
    assert!(failure.message.contains("not understood"), "{failure}");
    assert_readable(&failure);
}

#[tokio::test]
async fn who_cannot_be_reached_is_the_network() {
    let timeout = || Answer::broken(ConnectorError::timeout("it took too long".into()));
    for (failure, says) in [
        (
            answered(Answer::refused).await,
            "AWS could not be reached: Connection refused",
        ),
        (answered(timeout).await, "no answer in time: it took"),
    ] {
        assert_eq!(failure.kind, FailureKind::Network);
        assert!(failure.message.starts_with(says), "{failure}");
        assert!(failure.hint.as_ref().unwrap().contains("--endpoint-url"));
        assert_readable(&failure);
    }
}

#[tokio::test]
async fn a_call_that_runs_out_of_time_is_the_network() {
    let aws = FakeAws::new(|_| Answer::ok(json!({})).after(5_000));
    let timeout = aws_sdk_sts::config::timeout::TimeoutConfig::builder()
        .operation_timeout(std::time::Duration::from_millis(20))
        .build();
    let config = aws.config().into_builder().timeout_config(timeout).build();
    let failure = create(&Client::new(&config)).await;
    assert_eq!(failure.kind, FailureKind::Network);
    assert_eq!(failure.to_string(), "CreateQueue: no answer in time");
}

/// A provider that has nothing.
#[derive(Debug)]
struct Nobody(fn() -> CredentialsError);

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err((self.0)()))
    }
}

async fn without_credentials(why: fn() -> CredentialsError) -> (Failure, usize) {
    let aws = FakeAws::new(|_| Answer::ok(json!({})));
    let config = fake::config(
        aws.clone().into_shared(),
        Nobody(why),
        RetryConfig::disabled(),
    );
    (create(&Client::new(&config)).await, aws.seen().len())
}

#[tokio::test]
async fn no_credentials_are_told_as_such_and_nothing_is_sent() {
    let nothing = without_credentials(|| CredentialsError::not_loaded("no such profile")).await;
    let expired =
        without_credentials(|| CredentialsError::provider_error("the SSO session has expired"))
            .await;
    for ((failure, sent), says) in [
        (nothing, "no such profile"),
        (expired, "the SSO session has expired"),
    ] {
        assert_eq!(failure.kind, FailureKind::Credentials);
        assert_eq!(sent, 0);
        assert!(failure.message.contains(says), "{failure}");
        let hint = failure.hint.as_ref().unwrap();
        assert!(hint.contains("aws sso login") && hint.contains("--local"));
        assert_readable(&failure);
    }
}

#[tokio::test]
async fn refused_credentials_are_told_to_be_renewed_without_showing_them() {
    let aws = FakeAws::new(|_| Answer::error(403, "ExpiredToken", "The security token is expired"));
    let key = Credentials::new("AKIDEXAMPLE", "top-secret", None, None, "test");
    let config = fake::config(aws.into_shared(), key, RetryConfig::disabled());
    let failure = create(&Client::new(&config)).await;
    assert_eq!(failure.kind, FailureKind::Credentials);
    let text = format!("{failure:?}");
    assert!(text.contains("renew"), "{text}");
    assert!(!text.contains("AKIDEXAMPLE") && !text.contains("top-secret"));
    assert_readable(&failure);
}

#[test]
fn a_call_that_cannot_even_be_built_is_not_the_network_s_fault() {
    let unbuilt: SdkError<CreateQueueError, HttpResponse> =
        SdkError::construction_failure("a queue name is missing");
    let failure = failure("sqs", "CreateQueue", unbuilt);
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert_eq!(
        failure.to_string(),
        "CreateQueue: no request can be made: a queue name is missing"
    );
}
