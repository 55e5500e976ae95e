//! TagResources and UntagResources, which ask the services that the resources are of.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::call::{Call, decode};
use super::super::error::ApiError;
use super::super::{dynamodb, sqs};
use super::invalid;

/// API TagResources.
const MAX_RESOURCES: usize = 20;
const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    #[serde(rename = "ResourceARNList", default)]
    arns: Vec<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub fn tag(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let change: Change = decode(input)?;
    require("Tags", change.tags.len(), MAX_TAGS)?;
    change.each(|arn| match resource(call, arn)? {
        Resource::Queue(name) => {
            let input = json!({ "QueueUrl": queue_url(call, name)?, "Tags": change.tags });
            sqs::handle(call, "TagQueue", &input)
        }
        Resource::Table => {
            let tags = change.tags.iter();
            let tags: Vec<Value> = tags
                .map(|(key, value)| json!({ "Key": key, "Value": value }))
                .collect();
            let input = json!({ "ResourceArn": arn, "Tags": tags });
            dynamodb::handle(call, "TagResource", &input)
        }
    })
}

pub fn untag(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let change: Change = decode(input)?;
    require("TagKeys", change.tag_keys.len(), MAX_TAGS)?;
    change.each(|arn| match resource(call, arn)? {
        Resource::Queue(name) => {
            let input = json!({ "QueueUrl": queue_url(call, name)?, "TagKeys": change.tag_keys });
            sqs::handle(call, "UntagQueue", &input)
        }
        Resource::Table => {
            let input = json!({ "ResourceArn": arn, "TagKeys": change.tag_keys });
            dynamodb::handle(call, "UntagResource", &input)
        }
    })
}

fn require(member: &str, count: usize, most: usize) -> Result<(), ApiError> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(invalid(format!(
        "{member} must have between 1 and {most} items"
    )))
}

impl Change {
    /// One resource's failure does not keep the others from their change.
    fn each(&self, change: impl Fn(&str) -> Result<Value, ApiError>) -> Result<Value, ApiError> {
        require("ResourceARNList", self.arns.len(), MAX_RESOURCES)?;
        let mut failed = Map::new();
        for arn in &self.arns {
            if let Err(error) = change(arn) {
                let code = if error.status < 500 {
                    "InvalidParameterException"
                } else {
                    "InternalServiceException"
                };
                let told = json!({
                    "StatusCode": error.status,
                    "ErrorCode": code,
                    "ErrorMessage": error.message,
                });
                failed.insert(arn.clone(), told);
            }
        }
        Ok(json!({ "FailedResourcesMap": failed }))
    }
}

enum Resource<'a> {
    Queue(&'a str),
    Table,
}

fn resource<'a>(call: &Call, arn: &'a str) -> Result<Resource<'a>, ApiError> {
    if let Some(name) = arn.strip_prefix(&call.arn("sqs", "")) {
        return Ok(Resource::Queue(name));
    }
    if arn.starts_with(&call.arn("dynamodb", "table/")) {
        return Ok(Resource::Table);
    }
    Err(invalid(format!(
        "{arn} is not a resource of this region that the local AWS can tag"
    )))
}

fn queue_url(call: &Call, name: &str) -> Result<Value, ApiError> {
    let mut answer = sqs::handle(call, "GetQueueUrl", &json!({ "QueueName": name }))?;
    Ok(answer["QueueUrl"].take())
}
