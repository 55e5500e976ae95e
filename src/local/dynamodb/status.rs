//! What time does to a table. Pure: nothing runs in the background, a table is settled whenever it is read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::error::ApiError;
use super::refusal::in_use;
use super::table::{GlobalIndex, Table};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TableStatus {
    Creating,
    Active,
    Updating,
    Deleting,
}

impl TableStatus {
    pub fn name(self) -> &'static str {
        match self {
            TableStatus::Creating => "CREATING",
            TableStatus::Active => "ACTIVE",
            TableStatus::Updating => "UPDATING",
            TableStatus::Deleting => "DELETING",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IndexStatus {
    /// Together with its table: no `Backfilling` is told.
    Creating,
    /// CREATING without `Backfilling`: nothing else may be done to the table (DG GSI.OnlineOps).
    Allocating {
        backfill_at: i64,
    },
    /// CREATING with `Backfilling`: this index may be deleted, the table may not.
    Backfilling,
    Active,
    Updating,
    Deleting,
}

impl IndexStatus {
    pub fn name(self) -> &'static str {
        match self {
            IndexStatus::Creating | IndexStatus::Allocating { .. } | IndexStatus::Backfilling => {
                "CREATING"
            }
            IndexStatus::Active => "ACTIVE",
            IndexStatus::Updating => "UPDATING",
            IndexStatus::Deleting => "DELETING",
        }
    }

    pub fn backfilling(self) -> Option<bool> {
        match self {
            IndexStatus::Allocating { .. } => Some(false),
            IndexStatus::Backfilling => Some(true),
            _ => None,
        }
    }
}

/// The moment `delay` after `now`.
pub fn after(now: i64, delay: Duration) -> i64 {
    now.saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
}

impl Table {
    /// The table as it is at `now`; `None` once its deletion is through.
    pub fn settled(mut self, now: i64) -> Option<Table> {
        if self.until <= now {
            match self.status {
                TableStatus::Deleting => return None,
                _ => {
                    self.status = TableStatus::Active;
                    self.restoration = None;
                }
            }
        }
        let before = self.global_indexes.len();
        self.global_indexes.retain_mut(|index| index.settle(now));
        if self.global_indexes.len() != before {
            self.definitions = self.definitions_used(&self.global_indexes);
        }
        self.time_to_live.settle(now);
        Some(self)
    }

    /// Refuses a change of a table that is not ACTIVE.
    pub fn require_active(&self) -> Result<(), ApiError> {
        let doing = match self.status {
            TableStatus::Active => return Ok(()),
            TableStatus::Creating => "created",
            TableStatus::Updating => "updated",
            TableStatus::Deleting => "deleted",
        };
        Err(in_use(format!("Table is being {doing}: {}", self.name)))
    }
}

impl GlobalIndex {
    /// False once it is gone.
    fn settle(&mut self, now: i64) -> bool {
        if let IndexStatus::Allocating { backfill_at } = self.status
            && backfill_at <= now
        {
            self.status = IndexStatus::Backfilling;
        }
        if self.until <= now {
            if self.status == IndexStatus::Deleting {
                return false;
            }
            self.status = IndexStatus::Active;
        }
        true
    }

    /// Made together with its table.
    pub fn begin(&mut self, until: i64) {
        self.status = IndexStatus::Creating;
        self.until = until;
    }

    /// Being added to or removed from a live table: one at a time (DG GSI.OnlineOps).
    pub fn is_online_operation(&self) -> bool {
        matches!(
            self.status,
            IndexStatus::Allocating { .. } | IndexStatus::Backfilling | IndexStatus::Deleting
        )
    }
}
