//! An emulator of its own for every test, and clients for it.

use std::path::Path;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System, QueueAttributeName};
use aws_sdk_sqs::{Client, config::retry::RetryConfig};
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

pub const ACCOUNT: &str = "123456789012";

pub fn options(dir: &Path) -> Options {
    Options {
        account: ACCOUNT.to_owned(),
        ..Options::new(dir)
    }
}

/// The same state, opened some time later.
pub fn later(dir: &Path, ahead: Duration) -> Client {
    sqs(Options {
        clock: ahead,
        ..options(dir)
    })
}

pub fn config(aws: LocalAws, region: &'static str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(
            aws_credential_types::provider::SharedCredentialsProvider::new(Credentials::new(
                "AKIDLOCAL",
                "secret",
                None,
                None,
                "test",
            )),
        )
        .retry_config(RetryConfig::disabled())
        .sleep_impl(aws_sdk_sqs::config::SharedAsyncSleep::new(NoSleep))
        .http_client(aws)
        .build()
}

/// Nothing in these tests retries or times out.
#[derive(Debug)]
struct NoSleep;

impl aws_sdk_sqs::config::AsyncSleep for NoSleep {
    fn sleep(&self, _: Duration) -> aws_sdk_sqs::config::Sleep {
        aws_sdk_sqs::config::Sleep::new(std::future::pending())
    }
}

pub fn sqs(options: Options) -> Client {
    Client::new(&config(LocalAws::open(options).unwrap(), "us-east-1"))
}

/// A folder that goes away with the test, and a client on it.
pub fn fresh() -> (tempfile::TempDir, Client) {
    let dir = tempfile::tempdir().unwrap();
    let client = sqs(options(dir.path()));
    (dir, client)
}

/// Creates a queue and gives its URL.
pub async fn queue(client: &Client, name: &str, attributes: &[(&str, &str)]) -> String {
    let mut request = client.create_queue().queue_name(name);
    for (name, value) in attributes {
        request = request.attributes(QueueAttributeName::from(*name), *value);
    }
    request.send().await.unwrap().queue_url.unwrap()
}

pub fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{name}")
}

/// The code that a refusal bears, which for SQS is the query protocol's.
pub fn code<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.code().unwrap_or("no code").to_owned(),
    }
}

pub async fn send(client: &Client, url: &str, body: &str) {
    let request = client.send_message().queue_url(url).message_body(body);
    request.send().await.unwrap();
}

pub async fn receive(client: &Client, url: &str) -> Vec<Message> {
    client
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .message_system_attribute_names(System::All)
        .message_attribute_names("All")
        .send()
        .await
        .unwrap()
        .messages
        .unwrap_or_default()
}

pub async fn bodies(client: &Client, url: &str) -> Vec<String> {
    let messages = receive(client, url).await;
    messages
        .into_iter()
        .filter_map(|message| message.body)
        .collect()
}

/// Visible, delayed, in flight.
pub async fn counts(client: &Client, url: &str) -> [String; 3] {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let output = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let shown = output.attributes.unwrap();
    names.map(|name| shown[&name].clone())
}

pub fn after(dir: &Path, seconds: u64) -> Client {
    later(dir, Duration::from_secs(seconds))
}
