//! AddPermission and RemovePermission: statements of the access policy, by their labels.

use serde::Deserialize;
use serde_json::{Value, json};

use super::meter::Meter;
use super::queue::Queue;
use super::{errors, policy};
use crate::local::call::{Call, decode};
use crate::local::error::ApiError;

const MAX_LABEL: usize = 80;

/// What may be granted (API AddPermission).
const ACTIONS: [&str; 9] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
];

/// Cross-account permissions do not apply to these (API AddPermission).
const OWNERS_ONLY: [&str; 12] = [
    "AddPermission",
    "CancelMessageMoveTask",
    "CreateQueue",
    "DeleteQueue",
    "ListMessageMoveTasks",
    "ListQueues",
    "ListQueueTags",
    "RemovePermission",
    "SetQueueAttributes",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AddPermission {
    queue_url: Option<String>,
    label: Option<String>,
    #[serde(default, rename = "AWSAccountIds")]
    accounts: Vec<String>,
    #[serde(default)]
    actions: Vec<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn add_permission(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: AddPermission = decode(input)?;
    let label = check_label(input.label.as_deref())?;
    check_accounts(&input.accounts)?;
    check_actions(&input.actions)?;
    change(call, input.queue_url.as_deref(), |arn, statements| {
        if statements.iter().any(|statement| statement["Sid"] == label) {
            return Err(errors::invalid_value(label, "Label", "Already exists."));
        }
        let principals = input
            .accounts
            .iter()
            .map(|id| format!("arn:aws:iam::{id}:root"));
        let actions = input.actions.iter().map(|action| format!("SQS:{action}"));
        statements.push(json!({
            "Sid": label,
            "Effect": "Allow",
            "Principal": { "AWS": one_or_many(principals) },
            "Action": one_or_many(actions),
            "Resource": arn,
        }));
        Ok(())
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RemovePermission {
    queue_url: Option<String>,
    label: Option<String>,
}

/// # Errors
/// The operation's own refusals.
pub fn remove_permission(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let input: RemovePermission = decode(input)?;
    let label = check_label(input.label.as_deref())?;
    change(call, input.queue_url.as_deref(), |_, statements| {
        let before = statements.len();
        statements.retain(|statement| statement["Sid"] != label);
        if statements.len() == before {
            return Err(errors::invalid_value(
                label,
                "Label",
                "can't find label on existing policy.",
            ));
        }
        Ok(())
    })
}

/// Gives the policy's statements to `edit`, with the queue's ARN. A policy without statements is none.
fn change(
    call: &Call,
    url: Option<&str>,
    edit: impl FnOnce(&str, &mut Vec<Value>) -> Result<(), ApiError>,
) -> Result<Value, ApiError> {
    call.store.write(|transaction| {
        let mut queue = Queue::at(transaction, call, url)?;
        Meter::start(transaction, call, &queue, call.now)?;
        let arn = queue.arn(call);
        let mut document: Value = match queue.attributes.get("Policy") {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| ApiError::internal(error.to_string()))?
            }
            None => json!({ "Version": "2008-10-17", "Id": format!("{arn}/SQSDefaultPolicy") }),
        };
        let mut statements = match document["Statement"].take() {
            Value::Null => Vec::new(),
            Value::Array(statements) => statements,
            single => vec![single],
        };
        edit(&arn, &mut statements)?;
        if statements.is_empty() {
            queue.attributes.remove("Policy");
        } else {
            document["Statement"] = statements.into();
            let text = policy::normalise(&document.to_string())?;
            queue.attributes.insert("Policy".to_owned(), text);
        }
        queue.modified_at = call.now;
        queue.save(transaction)?;
        Ok(json!({}))
    })
}

fn check_label(label: Option<&str>) -> Result<&str, ApiError> {
    let label = label.ok_or_else(|| errors::missing_parameter("Label"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=MAX_LABEL).contains(&label.len()) && label.bytes().all(plain) {
        return Ok(label);
    }
    Err(errors::invalid_value(
        label,
        "Label",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

fn check_accounts(accounts: &[String]) -> Result<(), ApiError> {
    if accounts.is_empty() {
        return Err(errors::missing_parameter("AWSAccountIds"));
    }
    let is_account = |id: &str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    match accounts.iter().find(|id| !is_account(id)) {
        Some(id) => Err(errors::invalid_value(
            id,
            "PrincipalId",
            "Unable to verify.",
        )),
        None => Ok(()),
    }
}

fn check_actions(actions: &[String]) -> Result<(), ApiError> {
    if actions.is_empty() {
        return Err(errors::missing_parameter("Actions"));
    }
    for action in actions {
        if OWNERS_ONLY.contains(&action.as_str()) {
            return Err(errors::invalid_value(
                format!("SQS:{action}"),
                "ActionName",
                "Only the queue owner is allowed to invoke this action.",
            ));
        }
        if !ACTIONS.contains(&action.as_str()) {
            return Err(errors::invalid_value(
                format!("SQS:{action}"),
                "ActionName",
                "Please refer to the appropriate WSDL for a list of valid actions. ",
            ));
        }
    }
    Ok(())
}

fn one_or_many(values: impl Iterator<Item = String>) -> Value {
    let mut values: Vec<Value> = values.map(Value::from).collect();
    match values.len() {
        1 => values.remove(0),
        _ => values.into(),
    }
}
