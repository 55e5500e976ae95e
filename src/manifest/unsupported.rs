//! What the format has and this version does not build: refused where it stands, not called unknown.

use super::decode::Peeled;
use super::fault::Report;
use super::parse::join;
use super::suggest::quote;
use super::tree::{Entry, Node};

const SECTIONS: [&str; 4] = ["topics", "log_groups", "alarms", "dashboards"];

const QUEUE_FIELDS: [&str; 6] = [
    "sqs_managed_sse",
    "kms_master_key_id",
    "kms_data_key_reuse_period",
    "redrive_allow_policy",
    "policy",
    "ignore",
];

const TABLE_FIELDS: [&str; 9] = [
    "local_secondary_indexes",
    "read_capacity",
    "write_capacity",
    "table_class",
    "max_read_request_units",
    "max_write_request_units",
    "encryption",
    "stream",
    "ignore",
];

const INDEX_FIELDS: [&str; 4] = [
    "read_capacity",
    "write_capacity",
    "max_read_request_units",
    "max_write_request_units",
];

/// Settings that could be reset. Elsewhere `default` is text of the user's own, or the field is unknown.
const QUEUE_SETTINGS: [&str; 9] = [
    "visibility_timeout",
    "message_retention_period",
    "delay",
    "maximum_message_size",
    "receive_message_wait_time",
    "content_based_deduplication",
    "deduplication_scope",
    "fifo_throughput_limit",
    "redrive_policy",
];

const TABLE_SETTINGS: [&str; 5] = [
    "global_secondary_indexes",
    "billing_mode",
    "point_in_time_recovery",
    "time_to_live",
    "deletion_protection",
];

/// Reports them and leaves them out of the decoding that follows.
pub(super) fn refuse(root: &Node, peeled: &mut Peeled, report: &mut Report<'_>) {
    let mut refusal = Refusal { peeled, report };
    for section in root.entries() {
        match section.key.as_str() {
            "tags" => refusal.tags("tags", &section.node),
            "queues" => refusal.resources(section, Refusal::queue),
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
                if field.key == "tags" {
                    self.tags(&path, &field.node);
                } else {
                    of_kind(self, &path, field);
                }
            }
        }
    }

    fn default(&mut self, path: &str, field: &Entry, settings: &[&str]) {
        if field.node.text() == Some("default") && settings.contains(&field.key.as_str()) {
            let what = "the value `default`".to_owned();
            self.push(field, path.to_owned(), what, LEFT_ALONE);
        }
    }

    fn tags(&mut self, path: &str, tags: &Node) {
        for tag in tags.entries().iter().filter(|tag| tag.node.is_null()) {
            let help = "write a value, or remove the line: the tag on AWS is left alone";
            let what = "a tag without a value".to_owned();
            self.push(tag, join(path, &tag.key), what, help);
        }
    }

    fn field(&mut self, path: &str, field: &Entry, fields: &[&str]) {
        if fields.contains(&field.key.as_str()) {
            self.push(field, path.to_owned(), quote(&field.key), LEFT_ALONE);
        }
    }

    fn queue(&mut self, path: &str, field: &Entry) {
        self.default(path, field, &QUEUE_SETTINGS);
        self.field(path, field, &QUEUE_FIELDS);
        if field.key == "redrive_policy" {
            for inner in field.node.entries() {
                self.default(&join(path, &inner.key), inner, &["max_receive_count"]);
            }
        }
    }

    fn table(&mut self, path: &str, field: &Entry) {
        self.default(path, field, &TABLE_SETTINGS);
        self.field(path, field, &TABLE_FIELDS);
        match field.key.as_str() {
            "global_secondary_indexes" => {
                for index in field.node.entries() {
                    let path = join(path, &index.key);
                    for inner in index.node.entries() {
                        let path = join(&path, &inner.key);
                        self.default(&path, inner, &["projection"]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_setting_or_text_of_the_users_own() {
        let schema = crate::manifest::schema();
        for (definition, settings, others) in [
            (
                "Queue",
                &QUEUE_SETTINGS[..],
                &["name", "component", "tags"][..],
            ),
            (
                "Table",
                &TABLE_SETTINGS,
                &["name", "component", "tags", "partition_key", "sort_key"],
            ),
        ] {
            let mut known = [settings, others].concat();
            known.sort_unstable();
            let mut fields: Vec<_> = schema["$defs"][definition]["properties"]
                .as_object()
                .unwrap()
                .keys()
                .collect();
            fields.sort_unstable();
            assert_eq!(known, fields);
        }
    }
}
