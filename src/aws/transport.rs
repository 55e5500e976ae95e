//! What every request passes on its way out, whichever service and whoever answers: a bound on requests in
//! flight, the published rates, a timeout an attempt, a trace line.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::sync::Semaphore;

use super::pace::Pacer;

/// An attempt that has not answered by then has failed and is tried again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// One answered, or failed, attempt.
#[derive(Debug)]
pub struct Exchange {
    /// `AmazonSQS.CreateQueue`, or the host where the protocol has no such header.
    pub target: String,
    /// `None`: no answer.
    pub status: Option<u16>,
    pub elapsed: Duration,
}

/// Hears of every attempt.
pub type Trace = Arc<dyn Fn(&Exchange) + Send + Sync>;

#[derive(Clone)]
pub struct Transport {
    inner: SharedHttpClient,
    shared: Arc<Shared>,
}

struct Shared {
    in_flight: Semaphore,
    pacer: Pacer,
    trace: Option<Trace>,
}

impl Transport {
    /// At most `parallelism` requests at a time.
    pub fn new(inner: SharedHttpClient, parallelism: usize, trace: Option<Trace>) -> Self {
        Transport {
            inner,
            shared: Arc::new(Shared {
                in_flight: Semaphore::new(parallelism),
                pacer: Pacer::default(),
                trace,
            }),
        }
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        Connector {
            inner: self.inner.http_connector(settings, components),
            shared: self.shared.clone(),
        }
        .into_shared()
    }
}

struct Connector {
    inner: SharedHttpConnector,
    shared: Arc<Shared>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        let shared = self.shared.clone();
        HttpConnectorFuture::new(async move {
            let target = target(&request);
            shared.pacer.pass(&target).await;
            // The semaphore is never closed.
            let _permit = shared.in_flight.acquire().await.ok();
            let start = Instant::now();
            let answer =
                match tokio::time::timeout(ATTEMPT_TIMEOUT, whole(inner.call(request))).await {
                    Ok(answer) => answer,
                    Err(late) => Err(ConnectorError::timeout(late.into())),
                };
            if let Some(trace) = &shared.trace {
                trace(&Exchange {
                    target,
                    status: answer.as_ref().ok().map(|answer| answer.status().as_u16()),
                    elapsed: start.elapsed(),
                });
            }
            answer
        })
    }
}

/// The answer with its body read: what is cut off in the middle has failed like what never came.
async fn whole(answer: HttpConnectorFuture) -> Result<HttpResponse, ConnectorError> {
    let mut answer = answer.await?;
    let body = std::mem::replace(answer.body_mut(), SdkBody::empty());
    let bytes = ByteStream::new(body)
        .collect()
        .await
        .map_err(|error| ConnectorError::io(error.into()))?;
    *answer.body_mut() = SdkBody::from(bytes.into_bytes());
    Ok(answer)
}

fn target(request: &HttpRequest) -> String {
    match request.headers().get("x-amz-target") {
        Some(target) => target.to_owned(),
        None => request
            .uri()
            .split("://")
            .nth(1)
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default()
            .to_owned(),
    }
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
