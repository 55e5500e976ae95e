//! Which queue of the manifest a reference means: by its key, or by an ARN.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::model::scope::Scope;
use crate::resources::queue::spec::is_arn;

/// The key of that queue. `physical`: the names of all queues, by key.
///
/// A dead-letter queue is of its source's account and region (DG sqs-dead-letter-queues), so an ARN with the name of
/// a queue of this manifest can only mean that one.
pub(super) fn queue<'p, K: Borrow<str> + Ord>(
    physical: &'p BTreeMap<K, String>,
    reference: &str,
) -> Option<&'p str> {
    if !is_arn(reference) {
        let (key, _) = physical.get_key_value(reference)?;
        return Some(key.borrow());
    }
    let (_, service, name) = Scope::of_arn(reference)?;
    let mut queues = physical.iter().filter(|_| service == "sqs");
    let (key, _) = queues.find(|(_, physical)| *physical == name)?;
    Some(key.borrow())
}
