//! The door to the embedded AWS: the HTTP client of an SDK configuration.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use super::call::Call;
use super::clock::{Clock, millis};
use super::error::ApiError;
use super::faults::Fault;
use super::log::{Entry, RequestLog};
use super::options::Options;
use super::store::Store;
use super::wire::{Incoming, Reply, Route};

/// How often a request that waits for something looks again: another process may bring it.
const POLL: Duration = Duration::from_millis(50);

/// Handles share one opened state; cloning is cheap.
#[derive(Clone)]
pub struct LocalAws(Arc<Shared>);

struct Shared {
    store: Store,
    options: Options,
    log: Option<RequestLog>,
    watch: Option<Watch>,
}

/// Is told of every request once it is answered.
pub type Watch = Box<dyn Fn(&Entry<'_>) + Send + Sync>;

impl LocalAws {
    /// # Errors
    /// Says which folder or file cannot be used.
    pub fn open(options: Options) -> Result<LocalAws, String> {
        LocalAws::watched(options, None)
    }

    /// # Errors
    /// Says which folder or file cannot be used.
    pub fn watched(options: Options, watch: Option<Watch>) -> Result<LocalAws, String> {
        let log = options.log.as_deref().map(RequestLog::open).transpose()?;
        let store = Store::open(&options.dir)?;
        if let Some(speed) = options.speed {
            store.run_at(speed)?;
        }
        Ok(LocalAws(Arc::new(Shared {
            store,
            log,
            watch,
            options,
        })))
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }
}

impl Shared {
    fn now(&self) -> Result<i64, ApiError> {
        Ok(Clock::of(&self.store)?.now() + millis(self.options.clock))
    }

    /// `None` when the connection is to break.
    async fn respond(&self, incoming: &Incoming<'_>) -> Option<Reply> {
        let (time, started) = (SystemTime::now(), Instant::now());
        let route = Route::of(incoming);
        let latency = self.options.latency.of(&route.operation);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let answer = self.answer(&route, incoming).await.transpose();
        let reply = answer.as_ref().map(|answer| route.reply(answer));
        let entry = Entry {
            time,
            service: route.service.map_or("unknown", |service| service.name()),
            operation: &route.operation,
            region: &route.region,
            status: reply.as_ref().map(|reply| reply.status),
            error: answer
                .as_ref()
                .and_then(|answer| answer.as_ref().err())
                .map(|error| error.code.as_str()),
            took: started.elapsed(),
        };
        if let Some(log) = &self.log {
            log.append(&entry);
        }
        if let Some(watch) = &self.watch {
            watch(&entry);
        }
        reply
    }

    /// `None` when the connection is to break.
    async fn answer(
        &self,
        route: &Route,
        incoming: &Incoming<'_>,
    ) -> Result<Option<Value>, ApiError> {
        let Some(service) = route.service else {
            return Err(ApiError::unknown_operation(&route.operation));
        };
        let input = route.input(incoming)?;
        let call = |now| Call {
            store: &self.store,
            settings: &self.options.settings,
            origin: origin(incoming.uri),
            region: &route.region,
            account: &self.options.account,
            now,
        };
        let began = self.now()?;
        let fault = self.options.faults.strike(&route.operation);
        let lost = fault == Some(Fault::Lost);
        if let Some(fault) = fault.filter(|_| !lost) {
            let struck = service.struck(&call(began), fault, &route.operation, &input);
            return struck.map_or(Ok(None), Err);
        }
        let mut now = began;
        loop {
            let call = call(now);
            let answer = service.handle(&call, &route.operation, &input);
            let patience = service.patience(&call, &route.operation, &input, &answer);
            // Once the clock was set back, the end of the wait may be days ahead.
            if now < began || now - began >= millis(patience) {
                if let Ok(output) = &answer {
                    service.answered(&call, &route.operation, &input, output);
                }
                return if lost { Ok(None) } else { answer.map(Some) };
            }
            tokio::time::sleep(POLL).await;
            now = self.now()?;
        }
    }
}

impl HttpConnector for LocalAws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let aws = self.clone();
        HttpConnectorFuture::new(async move { aws.exchange(&request).await })
    }
}

impl LocalAws {
    /// # Errors
    /// The connection is to break, or the request is streamed.
    pub async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let headers = request.headers();
        let Some(body) = request.body().bytes() else {
            return Err(ConnectorError::user(
                "the local AWS does not take streamed requests".into(),
            ));
        };
        let incoming = Incoming {
            uri: request.uri(),
            protocol: headers.get("smithy-protocol"),
            target: headers.get("x-amz-target"),
            authorization: headers.get("authorization"),
            content_type: headers.get("content-type"),
            content_encoding: headers.get("content-encoding"),
            body,
        };
        let Some(reply) = self.0.respond(&incoming).await else {
            return Err(ConnectorError::io(
                "the connection was reset, as the local AWS was asked to do".into(),
            ));
        };
        let status = reply
            .status
            .try_into()
            .map_err(|error| ConnectorError::other(Box::new(error), None))?;
        let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
        for (name, value) in reply.headers {
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

/// Scheme and host of an address.
fn origin(uri: &str) -> &str {
    let host = uri.find("://").map_or(0, |scheme| scheme + 3);
    let end = uri[host..].find('/').map_or(uri.len(), |path| host + path);
    &uri[..end]
}

impl HttpClient for LocalAws {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.clone().into_shared()
    }
}

impl fmt::Debug for LocalAws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalAws")
            .field(&self.0.options.dir)
            .finish()
    }
}
