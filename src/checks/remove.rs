//! Removing copies. They hold nothing that anybody needs: no proof, no backup, no waiting until they are gone.

use crate::aws::clients::Clients;
use crate::model::failure::Failure;
use crate::model::id::{Kind, ResourceId};
use crate::resources::queue::api::QueueApi;
use crate::resources::queue::remove::RemoveQueue;
use crate::resources::run::Run;
use crate::resources::table::remove::RemoveTable;

use super::probe::PREFIX;

/// Whether a name is a copy's.
pub fn is_copy(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// What is not there is removed already. `false`: there is no queue of the name.
///
/// # Errors
/// AWS's refusal, or the deadline.
pub async fn remove(clients: &Clients, run: &Run<'_>, copy: &ResourceId) -> Result<bool, Failure> {
    if !is_copy(&copy.key) {
        return Ok(false);
    }
    run.unthrottled(async || match copy.kind {
        Kind::Queue => {
            let sqs = clients.sqs();
            match QueueApi::get_queue_url(sqs, &copy.key).await? {
                Some(url) => RemoveQueue::delete_queue(sqs, &url).await.map(|()| true),
                None => Ok(false),
            }
        }
        // ResourceInUseException while it is still being made (API DeleteTable).
        Kind::Table => {
            let dynamodb = clients.dynamodb();
            run.while_busy(async || RemoveTable::delete_table(dynamodb, &copy.key).await)
                .await
                .map(|()| true)
        }
    })
    .await
}
