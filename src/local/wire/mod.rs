//! The forms in which requests arrive and answers leave. Knows protocols, not operations.

mod cbor;
mod gzip;
mod json;
mod query;

use serde_json::Value;

use super::error::ApiError;
use super::service::Service;
use super::uuid;

/// A request as HTTP brought it.
pub struct Incoming<'a> {
    /// Whole or from its path on.
    pub uri: &'a str,
    /// `smithy-protocol`
    pub protocol: Option<&'a str>,
    /// `x-amz-target`
    pub target: Option<&'a str>,
    pub authorization: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub content_encoding: Option<&'a str>,
    pub body: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Json10,
    Json11,
    /// Smithy RPC v2.
    Cbor,
    /// Form in, XML out.
    Query,
}

/// Who is asked for what; known before the input is looked at, so that a refusal finds its way back.
#[derive(Debug, PartialEq)]
pub struct Route {
    pub protocol: Protocol,
    pub service: Option<Service>,
    pub operation: String,
    pub region: String,
}

/// An answer for HTTP to carry.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Route {
    pub fn of(incoming: &Incoming<'_>) -> Route {
        let region = region(incoming.authorization);
        if incoming.protocol == Some("rpc-v2-cbor") {
            return cbor::route(incoming, region);
        }
        let Some(target) = incoming.target else {
            return query::route(&gzip::unpacked(incoming).unwrap_or_default(), region);
        };
        let protocol = match incoming.content_type {
            Some("application/x-amz-json-1.1") => Protocol::Json11,
            _ => Protocol::Json10,
        };
        let (prefix, operation) = target.split_once('.').unwrap_or(("", target));
        Route {
            protocol,
            service: Service::from_target(prefix),
            operation: operation.to_owned(),
            region,
        }
    }

    /// # Errors
    /// `SerializationException` when the body is not in the protocol's form; a body too long for the service.
    pub fn input(&self, incoming: &Incoming<'_>) -> Result<Value, ApiError> {
        let longest = self.service.and_then(Service::longest_request);
        if let Some(longest) = longest.filter(|longest| incoming.body.len() as u64 > *longest) {
            return Err(ApiError::too_large(longest));
        }
        let body = gzip::unpacked(incoming)?;
        match self.protocol {
            Protocol::Json10 | Protocol::Json11 => json::input(&body),
            Protocol::Cbor => cbor::input(&body),
            Protocol::Query => Ok(query::input(&body)),
        }
    }

    pub fn reply(&self, answer: &Result<Value, ApiError>) -> Reply {
        let request_id = uuid::random();
        match self.protocol {
            Protocol::Json10 => json::reply(self, "application/x-amz-json-1.0", request_id, answer),
            Protocol::Json11 => json::reply(self, "application/x-amz-json-1.1", request_id, answer),
            Protocol::Cbor => cbor::reply(self, request_id, answer),
            Protocol::Query => query::reply(self, request_id, answer),
        }
    }
}

/// From `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
fn region(authorization: Option<&str>) -> String {
    authorization
        .and_then(|header| header.split_once("Credential="))
        .and_then(|(_, scope)| scope.split('/').nth(2))
        .unwrap_or("us-east-1")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str =
        "AWS4-HMAC-SHA256 Credential=AKID/20261120/eu-west-1/sqs/aws4_request, SignedHeaders=host";

    #[test]
    fn a_target_names_service_and_operation() {
        let route = Route::of(&Incoming {
            uri: "/",
            protocol: None,
            content_encoding: None,
            target: Some("AmazonSQS.CreateQueue"),
            authorization: Some(SIGNED),
            content_type: Some("application/x-amz-json-1.0"),
            body: b"{}",
        });
        assert_eq!(
            route,
            Route {
                protocol: Protocol::Json10,
                service: Some(Service::Sqs),
                operation: "CreateQueue".into(),
                region: "eu-west-1".into(),
            }
        );
    }

    #[test]
    fn without_a_target_the_form_decides_and_without_a_signature_the_default_region() {
        let route = Route::of(&Incoming {
            uri: "/",
            protocol: None,
            content_encoding: None,
            target: None,
            authorization: None,
            content_type: Some("application/x-www-form-urlencoded"),
            body: b"Action=GetCallerIdentity&Version=2011-06-15",
        });
        assert_eq!(route.service, Some(Service::Sts));
        assert_eq!(route.operation, "GetCallerIdentity");
        assert_eq!(route.region, "us-east-1");
    }

    #[test]
    fn an_unknown_target_has_no_service() {
        let route = Route::of(&Incoming {
            uri: "/",
            protocol: None,
            content_encoding: None,
            target: Some("AmazonSNS.Publish"),
            authorization: None,
            content_type: None,
            body: b"",
        });
        assert_eq!(route.service, None);
    }
}
