//! The calls that a queue needs, and no other.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::aws::classify;
use crate::model::failure::{Failure, FailureKind};
use crate::resources::read::present;
use crate::resources::tags::Tags;

/// AWS's attribute name → value.
pub type Attributes = BTreeMap<String, String>;

/// `None` from a reading call: there is no such queue.
#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait QueueApi {
    /// One page of ListQueues: URLs, and the token of the next page.
    async fn list_queues(
        &self,
        prefix: &str,
        token: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Failure>;
    async fn get_queue_url(&self, name: &str) -> Result<Option<String>, Failure>;
    async fn get_queue_attributes(&self, url: &str) -> Result<Option<Attributes>, Failure>;
    async fn list_queue_tags(&self, url: &str) -> Result<Option<Tags>, Failure>;
    /// Returns the URL.
    async fn create_queue(
        &self,
        name: &str,
        attributes: &Attributes,
        tags: &Tags,
    ) -> Result<String, Failure>;
    async fn set_queue_attributes(&self, url: &str, attributes: &Attributes)
    -> Result<(), Failure>;
    async fn tag_queue(&self, url: &str, tags: &Tags) -> Result<(), Failure>;
    async fn untag_queue(&self, url: &str, keys: &[String]) -> Result<(), Failure>;
}

/// ListQueues returns a NextToken only where MaxResults is set (API ListQueues).
const PAGE: i32 = 1_000;

macro_rules! failed {
    ($operation:literal) => {
        |error| classify::failure("sqs", $operation, error)
    };
}

impl QueueApi for Client {
    async fn list_queues(
        &self,
        prefix: &str,
        token: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let page = Client::list_queues(self)
            .max_results(PAGE)
            .set_queue_name_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_next_token(token)
            .send()
            .await
            .map_err(failed!("ListQueues"))?;
        Ok((page.queue_urls.unwrap_or_default(), page.next_token))
    }

    async fn get_queue_url(&self, name: &str) -> Result<Option<String>, Failure> {
        let answer = Client::get_queue_url(self)
            .queue_name(name)
            .send()
            .await
            .map_err(failed!("GetQueueUrl"));
        Ok(present(answer)?.and_then(|answer| answer.queue_url))
    }

    async fn get_queue_attributes(&self, url: &str) -> Result<Option<Attributes>, Failure> {
        let answer = Client::get_queue_attributes(self)
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .map_err(failed!("GetQueueAttributes"));
        Ok(present(answer)?.map(|answer| {
            answer
                .attributes
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.as_str().to_owned(), value))
                .collect()
        }))
    }

    async fn list_queue_tags(&self, url: &str) -> Result<Option<Tags>, Failure> {
        let answer = Client::list_queue_tags(self)
            .queue_url(url)
            .send()
            .await
            .map_err(failed!("ListQueueTags"));
        Ok(present(answer)?.map(|answer| answer.tags.unwrap_or_default().into_iter().collect()))
    }

    async fn create_queue(
        &self,
        name: &str,
        attributes: &Attributes,
        tags: &Tags,
    ) -> Result<String, Failure> {
        let answer = Client::create_queue(self)
            .queue_name(name)
            .set_attributes(Some(named(attributes)))
            .set_tags(Some(tags.clone().into_iter().collect()))
            .send()
            .await
            .map_err(failed!("CreateQueue"))?;
        answer
            .queue_url
            .ok_or_else(|| Failure::new(FailureKind::Other, "CreateQueue returned no URL"))
    }

    async fn set_queue_attributes(
        &self,
        url: &str,
        attributes: &Attributes,
    ) -> Result<(), Failure> {
        Client::set_queue_attributes(self)
            .queue_url(url)
            .set_attributes(Some(named(attributes)))
            .send()
            .await
            .map_err(failed!("SetQueueAttributes"))?;
        Ok(())
    }

    async fn tag_queue(&self, url: &str, tags: &Tags) -> Result<(), Failure> {
        Client::tag_queue(self)
            .queue_url(url)
            .set_tags(Some(tags.clone().into_iter().collect()))
            .send()
            .await
            .map_err(failed!("TagQueue"))?;
        Ok(())
    }

    async fn untag_queue(&self, url: &str, keys: &[String]) -> Result<(), Failure> {
        Client::untag_queue(self)
            .queue_url(url)
            .set_tag_keys(Some(keys.to_vec()))
            .send()
            .await
            .map_err(failed!("UntagQueue"))?;
        Ok(())
    }
}

fn named(attributes: &Attributes) -> HashMap<QueueAttributeName, String> {
    attributes
        .iter()
        .map(|(name, value)| (QueueAttributeName::from(name.as_str()), value.clone()))
        .collect()
}
