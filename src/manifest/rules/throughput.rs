//! Capacity and maxima of a table and its indexes, which its billing mode takes or not (DynamoDB API Reference,
//! CreateTable, OnDemandThroughput).

use crate::manifest::suggest::quote;
use crate::resources::table::config::BillingMode;
use crate::resources::table::forms::MaximumSpec;
use crate::resources::table::spec::{TableSpec, WITHOUT_DEFAULT};
use crate::resources::table::throughput::Maximum;

use super::finding::{Findings, On};

const CAPACITY: [&str; 2] = ["read_capacity", "write_capacity"];
const MAXIMUM: [&str; 2] = ["max_read_request_units", "max_write_request_units"];

struct Part<'a> {
    path: Vec<&'a str>,
    capacity: [Option<u64>; 2],
    maximum: [Option<MaximumSpec>; 2],
}

pub(super) fn check(key: &str, table: &TableSpec, findings: &mut Findings<'_, '_>) {
    let own = Part {
        path: vec!["tables", key],
        capacity: [table.read_capacity, table.write_capacity],
        maximum: [table.max_read_request_units, table.max_write_request_units],
    };
    let indexes = table.global_secondary_indexes.iter().flatten();
    let indexes = indexes.map(|(name, index)| Part {
        path: vec!["tables", key, "global_secondary_indexes", name],
        capacity: [index.read_capacity, index.write_capacity],
        maximum: [index.max_read_request_units, index.max_write_request_units],
    });
    let mode = table.billing_mode;
    let unreadable = mode.is_none()
        && !table.defaults.contains("billing_mode")
        && findings.is_written(&["tables", key, "billing_mode"]);
    for part in std::iter::once(own).chain(indexes) {
        positive(&part, findings);
        match mode {
            _ if unreadable => {}
            Some(BillingMode::Provisioned) => provisioned(&part, findings),
            Some(BillingMode::PayPerRequest) | None => on_demand(&part, findings),
        }
    }
    for field in WITHOUT_DEFAULT {
        if table.defaults.contains(field) {
            let message = format!("{} has no default", quote(field));
            let path = ["tables", key, field];
            findings.error(&path, On::Value, message, "write a number of units");
        }
    }
}

fn positive(part: &Part<'_>, findings: &mut Findings<'_, '_>) {
    let maxima = part.maximum.map(|maximum| match maximum {
        Some(MaximumSpec(Maximum::Units(units))) => Some(units),
        _ => None,
    });
    let units = CAPACITY.iter().zip(part.capacity);
    for (field, units) in units.chain(MAXIMUM.iter().zip(maxima)) {
        if units == Some(0) {
            let path = [&part.path[..], &[field]].concat();
            let message = "0 units are below AWS's minimum";
            findings.error(&path, On::Value, message, "write 1 or more");
        }
    }
}

fn provisioned(part: &Part<'_>, findings: &mut Findings<'_, '_>) {
    for (field, units) in CAPACITY.iter().zip(part.capacity) {
        let path = [&part.path[..], &[field]].concat();
        if units.is_none() && !findings.is_written(&path) {
            let message = format!("`PROVISIONED` needs {} here", quote(field));
            let help = "add it, or write `billing_mode: PAY_PER_REQUEST`";
            findings.error(&part.path, On::Key, message, help);
        }
    }
    for (field, maximum) in MAXIMUM.iter().zip(part.maximum) {
        if let Some(MaximumSpec(Maximum::Units(_))) = maximum {
            let path = [&part.path[..], &[field]].concat();
            let message = format!("{} is for on-demand tables only", quote(field));
            let help = "remove it, or write `billing_mode: PAY_PER_REQUEST`";
            findings.error(&path, On::Key, message, help);
        }
    }
}

fn on_demand(part: &Part<'_>, findings: &mut Findings<'_, '_>) {
    for (field, units) in CAPACITY.iter().zip(part.capacity) {
        if units.is_some() {
            let path = [&part.path[..], &[field]].concat();
            let message = format!("{} is for provisioned tables only", quote(field));
            let help = "remove it, or write `billing_mode: PROVISIONED`";
            findings.error(&path, On::Key, message, help);
        }
    }
}
