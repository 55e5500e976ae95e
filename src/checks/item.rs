//! Items made for a table's keys, and what its indexes show of them. Pure.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::resources::table::config::{
    AttributeType, KeyAttribute, Projection, TableDesired, TimeToLive,
};

use super::items::Item;

/// An attribute that is in no key and in no index that does not take all.
pub const PAYLOAD: &str = "shopctl_probe";

/// An index as a query sees it.
pub struct Index<'a> {
    pub name: &'a str,
    pub local: bool,
    keys: Vec<&'a KeyAttribute>,
    /// Not declared: `ALL`, as the copy was made.
    projection: Option<&'a Projection>,
}

pub fn indexes(table: &TableDesired) -> Vec<Index<'_>> {
    let global = table.global_secondary_indexes.iter().flatten();
    let global = global.map(|(name, index)| Index {
        name,
        local: false,
        keys: [Some(&index.partition_key), index.sort_key.as_ref()]
            .into_iter()
            .flatten()
            .collect(),
        projection: index.projection.as_ref(),
    });
    let local = table.local_secondary_indexes.iter().flatten();
    let local = local.map(|(name, index)| Index {
        name,
        local: true,
        keys: vec![&table.partition_key, &index.sort_key],
        projection: index.projection.as_ref(),
    });
    global.chain(local).collect()
}

fn keys(table: &TableDesired) -> impl Iterator<Item = &KeyAttribute> {
    [Some(&table.partition_key), table.sort_key.as_ref()]
        .into_iter()
        .flatten()
}

/// An item that is in every index; `number` tells those of a test apart.
pub fn item(table: &TableDesired, mark: &str, number: u32, expiry: u64) -> Item {
    let mut item = Item::new();
    for index in indexes(table) {
        if let Some(Projection::Include(attributes)) = index.projection {
            let text = |name: &String| AttributeValue::S(format!("{mark} {name}"));
            item.extend(attributes.iter().map(|name| (name.clone(), text(name))));
        }
    }
    if let Some(TimeToLive::Attribute(name)) = &table.time_to_live {
        item.insert(name.clone(), AttributeValue::N(expiry.to_string()));
    }
    item.insert(PAYLOAD.to_owned(), AttributeValue::S(mark.to_owned()));
    // Last: what is a key has the key's type, whatever else it is.
    let of_indexes = indexes(table).into_iter().flat_map(|index| index.keys);
    for key in of_indexes.chain(keys(table)) {
        item.insert(key.name.clone(), value(key, mark, number));
    }
    item
}

fn value(key: &KeyAttribute, mark: &str, number: u32) -> AttributeValue {
    let text = format!("{mark}-{number}");
    match key.attribute_type {
        AttributeType::S => AttributeValue::S(text),
        AttributeType::N => AttributeValue::N(digits(mark, number)),
        AttributeType::B => AttributeValue::B(Blob::new(text)),
    }
}

/// A number that is as much this test's own as its mark is.
fn digits(mark: &str, number: u32) -> String {
    let id = mark.rsplit('-').next().unwrap_or_default();
    let id = u64::from_str_radix(id, 16).unwrap_or_default();
    format!("{}", id * 1_000 + u64::from(number))
}

fn part<'a>(item: &Item, keys: impl Iterator<Item = &'a KeyAttribute>) -> Item {
    let pairs = keys.filter_map(|key| item.get_key_value(&key.name));
    pairs
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The key of an item in its table.
pub fn key(table: &TableDesired, item: &Item) -> Item {
    part(item, keys(table))
}

impl Index<'_> {
    /// The key of an item in this index.
    pub fn key(&self, item: &Item) -> Item {
        part(item, self.keys.iter().copied())
    }

    /// What of an item a query on this index returns.
    pub fn projected(&self, table: &TableDesired, item: &Item) -> Item {
        let extra: BTreeSet<&String> = match self.projection {
            None | Some(Projection::All) => return item.clone(),
            Some(Projection::KeysOnly) => BTreeSet::new(),
            Some(Projection::Include(attributes)) => attributes.iter().collect(),
        };
        let mut shown = part(item, self.keys.iter().copied().chain(keys(table)));
        let more = item.iter().filter(|(name, _)| extra.contains(name));
        shown.extend(more.map(|(name, value)| (name.clone(), value.clone())));
        shown
    }

    /// The word of its projection.
    pub fn projection(&self) -> String {
        match self.projection {
            None | Some(Projection::All) => "ALL".to_owned(),
            Some(Projection::KeysOnly) => "KEYS_ONLY".to_owned(),
            Some(Projection::Include(attributes)) => {
                let names: Vec<_> = attributes.iter().map(String::as_str).collect();
                format!("[{}]", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
#[path = "item_tests.rs"]
mod tests;
