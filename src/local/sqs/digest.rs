//! Message attributes, their sizes, and the MD5 digests that clients check (DG sqs-message-metadata).

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_smithy_types::base64;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use super::{errors, number};
use crate::local::error::ApiError;

const MAX_ATTRIBUTES: usize = 10;
const MAX_NAME: usize = 256;
const MAX_TYPE: usize = 256;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttribute {
    #[serde(default)]
    pub data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// In base 64, as the protocol carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
    /// Not supported by the service (API MessageAttributeValue).
    #[serde(default, skip_serializing)]
    pub string_list_values: Vec<String>,
    #[serde(default, skip_serializing)]
    pub binary_list_values: Vec<String>,
}

pub type MessageAttributes = BTreeMap<String, MessageAttribute>;

/// As they are kept with a message.
///
/// # Errors
/// When the state is not what was written.
pub fn stored(text: Option<&str>) -> Result<MessageAttributes, ApiError> {
    match text {
        Some(text) => {
            serde_json::from_str(text).map_err(|error| ApiError::internal(error.to_string()))
        }
        None => Ok(MessageAttributes::new()),
    }
}

enum Transport {
    Text = 1,
    Binary = 2,
}

impl MessageAttribute {
    fn value(&self) -> Option<(Transport, Vec<u8>)> {
        match self.data_type.split('.').next()? {
            "String" | "Number" => {
                let text = self.string_value.as_deref()?;
                Some((Transport::Text, text.as_bytes().to_vec()))
            }
            "Binary" => {
                let bytes = base64::decode(self.binary_value.as_deref()?).ok()?;
                Some((Transport::Binary, bytes))
            }
            _ => None,
        }
    }
}

impl MessageAttribute {
    /// # Errors
    /// `InvalidParameterValue`.
    pub fn check(&self, name: &str) -> Result<(), ApiError> {
        if !(self.string_list_values.is_empty() && self.binary_list_values.is_empty()) {
            return Err(errors::invalid_parameter(
                "Message attribute list values in SendMessage operation are not supported.",
            ));
        }
        let kind = self.data_type.split('.').next().unwrap_or_default();
        if !matches!(kind, "String" | "Number" | "Binary") || self.data_type.len() > MAX_TYPE {
            return Err(errors::invalid_parameter(format!(
                "The type of message (user) attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String."
            )));
        }
        if self.value().is_none_or(|(_, value)| value.is_empty()) {
            return Err(errors::invalid_parameter(format!(
                "Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
            )));
        }
        let text = self.string_value.as_deref().unwrap_or_default();
        if kind == "Number" && !number::is_valid(text) {
            return Err(errors::invalid_parameter(format!(
                "Can't cast the value of message (user) attribute '{name}' to a number."
            )));
        }
        if !is_text(text) {
            // Another code than for the body, with the same words.
            return Err(errors::invalid_parameter(
                errors::invalid_message_contents().message,
            ));
        }
        Ok(())
    }
}

/// Whether all of it may stand in a message (API SendMessage).
pub fn is_text(text: &str) -> bool {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    text.chars().all(allowed)
}

/// Their size in bytes, which counts towards the message's.
///
/// # Errors
/// `InvalidParameterValue` for the first that AWS would refuse.
pub fn check(attributes: &MessageAttributes) -> Result<usize, ApiError> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(errors::invalid_parameter(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAX_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    for (name, attribute) in attributes {
        if !is_name(name) {
            return Err(errors::invalid_parameter(format!(
                "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters."
            )));
        }
        attribute.check(name)?;
    }
    Ok(size(attributes))
}

/// In bytes, without looking whether they are allowed.
pub fn size(attributes: &MessageAttributes) -> usize {
    attributes
        .iter()
        .map(|(name, attribute)| {
            let value = attribute.value().map_or(0, |(_, value)| value.len());
            name.len() + attribute.data_type.len() + value
        })
        .sum()
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let lower = name.to_ascii_lowercase();
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.")
}

pub fn of_body(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// `None` for no attributes, for which AWS gives no digest.
pub fn of_attributes(attributes: &MessageAttributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        let (transport, value) = attribute.value()?;
        update(&mut digest, name.as_bytes());
        update(&mut digest, attribute.data_type.as_bytes());
        digest.update([transport as u8]);
        update(&mut digest, &value);
    }
    Some(hex(&digest.finalize()))
}

fn update(digest: &mut Md5, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    digest.update(length.to_be_bytes());
    digest.update(bytes);
}

pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> MessageAttribute {
        MessageAttribute {
            data_type: "String".to_owned(),
            string_value: Some(value.to_owned()),
            binary_value: None,
            string_list_values: Vec::new(),
            binary_list_values: Vec::new(),
        }
    }

    /// The digests are those that AWS gave for the same attributes (localstack's recorded snapshots).
    #[test]
    fn digests_are_those_of_aws() {
        assert_eq!(of_body("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
        let attributes = MessageAttributes::from([
            ("Help.Me".to_owned(), text("Me")),
            ("Hello".to_owned(), text("There")),
            ("General".to_owned(), text("Kenobi")),
        ]);
        assert_eq!(
            of_attributes(&attributes).as_deref(),
            Some("4c360f3fdafd970e05fae2f149d997f5")
        );
        let binary = MessageAttribute {
            data_type: "Binary".to_owned(),
            string_value: None,
            binary_value: Some(base64::encode(
                "traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01",
            )),
            ..text("")
        };
        let attributes = MessageAttributes::from([("attr1".to_owned(), binary)]);
        assert_eq!(
            of_attributes(&attributes).as_deref(),
            Some("8cbe4db156db8a94db8b801b7addb984")
        );
        assert_eq!(of_attributes(&MessageAttributes::new()), None);
    }

    #[test]
    fn attributes_are_checked() {
        let one = |name: &str, attribute| MessageAttributes::from([(name.to_owned(), attribute)]);
        assert_eq!(check(&one("Foo", text("Bar"))).unwrap(), 12);
        for bad in [
            one("", text("x")),
            one(".a", text("x")),
            one("a..b", text("x")),
            one("AWS.a", text("x")),
            one("a b", text("x")),
            one("a", text("")),
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
        let typed = |data_type: &str, value: &str| MessageAttribute {
            data_type: data_type.to_owned(),
            ..text(value)
        };
        for (data_type, value, good) in [
            ("String.mine", "x", true),
            ("Number", "1.5", true),
            ("Number.int", "x", false),
            ("Sting", "x", false),
            ("", "x", false),
            ("Binary", "x", false),
            ("String", "\u{1}", false),
            (&format!("String.{}", "x".repeat(249)), "x", true),
            (&format!("String.{}", "x".repeat(250)), "x", false),
        ] {
            let told = check(&one("a", typed(data_type, value)));
            assert_eq!(told.is_ok(), good, "{data_type} {value}");
        }
        let mut listed = text("x");
        listed.string_list_values.push("x".to_owned());
        assert!(check(&one("a", listed)).is_err());
        let many = (0..11).map(|n| (format!("a{n}"), text("x"))).collect();
        assert!(check(&many).is_err());
    }
}
