//! Resource Groups Tagging: finds queues and tables by their tags.

mod change;
mod keys;

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, decode};
use super::error::ApiError;
use super::{dynamodb, sqs};

/// API GetResources.
const MAX_PER_PAGE: usize = 100;
const MAX_FILTERS: usize = 50;
const MAX_VALUES: usize = 20;
/// Of resource types, and likewise of ARNs.
const MAX_LISTED: usize = 100;

type Resource = (String, BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetResources {
    pagination_token: Option<String>,
    #[serde(default)]
    tag_filters: Vec<TagFilter>,
    resources_per_page: Option<i64>,
    tags_per_page: Option<i64>,
    #[serde(default)]
    resource_type_filters: Vec<String>,
    #[serde(rename = "ResourceARNList", default)]
    arns: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagFilter {
    key: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// # Errors
/// The service's own refusals.
pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "GetResources" => get_resources(call, decode(input)?),
        "TagResources" => change::tag(call, input),
        "UntagResources" => change::untag(call, input),
        "GetTagKeys" => keys::get_tag_keys(call, input),
        "GetTagValues" => keys::get_tag_values(call, input),
        _ => Err(ApiError::unknown_operation(operation)),
    }
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

/// Of the region, with their tags.
fn all(call: &Call) -> Result<Vec<Resource>, ApiError> {
    let mut resources = sqs::tagged(call)?;
    resources.extend(dynamodb::tagged(call)?);
    Ok(resources)
}

fn get_resources(call: &Call, input: GetResources) -> Result<Value, ApiError> {
    input.check()?;
    let mut found = all(call)?;
    // Resources that were never tagged are not known to the service.
    found.retain(|resource| !resource.1.is_empty() && input.matches(resource));
    found.sort();
    let after = position(input.pagination_token.as_deref())?;
    found.retain(|(arn, _)| after.as_deref().is_none_or(|after| arn.as_str() > after));
    let kept = input.page_length(&found)?;
    let more = kept < found.len();
    found.truncate(kept);
    let token = token(found.last().filter(|_| more).map(|(arn, _)| arn.as_str()));
    let resources: Vec<Value> = found.iter().map(describe).collect();
    Ok(json!({ "ResourceTagMappingList": resources, "PaginationToken": token }))
}

fn describe((arn, tags): &Resource) -> Value {
    let tags: Vec<Value> = tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    json!({ "ResourceARN": arn, "Tags": tags })
}

impl GetResources {
    fn check(&self) -> Result<(), ApiError> {
        let narrowed = !self.tag_filters.is_empty() || !self.resource_type_filters.is_empty();
        let paged = self.pagination_token.is_some()
            || self.resources_per_page.is_some()
            || self.tags_per_page.is_some();
        if !self.arns.is_empty() && (narrowed || paged) {
            return Err(invalid(
                "ResourceARNList cannot be specified together with filters or pagination parameters",
            ));
        }
        if self.tag_filters.len() > MAX_FILTERS {
            return Err(invalid(format!(
                "A request can include up to {MAX_FILTERS} keys"
            )));
        }
        for filter in &self.tag_filters {
            if filter.key.as_deref().is_none_or(str::is_empty) {
                return Err(invalid("TagFilter must contain a key"));
            }
            if filter.values.len() > MAX_VALUES {
                return Err(invalid(format!(
                    "Each key can include up to {MAX_VALUES} values"
                )));
            }
        }
        if self.resource_type_filters.len() > MAX_LISTED || self.arns.len() > MAX_LISTED {
            return Err(invalid(format!(
                "ResourceTypeFilters and ResourceARNList can include up to {MAX_LISTED} items"
            )));
        }
        for wanted in &self.resource_type_filters {
            let service = wanted.split(':').next().unwrap_or_default();
            if service.is_empty()
                || !service
                    .bytes()
                    .all(|it| it.is_ascii_lowercase() || it == b'-')
            {
                return Err(invalid(format!(
                    "Unsupported service={service} in ResourceTypeFilter - {wanted}:"
                )));
            }
        }
        Ok(())
    }

    fn matches(&self, (arn, tags): &Resource) -> bool {
        let tagged = self.tag_filters.iter().all(|filter| {
            let value = filter.key.as_ref().and_then(|key| tags.get(key));
            value.is_some_and(|value| filter.values.is_empty() || filter.values.contains(value))
        });
        let of_type = self.resource_type_filters.is_empty()
            || self
                .resource_type_filters
                .iter()
                .any(|it| is_of_type(arn, it));
        let listed = self.arns.is_empty() || self.arns.contains(arn);
        tagged && of_type && listed
    }

    /// How many of the resources that are left go onto this page.
    fn page_length(&self, found: &[Resource]) -> Result<usize, ApiError> {
        let per_page = match self.resources_per_page {
            None => MAX_PER_PAGE,
            Some(wanted) => usize::try_from(wanted)
                .ok()
                .filter(|wanted| (1..=MAX_PER_PAGE).contains(wanted))
                .ok_or_else(|| invalid("ResourcesPerPage must be between 1 and 100"))?,
        };
        let Some(tags_per_page) = self.tags_per_page else {
            return Ok(per_page.min(found.len()));
        };
        if !(100..=500).contains(&tags_per_page) {
            return Err(invalid("TagsPerPage must be between 100 and 500"));
        }
        let mut room = tags_per_page;
        let fitting = found.iter().take_while(|(_, tags)| {
            room -= i64::try_from(tags.len()).unwrap_or(i64::MAX);
            room >= 0
        });
        Ok(fitting.count().min(per_page))
    }
}

/// Where the page before ended.
fn position(token: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(token) = token.filter(|it| !it.is_empty()) else {
        return Ok(None);
    };
    base64::decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Some)
        .ok_or_else(|| invalid("Invalid pagination token"))
}

/// Of a page that ended with `last`; empty if nothing follows it.
fn token(last: Option<&str>) -> String {
    last.map(base64::encode).unwrap_or_default()
}

/// `service` or `service:type`, as in the ARN. A queue's ARN holds no type, but its type is `queue` all the same.
fn is_of_type(arn: &str, wanted: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let service = parts.next().unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    match wanted.split_once(':') {
        None => wanted == service,
        Some((of, kind)) if of == service => match service {
            "sqs" => kind == "queue",
            _ => resource.split(['/', ':']).next() == Some(kind),
        },
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_the_arn() {
        let queue = "arn:aws:sqs:us-east-1:123456789012:orders";
        let table = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders";
        for (arn, wanted, expected) in [
            (queue, "sqs", true),
            (queue, "sqs:queue", true),
            (queue, "sqs:orders", false),
            (queue, "dynamodb", false),
            (table, "dynamodb", true),
            (table, "dynamodb:table", true),
            (table, "dynamodb:index", false),
        ] {
            assert_eq!(is_of_type(arn, wanted), expected, "{arn} {wanted}");
        }
    }

    #[test]
    fn filters_are_and_across_keys_and_or_within() {
        let input: GetResources = decode(&json!({ "TagFilters": [
            { "Key": "env", "Values": ["dev", "prod"] },
            { "Key": "owner" },
        ] }))
        .unwrap();
        let tags = |pairs: &[(&str, &str)]| {
            let tags = pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            (String::new(), tags.collect())
        };
        assert!(input.matches(&tags(&[("env", "prod"), ("owner", "")])));
        assert!(!input.matches(&tags(&[("env", "test"), ("owner", "")])));
        assert!(!input.matches(&tags(&[("env", "prod")])));
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        for bad in [
            json!({ "ResourceARNList": ["a"], "ResourceTypeFilters": ["sqs"] }),
            json!({ "ResourceARNList": ["a"], "ResourcesPerPage": 5 }),
            json!({ "TagFilters": [{ "Values": ["a"] }] }),
            json!({ "TagFilters": [{ "Key": "a", "Values": vec!["v"; 21] }] }),
            json!({ "ResourceTypeFilters": ["AWS::SQS::Queue"] }),
            json!({ "ResourceTypeFilters": vec!["sqs"; 101] }),
            json!({ "ResourceARNList": vec!["a"; 101] }),
        ] {
            let input: GetResources = decode(&bad).unwrap();
            assert_eq!(
                input.check().unwrap_err().code,
                "InvalidParameterException",
                "{bad}"
            );
        }
    }
}
