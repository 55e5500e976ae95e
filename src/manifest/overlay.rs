//! An environment laid over the file.

use std::collections::HashMap;

use super::tree::{Node, Value};

/// The file, its sections and its resources: at these levels an empty value declares nothing, so it changes
/// nothing. Deeper down it un-declares a field.
const EMPTY_CHANGES_NOTHING_ABOVE: usize = 3;

/// Maps merge, anything else is replaced. What wins keeps its place in the text, so that its faults point there.
pub(super) fn overlay(base: &mut Node, over: &Node) {
    merge(base, over, 0);
}

/// Whether `base` was replaced.
fn merge(base: &mut Node, over: &Node, level: usize) -> bool {
    if let (Value::Map(entries), Value::Map(overs)) = (&mut base.value, &over.value) {
        let places = entries.iter().enumerate();
        let places: HashMap<String, usize> =
            places.map(|(at, entry)| (entry.key.clone(), at)).collect();
        for over in overs {
            match places.get(&over.key) {
                Some(&at) => {
                    if merge(&mut entries[at].node, &over.node, level + 1) {
                        entries[at].key_span = over.key_span;
                    }
                }
                None => entries.push(over.clone()),
            }
        }
        return false;
    }
    let is_map = matches!(base.value, Value::Map(_));
    if is_map && over.is_null() && level < EMPTY_CHANGES_NOTHING_ABOVE {
        return false;
    }
    *base = over.clone();
    true
}
