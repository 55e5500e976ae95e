//! The attributes of a queue: which exist, what they may be, what they are when unset (API CreateQueue).

use std::collections::BTreeMap;

use super::{errors, policy, redrive};
use crate::local::error::ApiError;

/// What has been set, by name. Absent means AWS's default.
pub type Attributes = BTreeMap<String, String>;

enum Form {
    Integer(i64, i64),
    Boolean,
    OneOf(&'static [&'static str]),
    Text,
    Policy,
    RedrivePolicy,
    RedriveAllowPolicy,
}

struct Rule {
    name: &'static str,
    form: Form,
    default: Option<&'static str>,
    fifo_only: bool,
}

const fn rule(name: &'static str, form: Form, default: Option<&'static str>) -> Rule {
    Rule {
        name,
        form,
        default,
        fifo_only: false,
    }
}

const fn fifo_rule(name: &'static str, form: Form, default: &'static str) -> Rule {
    Rule {
        name,
        form,
        default: Some(default),
        fifo_only: true,
    }
}

const RULES: [Rule; 15] = [
    rule("VisibilityTimeout", Form::Integer(0, 43_200), Some("30")),
    rule(
        "MaximumMessageSize",
        Form::Integer(1_024, 1_048_576),
        Some("1048576"),
    ),
    rule(
        "MessageRetentionPeriod",
        Form::Integer(60, 1_209_600),
        Some("345600"),
    ),
    rule("DelaySeconds", Form::Integer(0, 900), Some("0")),
    rule(
        "ReceiveMessageWaitTimeSeconds",
        Form::Integer(0, 20),
        Some("0"),
    ),
    rule("Policy", Form::Policy, None),
    rule("RedrivePolicy", Form::RedrivePolicy, None),
    rule("RedriveAllowPolicy", Form::RedriveAllowPolicy, None),
    rule("KmsMasterKeyId", Form::Text, None),
    rule(
        "KmsDataKeyReusePeriodSeconds",
        Form::Integer(60, 86_400),
        Some("300"),
    ),
    rule("SqsManagedSseEnabled", Form::Boolean, Some("true")),
    fifo_rule("FifoQueue", Form::Boolean, "true"),
    fifo_rule("ContentBasedDeduplication", Form::Boolean, "false"),
    fifo_rule(
        "DeduplicationScope",
        Form::OneOf(&["messageGroup", "queue"]),
        "queue",
    ),
    fifo_rule(
        "FifoThroughputLimit",
        Form::OneOf(&["perQueue", "perMessageGroupId"]),
        "perQueue",
    ),
];

/// Set to an empty string, these are unset (SetQueueAttributes).
const CLEARABLE: [&str; 4] = [
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
];

/// The names of everything that can be set.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name)
}

const READ_ONLY: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Whether GetQueueAttributes may be asked for it.
pub fn is_readable(name: &str) -> bool {
    name == "All" || READ_ONLY.contains(&name) || names().any(|known| known == name)
}

/// The value that counts, whether set or not.
pub fn effective<'a>(set: &'a Attributes, fifo: bool, name: &str) -> Option<&'a str> {
    let rule = RULES.iter().find(|rule| rule.name == name)?;
    match set.get(rule.name) {
        Some(value) => Some(value),
        None if rule.fifo_only && !fifo => None,
        None => rule.default,
    }
}

/// The value that GetQueueAttributes shows. The data key's period is kept, but not shown without a key.
pub fn shown<'a>(set: &'a Attributes, fifo: bool, name: &str) -> Option<&'a str> {
    if name == "KmsDataKeyReusePeriodSeconds" && !set.contains_key("KmsMasterKeyId") {
        return None;
    }
    effective(set, fifo, name)
}

/// Checks every value by itself and brings it into the form in which it is kept and compared.
///
/// # Errors
/// `InvalidAttributeName`, `InvalidAttributeValue` or `InvalidParameterValue` for the first that AWS would refuse.
pub fn normalise(supplied: &Attributes, fifo: bool) -> Result<Attributes, ApiError> {
    supplied
        .iter()
        .map(|(name, value)| {
            let rule = RULES
                .iter()
                .find(|rule| rule.name == name)
                .ok_or_else(|| errors::unknown_attribute(name))?;
            if rule.fifo_only && !fifo {
                return Err(fifo_only(name));
            }
            Ok((name.clone(), normal_value(rule, value)?))
        })
        .collect()
}

fn fifo_only(name: &str) -> ApiError {
    match name {
        "DeduplicationScope" | "FifoThroughputLimit" => errors::invalid_attribute_name(format!(
            "You can specify the {name} only when FifoQueue is set to true."
        )),
        _ => errors::unknown_attribute(name),
    }
}

fn normal_value(rule: &Rule, value: &str) -> Result<String, ApiError> {
    if value.is_empty() && CLEARABLE.contains(&rule.name) {
        return Ok(String::new());
    }
    let valid = match &rule.form {
        Form::Integer(least, most) => {
            value.bytes().all(|byte| byte.is_ascii_digit())
                && value
                    .parse::<i64>()
                    .is_ok_and(|number| (*least..=*most).contains(&number))
        }
        Form::Boolean => matches!(value, "true" | "false"),
        Form::OneOf(choices) => choices.contains(&value),
        Form::Text => true,
        Form::Policy => return policy::normalise(value),
        Form::RedrivePolicy => return redrive::normalise_policy(value),
        Form::RedriveAllowPolicy => return redrive::normalise_allow_policy(value),
    };
    if valid {
        Ok(value.to_owned())
    } else {
        Err(errors::invalid_attribute_value(rule.name))
    }
}

/// What is set after `changes`, which are in normal form, on top of `set`.
///
/// # Errors
/// `InvalidAttributeName` or `InvalidParameterValue` for attributes that exclude each other.
pub fn merge(set: &Attributes, changes: &Attributes, fifo: bool) -> Result<Attributes, ApiError> {
    let mut merged = set.clone();
    for (name, value) in changes {
        if value.is_empty() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    if merged.contains_key("KmsMasterKeyId") {
        if changes
            .get("SqsManagedSseEnabled")
            .is_some_and(|value| value == "true")
        {
            return Err(errors::invalid_attribute_name(
                "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
            ));
        }
        // A key takes the place of SSE-SQS, which every new queue has.
        merged.insert("SqsManagedSseEnabled".to_owned(), "false".to_owned());
    }
    let per_group = effective(&merged, fifo, "FifoThroughputLimit") == Some("perMessageGroupId");
    if per_group && effective(&merged, fifo, "DeduplicationScope") != Some("messageGroup") {
        return Err(errors::invalid_parameter(
            "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup",
        ));
    }
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn code(fifo: bool, name: &str, value: &str) -> Option<String> {
        normalise(&attributes(&[(name, value)]), fifo)
            .err()
            .map(|error| error.code)
    }

    #[test]
    fn numbers_have_ranges() {
        for (name, least, most) in [
            ("VisibilityTimeout", 0, 43_200),
            ("MaximumMessageSize", 1_024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("DelaySeconds", 0, 900),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
        ] {
            for good in [least, most] {
                assert_eq!(code(false, name, &good.to_string()), None, "{name} {good}");
            }
            for bad in [(least - 1).to_string(), (most + 1).to_string()] {
                assert_eq!(
                    code(false, name, &bad).as_deref(),
                    Some("InvalidAttributeValue"),
                    "{name} {bad}"
                );
            }
            for bad in ["", " 60", "60.5", "+60", "true"] {
                assert!(code(false, name, bad).is_some(), "{name} {bad}");
            }
        }
    }

    #[test]
    fn names_are_known_settable_and_of_the_queue_s_type() {
        for name in ["QueueArn", "CreatedTimestamp", "visibilityTimeout", "All"] {
            assert_eq!(
                code(true, name, "1").as_deref(),
                Some("InvalidAttributeName"),
                "{name}"
            );
        }
        for (name, value) in [
            ("FifoQueue", "true"),
            ("ContentBasedDeduplication", "true"),
            ("DeduplicationScope", "queue"),
            ("FifoThroughputLimit", "perQueue"),
        ] {
            assert_eq!(code(true, name, value), None, "{name}");
            assert_eq!(
                code(false, name, value).as_deref(),
                Some("InvalidAttributeName"),
                "{name}"
            );
        }
        assert_eq!(
            code(true, "DeduplicationScope", "group").as_deref(),
            Some("InvalidAttributeValue")
        );
        assert_eq!(
            code(false, "SqsManagedSseEnabled", "yes").as_deref(),
            Some("InvalidAttributeValue")
        );
    }

    #[test]
    fn a_key_and_sse_sqs_exclude_each_other() {
        let keyed = merge(
            &Attributes::new(),
            &attributes(&[("KmsMasterKeyId", "alias/aws/sqs")]),
            false,
        )
        .unwrap();
        assert_eq!(shown(&keyed, false, "SqsManagedSseEnabled"), Some("false"));
        assert_eq!(
            shown(&keyed, false, "KmsDataKeyReusePeriodSeconds"),
            Some("300")
        );
        let both = merge(
            &keyed,
            &attributes(&[("SqsManagedSseEnabled", "true")]),
            false,
        );
        assert_eq!(both.unwrap_err().code, "InvalidAttributeName");
        let swapped = attributes(&[("SqsManagedSseEnabled", "true"), ("KmsMasterKeyId", "")]);
        let swapped = merge(&keyed, &swapped, false).unwrap();
        assert_eq!(shown(&swapped, false, "SqsManagedSseEnabled"), Some("true"));
        assert_eq!(shown(&swapped, false, "KmsDataKeyReusePeriodSeconds"), None);
    }

    #[test]
    fn throughput_per_group_needs_deduplication_per_group() {
        let per_group = attributes(&[("FifoThroughputLimit", "perMessageGroupId")]);
        assert!(merge(&Attributes::new(), &per_group, true).is_err());
        let scoped = attributes(&[("DeduplicationScope", "messageGroup")]);
        assert!(merge(&scoped, &per_group, true).is_ok());
    }
}
