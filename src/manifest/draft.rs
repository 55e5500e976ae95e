//! Tree → spec → rules, for one environment; whatever is wrong goes into the report.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::id::Kind;
use crate::resources::declaration::Declaration;
use crate::resources::{queue, table};

use super::decode::Peeled;
use super::fault::Report;
use super::naming::Naming;
use super::parse::{SMALLEST, join};
use super::peel::Peeler;
use super::rules::finding::Findings;
use super::rules::names::Named;
use super::rules::{header, ignore, names, queues, redrive, tables, tags};
use super::spec::ManifestSpec;
use super::tree::{Node, Value};
use super::unsupported;

/// Decodes all that can be decoded. `partial`: an environment is to complete it.
pub(super) fn decode(root: &Node, partial: bool, report: &mut Report<'_>) -> Option<ManifestSpec> {
    if !matches!(root.value, Value::Map(_)) {
        let message = "the manifest must be a map";
        report.error(root.span, "", message, Some(SMALLEST.to_owned()));
        return None;
    }
    let mut peeler = Peeler {
        peeled: Peeled::new(),
        report,
        partial,
    };
    unsupported::refuse(root, &mut peeler.peeled, peeler.report);
    for section in ["environments", "queues", "tables"] {
        if let Some(entry) = root.entry(section) {
            let node = std::ptr::from_ref(&entry.node);
            peeler.peeled.insert(node, section.to_owned());
        }
    }
    let mut manifest: ManifestSpec = peeler.decode(root, "", None)?;
    manifest.queues = resources_of(Kind::Queue, root, &mut peeler);
    manifest.tables = resources_of(Kind::Table, root, &mut peeler);
    Some(manifest)
}

/// One by one, so that the cost of an error is a resource, not the manifest.
fn resources_of<T: Declaration>(
    kind: Kind,
    root: &Node,
    peeler: &mut Peeler<'_, '_>,
) -> BTreeMap<String, T> {
    let Some(section) = root.entry(kind.plural()).filter(|e| !e.node.is_null()) else {
        return BTreeMap::new();
    };
    if !matches!(section.node.value, Value::Map(_)) {
        let message = format!("`{}` must be a map", kind.plural());
        let help = format!(
            "write the {}'s name, `:`, and its fields below it",
            kind.noun()
        );
        let span = section.value_span();
        peeler
            .report
            .error(span, kind.plural(), message, Some(help));
    }
    let mut decoded = BTreeMap::new();
    for entry in section.node.entries() {
        if peeler.report.is_full() {
            break;
        }
        let path = join(&section.key, &entry.key);
        let defaults = defaults(&entry.node, T::SETTINGS, &mut peeler.peeled);
        if let Some(mut spec) = peeler.decode::<T>(&entry.node, &path, Some(entry)) {
            spec.reset(defaults);
            decoded.insert(entry.key.clone(), spec);
        }
    }
    decoded
}

/// Leaves settings that are written `default` out of the decoding, and returns their names. Quoted it is text.
fn defaults(resource: &Node, settings: &[&str], peeled: &mut Peeled) -> BTreeSet<String> {
    let is_default = |node: &Node| matches!(&node.value, Value::Scalar { text, plain: true } if text == "default");
    let fields = resource.entries().iter();
    let reset =
        fields.filter(|field| settings.contains(&field.key.as_str()) && is_default(&field.node));
    reset
        .map(|field| {
            peeled.insert(std::ptr::from_ref(&field.node), field.key.clone());
            field.key.clone()
        })
        .collect()
}

/// All rules, over whatever decoded.
pub(super) fn check(
    manifest: &ManifestSpec,
    env: Option<&str>,
    root: &Node,
    report: &mut Report<'_>,
) {
    let mut findings = Findings::new(root, report);
    header::check(manifest, env, &mut findings);
    let named = named(manifest, env, root);
    names::check(&named, &mut findings);
    let physical: BTreeMap<&str, String> = named
        .iter()
        .filter(|named| named.kind == Kind::Queue)
        .map(|named| (named.key, named.physical.clone()))
        .collect();
    for (key, queue) in &manifest.queues {
        let physical = physical.get(key.as_str()).unwrap_or(key);
        queues::check(key, physical, queue, &mut findings);
    }
    redrive::check(manifest, &physical, &mut findings);
    for (key, table) in &manifest.tables {
        tables::check(key, table, &mut findings);
    }
    tags::check(&manifest.tags, &["tags"], &mut findings);
    let max = queue::config::limits::TAGS;
    check_common(Kind::Queue, &manifest.queues, manifest, max, &mut findings);
    let max = table::config::limits::TAGS;
    check_common(Kind::Table, &manifest.tables, manifest, max, &mut findings);
}

/// What every kind has. `max`: how many tags.
fn check_common<T: Declaration>(
    kind: Kind,
    resources: &BTreeMap<String, T>,
    manifest: &ManifestSpec,
    max: usize,
    findings: &mut Findings<'_, '_>,
) {
    for (key, resource) in resources {
        let path = [kind.plural(), key, "tags"];
        tags::check(resource.tags(), &path, findings);
        tags::check_count(&manifest.tags, resource.tags(), max, &path, findings);
        let path = [kind.plural(), key, "ignore"];
        ignore::check(resource.ignored(), T::SETTINGS, &path, findings);
    }
}

/// From the tree, so that a resource that did not decode can be referred to and keeps its name.
fn named<'n>(manifest: &'n ManifestSpec, env: Option<&'n str>, root: &'n Node) -> Vec<Named<'n>> {
    let mut naming = Naming {
        pattern: manifest.naming(),
        project: manifest.project.as_deref().unwrap_or_default(),
        env,
    };
    if naming.check().is_err() {
        naming.pattern = "{name}";
    }
    let mut named = vec![];
    for kind in Kind::ALL {
        let section = root.entry(kind.plural());
        for entry in section.map_or(&[][..], |section| section.node.entries()) {
            let text = |field: &str| {
                let field = entry.node.entry(field)?;
                field.node.text().filter(|_| !field.node.is_null())
            };
            named.push(Named {
                kind,
                key: &entry.key,
                physical: match text("name") {
                    Some(name) => name.to_owned(),
                    None => naming.apply(kind, &entry.key),
                },
                component: text("component"),
            });
        }
    }
    named
}
