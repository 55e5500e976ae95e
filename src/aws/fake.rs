//! An AWS of a test's own, behind the SDK's HTTP interface: a function answers, and every request is kept.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::config::retry::RetryConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// One request: `CreateQueue` and its JSON.
#[derive(Clone, Debug)]
pub struct Request {
    pub operation: String,
    pub input: Value,
}

/// What comes back, and how long that takes.
pub struct Answer {
    after: Duration,
    outcome: Result<(u16, Value), ConnectorError>,
}

impl Answer {
    pub fn ok(body: Value) -> Self {
        Answer {
            after: Duration::ZERO,
            outcome: Ok((200, body)),
        }
    }

    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Answer {
            after: Duration::ZERO,
            outcome: Ok((status, json!({"__type": code, "message": message}))),
        }
    }

    /// A status with nothing to say.
    pub fn status(status: u16) -> Self {
        Answer {
            after: Duration::ZERO,
            outcome: Ok((status, json!({}))),
        }
    }

    /// No answer: the connection was refused.
    pub fn refused() -> Self {
        Answer::broken(ConnectorError::io(Box::new(io::Error::new(
            io::ErrorKind::ConnectionRefused,
            "Connection refused (os error 111)",
        ))))
    }

    pub fn broken(error: ConnectorError) -> Self {
        Answer {
            after: Duration::ZERO,
            outcome: Err(error),
        }
    }

    pub fn after(mut self, millis: u64) -> Self {
        self.after = Duration::from_millis(millis);
        self
    }
}

type Respond = dyn Fn(&Request) -> Answer + Send + Sync;

#[derive(Clone)]
pub struct FakeAws(Arc<Shared>);

struct Shared {
    respond: Box<Respond>,
    seen: Mutex<Vec<Request>>,
    in_flight: AtomicUsize,
    peak: AtomicUsize,
}

impl FakeAws {
    pub fn new(respond: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        FakeAws(Arc::new(Shared {
            respond: Box::new(respond),
            seen: Mutex::default(),
            in_flight: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }))
    }

    pub fn seen(&self) -> Vec<Request> {
        self.0.seen.lock().unwrap().clone()
    }

    /// The operations asked for, in order.
    pub fn operations(&self) -> Vec<String> {
        self.seen().into_iter().map(|r| r.operation).collect()
    }

    /// The most requests that were under way at a time.
    pub fn peak(&self) -> usize {
        self.0.peak.load(Ordering::SeqCst)
    }

    /// A configuration whose requests come here, once each.
    pub fn config(&self) -> SdkConfig {
        let key = Credentials::new("key", "secret", None, None, "test");
        config(self.clone().into_shared(), key, RetryConfig::disabled())
    }
}

pub fn config(
    http: SharedHttpClient,
    credentials: impl ProvideCredentials + 'static,
    retry: RetryConfig,
) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retry)
        .http_client(http)
        .build()
}

impl HttpConnector for FakeAws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let shared = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let body = request.body().bytes().unwrap_or_default();
            let request = Request {
                operation: target.rsplit('.').next().unwrap().to_owned(),
                input: serde_json::from_slice(body).unwrap_or_default(),
            };
            shared.seen.lock().unwrap().push(request.clone());
            let now = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            shared.peak.fetch_max(now, Ordering::SeqCst);
            let answer = (shared.respond)(&request);
            tokio::time::sleep(answer.after).await;
            shared.in_flight.fetch_sub(1, Ordering::SeqCst);
            let (status, body) = answer.outcome?;
            let mut response =
                HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()));
            response.headers_mut().insert("x-amzn-requestid", "r-1");
            Ok(response)
        })
    }
}

impl HttpClient for FakeAws {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.clone().into_shared()
    }
}

impl fmt::Debug for FakeAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FakeAws")
    }
}
