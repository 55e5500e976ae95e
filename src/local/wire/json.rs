//! AWS JSON 1.0 and 1.1.

use serde_json::{Map, Value};

use super::{Reply, Route};
use crate::local::error::ApiError;
use crate::local::service::Service;

/// Errors of the front door, which are in no service's model.
const COMMON: [&str; 8] = [
    "AccessDeniedException",
    "InternalFailure",
    "InvalidParameterValueException",
    "MissingRequiredParameterException",
    "RequestEntityTooLargeException",
    "SerializationException",
    "ThrottlingException",
    "UnknownOperationException",
];

pub fn input(body: &[u8]) -> Result<Value, ApiError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(ApiError::new(
            "SerializationException",
            "the request's body is not a JSON object",
        )),
        Err(error) => Err(ApiError::new(
            "SerializationException",
            format!("the request's body is not JSON: {error}"),
        )),
    }
}

pub fn reply(
    route: &Route,
    content_type: &'static str,
    request_id: String,
    answer: &Result<Value, ApiError>,
) -> Reply {
    let mut headers = vec![
        ("content-type", content_type.to_owned()),
        ("x-amzn-requestid", request_id),
    ];
    let (status, body) = match answer {
        Ok(output) => (200, output.to_string()),
        Err(error) => {
            headers.extend(query_error(route, error));
            (error.status, error_body(route, error).to_string())
        }
    };
    Reply {
        status,
        headers,
        body: body.into_bytes(),
    }
}

pub(super) fn error_body(route: &Route, error: &ApiError) -> Value {
    let namespace = match route.service {
        Some(service) if !COMMON.contains(&error.code.as_str()) => service.namespace(),
        _ => "com.amazon.coral.service",
    };
    let mut body = Map::new();
    body.insert(
        "__type".to_owned(),
        format!("{namespace}#{}", error.code).into(),
    );
    body.insert("message".to_owned(), error.message.clone().into());
    body.extend(error.members.clone());
    Value::Object(body)
}

/// Services that had the query protocol keep its codes for clients that match on them: the SDKs put this header's code
/// above the `__type`.
pub(super) fn query_error(route: &Route, error: &ApiError) -> Option<(&'static str, String)> {
    if !route.service.is_some_and(Service::was_query) {
        return None;
    }
    let code = error.query_code.as_deref().unwrap_or(&error.code);
    let fault = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    Some(("x-amzn-query-error", format!("{code};{fault}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::wire::Protocol;

    fn refuse(service: Service, error: ApiError) -> (Value, Vec<(&'static str, String)>) {
        let route = Route {
            protocol: Protocol::Json10,
            service: Some(service),
            operation: String::new(),
            region: String::new(),
        };
        let reply = route.reply(&Err(error));
        (serde_json::from_slice(&reply.body).unwrap(), reply.headers)
    }

    #[test]
    fn an_sqs_error_bears_both_codes() {
        let error = ApiError::new("QueueDoesNotExist", "gone")
            .with_query_code("AWS.SimpleQueueService.NonExistentQueue");
        let (body, headers) = refuse(Service::Sqs, error);
        assert_eq!(body["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
        assert_eq!(body["message"], "gone");
        assert!(headers.contains(&(
            "x-amzn-query-error",
            "AWS.SimpleQueueService.NonExistentQueue;Sender".to_owned()
        )));
    }

    #[test]
    fn other_services_have_no_query_code_and_common_errors_no_service() {
        let (body, headers) = refuse(
            Service::DynamoDb,
            ApiError::new("ResourceNotFoundException", ""),
        );
        assert_eq!(
            body["__type"],
            "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
        );
        assert!(
            headers
                .iter()
                .all(|(name, _)| *name != "x-amzn-query-error")
        );
        let (body, _) = refuse(Service::DynamoDb, ApiError::internal(""));
        assert_eq!(body["__type"], "com.amazon.coral.service#InternalFailure");
    }

    #[test]
    fn a_body_is_an_object_or_nothing() {
        assert_eq!(input(b"").unwrap(), Value::Object(Map::new()));
        for body in [&b"[]"[..], b"{", b"\xff"] {
            assert_eq!(input(body).unwrap_err().code, "SerializationException");
        }
    }
}
