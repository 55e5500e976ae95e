//! The two redrive policies: a source names its dead-letter queue, which may choose its sources.

use rusqlite::Transaction;
use serde_json::{Map, Value};

use super::attributes::Attributes;
use super::errors;
use super::queue::{self, Queue};
use crate::local::call::Call;
use crate::local::error::ApiError;

const MAX_SOURCES: usize = 10;

/// A source's policy, of a queue that exists.
#[derive(Debug, PartialEq)]
pub struct Redrive {
    pub target_arn: String,
    pub max_receive_count: i64,
}

/// The policy in force, if there is one.
pub fn in_force(set: &Attributes) -> Option<Redrive> {
    let policy: Value = serde_json::from_str(set.get("RedrivePolicy")?).ok()?;
    Some(Redrive {
        target_arn: policy["deadLetterTargetArn"].as_str()?.to_owned(),
        max_receive_count: integer(&policy["maxReceiveCount"])?,
    })
}

/// AWS takes the count as a number or a string, and gives it back as it came.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

/// # Errors
/// `InvalidAttributeValue` for what is no map, `InvalidParameterValue` for what is wrong in it.
pub fn normalise_policy(text: &str) -> Result<String, ApiError> {
    let invalid = |reason: String| errors::invalid_value(text, "RedrivePolicy", reason);
    let policy: Map<String, Value> = serde_json::from_str(text).map_err(|_| {
        errors::invalid_attribute_value_because(
            "RedrivePolicy",
            "Redrive policy is not a valid JSON map.",
        )
    })?;
    for name in ["maxReceiveCount", "deadLetterTargetArn"] {
        if !policy.contains_key(name) {
            return Err(invalid(format!(
                "Redrive policy does not contain mandatory attribute: {name}."
            )));
        }
    }
    if policy.len() > 2 {
        return Err(invalid(
            "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn]."
                .to_owned(),
        ));
    }
    let count = &policy["maxReceiveCount"];
    if !integer(count).is_some_and(|count| (1..=1_000).contains(&count)) {
        let count = count.as_str().map_or(count.to_string(), str::to_owned);
        return Err(invalid(format!(
            "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        )));
    }
    let arn = policy["deadLetterTargetArn"].as_str().unwrap_or_default();
    if arn_parts(arn).is_none() {
        return Err(invalid("Invalid value for deadLetterTargetArn.".to_owned()));
    }
    Ok(serde_json::json!({ "deadLetterTargetArn": arn, "maxReceiveCount": count }).to_string())
}

/// Service, region, account and resource.
pub fn arn_parts(arn: &str) -> Option<[&str; 4]> {
    let mut parts = arn.splitn(6, ':');
    if parts.next()? != "arn" || !parts.next()?.starts_with("aws") {
        return None;
    }
    Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?])
}

/// # Errors
/// `InvalidAttributeValue` for an unsupported format, `InvalidParameterValue` for a wrong list of sources.
pub fn normalise_allow_policy(text: &str) -> Result<String, ApiError> {
    let unsupported = || {
        errors::invalid_attribute_value_because(
            "RedriveAllowPolicy",
            "Amazon SQS can't create the redrive allow policy, as it\u{2019}s in an unsupported format.",
        )
    };
    let invalid = |reason: &str| {
        errors::invalid_value(
            text,
            "RedriveAllowPolicy",
            format!("Amazon SQS can't create the redrive allow policy. {reason}"),
        )
    };
    let mut policy: Map<String, Value> = serde_json::from_str(text).map_err(|_| unsupported())?;
    // The service drops it (hashicorp/terraform-provider-aws#42453).
    policy.retain(|_, value| !value.is_null());
    let known = |name: &String| matches!(name.as_str(), "redrivePermission" | "sourceQueueArns");
    if !policy.keys().all(known) {
        return Err(unsupported());
    }
    let sources = match policy.get("sourceQueueArns") {
        None => None,
        Some(Value::Array(sources)) if sources.iter().all(Value::is_string) => Some(sources.len()),
        Some(_) => return Err(unsupported()),
    };
    match (
        policy.get("redrivePermission").and_then(Value::as_str),
        sources,
    ) {
        (Some("allowAll" | "denyAll"), None) => {}
        (Some("byQueue"), Some(count)) if count > MAX_SOURCES => {
            return Err(invalid(
                "The maximum number of source queue ARNs you can specify is 10.",
            ));
        }
        (Some("byQueue"), Some(count)) if count > 0 => {}
        (Some("byQueue"), _) => {
            return Err(invalid(
                "When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.",
            ));
        }
        (Some("allowAll" | "denyAll"), Some(_)) => {
            return Err(invalid(
                "To specify one or more source queue ARNs, you must set redrivePermission to byQueue.",
            ));
        }
        _ => return Err(unsupported()),
    }
    Ok(Value::Object(policy).to_string())
}

/// Checks the policy that `source` is about to have against the queue that it names.
///
/// # Errors
/// `InvalidParameterValue` when that queue is missing, is of the other type, is somebody else's, or does not allow it.
pub fn check_target(
    transaction: &Transaction<'_>,
    call: &Call,
    source: &str,
    attributes: &Attributes,
) -> Result<(), ApiError> {
    let (Some(text), Some(redrive)) = (attributes.get("RedrivePolicy"), in_force(attributes))
    else {
        return Ok(());
    };
    let invalid = |reason: &str| errors::invalid_value(text, "RedrivePolicy", reason);
    let [service, region, account, target] = arn_parts(&redrive.target_arn)
        .ok_or_else(|| invalid("Invalid value for deadLetterTargetArn."))?;
    if service != "sqs" {
        return Err(invalid(
            "Only SQS queues are valid resources for deadLetterTargetArn.",
        ));
    }
    if account != call.account {
        return Err(invalid(
            "Dead-letter target owner should be same as the source.",
        ));
    }
    if queue::is_fifo(source) != queue::is_fifo(target) {
        return Err(invalid(
            "Dead-letter queue must be same type of queue as the source..",
        ));
    }
    let live = if region == call.region {
        Queue::find(transaction, call, target)?
    } else {
        None
    };
    let target = live.ok_or_else(|| invalid("Dead letter target does not exist."))?;
    if allows(&target.attributes, &call.arn("sqs", source)) {
        Ok(())
    } else {
        Err(invalid(
            "The redrive allow policy of the dead-letter queue does not permit this source queue.",
        ))
    }
}

/// Whether the dead-letter queue with these attributes takes messages of that source.
pub fn allows(target: &Attributes, source_arn: &str) -> bool {
    let Some(policy) = target
        .get("RedriveAllowPolicy")
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
    else {
        return true;
    };
    match policy["redrivePermission"].as_str() {
        Some("denyAll") => false,
        Some("byQueue") => policy["sourceQueueArns"]
            .as_array()
            .is_some_and(|arns| arns.iter().any(|arn| arn == source_arn)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:sqs:us-east-1:123456789012:dlq";

    fn refusal(result: Result<String, ApiError>) -> (String, String) {
        let error = result.unwrap_err();
        (error.query_code.unwrap_or(error.code), error.message)
    }

    #[test]
    fn a_redrive_policy_is_kept_in_one_order_with_the_count_as_it_came() {
        let text = format!(r#"{{ "maxReceiveCount": "3", "deadLetterTargetArn": "{ARN}" }}"#);
        assert_eq!(
            normalise_policy(&text).unwrap(),
            format!(r#"{{"deadLetterTargetArn":"{ARN}","maxReceiveCount":"3"}}"#)
        );
        let set = Attributes::from([("RedrivePolicy".to_owned(), text)]);
        assert_eq!(
            in_force(&set),
            Some(Redrive {
                target_arn: ARN.into(),
                max_receive_count: 3
            })
        );
    }

    #[test]
    fn a_redrive_policy_that_is_wrong_says_why() {
        let cases = [
            ("[1]", "InvalidAttributeValue", "not a valid JSON map"),
            (
                "{}",
                "InvalidParameterValue",
                "mandatory attribute: maxReceiveCount",
            ),
            (
                r#"{"maxReceiveCount":5}"#,
                "InvalidParameterValue",
                "mandatory attribute: deadLetterTargetArn",
            ),
            (
                r#"{"maxReceiveCount":0,"deadLetterTargetArn":"arn:aws:sqs:r:a:q"}"#,
                "InvalidParameterValue",
                "maxReceiveCount: 0, valid values are from 1 to 1000",
            ),
            (
                r#"{"maxReceiveCount":1001,"deadLetterTargetArn":"arn:aws:sqs:r:a:q"}"#,
                "InvalidParameterValue",
                "maxReceiveCount: 1001",
            ),
            (
                r#"{"maxReceiveCount":5,"deadLetterTargetArn":"dummy"}"#,
                "InvalidParameterValue",
                "Invalid value for deadLetterTargetArn.",
            ),
            (
                r#"{"maxReceiveCount":5,"deadLetterTargetArn":"arn:aws:sqs:r:a:q","x":1}"#,
                "InvalidParameterValue",
                "Only following attributes",
            ),
        ];
        for (text, code, message) in cases {
            let (got, said) = refusal(normalise_policy(text));
            assert_eq!(got, code, "{text}");
            assert!(said.contains(message), "{text}: {said}");
        }
    }

    #[test]
    fn an_allow_policy_names_sources_with_by_queue_only() {
        let by_queue = |count: usize| {
            let arns = vec![format!("\"{ARN}\""); count].join(",");
            normalise_allow_policy(&format!(
                r#"{{"redrivePermission":"byQueue","sourceQueueArns":[{arns}]}}"#
            ))
        };
        assert!(by_queue(10).is_ok());
        assert!(refusal(by_queue(11)).1.contains("maximum number"));
        assert!(
            refusal(by_queue(0))
                .1
                .contains("one or more sourceQueueArns")
        );
        assert_eq!(
            normalise_allow_policy(r#"{"redrivePermission": "denyAll", "sourceQueueArns": null}"#)
                .unwrap(),
            r#"{"redrivePermission":"denyAll"}"#
        );
        for text in [
            "bad",
            "{}",
            r#"{"redrivePermission":"some"}"#,
            r#"{"redrivePermission":"allowAll","x":1}"#,
        ] {
            assert_eq!(
                refusal(normalise_allow_policy(text)).0,
                "InvalidAttributeValue",
                "{text}"
            );
        }
        let listed = r#"{"redrivePermission":"allowAll","sourceQueueArns":["a"]}"#;
        assert_eq!(
            refusal(normalise_allow_policy(listed)).0,
            "InvalidParameterValue"
        );
    }

    #[test]
    fn an_allow_policy_is_obeyed() {
        let with = |policy: &str| Attributes::from([("RedriveAllowPolicy".into(), policy.into())]);
        assert!(allows(&Attributes::new(), ARN));
        assert!(!allows(&with(r#"{"redrivePermission":"denyAll"}"#), ARN));
        let listed = with(&format!(
            r#"{{"redrivePermission":"byQueue","sourceQueueArns":["{ARN}"]}}"#
        ));
        assert!(allows(&listed, ARN));
        assert!(!allows(&listed, "arn:aws:sqs:us-east-1:123456789012:other"));
    }
}
