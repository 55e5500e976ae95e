//! From an operation's name to what carries it out.

use serde_json::Value;

use super::{batch, control, list, meter, moves, permissions, receipt, receive, send, tags};
use crate::local::call::Call;
use crate::local::error::ApiError;

/// # Errors
/// The service's own refusals.
pub fn handle(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    moves::carry_on(call)?;
    let output = act(call, operation, input)?;
    if READING.contains(&operation) {
        meter::access(call, input["QueueUrl"].as_str())?;
    }
    Ok(output)
}

/// What writes notes its access to the queue by itself.
const READING: [&str; 3] = [
    "GetQueueAttributes",
    "ListDeadLetterSourceQueues",
    "ListQueueTags",
];

fn act(call: &Call, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "CreateQueue" => control::create_queue(call, input),
        "DeleteQueue" => control::delete_queue(call, input),
        "GetQueueAttributes" => control::get_queue_attributes(call, input),
        "GetQueueUrl" => control::get_queue_url(call, input),
        "PurgeQueue" => control::purge_queue(call, input),
        "SetQueueAttributes" => control::set_queue_attributes(call, input),
        "ListDeadLetterSourceQueues" => list::list_dead_letter_source_queues(call, input),
        "ListQueues" => list::list_queues(call, input),
        "ListQueueTags" => tags::list_queue_tags(call, input),
        "TagQueue" => tags::tag_queue(call, input),
        "UntagQueue" => tags::untag_queue(call, input),
        "SendMessage" => send::send_message(call, input),
        "ReceiveMessage" => receive::receive_message(call, input),
        "DeleteMessage" => receipt::delete_message(call, input),
        "ChangeMessageVisibility" => receipt::change_message_visibility(call, input),
        "SendMessageBatch" => batch::send_message_batch(call, input),
        "DeleteMessageBatch" => batch::delete_message_batch(call, input),
        "ChangeMessageVisibilityBatch" => batch::change_message_visibility_batch(call, input),
        "StartMessageMoveTask" => moves::start_message_move_task(call, input),
        "CancelMessageMoveTask" => moves::cancel_message_move_task(call, input),
        "ListMessageMoveTasks" => moves::list_message_move_tasks(call, input),
        "AddPermission" => permissions::add_permission(call, input),
        "RemovePermission" => permissions::remove_permission(call, input),
        _ => Err(ApiError::unknown_operation(operation)),
    }
}
