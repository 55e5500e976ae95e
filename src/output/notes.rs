//! Notes of a plan, the same one on many resources said once.

use crate::model::id::ResourceId;
use crate::model::plan::Note;

/// In the order in which the texts first come; no resource: a note on the whole run.
pub fn by_text(notes: &[Note]) -> Vec<(&str, Vec<&ResourceId>)> {
    let mut groups: Vec<(&str, Vec<&ResourceId>)> = Vec::new();
    for note in notes {
        let same = groups
            .iter_mut()
            .find(|(text, ids)| *text == note.text && ids.is_empty() == note.id.is_none());
        match same {
            Some((_, ids)) => ids.extend(&note.id),
            None => groups.push((&note.text, note.id.iter().collect())),
        }
    }
    groups
}
