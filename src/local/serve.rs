//! The embedded AWS on a loopback port, for any client.

use std::convert::Infallible;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HOST};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::connector::LocalAws;

/// The longest request of AWS here is a BatchWriteItem of 16 MB, which JSON makes longer.
const LONGEST_BODY: usize = 64 << 20;
/// After a failed accept, which is mostly a lack of file descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// A port that is taken, and says so in the state's folder as long as it lives.
pub struct Served {
    listener: TcpListener,
    address: SocketAddr,
    sign: PathBuf,
    /// Locked; the lock goes with the process, however it ends.
    _lock: File,
}

impl Served {
    /// Port 0 takes any that is free. Only this machine can reach it.
    ///
    /// # Errors
    /// The port is taken, or the folder cannot be written.
    pub async fn bind(dir: &Path, port: u16) -> io::Result<Served> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let sign = dir.join(sign_name(address.port()));
        let lock = File::create(&sign)?;
        // Somebody looking whether it is served holds it for a moment.
        lock.lock()?;
        Ok(Served {
            listener,
            address,
            sign,
            _lock: lock,
        })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers until the future is dropped; nothing that was answered is lost then.
    pub async fn run(&self, aws: &LocalAws) -> Infallible {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(converse(stream, aws.clone()));
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            }
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // What stays behind is not locked, and is not taken for a server.
        let _ = std::fs::remove_file(&self.sign);
    }
}

/// Where clients find what is served at this port.
pub fn url(port: u16) -> String {
    format!("http://{}:{port}", Ipv4Addr::LOCALHOST)
}

fn sign_name(port: u16) -> String {
    format!("served-{port}.lock")
}

/// The ports at which the state in this folder is served just now.
///
/// # Errors
/// The folder cannot be read.
pub fn ports(dir: &Path) -> io::Result<Vec<u16>> {
    let mut ports = Vec::new();
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(ports),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let port = name
            .to_str()
            .and_then(|name| name.strip_prefix("served-")?.strip_suffix(".lock"))
            .and_then(|port| port.parse().ok());
        if let Some(port) = port
            && is_locked(&entry.path())
        {
            ports.push(port);
        }
    }
    ports.sort_unstable();
    Ok(ports)
}

fn is_locked(path: &Path) -> bool {
    let file = OpenOptions::new().write(true).open(path);
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

async fn converse(stream: TcpStream, aws: LocalAws) {
    // Answers are small and wanted at once; where this cannot be set they come a little later.
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let aws = aws.clone();
        async move { answer(&aws, request).await }
    });
    // A client that goes away in the middle is no concern of ours.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), answer)
        .await;
}

/// An error breaks the connection off.
async fn answer(
    aws: &LocalAws,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, ConnectorError> {
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_here(host) {
        let why = format!("{host:?} is not this machine; ask for localhost or 127.0.0.1\n");
        return Ok(plain(StatusCode::FORBIDDEN, why));
    }
    if request.method() != Method::POST {
        let somebody_looks = !request.headers().contains_key(AUTHORIZATION);
        return Ok(match request.uri().to_string().as_str() {
            "/" if somebody_looks => plain(StatusCode::OK, "the local AWS of shopctl\n".to_owned()),
            _ => plain(
                StatusCode::NOT_FOUND,
                "AWS's services are asked by POST here\n".to_owned(),
            ),
        });
    }
    let address = format!("http://{host}{}", request.uri().path());
    let (head, body) = request.into_parts();
    // A client that waits for `100 Continue` has not sent it yet.
    if body.size_hint().lower() > LONGEST_BODY as u64 {
        return Ok(too_long());
    }
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => body,
        Err(error) if error.is::<LengthLimitError>() => return Ok(too_long()),
        Err(error) => return Err(malformed(error)),
    };
    let mut inner = HttpRequest::new(SdkBody::from(body.to_bytes()));
    inner.set_uri(address).map_err(malformed)?;
    inner.set_method("POST").map_err(malformed)?;
    for (name, value) in &head.headers {
        if let Ok(value) = value.to_str() {
            inner
                .headers_mut()
                .append(name.as_str().to_owned(), value.to_owned());
        }
    }
    outward(&aws.exchange(&inner).await?)
}

fn outward(response: &HttpResponse) -> Result<Response<Full<Bytes>>, ConnectorError> {
    let mut outer = Response::builder().status(response.status().as_u16());
    for (name, value) in response.headers() {
        outer = outer.header(name, value);
    }
    let body = response.body().bytes().unwrap_or_default();
    outer
        .body(Full::new(Bytes::copy_from_slice(body)))
        .map_err(malformed)
}

fn too_long() -> Response<Full<Bytes>> {
    plain(
        StatusCode::PAYLOAD_TOO_LARGE,
        "the request is too long\n".to_owned(),
    )
}

fn malformed(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::user(error.into())
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response
}

/// A web page of somebody else's whose name was made to lead here (DNS rebinding) gives that name away. The last two
/// are what containers call the machine they run on.
fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let address = name.parse::<std::net::IpAddr>();
    name == "localhost"
        || name.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
        || name == "host.docker.internal"
        || name == "host.containers.internal"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in [
            "localhost",
            "localhost:4566",
            "sqs.localhost:4566",
            "127.0.0.1:4566",
            "[::1]:4566",
            "host.docker.internal:4566",
        ] {
            assert!(is_here(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com:4566",
            "10.0.0.1",
            "[2001:db8::1]",
        ] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[tokio::test]
    async fn a_served_folder_says_where() {
        let dir = tempfile::tempdir().unwrap();
        let served = Served::bind(dir.path(), 0).await.unwrap();
        assert_eq!(ports(dir.path()).unwrap(), [served.port()]);
        std::fs::write(dir.path().join("served-1.lock"), "").unwrap();
        assert_eq!(ports(dir.path()).unwrap(), [served.port()]);
        assert!(Served::bind(dir.path(), served.port()).await.is_err());
        drop(served);
        assert_eq!(ports(dir.path()).unwrap(), Vec::<u16>::new());
    }
}
