//! What the format has and this version does not build: refused where it stands, not called unknown.

use super::decode::Peeled;
use super::fault::Report;
use super::parse::join;
use super::suggest::quote;
use super::tree::{Entry, Node};

const SECTIONS: [&str; 4] = ["topics", "log_groups", "alarms", "dashboards"];

const TABLE_FIELDS: [&str; 8] = [
    "local_secondary_indexes",
    "read_capacity",
    "write_capacity",
    "table_class",
    "max_read_request_units",
    "max_write_request_units",
    "encryption",
    "stream",
];

const INDEX_FIELDS: [&str; 4] = [
    "read_capacity",
    "write_capacity",
    "max_read_request_units",
    "max_write_request_units",
];

/// Reports them and leaves them out of the decoding that follows.
pub(super) fn refuse(root: &Node, peeled: &mut Peeled, report: &mut Report<'_>) {
    let mut refusal = Refusal { peeled, report };
    for section in root.entries() {
        match section.key.as_str() {
            "tables" => refusal.resources(section, Refusal::table),
            name if SECTIONS.contains(&name) => {
                let help = "remove the section: this version builds queues and tables";
                refusal.push(section, name.to_owned(), quote(name), help);
            }
            _ => {}
        }
    }
}

struct Refusal<'r, 't> {
    peeled: &'r mut Peeled,
    report: &'r mut Report<'t>,
}

const LEFT_ALONE: &str = "remove it: what stands on AWS is left alone";

impl Refusal<'_, '_> {
    fn push(&mut self, entry: &Entry, path: String, what: String, help: &str) {
        self.peeled
            .insert(std::ptr::from_ref(&entry.node), entry.key.clone());
        let message = format!("{what} is not supported yet");
        self.report
            .error(entry.key_span, path, message, Some(help.to_owned()));
    }

    fn resources(&mut self, section: &Entry, of_kind: fn(&mut Self, &str, &Entry)) {
        for resource in section.node.entries() {
            let path = join(&section.key, &resource.key);
            for field in resource.node.entries() {
                let path = join(&path, &field.key);
                of_kind(self, &path, field);
            }
        }
    }

    fn field(&mut self, path: &str, field: &Entry, fields: &[&str]) {
        if fields.contains(&field.key.as_str()) {
            self.push(field, path.to_owned(), quote(&field.key), LEFT_ALONE);
        }
    }

    fn table(&mut self, path: &str, field: &Entry) {
        self.field(path, field, &TABLE_FIELDS);
        match field.key.as_str() {
            "global_secondary_indexes" => {
                for index in field.node.entries() {
                    let path = join(path, &index.key);
                    for inner in index.node.entries() {
                        let path = join(&path, &inner.key);
                        self.field(&path, inner, &INDEX_FIELDS);
                    }
                }
            }
            "point_in_time_recovery" if !field.node.entries().is_empty() => {
                let what = "a recovery period".to_owned();
                let help = "write `true`: AWS keeps 35 days";
                self.push(field, path.to_owned(), what, help);
            }
            "billing_mode" if field.node.text() == Some("PROVISIONED") => {
                let what = "`PROVISIONED`".to_owned();
                self.push(field, path.to_owned(), what, "write `PAY_PER_REQUEST`");
            }
            _ => {}
        }
    }
}
