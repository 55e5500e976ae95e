//! What the format has and this version does not build: refused where it stands, not called unknown.

use super::decode::Peeled;
use super::fault::Report;
use super::parse::join;
use super::suggest::quote;
use super::tree::{Entry, Node};

const SECTIONS: [&str; 4] = ["topics", "log_groups", "alarms", "dashboards"];

const QUEUE_FIELDS: [&str; 5] = [
    "sqs_managed_sse",
    "kms_master_key_id",
    "kms_data_key_reuse_period",
    "redrive_allow_policy",
    "policy",
];

/// Reports them and leaves them out of the decoding that follows.
pub(super) fn refuse(root: &Node, peeled: &mut Peeled, report: &mut Report<'_>) {
    let mut refusal = Refusal { peeled, report };
    for section in root.entries() {
        match section.key.as_str() {
            "queues" => refusal.resources(section, Refusal::queue),
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

    fn queue(&mut self, path: &str, field: &Entry) {
        self.field(path, field, &QUEUE_FIELDS);
    }
}
