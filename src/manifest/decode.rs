//! A serde deserializer over the tree, whose errors know their place.

use std::collections::HashMap;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::mistake::{Mistake, Place, What};
use super::parse::join;
use super::tree::{Entry, Node, Span, Value};

/// Entries that are left out, by node, with the field that each stands for.
pub(super) type Peeled = HashMap<*const Node, String>;

#[derive(Clone, Copy)]
pub(super) struct Decoder<'a> {
    pub(super) node: &'a Node,
    pub(super) path: &'a Path<'a>,
    pub(super) peeled: &'a Peeled,
}

/// Written out only for a mistake.
pub(super) enum Path<'a> {
    Root(&'a str),
    Key(&'a Path<'a>, &'a str),
    Index(&'a Path<'a>, usize),
}

impl Path<'_> {
    pub(super) fn show(&self) -> String {
        match self {
            Path::Root(path) => (*path).to_owned(),
            Path::Key(above, key) => join(&above.show(), key),
            Path::Index(above, index) => format!("{}[{index}]", above.show()),
        }
    }
}

impl<'a> Decoder<'a> {
    fn map<'de, V: Visitor<'de>>(
        self,
        entries: &'a [Entry],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let decoded = visitor.visit_map(Fields {
            entries: entries.iter(),
            entry: None,
            above: self,
        });
        decoded.map_err(|mut mistake| {
            if let (What::Missing(field), None) = (&mistake.what, &mistake.place) {
                let nodes = entries.iter().map(|entry| std::ptr::from_ref(&entry.node));
                let mut peeled = nodes.filter_map(|node| self.peeled.get(&node));
                if peeled.any(|stands_for| stands_for == field) {
                    mistake.what = What::Excused;
                }
            }
            mistake
        })
    }

    fn scalar<'de, V: Visitor<'de>>(self, text: &str, visitor: V) -> Result<V::Value, Mistake> {
        if self.node.is_null() {
            return visitor.visit_unit();
        }
        match text {
            "true" | "True" | "TRUE" => return visitor.visit_bool(true),
            "false" | "False" | "FALSE" => return visitor.visit_bool(false),
            _ => {}
        }
        if let Ok(number) = text.parse::<u64>() {
            return visitor.visit_u64(number);
        }
        if let Ok(number) = text.parse::<i64>() {
            return visitor.visit_i64(number);
        }
        match text.parse::<f64>() {
            Ok(number) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                visitor.visit_f64(number)
            }
            _ => visitor.visit_str(text),
        }
    }
}

impl<'de> Deserializer<'de> for Decoder<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Scalar { text, plain: true } => self.scalar(text, visitor),
            Value::Scalar { text, .. } => visitor.visit_str(text),
            Value::Seq(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
                above: self,
            }),
            Value::Map(entries) => self.map(entries, visitor),
        }
    }

    /// Raw text: `0123`, `no` and `1.50` stay what was written.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Scalar { text, .. } if !self.node.is_null() => visitor.visit_str(text),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        if self.node.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// `queue-a:` alone is a map without entries.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Map(entries) => self.map(entries, visitor),
            _ if self.node.is_null() => self.map(&[], visitor),
            // Else a derived struct would take a list for its fields in order.
            _ => visitor.visit_unit(),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match self.node.text().filter(|_| !self.node.is_null()) {
            Some(text) => visitor.visit_enum(Variant(text)),
            None => Err(Mistake {
                what: What::Unexpected(variants.join(" or ")),
                place: None,
            }),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct seq tuple tuple_struct identifier
    }
}

struct Fields<'a> {
    entries: std::slice::Iter<'a, Entry>,
    entry: Option<&'a Entry>,
    above: Decoder<'a>,
}

impl Fields<'_> {
    fn place(&self, entry: &Entry, span: Span) -> Place {
        let path = Path::Key(self.above.path, &entry.key).show();
        Place::new(span, path, &entry.node, &entry.key)
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        let peeled = self.above.peeled;
        self.entry = self
            .entries
            .find(|entry| !peeled.contains_key(&std::ptr::from_ref(&entry.node)));
        let Some(entry) = self.entry else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, Mistake> = entry.key.as_str().into_deserializer();
        let key = seed.deserialize(key);
        key.map(Some)
            .map_err(|mistake| mistake.at(|| self.place(entry, entry.key_span)))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some(entry) = self.entry else {
            return Err(serde::de::Error::custom("a value without its key"));
        };
        let path = Path::Key(self.above.path, &entry.key);
        let value = seed.deserialize(Decoder {
            node: &entry.node,
            path: &path,
            ..self.above
        });
        value.map_err(|mistake| {
            let span = match mistake.what {
                What::Missing(_) => entry.key_span,
                _ => entry.value_span(),
            };
            mistake.at(|| self.place(entry, span))
        })
    }
}

struct Items<'a> {
    items: std::iter::Enumerate<std::slice::Iter<'a, Node>>,
    above: Decoder<'a>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let peeled = self.above.peeled;
        let next = self
            .items
            .find(|(_, node)| !peeled.contains_key(&std::ptr::from_ref(*node)));
        let Some((index, node)) = next else {
            return Ok(None);
        };
        let path = Path::Index(self.above.path, index);
        let item = seed.deserialize(Decoder {
            node,
            path: &path,
            ..self.above
        });
        item.map(Some)
            .map_err(|mistake| mistake.at(|| Place::new(node.span, path.show(), node, "")))
    }
}

/// Enums of a manifest have no content: a word, nothing more.
struct Variant<'a>(&'a str);

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Mistake;
    type Variant = <StrDeserializer<'a, Mistake> as EnumAccess<'de>>::Variant;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Mistake> {
        let text: StrDeserializer<'_, Mistake> = self.0.into_deserializer();
        text.variant_seed(seed)
    }
}
