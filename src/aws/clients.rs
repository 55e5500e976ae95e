//! The SDK's clients, made when first used, over one shared configuration.

use std::cell::OnceCell;
use std::time::Duration;

use aws_config::default_provider::region::DefaultRegionChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::StalledStreamProtectionConfig;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::model::failure::{Failure, FailureKind};
use crate::model::scope::Scope;

use super::classify;
use super::limits::NoRetryOfLimits;
use super::transport::{Trace, Transport};

/// Where the emulator is when nobody says.
pub const LOCAL_REGION: &str = "us-east-1";
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3_100);
/// Everything can be read without Resource Groups Tagging, which a closed network may not reach: little patience.
const TAGGING_ATTEMPTS: u32 = 3;

/// The SDK's jittered exponential backoff, with more patience than its default of three attempts.
const ATTEMPTS: u32 = 7;
const FIRST_BACKOFF: Duration = Duration::from_millis(150);
const LONGEST_BACKOFF: Duration = Duration::from_secs(8);

/// How to reach AWS, as the command line and the manifest say.
#[derive(Clone, Default)]
pub struct Connection {
    pub profile: Option<String>,
    pub region: Option<String>,
    pub endpoint_url: Option<String>,
    pub local: bool,
    /// The account that local mode answers with.
    pub account: Option<String>,
    pub parallelism: usize,
    /// How often a call is tried; `None`: patiently.
    pub attempts: Option<u32>,
    pub trace: Option<Trace>,
}

pub struct Clients {
    config: SdkConfig,
    region: String,
    sqs: OnceCell<aws_sdk_sqs::Client>,
    dynamodb: OnceCell<aws_sdk_dynamodb::Client>,
    cloudwatch: OnceCell<aws_sdk_cloudwatch::Client>,
    autoscaling: OnceCell<aws_sdk_applicationautoscaling::Client>,
    sts: OnceCell<aws_sdk_sts::Client>,
    tagging: OnceCell<aws_sdk_resourcegroupstagging::Client>,
}

impl Clients {
    /// Resolves region and credentials' source; sends nothing but what a profile may need for its region.
    ///
    /// # Errors
    /// No region anywhere, or the local state cannot be opened.
    pub async fn connect(connection: &Connection) -> Result<Clients, Failure> {
        let http = Transport::new(
            http_client(connection)?,
            connection.parallelism,
            connection.trace.clone(),
        );
        let config = match connection.local {
            true => embedded_config(connection, http),
            false => machine_config(connection, http).await,
        };
        Clients::over(config)
    }

    /// Clients of a configuration that somebody has resolved.
    ///
    /// # Errors
    /// It names no region.
    pub fn over(config: SdkConfig) -> Result<Clients, Failure> {
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(
                Failure::new(FailureKind::BadRequest, "no AWS region is set")
                    .with_hint("give --region, set AWS_REGION, or write region: in the manifest"),
            );
        };
        Ok(Clients {
            config,
            region,
            sqs: OnceCell::new(),
            dynamodb: OnceCell::new(),
            cloudwatch: OnceCell::new(),
            autoscaling: OnceCell::new(),
            sts: OnceCell::new(),
            tagging: OnceCell::new(),
        })
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.sqs
            .get_or_init(|| aws_sdk_sqs::Client::new(&self.config))
    }

    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| {
            let config = aws_sdk_dynamodb::config::Builder::from(&self.config)
                .retry_classifier(NoRetryOfLimits)
                .build();
            aws_sdk_dynamodb::Client::from_conf(config)
        })
    }

    pub fn cloudwatch(&self) -> &aws_sdk_cloudwatch::Client {
        self.cloudwatch
            .get_or_init(|| aws_sdk_cloudwatch::Client::new(&self.config))
    }

    pub fn autoscaling(&self) -> &aws_sdk_applicationautoscaling::Client {
        self.autoscaling
            .get_or_init(|| aws_sdk_applicationautoscaling::Client::new(&self.config))
    }

    pub fn tagging(&self) -> &aws_sdk_resourcegroupstagging::Client {
        self.tagging.get_or_init(|| {
            let retry = self.config.retry_config().cloned();
            let retry = retry.unwrap_or_else(RetryConfig::standard);
            let attempts = retry.max_attempts().min(TAGGING_ATTEMPTS);
            let config = aws_sdk_resourcegroupstagging::config::Builder::from(&self.config)
                .retry_config(retry.with_max_attempts(attempts))
                .build();
            aws_sdk_resourcegroupstagging::Client::from_conf(config)
        })
    }

    /// Who and where we are: one GetCallerIdentity.
    ///
    /// # Errors
    /// Missing, wrong or expired credentials, or no network.
    pub async fn scope(&self) -> Result<Scope, Failure> {
        let sts = self
            .sts
            .get_or_init(|| aws_sdk_sts::Client::new(&self.config));
        let identity = sts
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| classify::failure("sts", "GetCallerIdentity", error))?;
        let partition = identity
            .arn()
            .and_then(|arn| arn.split(':').nth(1))
            .unwrap_or("aws");
        let Some(account) = identity.account() else {
            return Err(Failure::new(
                FailureKind::Other,
                "GetCallerIdentity named no account",
            ));
        };
        Ok(Scope {
            partition: partition.to_owned(),
            account: account.to_owned(),
            region: self.region.clone(),
        })
    }
}

/// Built by hand: nothing of the machine's own AWS configuration reaches local mode.
fn embedded_config(connection: &Connection, http: Transport) -> SdkConfig {
    let region = connection.region.clone().unwrap_or(LOCAL_REGION.to_owned());
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(local_credentials()))
        .retry_config(retry(connection))
        .timeout_config(timeout())
        .stalled_stream_protection(no_stall_protection())
        .http_client(http)
        .build()
}

/// A request that waits its turn in [`Transport`] would be taken for one that has stalled; the transport's own
/// timeout begins only when the request is sent.
fn no_stall_protection() -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::disabled()
}

/// What the machine configures, and what the command line says instead.
async fn machine_config(connection: &Connection, http: Transport) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(retry(connection))
        .timeout_config(timeout())
        .stalled_stream_protection(no_stall_protection())
        .http_client(http.clone());
    if let Some(region) = &connection.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &connection.profile {
        let credentials = of_profile(profile, connection.region.as_deref(), http).await;
        loader = loader
            .profile_name(profile)
            .credentials_provider(credentials);
    }
    if let Some(url) = &connection.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    loader.load().await
}

fn retry(connection: &Connection) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(connection.attempts.unwrap_or(ATTEMPTS))
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF)
}

fn timeout() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
}

/// The default chain would ask the environment first, and act as somebody else than the profile that was asked
/// for by name. The AWS CLI does as we do: its `--profile` comes before AWS_ACCESS_KEY_ID.
async fn of_profile(
    name: &str,
    region: Option<&str>,
    http: Transport,
) -> ProfileFileCredentialsProvider {
    // A role of the profile is assumed through STS, which has a region too.
    let region = match region {
        Some(region) => Some(Region::new(region.to_owned())),
        None => {
            let chain = DefaultRegionChain::builder().profile_name(name).build();
            chain.region().await
        }
    };
    let config = ProviderConfig::without_region()
        .with_region(region)
        .with_http_client(http);
    ProfileFileCredentialsProvider::builder()
        .configure(&config)
        .profile_name(name)
        .build()
}

fn local_credentials() -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new("local", "local", None, None, "local mode")
}

fn http_client(connection: &Connection) -> Result<SharedHttpClient, Failure> {
    if connection.local {
        return local_client(connection);
    }
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https())
}

#[cfg(feature = "local")]
fn local_client(connection: &Connection) -> Result<SharedHttpClient, Failure> {
    use aws_smithy_runtime_api::shared::IntoShared;

    use crate::local::connector::LocalAws;
    use crate::local::options::Options;

    let failed = |why: String| Failure::new(FailureKind::Other, format!("local mode: {why}"));
    // A bad variable says by itself what to write instead.
    let options = Options::from_env(connection.account.clone()).map_err(failed)?;
    let local = LocalAws::open(options).map_err(|why| {
        failed(why)
            .with_hint("SHOPCTL_LOCAL_DIR names the folder of its state (default .shopctl/local)")
    })?;
    Ok(local.into_shared())
}

#[cfg(not(feature = "local"))]
fn local_client(_: &Connection) -> Result<SharedHttpClient, Failure> {
    Err(Failure::new(
        FailureKind::Other,
        "this binary was built without local mode",
    )
    .with_hint("build it with the cargo feature `local`"))
}
