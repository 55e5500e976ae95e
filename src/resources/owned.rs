//! What bears our tags, whatever the manifest says: Resource Groups Tagging.

use std::collections::BTreeMap;
use std::rc::Rc;

use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::TagFilter;
use futures_util::future::{FutureExt, LocalBoxFuture, Shared};

use crate::aws::classify;
use crate::model::failure::Failure;
use crate::model::id::Kind;
use crate::model::scope::Scope;

use super::ownership;
use super::tags::Tags;

/// AWS's most (API GetResources, ResourcesPerPage).
const PAGE: i32 = 100;

/// A resource as its tags and its ARN describe it. It may be gone: the index behind is not always current.
#[derive(Clone, Debug, PartialEq)]
pub struct Owned {
    pub scope: Scope,
    pub tags: Tags,
}

/// By kind and physical name.
pub type Index = BTreeMap<(Kind, String), Owned>;

/// The index, asked for once and awaited by whoever needs it. Tags had from it cost no call a resource; the index
/// may be behind, so whoever would write because of them asks the resource itself first.
#[derive(Clone)]
pub struct Bulk<'a>(Option<Shared<Reading<'a>>>);

type Reading<'a> = LocalBoxFuture<'a, Result<Rc<Index>, Failure>>;

impl<'a> Bulk<'a> {
    /// Begins with the first who awaits it.
    pub fn of(client: &'a Client, project: &'a str) -> Self {
        let reading = async move {
            let index = read(client, ownership::PROJECT, project).await;
            index.map(Rc::new)
        };
        Bulk(Some(reading.boxed_local().shared()))
    }

    /// Nothing is had in bulk: every resource is asked itself.
    pub fn none() -> Self {
        Bulk(None)
    }

    /// # Errors
    /// The call that failed.
    pub async fn index(&self) -> Result<Rc<Index>, Failure> {
        match &self.0 {
            Some(reading) => reading.clone().await,
            None => Ok(Rc::default()),
        }
    }

    /// The tags of one resource; `None`: ask it.
    pub async fn tags(&self, kind: Kind, name: &str) -> Option<Tags> {
        let index = self.index().await.ok()?;
        let owned = index.get(&(kind, name.to_owned()))?;
        Some(owned.tags.clone())
    }
}

/// Every queue and table of this region with the tag.
///
/// # Errors
/// The call that failed.
pub async fn read(client: &Client, key: &str, value: &str) -> Result<Index, Failure> {
    let wanted = TagFilter::builder().key(key).values(value).build();
    let mut index = Index::new();
    let mut token = None;
    loop {
        let page = client
            .get_resources()
            .tag_filters(wanted.clone())
            .resource_type_filters("sqs")
            .resource_type_filters("dynamodb:table")
            .resources_per_page(PAGE)
            .set_pagination_token(token)
            .send()
            .await
            .map_err(|error| classify::failure("tag", "GetResources", error))?;
        for mapping in page.resource_tag_mapping_list() {
            let tags = mapping.tags().iter();
            let tags = tags
                .map(|tag| (tag.key.clone(), tag.value.clone()))
                .collect();
            index.extend(mapping.resource_arn().and_then(|arn| parse(arn, tags)));
        }
        token = page.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(index);
        }
    }
}

fn parse(arn: &str, tags: Tags) -> Option<((Kind, String), Owned)> {
    let (scope, service, resource) = Scope::of_arn(arn)?;
    let (kind, name) = match service {
        "sqs" => (Kind::Queue, resource),
        "dynamodb" => (Kind::Table, resource.strip_prefix("table/")?),
        _ => return None,
    };
    Some(((kind, name.to_owned()), Owned { scope, tags }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_what_it_is() {
        let found = |arn| parse(arn, Tags::new()).map(|(name, _)| name);
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
