//! ItemCount and TableSizeBytes, which AWS refreshes about every six hours (API TableDescription).
//!
//! So does this: a young table tells zero whatever it holds, and zero never proves that a table is empty. The counts
//! of indexes stay at zero.

use serde::{Deserialize, Serialize};

use super::super::call::Call;
use super::super::error::ApiError;
use super::door;
use super::table::{Table, find, save};

const INTERVAL: i64 = 6 * 60 * 60 * 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    at: i64,
    pub items: i64,
    pub bytes: u64,
}

impl Count {
    pub fn none(now: i64) -> Count {
        Count {
            at: now,
            items: 0,
            bytes: 0,
        }
    }
}

/// The table, counted anew if the last count is too old.
pub fn refreshed(call: &Call, mut table: Table) -> Result<Table, ApiError> {
    if call.now - table.count.at < INTERVAL {
        return Ok(table);
    }
    let Some((items, bytes)) = door::count(call, &table)? else {
        return Ok(table);
    };
    table.count = Count {
        at: call.now,
        items,
        bytes,
    };
    call.store.write(|transaction| {
        let same = find(call, transaction, &table.name)?.filter(|live| live.id == table.id);
        if let Some(mut live) = same {
            live.count = table.count;
            save(call, transaction, &live)?;
        }
        Ok(table)
    })
}
