//! Decoding that reports every error: record one, leave its entry out, decode again.

use serde::de::DeserializeOwned;

use super::decode::{Decoder, Path, Peeled};
use super::fault::Report;
use super::mistake::{Place, What};
use super::tree::{Entry, Node};

pub(super) struct Peeler<'r, 't> {
    /// Left out from the start, and with every error.
    pub(super) peeled: Peeled,
    pub(super) report: &'r mut Report<'t>,
    /// The tree is to be completed by an environment: what is missing is no error.
    pub(super) partial: bool,
}

impl Peeler<'_, '_> {
    /// `None`: not even what is left decodes. `entry` is where `node` hangs, for what is wrong with all of it.
    pub(super) fn decode<T: DeserializeOwned>(
        &mut self,
        node: &Node,
        path: &str,
        entry: Option<&Entry>,
    ) -> Option<T> {
        loop {
            let decoder = Decoder {
                node,
                path: &Path::Root(path),
                peeled: &self.peeled,
            };
            let mistake = match T::deserialize(decoder) {
                Ok(decoded) => return Some(decoded),
                Err(mistake) => mistake,
            };
            let whole = mistake.place.is_none();
            let missing = matches!(mistake.what, What::Missing(_));
            let mistake = mistake.at(|| {
                let span = match entry {
                    Some(entry) if missing => entry.key_span,
                    Some(entry) => entry.value_span(),
                    None => node.span,
                };
                let key = entry.map_or("", |entry| &entry.key);
                Place::new(span, path.to_owned(), node, key)
            });
            let stands_for = mistake.stands_for();
            let words = mistake.words().filter(|_| !(missing && self.partial));
            let place = mistake.place?;
            if let Some((message, help)) = words {
                self.report.error(place.span, place.path, message, help);
            }
            if whole || self.report.is_full() {
                return None;
            }
            self.peeled.insert(place.node, stands_for);
        }
    }
}
