//! What bears our tags, whatever the manifest says: Resource Groups Tagging.

use std::collections::BTreeMap;

use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::TagFilter;

use crate::aws::classify;
use crate::model::failure::Failure;
use crate::model::id::Kind;
use crate::model::scope::Scope;

use super::ownership;
use super::tags::Tags;

/// A resource as its tags and its ARN describe it. It may be gone: the index behind is not always current.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned {
    pub kind: Kind,
    pub name: String,
    pub scope: Scope,
    pub tags: Tags,
}

/// Every queue and table of this region with the project's tag.
///
/// # Errors
/// The call that failed.
pub async fn read(client: &Client, project: &str) -> Result<Vec<Owned>, Failure> {
    let ours = TagFilter::builder()
        .key(ownership::PROJECT)
        .values(project)
        .build();
    let mut owned = Vec::new();
    let mut token = None;
    loop {
        let page = client
            .get_resources()
            .tag_filters(ours.clone())
            .resource_type_filters("sqs")
            .resource_type_filters("dynamodb:table")
            .set_pagination_token(token)
            .send()
            .await
            .map_err(|error| classify::failure("tag", "GetResources", error))?;
        for mapping in page.resource_tag_mapping_list() {
            let tags = mapping.tags().iter();
            let tags = tags
                .map(|tag| (tag.key.clone(), tag.value.clone()))
                .collect();
            owned.extend(mapping.resource_arn().and_then(|arn| parse(arn, tags)));
        }
        token = page.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(owned);
        }
    }
}

fn parse(arn: &str, tags: BTreeMap<String, String>) -> Option<Owned> {
    let (scope, service, resource) = Scope::of_arn(arn)?;
    let (kind, name) = match service {
        "sqs" => (Kind::Queue, resource),
        "dynamodb" => (Kind::Table, resource.strip_prefix("table/")?),
        _ => return None,
    };
    Some(Owned {
        kind,
        name: name.to_owned(),
        scope,
        tags,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_it_is() {
        let found = |arn| parse(arn, Tags::new()).map(|owned| (owned.kind, owned.name));
        let queue = "arn:aws-cn:sqs:cn-north-1:123456789012:orders.fifo";
        assert_eq!(found(queue), Some((Kind::Queue, "orders.fifo".to_owned())));
        let table = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders";
        assert_eq!(found(table), Some((Kind::Table, "Orders".to_owned())));
        for other in [
            "arn:aws:s3:::bucket",
            "arn:aws:dynamodb:us-east-1:123456789012:global-table/x",
            "orders",
        ] {
            assert_eq!(found(other), None);
        }
    }
}
