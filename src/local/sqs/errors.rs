//! The refusals of SQS, in its own words (API Reference, and the messages that the service sends).

use crate::local::error::ApiError;

fn with_prefix(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(code, message).with_query_code(format!("AWS.SimpleQueueService.{code}"))
}

pub fn queue_does_not_exist() -> ApiError {
    ApiError::new("QueueDoesNotExist", "The specified queue does not exist.")
        .with_query_code("AWS.SimpleQueueService.NonExistentQueue")
}

pub fn queue_name_exists(attribute: &str) -> ApiError {
    ApiError::new(
        "QueueNameExists",
        format!(
            "A queue already exists with the same name and a different value for attribute {attribute}"
        ),
    )
    .with_query_code("QueueAlreadyExists")
}

pub fn queue_deleted_recently() -> ApiError {
    with_prefix(
        "QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )
}

pub fn purge_queue_in_progress(name: &str) -> ApiError {
    ApiError {
        status: 403,
        ..with_prefix(
            "PurgeQueueInProgress",
            format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
        )
    }
}

/// Not in the service's model: it comes from the framework in front, under a longer name.
pub fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValueException", message)
        .with_query_code("InvalidParameterValue")
}

/// `Value … for parameter … is invalid. Reason: …`
pub fn invalid_value(
    value: impl std::fmt::Display,
    parameter: &str,
    reason: impl std::fmt::Display,
) -> ApiError {
    invalid_parameter(format!(
        "Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    ))
}

pub fn missing_parameter(parameter: &str) -> ApiError {
    ApiError::new(
        "MissingRequiredParameterException",
        format!("The request must contain the parameter {parameter}."),
    )
    .with_query_code("MissingParameter")
}

pub fn invalid_attribute_value(attribute: &str) -> ApiError {
    invalid_attribute_value_because(attribute, "")
}

pub fn invalid_attribute_value_because(attribute: &str, reason: &str) -> ApiError {
    let reason = if reason.is_empty() {
        String::new()
    } else {
        format!(" Reason: {reason}")
    };
    ApiError::new(
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {attribute}.{reason}"),
    )
}

pub fn invalid_attribute_name(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidAttributeName", message)
}

pub fn unknown_attribute(attribute: &str) -> ApiError {
    invalid_attribute_name(format!("Unknown Attribute {attribute}."))
}

pub fn over_limit(message: impl Into<String>) -> ApiError {
    ApiError {
        status: 403,
        ..ApiError::new("OverLimit", message)
    }
}

pub fn invalid_message_contents() -> ApiError {
    ApiError::new(
        "InvalidMessageContents",
        "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
    )
}

pub fn receipt_handle_is_invalid(handle: &str) -> ApiError {
    ApiError {
        status: 404,
        ..ApiError::new(
            "ReceiptHandleIsInvalid",
            format!("The input receipt handle \"{handle}\" is not a valid receipt handle."),
        )
    }
}

pub fn message_not_inflight() -> ApiError {
    with_prefix(
        "MessageNotInflight",
        "The specified message isn't in flight.",
    )
}

pub fn resource_not_found(message: impl Into<String>) -> ApiError {
    ApiError {
        status: 404,
        ..ApiError::new("ResourceNotFoundException", message)
    }
}

pub fn unsupported_operation(message: impl Into<String>) -> ApiError {
    with_prefix("UnsupportedOperation", message)
}

pub fn empty_batch() -> ApiError {
    with_prefix(
        "EmptyBatchRequest",
        "There should be at least one entry in the request.",
    )
}

pub fn too_many_entries(count: usize) -> ApiError {
    with_prefix(
        "TooManyEntriesInBatchRequest",
        format!("Maximum number of entries per request are 10. You have sent {count}."),
    )
}

pub fn repeated_entry_id(id: &str) -> ApiError {
    with_prefix("BatchEntryIdsNotDistinct", format!("Id {id} repeated."))
}

pub fn invalid_entry_id() -> ApiError {
    with_prefix(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    )
}

pub fn batch_too_long(limit: usize, bytes: usize) -> ApiError {
    with_prefix(
        "BatchRequestTooLong",
        format!("Batch requests cannot be longer than {limit} bytes. You have sent {bytes} bytes."),
    )
}
