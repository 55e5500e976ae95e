//! A table by itself: keys, indexes, projections, TTL (DynamoDB API Reference, CreateTable).

use std::collections::BTreeMap;

use crate::manifest::suggest::quote;
use crate::resources::table::config::{AttributeType, Projection, TimeToLive, limits};
use crate::resources::table::spec::{IndexSpec, KeySpec, TableSpec};

use super::finding::{Findings, On};
use super::names::table_name;

pub(in crate::manifest) fn check(key: &str, table: &TableSpec, findings: &mut Findings<'_, '_>) {
    let mut types = BTreeMap::new();
    let path = ["tables", key];
    keys(
        &path,
        &table.partition_key,
        table.sort_key.as_ref(),
        &mut types,
        findings,
    );
    if let Some(indexes) = &table.global_secondary_indexes {
        for (name, index) in indexes {
            let path = ["tables", key, "global_secondary_indexes", name];
            if let Some((what, help)) = table_name(name) {
                findings.error(&path, On::Key, format!("an index name {what}"), help);
            }
            let sort_key = index.sort_key.as_ref();
            keys(&path, &index.partition_key, sort_key, &mut types, findings);
            projection(&path, table, index, findings);
        }
        totals(key, indexes, findings);
    }
    if let Some(ttl) = &table.time_to_live {
        time_to_live(key, &ttl.0, &types, findings);
    }
}

/// `types`: of the key attributes seen so far, in this table and its indexes.
fn keys<'a>(
    path: &[&str],
    partition_key: &'a KeySpec,
    sort_key: Option<&'a KeySpec>,
    types: &mut BTreeMap<&'a str, AttributeType>,
    findings: &mut Findings<'_, '_>,
) {
    let partition = &partition_key.0;
    let sort = sort_key.map(|key| ("sort_key", &key.0));
    for (field, key) in std::iter::once(("partition_key", partition)).chain(sort) {
        let path = [path, &[field]].concat();
        attribute_name(&path, &key.name, findings);
        let first = *types.entry(&key.name).or_insert(key.attribute_type);
        if first != key.attribute_type {
            let message = format!(
                "{} is of type {:?} here and {first:?} elsewhere in this table",
                quote(&key.name),
                key.attribute_type,
            );
            let help = "an attribute has one type throughout; without `type:` it is S";
            findings.error(&path, On::Value, message, help);
        }
    }
    if let Some((_, sort)) = sort
        && sort.name == partition.name
    {
        let message = format!("{} is the partition key already", quote(&sort.name));
        let help = "name another attribute, or remove `sort_key`";
        findings.error(&[path, &["sort_key"]].concat(), On::Value, message, help);
    }
}

fn attribute_name(path: &[&str], name: &str, findings: &mut Findings<'_, '_>) {
    let length = name.len();
    if !(1..=limits::ATTRIBUTE_NAME_MAX).contains(&length) {
        let message = format!("an attribute name of {length} bytes does not fit");
        let help = format!("AWS takes 1 to {}", limits::ATTRIBUTE_NAME_MAX);
        findings.error(path, On::Value, message, help);
    }
}

fn projection(
    path: &[&str],
    table: &TableSpec,
    index: &IndexSpec,
    findings: &mut Findings<'_, '_>,
) {
    let Some(Projection::Include(names)) = index.projection.as_ref().map(|spec| &spec.0) else {
        return;
    };
    let path = [path, &["projection"]].concat();
    let keys = [
        Some(&table.partition_key),
        table.sort_key.as_ref(),
        Some(&index.partition_key),
        index.sort_key.as_ref(),
    ];
    for key in keys.into_iter().flatten().map(|key| &key.0.name) {
        if names.contains(key) {
            let message = format!("{} is a key, and keys are always projected", quote(key));
            findings.error(&path, On::Value, message, "remove it from the list");
        }
    }
    for name in names {
        attribute_name(&path, name, findings);
    }
    if names.is_empty() {
        let message = "a projection of nothing";
        findings.error(&path, On::Value, message, "write KEYS_ONLY");
    }
    let max = limits::NON_KEY_ATTRIBUTES_PER_INDEX;
    if names.len() > max {
        let message = format!(
            "{} projected attributes are above the known maximum",
            names.len()
        );
        let help = format!("AWS took {max} per index when this version was made; ALL has no limit");
        findings.warning(&path, On::Value, message, help);
    }
}

fn totals(key: &str, indexes: &BTreeMap<String, IndexSpec>, findings: &mut Findings<'_, '_>) {
    let path = ["tables", key, "global_secondary_indexes"];
    let max = limits::GLOBAL_SECONDARY_INDEXES;
    if indexes.len() > max {
        let message = format!("{} indexes are above AWS's first quota", indexes.len());
        let help = format!("AWS allows {max} and raises that on request");
        findings.warning(&path, On::Key, message, help);
    }
    let projected = indexes
        .values()
        .filter_map(|index| index.projection.as_ref());
    let count: usize = projected
        .map(|projection| match &projection.0 {
            Projection::Include(names) => names.len(),
            Projection::All | Projection::KeysOnly => 0,
        })
        .sum();
    let max = limits::NON_KEY_ATTRIBUTES_PER_TABLE;
    if count > max {
        let message = format!("{count} projected attributes are above the known maximum");
        let help = format!("AWS took {max} over all indexes when this version was made");
        findings.warning(&path, On::Key, message, help);
    }
}

fn time_to_live(
    key: &str,
    ttl: &TimeToLive,
    types: &BTreeMap<&str, AttributeType>,
    findings: &mut Findings<'_, '_>,
) {
    let TimeToLive::Attribute(name) = ttl else {
        return;
    };
    let path = ["tables", key, "time_to_live"];
    attribute_name(&path, name, findings);
    if types
        .get(name.as_str())
        .is_some_and(|found| *found != AttributeType::N)
    {
        let message = format!("{} is a key that is not a number", quote(name));
        let help = "TTL reads a number, seconds since 1970: name another attribute";
        findings.error(&path, On::Value, message, help);
    }
}
