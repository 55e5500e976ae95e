//! What the format has and this version does not build: refused where it stands, not called unknown.

use super::decode::Peeled;
use super::fault::Report;
use super::suggest::quote;
use super::tree::Node;

const SECTIONS: [&str; 4] = ["topics", "log_groups", "alarms", "dashboards"];

/// Reports them and leaves them out of the decoding that follows.
pub(super) fn refuse(root: &Node, peeled: &mut Peeled, report: &mut Report<'_>) {
    for section in root.entries() {
        if !SECTIONS.contains(&section.key.as_str()) {
            continue;
        }
        peeled.insert(std::ptr::from_ref(&section.node), section.key.clone());
        let message = format!("{} is not supported yet", quote(&section.key));
        let help = "remove the section: this version builds queues and tables".to_owned();
        report.error(section.key_span, section.key.clone(), message, Some(help));
    }
}
