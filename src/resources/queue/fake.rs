//! An SQS in memory: what is made is there, what is scripted fails, every call is kept as a line.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::model::failure::{Failure, FailureKind};
use crate::resources::script::Script;
use crate::resources::tags::Tags;

use super::api::{Attributes, QueueApi};

const BASE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012";

pub fn url(name: &str) -> String {
    format!("{BASE}/{name}")
}

#[derive(Default)]
pub struct FakeQueues {
    queues: RefCell<BTreeMap<String, (Attributes, Tags)>>,
    /// What ListQueues shows, which may be behind or ahead of what is there.
    pages: RefCell<Vec<Vec<String>>>,
    script: Script,
}

impl FakeQueues {
    /// A queue that is there, with no more attributes than these.
    pub fn with(self, name: &str, attributes: &[(&str, &str)], tags: &[(&str, &str)]) -> Self {
        let text = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
        };
        let whole = (text(attributes), text(tags));
        self.queues.borrow_mut().insert(url(name), whole);
        self
    }

    /// One more page of ListQueues.
    pub fn listing(self, names: &[&str]) -> Self {
        let urls = names.iter().map(|name| url(name)).collect();
        self.pages.borrow_mut().push(urls);
        self
    }

    /// The next so many calls of an operation fail.
    pub fn failing(self, operation: &'static str, times: usize, kind: FailureKind) -> Self {
        self.script.fail(operation, times, kind);
        self
    }

    pub fn calls(&self) -> Vec<String> {
        self.script.calls()
    }

    fn call(&self, operation: &'static str, about: &str) -> Result<(), Failure> {
        self.script.record(operation, about);
        self.script.answer(operation)
    }
}

fn words(pairs: &BTreeMap<String, String>) -> String {
    let words: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
    words.join(" ")
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

impl QueueApi for FakeQueues {
    async fn list_queues(
        &self,
        prefix: &str,
        token: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let page: usize = token.map_or(0, |token| token.parse().unwrap());
        self.call("ListQueues", &format!("`{prefix}` {page}"))?;
        let pages = self.pages.borrow();
        let next = (page + 1 < pages.len()).then(|| (page + 1).to_string());
        Ok((pages.get(page).cloned().unwrap_or_default(), next))
    }

    async fn get_queue_url(&self, name: &str) -> Result<Option<String>, Failure> {
        self.call("GetQueueUrl", name)?;
        let url = url(name);
        Ok(self.queues.borrow().contains_key(&url).then_some(url))
    }

    async fn get_queue_attributes(&self, url: &str) -> Result<Option<Attributes>, Failure> {
        self.call("GetQueueAttributes", name(url))?;
        let queues = self.queues.borrow();
        Ok(queues.get(url).map(|(attributes, _)| attributes.clone()))
    }

    async fn list_queue_tags(&self, url: &str) -> Result<Option<Tags>, Failure> {
        self.call("ListQueueTags", name(url))?;
        let queues = self.queues.borrow();
        Ok(queues.get(url).map(|(_, tags)| tags.clone()))
    }

    async fn create_queue(
        &self,
        name: &str,
        attributes: &Attributes,
        tags: &Tags,
    ) -> Result<String, Failure> {
        self.call("CreateQueue", &format!("{name} {}", words(attributes)))?;
        let whole = (attributes.clone(), tags.clone());
        self.queues.borrow_mut().insert(url(name), whole);
        Ok(url(name))
    }

    async fn set_queue_attributes(
        &self,
        url: &str,
        attributes: &Attributes,
    ) -> Result<(), Failure> {
        self.call("SetQueueAttributes", &words(attributes))?;
        let mut queues = self.queues.borrow_mut();
        let queue = queues.get_mut(url).unwrap();
        queue.0.extend(attributes.clone());
        Ok(())
    }

    async fn tag_queue(&self, url: &str, tags: &Tags) -> Result<(), Failure> {
        self.call("TagQueue", &words(tags))?;
        let mut queues = self.queues.borrow_mut();
        queues.get_mut(url).unwrap().1.extend(tags.clone());
        Ok(())
    }

    async fn untag_queue(&self, url: &str, keys: &[String]) -> Result<(), Failure> {
        self.call("UntagQueue", &keys.join(" "))?;
        let mut queues = self.queues.borrow_mut();
        let tags = &mut queues.get_mut(url).unwrap().1;
        tags.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}
