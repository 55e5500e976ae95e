//! A table by itself: keys, indexes, projections, TTL (DynamoDB API Reference, CreateTable).

use std::collections::BTreeMap;

use crate::manifest::suggest::quote;
use crate::resources::table::config::{AttributeType, Encryption, Projection, TimeToLive, limits};
use crate::resources::table::forms::{KeySpec, ProjectionSpec, RecoverySpec};
use crate::resources::table::spec::{LocalIndexSpec, TableSpec};

use super::finding::{Findings, On};
use super::names::table_name;
use super::throughput;

const GLOBAL: &str = "global_secondary_indexes";
const LOCAL: &str = "local_secondary_indexes";

/// The type of each key attribute, as it was first seen in a table and its indexes.
type Types<'a> = BTreeMap<&'a str, AttributeType>;

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
    for (name, index) in table.local_secondary_indexes.iter().flatten() {
        local(key, name, table, index, &mut types, findings);
    }
    for (name, index) in table.global_secondary_indexes.iter().flatten() {
        let path = ["tables", key, GLOBAL, name];
        index_name(&path, name, findings);
        let sort_key = index.sort_key.as_ref();
        keys(&path, &index.partition_key, sort_key, &mut types, findings);
        let own = [Some(&index.partition_key), sort_key];
        projection(&path, table, &own, index.projection.as_ref(), findings);
    }
    totals(key, table, findings);
    throughput::check(key, table, findings);
    if let Some(ttl) = &table.time_to_live {
        time_to_live(key, &ttl.0, &types, findings);
    }
    recovery(key, table, findings);
    encryption(key, table, findings);
}

fn index_name(path: &[&str], name: &str, findings: &mut Findings<'_, '_>) {
    if let Some((what, help)) = table_name(name) {
        findings.error(path, On::Key, format!("an index name {what}"), help);
    }
}

/// A local index has the partition key of the table and a sort key of its own.
fn local<'a>(
    key: &str,
    name: &str,
    table: &'a TableSpec,
    index: &'a LocalIndexSpec,
    types: &mut Types<'a>,
    findings: &mut Findings<'_, '_>,
) {
    let path = ["tables", key, LOCAL, name];
    index_name(&path, name, findings);
    let globals = table.global_secondary_indexes.as_ref();
    if globals.is_some_and(|globals| globals.contains_key(name)) {
        let message = format!("{} is the name of a global index too", quote(name));
        findings.error(&path, On::Key, message, "give one of them another name");
    }
    if table.sort_key.is_none() && !findings.is_written(&["tables", key, "sort_key"]) {
        let message = "a local index needs a table with a sort key";
        let help = "add `sort_key` to the table, or write a global index";
        findings.error(&path, On::Key, message, help);
    }
    sort_key(
        &path,
        &table.partition_key,
        &index.sort_key,
        types,
        findings,
    );
    let own = [Some(&index.sort_key), None];
    projection(&path, table, &own, index.projection.as_ref(), findings);
}

fn keys<'a>(
    path: &[&str],
    partition_key: &'a KeySpec,
    sort: Option<&'a KeySpec>,
    types: &mut Types<'a>,
    findings: &mut Findings<'_, '_>,
) {
    key(path, "partition_key", partition_key, types, findings);
    if let Some(sort) = sort {
        sort_key(path, partition_key, sort, types, findings);
    }
}

fn sort_key<'a>(
    path: &[&str],
    partition_key: &KeySpec,
    sort: &'a KeySpec,
    types: &mut Types<'a>,
    findings: &mut Findings<'_, '_>,
) {
    key(path, "sort_key", sort, types, findings);
    if sort.0.name == partition_key.0.name {
        let message = format!("{} is the partition key already", quote(&sort.0.name));
        let help = "name another attribute, or remove `sort_key`";
        findings.error(&[path, &["sort_key"]].concat(), On::Value, message, help);
    }
}

fn key<'a>(
    path: &[&str],
    field: &str,
    key: &'a KeySpec,
    types: &mut Types<'a>,
    findings: &mut Findings<'_, '_>,
) {
    let key = &key.0;
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

fn attribute_name(path: &[&str], name: &str, findings: &mut Findings<'_, '_>) {
    let length = name.len();
    if !(1..=limits::ATTRIBUTE_NAME_MAX).contains(&length) {
        let message = format!("an attribute name of {length} bytes does not fit");
        let help = format!("AWS takes 1 to {}", limits::ATTRIBUTE_NAME_MAX);
        findings.error(path, On::Value, message, help);
    }
}

/// `own`: the keys of the index itself.
fn projection(
    path: &[&str],
    table: &TableSpec,
    own: &[Option<&KeySpec>; 2],
    projection: Option<&ProjectionSpec>,
    findings: &mut Findings<'_, '_>,
) {
    let Some(Projection::Include(names)) = projection.map(|spec| &spec.0) else {
        return;
    };
    let path = [path, &["projection"]].concat();
    let keys = [Some(&table.partition_key), table.sort_key.as_ref()];
    let keys = keys.iter().chain(own).flatten();
    for key in keys.map(|key| &key.0.name) {
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

fn totals(key: &str, table: &TableSpec, findings: &mut Findings<'_, '_>) {
    let global = table.global_secondary_indexes.as_ref();
    let local = table.local_secondary_indexes.as_ref();
    let path = ["tables", key, GLOBAL];
    let (count, max) = (
        global.map_or(0, BTreeMap::len),
        limits::GLOBAL_SECONDARY_INDEXES,
    );
    if count > max {
        let message = format!("{count} indexes are above AWS's first quota");
        let help = format!("AWS allows {max} and raises that on request");
        findings.warning(&path, On::Key, message, help);
    }
    let (count, max) = (
        local.map_or(0, BTreeMap::len),
        limits::LOCAL_SECONDARY_INDEXES,
    );
    if count > max {
        let message = format!("{count} local indexes are more than AWS allows");
        let help = format!("a table has at most {max}; write the others as global indexes");
        findings.error(&["tables", key, LOCAL], On::Key, message, help);
    }
    let globals = global.into_iter().flatten();
    let locals = local.into_iter().flatten();
    let count: usize = globals
        .map(|(_, index)| &index.projection)
        .chain(locals.map(|(_, index)| &index.projection))
        .flatten()
        .map(|projection| match &projection.0 {
            Projection::Include(names) => names.len(),
            Projection::All | Projection::KeysOnly => 0,
        })
        .sum();
    let max = limits::NON_KEY_ATTRIBUTES_PER_TABLE;
    if count > max {
        let message = format!("{count} projected attributes are above the known maximum");
        let help = format!("AWS took {max} over all indexes when this version was made");
        let section = if global.is_some() { GLOBAL } else { LOCAL };
        findings.warning(&["tables", key, section], On::Key, message, help);
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

/// API PointInTimeRecoverySpecification.
fn recovery(key: &str, table: &TableSpec, findings: &mut Findings<'_, '_>) {
    let Some(RecoverySpec::Period(period)) = table.point_in_time_recovery else {
        return;
    };
    let max = limits::RECOVERY_DAYS_MAX;
    let fits = RecoverySpec::days(period).is_some_and(|days| (1..=max).contains(&days));
    if !fits {
        let path = ["tables", key, "point_in_time_recovery", "recovery_period"];
        let message = format!("a recovery period of {period} does not fit");
        let help = format!("AWS takes 1 to {max} whole days: write `{max}d`");
        findings.error(&path, On::Value, message, help);
    }
}

fn encryption(key: &str, table: &TableSpec, findings: &mut Findings<'_, '_>) {
    if let Some(Encryption::KmsKey(name)) = table.encryption.as_ref().map(|spec| &spec.0)
        && name.is_empty()
    {
        let path = ["tables", key, "encryption", "kms_key"];
        let help = "write a key's ARN, or `encryption: aws_managed`";
        findings.error(&path, On::Value, "a key without a name", help);
    }
}
