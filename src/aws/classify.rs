//! AWS's errors, sorted into kinds once; nowhere else is a code or a message matched.

use std::error::Error;

use aws_config::meta::ProviderChainError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::model::failure::{Failure, FailureKind};

const THROTTLED: [&str; 9] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "SlowDown",
];
const NOT_FOUND: [&str; 5] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
    "TableNotFoundException",
    "BackupNotFoundException",
];
/// Busy for now. `LimitExceededException` of DynamoDB means too many table operations at a time
/// (API LimitExceededException); a backup meets the other work on its table (API CreateBackup).
const CONFLICT: [&str; 7] = [
    "AWS.SimpleQueueService.QueueDeletedRecently",
    "QueueDeletedRecently",
    "ResourceInUseException",
    "LimitExceededException",
    "ContinuousBackupsUnavailableException",
    "BackupInUseException",
    "TableInUseException",
];
const EXISTS: [&str; 2] = ["QueueAlreadyExists", "QueueNameExists"];
const ACCESS_DENIED: [&str; 5] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "UnauthorizedOperation",
    "KmsAccessDenied",
];
const CREDENTIALS: [&str; 10] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "IncompleteSignature",
];

/// Sorts one failed call. `service` is the IAM prefix (`sqs`), `operation` the API's name (`CreateQueue`).
pub fn failure<E>(
    service: &'static str,
    operation: &'static str,
    error: SdkError<E, HttpResponse>,
) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
    SdkError<E, HttpResponse>: RequestId,
{
    let request_id = error.request_id().map(str::to_owned);
    let mut failure = match &error {
        SdkError::ServiceError(context) => {
            let meta = context.err();
            match context.raw().status() {
                // A success that cannot be parsed: not from AWS, as a proxy's page is not.
                status if status.is_success() => not_understood(meta),
                status => of_service(
                    service,
                    operation,
                    meta.code(),
                    meta.message(),
                    status.as_u16(),
                ),
            }
        }
        SdkError::DispatchFailure(dispatch) => of_connection(
            dispatch
                .as_connector_error()
                .map(|e| e as &(dyn Error + 'static)),
            dispatch.is_timeout(),
        ),
        SdkError::TimeoutError(_) => {
            Failure::new(FailureKind::Network, "no answer in time").with_hint(NETWORK_HINT)
        }
        SdkError::ConstructionFailure(_) => of_construction(&error),
        _ => not_understood(&error),
    };
    failure.operation = Some(operation.to_owned());
    failure.request_id = request_id;
    failure
}

const NETWORK_HINT: &str =
    "check the network, the region and --endpoint-url; run the same command again to continue";
const CREDENTIALS_HINT: &str = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (aws sso login); to try it without an account: --local";

fn of_service(
    service: &str,
    operation: &str,
    code: Option<&str>,
    message: Option<&str>,
    status: u16,
) -> Failure {
    let code = code.unwrap_or_default();
    // SQS and DynamoDB may qualify a code: `com.amazonaws.sqs#QueueDoesNotExist`.
    let code = code.rsplit('#').next().unwrap_or(code);
    let silence = format!("AWS answered HTTP status {status} without a message");
    let message = message.unwrap_or(&silence);
    let kind = kind_of(code, message, status);
    let (message, hint) = match kind {
        FailureKind::AccessDenied => {
            let action = missing_action(message)
                .unwrap_or_else(|| format!("{service}:{operation}"));
            (
                format!("access denied: {message}"),
                Some(format!("allow {action} for this identity on that resource")),
            )
        }
        FailureKind::Credentials => (
            format!("the credentials were refused: {message}"),
            Some(format!("renew them and run the same command again; {CREDENTIALS_HINT}")),
        ),
        FailureKind::Throttled => (
            message.to_owned(),
            Some("AWS asks for fewer calls: lower --parallelism, or run the same command again to continue".into()),
        ),
        _ if message.contains(QUOTA) => (
            message.to_owned(),
            Some("no waiting helps: have the quota raised (Service Quotas), or remove what is not needed".into()),
        ),
        _ => (message.to_owned(), None),
    };
    Failure {
        kind,
        subject: None,
        operation: None,
        code: (!code.is_empty()).then(|| code.to_owned()),
        message,
        request_id: None,
        hint,
    }
}

/// `Subscriber limit exceeded: There is a limit of 256 tables per subscriber`, as against those of the same code
/// that pass by themselves (hashicorp/terraform-provider-aws#2274).
const QUOTA: &str = "There is a limit of";

fn kind_of(code: &str, message: &str, status: u16) -> FailureKind {
    if code == "LimitExceededException" && message.contains(QUOTA) {
        return FailureKind::BadRequest;
    }
    let sorted = [
        (&THROTTLED[..], FailureKind::Throttled),
        (&NOT_FOUND, FailureKind::NotFound),
        (&CONFLICT, FailureKind::Busy),
        (&EXISTS, FailureKind::Exists),
        (&ACCESS_DENIED, FailureKind::AccessDenied),
        (&CREDENTIALS, FailureKind::Credentials),
    ];
    for (codes, kind) in sorted {
        if codes.contains(&code) {
            return kind;
        }
    }
    // A queue made a moment ago may not be seen yet as a redrive target: it is a reference that is not found.
    if message.contains("Dead letter target does not exist") {
        return FailureKind::NotFound;
    }
    // Nor what that queue allows: AWS's words for it are not documented.
    let reason = message.split_once("parameter RedrivePolicy is invalid. Reason:");
    if let Some((_, reason)) = reason
        && ["permit", "allow"].iter().any(|word| reason.contains(word))
    {
        return FailureKind::NotFound;
    }
    // API UpdateTimeToLive: one change within about an hour, whatever it is.
    if message.contains("Time to live has been modified multiple times") {
        return FailureKind::Busy;
    }
    match status {
        400..=499 => FailureKind::BadRequest,
        _ => FailureKind::Other,
    }
}

/// `User: … is not authorized to perform: sqs:CreateQueue on resource: …`
fn missing_action(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("perform: ")?;
    let action = rest.split_whitespace().next()?;
    action.contains(':').then(|| action.to_owned())
}

/// A request that could not even be made: a region or an address that is none.
fn of_construction(error: &(dyn Error + 'static)) -> Failure {
    of_credentials(error).unwrap_or_else(|| {
        let message = format!("no request can be made: {}", deepest(error));
        Failure::new(FailureKind::BadRequest, message)
            .with_hint("check --region, AWS_REGION and --endpoint-url")
    })
}

fn of_credentials(error: &(dyn Error + 'static)) -> Option<Failure> {
    let found = causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    if !matches!(found, CredentialsError::CredentialsNotLoaded(_)) {
        return Some(no_credentials(&chain(found)));
    }
    Some(match found.source() {
        // Its text is a page: what each provider lacked.
        Some(source) if source.is::<ProviderChainError<CredentialsError>>() => no_credentials(
            "none in the environment, the profile, a web identity, a container or an instance",
        ),
        Some(source) => no_credentials(&deepest(source)),
        // Only a profile that was asked for by name is silent about what it lacks.
        None => no_credentials("the profile is not defined, or holds none"),
    })
}

/// A call that never reached AWS: no credentials, no network.
fn of_connection(error: Option<&(dyn Error + 'static)>, timeout: bool) -> Failure {
    let Some(error) = error else {
        return Failure::new(FailureKind::Network, "AWS could not be reached")
            .with_hint(NETWORK_HINT);
    };
    if let Some(failure) = of_credentials(error) {
        return failure;
    }
    let what = if timeout {
        "no answer in time"
    } else {
        "AWS could not be reached"
    };
    Failure::new(FailureKind::Network, format!("{what}: {}", deepest(error)))
        .with_hint(NETWORK_HINT)
}

fn not_understood(error: &(dyn Error + 'static)) -> Failure {
    Failure::new(
        FailureKind::Other,
        format!("the answer was not understood: {}", chain(error)),
    )
    .with_hint("check that --endpoint-url, or a proxy on the way, leads to AWS")
}

/// No credentials were found, or the provider failed to give any.
fn no_credentials(why: &str) -> Failure {
    Failure::new(
        FailureKind::Credentials,
        format!("no AWS credentials: {why}"),
    )
    .with_hint(CREDENTIALS_HINT)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let error: &'a (dyn Error + 'static) = *error;
        error.source()
    })
}

fn deepest(error: &(dyn Error + 'static)) -> String {
    causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let parts: Vec<_> = causes(error).map(ToString::to_string).collect();
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_sort_into_kinds() {
        for (code, message, status, kind) in [
            ("RequestThrottled", "", 403, FailureKind::Throttled),
            (
                "AWS.SimpleQueueService.NonExistentQueue",
                "",
                400,
                FailureKind::NotFound,
            ),
            (
                "com.amazonaws.dynamodb.v20120810#ResourceInUseException",
                "",
                400,
                FailureKind::Busy,
            ),
            ("BackupInUseException", "", 400, FailureKind::Busy),
            ("ExpiredToken", "", 403, FailureKind::Credentials),
            (
                "InvalidParameterValue",
                "Value {} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
                400,
                FailureKind::NotFound,
            ),
            (
                "InvalidParameterValue",
                "Value {} for parameter RedrivePolicy is invalid. Reason: The redrive allow policy of the dead-letter queue does not permit this source queue.",
                400,
                FailureKind::NotFound,
            ),
            (
                "InvalidParameterValue",
                "Value {} for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source..",
                400,
                FailureKind::BadRequest,
            ),
            (
                "ValidationException",
                "Time to live has been modified multiple times within a fixed interval",
                400,
                FailureKind::Busy,
            ),
            ("ValidationException", "no", 400, FailureKind::BadRequest),
            (
                "LimitExceededException",
                "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber",
                400,
                FailureKind::BadRequest,
            ),
            (
                "LimitExceededException",
                "Subscriber limit exceeded: Only 10 tables can be created, updated, or deleted simultaneously",
                400,
                FailureKind::Busy,
            ),
            ("InternalFailure", "", 500, FailureKind::Other),
            ("", "", 503, FailureKind::Other),
        ] {
            let failure = of_service("sqs", "X", Some(code), Some(message), status);
            assert_eq!(failure.kind, kind, "{code} {message}");
        }
    }

    #[test]
    fn a_denied_call_names_the_action() {
        let named = of_service(
            "sqs",
            "CreateQueue",
            Some("AccessDenied"),
            Some(
                "User: arn:aws:iam::1:user/a is not authorized to perform: sqs:TagQueue on resource: q",
            ),
            403,
        );
        assert_eq!(
            named.hint.as_deref(),
            Some("allow sqs:TagQueue for this identity on that resource")
        );
        let silent = of_service("sqs", "CreateQueue", Some("AccessDenied"), None, 403);
        assert!(
            silent
                .hint
                .is_some_and(|hint| hint.contains("sqs:CreateQueue"))
        );
    }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod driven;
