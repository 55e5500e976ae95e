//! The calls that handle a queue's messages, and no other.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityError;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};

use crate::aws::classify;
use crate::model::failure::Failure;

pub type Attributes = HashMap<String, MessageAttributeValue>;

/// A message on its way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outgoing {
    pub body: String,
    pub attributes: Attributes,
    /// `None`: the queue's own. A FIFO queue takes no other (API SendMessage, DelaySeconds).
    pub delay: Option<i32>,
    /// Of a FIFO queue.
    pub group: Option<String>,
    pub deduplication: Option<String>,
}

#[expect(
    async_fn_in_trait,
    reason = "futures stay on the one thread that runs them"
)]
pub trait Messages {
    async fn send_message(&self, url: &str, message: &Outgoing) -> Result<(), Failure>;
    /// Waits so many seconds for one to come; what comes is invisible for so many seconds.
    async fn receive_message(
        &self,
        url: &str,
        wait: i32,
        invisible: i32,
    ) -> Result<Vec<Message>, Failure>;
    /// Makes it visible at once.
    async fn release(&self, url: &str, message: &Message) -> Result<(), Failure>;
    async fn delete_message(&self, url: &str, message: &Message) -> Result<(), Failure>;
}

macro_rules! failed {
    ($operation:literal) => {
        |error| classify::failure("sqs", $operation, error)
    };
}

impl Messages for Client {
    async fn send_message(&self, url: &str, message: &Outgoing) -> Result<(), Failure> {
        Client::send_message(self)
            .queue_url(url)
            .message_body(&message.body)
            .set_message_attributes(Some(message.attributes.clone()))
            .set_delay_seconds(message.delay)
            .set_message_group_id(message.group.clone())
            .set_message_deduplication_id(message.deduplication.clone())
            .send()
            .await
            .map_err(failed!("SendMessage"))?;
        Ok(())
    }

    async fn receive_message(
        &self,
        url: &str,
        wait: i32,
        invisible: i32,
    ) -> Result<Vec<Message>, Failure> {
        let answer = Client::receive_message(self)
            .queue_url(url)
            .max_number_of_messages(10)
            .wait_time_seconds(wait)
            .visibility_timeout(invisible)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(failed!("ReceiveMessage"))?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn release(&self, url: &str, message: &Message) -> Result<(), Failure> {
        let change = Client::change_message_visibility(self)
            .queue_url(url)
            .set_receipt_handle(message.receipt_handle.clone())
            .visibility_timeout(0)
            .send();
        match change.await {
            Ok(_) => Ok(()),
            // Visible already: the answer to an earlier attempt was lost.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(ChangeMessageVisibilityError::is_message_not_inflight) =>
            {
                Ok(())
            }
            Err(error) => Err(failed!("ChangeMessageVisibility")(error)),
        }
    }

    async fn delete_message(&self, url: &str, message: &Message) -> Result<(), Failure> {
        Client::delete_message(self)
            .queue_url(url)
            .set_receipt_handle(message.receipt_handle.clone())
            .send()
            .await
            .map_err(failed!("DeleteMessage"))?;
        Ok(())
    }
}
