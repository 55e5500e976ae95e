//! What a table's copy has to do: keep items, refuse what a condition forbids, show them in every index as projected.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use crate::aws::poll::Look;
use crate::model::change::spelled;
use crate::model::check::Finding;
use crate::resources::table::config::{TableDesired, TimeToLive};
use crate::resources::table::settings::time_to_live_agrees;

use super::examine::{Amiss, Examiner};
use super::item::{self, Index, PAYLOAD};
use super::items::{Item, Items, Query};

/// How long a global index may take to show what was written.
const PROPAGATION: Duration = Duration::from_secs(20);
/// Far enough ahead that nothing expires under the test.
const EXPIRY: Duration = Duration::from_secs(24 * 60 * 60);

/// The copy of a table, made.
pub struct Copy<'a> {
    pub name: &'a str,
    pub desired: &'a TableDesired,
    pub mark: &'a str,
}

impl Copy<'_> {
    pub fn item(&self, number: u32) -> Item {
        let expiry = SystemTime::now() + EXPIRY;
        let expiry = expiry.duration_since(SystemTime::UNIX_EPOCH);
        let expiry = expiry.map_or(0, |since| since.as_secs());
        item::item(self.desired, self.mark, number, expiry)
    }

    pub fn key(&self, item: &Item) -> Item {
        item::key(self.desired, item)
    }
}

/// Everything but the transaction, for which there has to be another table.
pub async fn check(api: &impl Items, examiner: &Examiner<'_>, copy: &Copy<'_>) {
    let item = copy.item(1);
    let key = copy.key(&item);
    if put(api, examiner, copy, &item, &key).await.is_none() {
        return;
    }
    query(api, examiner, copy, &item, &key).await;
    for index in item::indexes(copy.desired) {
        query_index(api, examiner, copy, &index, &item).await;
    }
    time_to_live(api, examiner, copy, &key).await;
    change(api, examiner, copy, &key).await;
}

/// `None`: the table keeps nothing.
pub async fn put(
    api: &impl Items,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    item: &Item,
    key: &Item,
) -> Option<()> {
    let partition_key = &copy.desired.partition_key.name;
    let work = async {
        let put = api.put_new(copy.name, item, partition_key).await?;
        // A call whose answer was lost is made again by the SDK, and is then refused because it went through.
        match put || api.get_item(copy.name, key).await?.as_ref() == Some(item) {
            true => Ok(()),
            false => Err(Finding::new("an item can be put", "its key is taken").into()),
        }
    };
    examiner.check("put", "an item can be put", work).await?;
    const GOT: &str = "the item as it was put";
    let work = async { same(Some(item), api.get_item(copy.name, key).await?.as_ref()) };
    examiner.check("get", GOT, work).await?;
    const REFUSED: &str = "a second put on the condition that there is none is refused";
    let work = async {
        match api.put_new(copy.name, item, partition_key).await? {
            false => Ok(()),
            true => Err(Finding::new(REFUSED, "it was accepted").into()),
        }
    };
    examiner.check("conditional put", REFUSED, work).await;
    Some(())
}

pub async fn query(
    api: &impl Items,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    item: &Item,
    key: &Item,
) {
    const FOUND: &str = "the item, found by its key";
    let work = async {
        let query = Query {
            table: copy.name,
            index: None,
            key,
            consistent: true,
        };
        let found = api.query(&query).await?;
        same(Some(item), found.first())
    };
    examiner.check("query", FOUND, work).await;
}

async fn query_index(
    api: &impl Items,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    index: &Index<'_>,
    item: &Item,
) {
    let expected = "the item, found by the keys of the index";
    let key = index.key(item);
    let query = Query {
        table: copy.name,
        index: Some(index.name),
        key: &key,
        consistent: index.local,
    };
    let look = async || {
        let mut found = api.query(&query).await?;
        Ok(match found.pop() {
            Some(found) => Look::Ready(found),
            None => Look::pending("the index did not show the item"),
        })
    };
    let found = examiner.check(
        format!("query {}", index.name),
        expected,
        examiner.until(PROPAGATION, expected, look),
    );
    let Some(found) = found.await else {
        return;
    };
    let shown = index.projected(copy.desired, item);
    let name = format!("projection {}", index.name);
    let expected = format!("what {} projects", index.projection());
    examiner
        .check(name, &expected, async { same(Some(&shown), Some(&found)) })
        .await;
}

async fn time_to_live(api: &impl Items, examiner: &Examiner<'_>, copy: &Copy<'_>, key: &Item) {
    let Some(declared @ TimeToLive::Attribute(attribute)) = &copy.desired.time_to_live else {
        return;
    };
    let expected = format!("items expire by the number in {attribute}");
    let work = async {
        let item = api.get_item(copy.name, key).await?.unwrap_or_default();
        if !matches!(item.get(attribute), Some(AttributeValue::N(_))) {
            return Err(Finding::new(expected.as_str(), "it is no number").into());
        }
        let Some(live) = api.time_to_live(copy.name).await? else {
            return Err(Amiss::Unproven("its status cannot be read".to_owned()));
        };
        // ENABLING as well: AWS takes up to an hour (API UpdateTimeToLive).
        match time_to_live_agrees(declared, &live) {
            true => Ok(()),
            false => {
                let actual = json!({"time_to_live": spelled(live.status)});
                Err(Finding::new(expected.as_str(), actual).into())
            }
        }
    };
    examiner.check("time to live", &expected, work).await;
}

/// Last of all: afterwards the item is gone.
pub async fn change(api: &impl Items, examiner: &Examiner<'_>, copy: &Copy<'_>, key: &Item) {
    let work = async {
        let value = AttributeValue::S(format!("{} changed", copy.mark));
        api.set(copy.name, key, PAYLOAD, value.clone()).await?;
        let item = api.get_item(copy.name, key).await?.unwrap_or_default();
        match item.get(PAYLOAD) == Some(&value) {
            true => Ok(()),
            false => Err(Finding::new("the new value", shown(Some(&item))).into()),
        }
    };
    examiner
        .check("update", "an attribute can be changed", work)
        .await;
    delete(api, examiner, copy, key).await;
}

pub async fn delete(
    api: &impl Items,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    key: &Item,
) -> Option<()> {
    let work = async {
        api.delete_own(copy.name, key, PAYLOAD, copy.mark).await?;
        same(None, api.get_item(copy.name, key).await?.as_ref())
    };
    examiner
        .check("delete", "an item can be deleted", work)
        .await
}

/// One write to two tables or, where there is no other, to two items.
pub async fn transaction(
    api: &impl Items,
    examiner: &Examiner<'_>,
    copy: &Copy<'_>,
    other: Option<(&str, &Copy<'_>)>,
) {
    let (name, second) = match other {
        Some((of, other)) => (format!("transaction with {of}"), (other, other.item(3))),
        None => (
            "transaction over two items".to_owned(),
            (copy, copy.item(3)),
        ),
    };
    let puts = [(copy.name, copy.item(2)), (second.0.name, second.1)];
    let work = async {
        api.transact_put(&puts).await?;
        for (of, (table, item)) in [copy, second.0].into_iter().zip(&puts) {
            same(
                Some(item),
                api.get_item(table, &of.key(item)).await?.as_ref(),
            )?;
        }
        Ok(())
    };
    examiner.check(name, "both items are there", work).await;
}

fn same(expected: Option<&Item>, found: Option<&Item>) -> Result<(), Amiss> {
    match expected == found {
        true => Ok(()),
        false => Err(Finding::new(shown(expected), shown(found)).into()),
    }
}

/// The attributes with their values, as far as they can be read.
fn shown(item: Option<&Item>) -> Value {
    let Some(item) = item else {
        return Value::Null;
    };
    let fields = item.iter().map(|(name, value)| {
        let value = match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.as_str().into(),
            AttributeValue::B(bytes) => format!("{} bytes", bytes.as_ref().len()).into(),
            _ => Value::Null,
        };
        (name.clone(), value)
    });
    Value::Object(fields.collect())
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
