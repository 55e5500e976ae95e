//! DynamoDB's control plane as a judge: it keeps one table, does what a lawful request asks, and refuses any other
//! by the rule that it breaks. It judges the SDK's own requests and knows nothing of how they are decided upon.
//!
//! What is under way is over as soon as somebody looks; until then it is in the way.

mod rules;
mod state;
#[cfg(test)]
mod tests;
mod throughput;

use std::cell::{Cell, RefCell};

use aws_sdk_dynamodb::types as sdk;
use aws_sdk_dynamodb::{Client, Config};

use crate::model::failure::{Failure, FailureKind};
use crate::resources::tags::Tags;

use super::api::TableApi;
use super::config::{Recovery, RecoveryLive, TableDesired, TimeToLiveLive, TimeToLiveStatus};
use super::remove::RemoveTable;
use super::request;
use super::steps::TableUpdate;

/// What breaks a rule names it.
type Verdict = Result<(), String>;

pub struct Law {
    requests: Client,
    pub state: RefCell<State>,
    broken: RefCell<Vec<String>>,
    sent: RefCell<Vec<String>>,
    /// How many writes it still takes.
    left: Cell<usize>,
}

/// The one table, and what DescribeTable does not tell of it.
#[derive(Clone, Default)]
pub struct State {
    pub table: Option<sdk::TableDescription>,
    pub time_to_live: TimeToLiveLive,
    pub recovery: RecoveryLive,
    pub tags: Tags,
}

impl Law {
    pub fn over(state: State) -> Self {
        let config = Config::builder().behavior_version_latest().build();
        Law {
            requests: Client::from_conf(config),
            state: RefCell::new(state),
            broken: RefCell::default(),
            sent: RefCell::default(),
            left: Cell::new(usize::MAX),
        }
    }

    /// The same AWS with another table.
    pub fn reset(&self, state: &State) {
        self.state.replace(state.clone());
        self.broken.take();
        self.sent.take();
        self.left.set(usize::MAX);
    }

    /// From now on it takes so many writes, and no more.
    pub fn take(&self, writes: usize) {
        self.left.set(writes);
    }

    /// The rules that requests broke.
    pub fn broken(&self) -> Vec<String> {
        self.broken.borrow().clone()
    }

    /// The writes, in order.
    pub fn sent(&self) -> Vec<String> {
        self.sent.borrow().clone()
    }

    fn judge(
        &self,
        what: String,
        rule: impl FnOnce(&State) -> Verdict,
        carry_out: impl FnOnce(&mut State),
    ) -> Result<(), Failure> {
        let left = self.left.get().checked_sub(1);
        let left = left.ok_or_else(|| Failure::new(FailureKind::AccessDenied, "cut off"))?;
        self.left.set(left);
        self.sent.borrow_mut().push(what.clone());
        let verdict = rule(&self.state.borrow());
        match verdict {
            Ok(()) => {
                carry_out(&mut self.state.borrow_mut());
                Ok(())
            }
            Err(why) => {
                self.broken.borrow_mut().push(format!("{what}: {why}"));
                Err(Failure::new(FailureKind::BadRequest, why))
            }
        }
    }
}

/// A request as it is shown: the SDK's words without what is absent.
fn shown(operation: &str, request: &impl std::fmt::Debug) -> String {
    let text = format!("{request:?}");
    let (_, members) = text.split_once('{').unwrap_or_default();
    let given = members.trim_end_matches('}').split(", ");
    let given: Vec<_> = given.filter(|member| !member.ends_with("None")).collect();
    format!("{operation} {}", given.join(", ").trim())
}

impl TableApi for Law {
    async fn describe_table(&self, _: &str) -> Result<Option<sdk::TableDescription>, Failure> {
        let mut state = self.state.borrow_mut();
        state.settle();
        Ok(state.table.clone())
    }

    async fn describe_time_to_live(&self, _: &str) -> Result<Option<TimeToLiveLive>, Failure> {
        let mut state = self.state.borrow_mut();
        state.time_to_live.settle();
        Ok(state.table.is_some().then(|| state.time_to_live.clone()))
    }

    async fn describe_continuous_backups(&self, _: &str) -> Result<Option<RecoveryLive>, Failure> {
        let state = self.state.borrow();
        Ok(state.table.is_some().then_some(state.recovery))
    }

    async fn list_tags_of_resource(&self, _: &str) -> Result<Option<Tags>, Failure> {
        let state = self.state.borrow();
        Ok(state.table.is_some().then(|| state.tags.clone()))
    }

    async fn create_table(&self, name: &str, desired: &TableDesired) -> Result<(), Failure> {
        let request = self.requests.create_table().table_name(name);
        let request = request::create(request, desired)?.as_input().clone();
        let request = request.build().map_err(request::unbuilt)?;
        self.judge(
            shown("CreateTable", &request),
            |state| rules::create(&request, state),
            |state| state.create(&request),
        )
    }

    async fn update_table(&self, name: &str, update: &TableUpdate) -> Result<(), Failure> {
        let request = self.requests.update_table().table_name(name);
        let request = request::update(request, update)?.as_input().clone();
        let request = request.build().map_err(request::unbuilt)?;
        self.judge(
            shown("UpdateTable", &request),
            |state| rules::update(&request, state),
            |state| state.update(&request),
        )
    }

    async fn update_time_to_live(
        &self,
        _: &str,
        attribute: &str,
        enabled: bool,
    ) -> Result<(), Failure> {
        self.judge(
            format!("UpdateTimeToLive {attribute} {enabled}"),
            |state| rules::time_to_live(attribute, enabled, state),
            |state| {
                state.time_to_live = TimeToLiveLive {
                    status: match enabled {
                        true => TimeToLiveStatus::Enabling,
                        false => TimeToLiveStatus::Disabling,
                    },
                    attribute: Some(attribute.to_owned()),
                }
            },
        )
    }

    async fn update_continuous_backups(&self, _: &str, wanted: Recovery) -> Result<(), Failure> {
        let request = request::recovery(wanted)?;
        self.judge(
            shown("UpdateContinuousBackups", &request),
            |state| rules::recovery(&request, state),
            |state| state.recovery = state::recovery(&request),
        )
    }

    async fn tag_resource(&self, _: &str, tags: &Tags) -> Result<(), Failure> {
        self.judge(
            format!("TagResource {tags:?}"),
            |state| rules::tag(tags, state),
            |state| state.tags.extend(tags.clone()),
        )
    }

    async fn untag_resource(&self, _: &str, keys: &[String]) -> Result<(), Failure> {
        self.judge(
            format!("UntagResource {keys:?}"),
            |state| rules::untag(keys, state),
            |state| state.tags.retain(|key, _| !keys.contains(key)),
        )
    }
}

impl RemoveTable for Law {
    async fn holds_items(&self, _: &str) -> Result<bool, Failure> {
        Ok(false)
    }

    async fn create_backup(&self, _: &str, backup: &str) -> Result<String, Failure> {
        Ok(backup.to_owned())
    }

    async fn backup_status(&self, _: &str) -> Result<Option<sdk::BackupStatus>, Failure> {
        Ok(Some(sdk::BackupStatus::Available))
    }

    async fn delete_table(&self, _: &str) -> Result<(), Failure> {
        let gone = |state: &mut State| *state = State::default();
        self.judge("DeleteTable".to_owned(), rules::delete, gone)
    }
}
