//! The services that exist here, and what is particular to each.

use std::time::Duration;

use serde_json::Value;

use super::call::Call;
use super::error::ApiError;
use super::faults::Fault;
use super::{autoscaling, cloudwatch, dynamodb, sqs, sts, tagging};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Sqs,
    DynamoDb,
    DynamoDbStreams,
    Tagging,
    AutoScaling,
    Sts,
    CloudWatch,
}

impl Service {
    /// By what stands before the dot in `x-amz-target`.
    pub fn from_target(prefix: &str) -> Option<Service> {
        match prefix {
            "AmazonSQS" => Some(Service::Sqs),
            "DynamoDB_20120810" => Some(Service::DynamoDb),
            "DynamoDBStreams_20120810" => Some(Service::DynamoDbStreams),
            "ResourceGroupsTaggingAPI_20170126" => Some(Service::Tagging),
            "AnyScaleFrontendService" => Some(Service::AutoScaling),
            "GraniteServiceVersion20100801" => Some(Service::CloudWatch),
            _ => None,
        }
    }

    /// By the `Version` of a form of the query protocol.
    pub fn from_version(version: &str) -> Option<Service> {
        [Service::Sts, Service::CloudWatch]
            .into_iter()
            .find(|service| service.version() == Some(version))
    }

    fn version(self) -> Option<&'static str> {
        match self {
            Service::Sts => Some("2011-06-15"),
            Service::CloudWatch => Some("2010-08-01"),
            _ => None,
        }
    }

    /// The namespace of the XML that the query protocol answers with.
    pub fn xml_namespace(self) -> &'static str {
        match self {
            Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Service::CloudWatch => "http://monitoring.amazonaws.com/doc/2010-08-01/",
            _ => "",
        }
    }

    /// The members of all its shapes that are timestamps: the JSON protocols send a bare number, the others do not.
    pub fn timestamps(self) -> &'static [&'static str] {
        match self {
            Service::CloudWatch => &cloudwatch::TIMESTAMPS,
            _ => &[],
        }
    }

    /// The members that are maps, which the query protocol writes otherwise than structures.
    pub fn maps(self) -> &'static [&'static str] {
        match self {
            Service::CloudWatch => &cloudwatch::MAPS,
            _ => &[],
        }
    }

    /// Whether errors bear the codes of the query protocol besides (`awsQueryCompatible` in the model).
    pub fn was_query(self) -> bool {
        matches!(self, Service::Sqs | Service::CloudWatch)
    }

    /// In bytes, as it is sent.
    pub fn longest_request(self) -> Option<u64> {
        match self {
            Service::CloudWatch => Some(cloudwatch::LONGEST_REQUEST),
            _ => None,
        }
    }

    /// As in the endpoint's host name.
    pub fn name(self) -> &'static str {
        match self {
            Service::Sqs => "sqs",
            Service::DynamoDb => "dynamodb",
            Service::DynamoDbStreams => "streams.dynamodb",
            Service::Tagging => "tagging",
            Service::AutoScaling => "application-autoscaling",
            Service::Sts => "sts",
            Service::CloudWatch => "monitoring",
        }
    }

    /// What stands before the `#` in the `__type` of an error from the service's own model.
    pub fn namespace(self) -> &'static str {
        match self {
            Service::Sqs => "com.amazonaws.sqs",
            Service::DynamoDb | Service::DynamoDbStreams => "com.amazonaws.dynamodb.v20120810",
            Service::Tagging => "com.amazonaws.resourcegroupstaggingapi.v20170126",
            Service::AutoScaling => "com.amazonaws.autoscaling.frontend.v20160206",
            Service::Sts => "com.amazonaws.sts",
            Service::CloudWatch => "com.amazonaws.cloudwatch.v2010_08_01",
        }
    }

    /// As in IAM's names of actions.
    fn action_prefix(self) -> &'static str {
        match self {
            Service::Tagging => "tag",
            Service::CloudWatch => "cloudwatch",
            Service::DynamoDbStreams => "dynamodb",
            other => other.name(),
        }
    }

    /// The services with a query protocol, present or past, have kept its code.
    fn expired_code(self) -> &'static str {
        match self {
            Service::Sqs | Service::Sts | Service::CloudWatch => "ExpiredToken",
            Service::DynamoDb
            | Service::DynamoDbStreams
            | Service::Tagging
            | Service::AutoScaling => "ExpiredTokenException",
        }
    }

    fn throttling_code(self) -> &'static str {
        match self {
            Service::Sqs => "RequestThrottled",
            Service::DynamoDb | Service::DynamoDbStreams | Service::AutoScaling => {
                "ThrottlingException"
            }
            Service::Tagging => "ThrottledException",
            Service::Sts | Service::CloudWatch => "Throttling",
        }
    }

    /// The answer to a request that a fault has struck; `None` is a broken connection.
    pub fn struck(
        self,
        call: &Call,
        fault: Fault,
        operation: &str,
        input: &Value,
    ) -> Option<ApiError> {
        let error = match fault {
            Fault::Throttle => {
                if self == Service::DynamoDb {
                    dynamodb::throttled(call, operation, input);
                }
                ApiError::new(self.throttling_code(), "Rate exceeded")
            }
            Fault::Error => ApiError::internal("the local AWS was asked to fail here"),
            Fault::Denied => ApiError::new(
                "AccessDeniedException",
                format!(
                    "User: arn:aws:iam::{}:user/local is not authorized to perform: {}:{operation}",
                    call.account,
                    self.action_prefix()
                ),
            ),
            Fault::Expired => ApiError::new(
                self.expired_code(),
                "The security token included in the request is expired",
            ),
            Fault::Reset | Fault::Lost => return None,
        };
        Some(error)
    }

    /// # Errors
    /// The service's own refusals.
    pub fn handle(self, call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
        match self {
            Service::Sqs => sqs::handle(call, operation, input),
            Service::DynamoDb => dynamodb::handle(call, operation, input),
            Service::DynamoDbStreams => dynamodb::streams::handle(call, operation, input),
            Service::Tagging => tagging::handle(call, operation, input),
            Service::AutoScaling => autoscaling::handle(call, operation, input),
            Service::Sts => sts::handle(call, operation),
            Service::CloudWatch => cloudwatch::handle(call, operation, input),
        }
    }

    /// Is told what a request was answered in the end.
    pub fn answered(self, call: &Call, operation: &str, input: &Value, output: &Value) {
        if self == Service::Sqs {
            sqs::answered(call, operation, input, output);
        }
    }

    /// How long the request asked to wait for a better answer than this.
    pub fn patience(
        self,
        call: &Call,
        operation: &str,
        input: &Value,
        answer: &Result<Value, ApiError>,
    ) -> Duration {
        match (self, answer) {
            (Service::Sqs, Ok(output)) => sqs::patience(call, operation, input, output),
            _ => Duration::ZERO,
        }
    }
}
