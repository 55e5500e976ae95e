//! A queue as it is kept.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::de::DeserializeOwned;

use super::attributes::{self, Attributes};
use super::{errors, redrive};
use crate::local::call::Call;
use crate::local::error::ApiError;

pub type Tags = BTreeMap<String, String>;

#[derive(Debug)]
pub struct Queue {
    pub id: i64,
    pub name: String,
    pub created_at: i64,
    pub modified_at: i64,
    pub purged_at: Option<i64>,
    pub attributes: Attributes,
    pub tags: Tags,
}

/// As AWS advises to tell the types apart (API GetQueueAttributes).
pub fn is_fifo(name: &str) -> bool {
    name.ends_with(".fifo")
}

pub fn url(call: &Call, name: &str) -> String {
    format!("{}/{}/{name}", call.origin, call.account)
}

/// Account and name. Whatever host stands before them is taken for ours.
pub fn split_url(url: &str) -> Option<(&str, &str)> {
    let (rest, name) = url.rsplit_once('/')?;
    let account = rest.rsplit_once('/').map_or(rest, |(_, account)| account);
    Some((account, name))
}

const COLUMNS: &str = "id, name, created_at, modified_at, purged_at, attributes, tags";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Queue> {
    Ok(Queue {
        id: row.get(0)?,
        name: row.get(1)?,
        created_at: row.get(2)?,
        modified_at: row.get(3)?,
        purged_at: row.get(4)?,
        attributes: json_column(row, 5)?,
        tags: json_column(row, 6)?,
    })
}

fn json_column<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text: String = row.get(index)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            index,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

fn json_text<T: serde::Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::internal(error.to_string()))
}

impl Queue {
    /// # Errors
    /// When the state cannot be read.
    pub fn find(
        transaction: &Transaction<'_>,
        call: &Call,
        name: &str,
    ) -> Result<Option<Queue>, ApiError> {
        let sql = format!(
            "select {COLUMNS} from sqs_queues where account = ?1 and region = ?2 and name = ?3"
        );
        Ok(transaction
            .prepare_cached(&sql)?
            .query_row(params![call.account, call.region, name], from_row)
            .optional()?)
    }

    /// # Errors
    /// `QueueDoesNotExist`, and what AWS says of a missing or malformed URL.
    pub fn at(
        transaction: &Transaction<'_>,
        call: &Call,
        url: Option<&str>,
    ) -> Result<Queue, ApiError> {
        let url = url.ok_or_else(|| errors::missing_parameter("QueueUrl"))?;
        // SQS has always taken a queue's bare name too, though its pages want the URL.
        let (account, name) = split_url(url).unwrap_or((call.account, url));
        if account != call.account {
            return Err(errors::queue_does_not_exist());
        }
        Self::find(transaction, call, name)?.ok_or_else(errors::queue_does_not_exist)
    }

    /// # Errors
    /// When the state cannot be read.
    pub fn by_id(transaction: &Transaction<'_>, id: i64) -> Result<Option<Queue>, ApiError> {
        let sql = format!("select {COLUMNS} from sqs_queues where id = ?1");
        Ok(transaction
            .prepare_cached(&sql)?
            .query_row([id], from_row)
            .optional()?)
    }

    /// The queue of that ARN, if it is of this account and region.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn by_arn(
        transaction: &Transaction<'_>,
        call: &Call,
        arn: &str,
    ) -> Result<Option<Queue>, ApiError> {
        match redrive::arn_parts(arn) {
            Some(["sqs", region, account, name])
                if region == call.region && account == call.account =>
            {
                Self::find(transaction, call, name)
            }
            _ => Ok(None),
        }
    }

    /// All queues of the account and region, by name.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn all(transaction: &Transaction<'_>, call: &Call) -> Result<Vec<Queue>, ApiError> {
        let sql = format!(
            "select {COLUMNS} from sqs_queues where account = ?1 and region = ?2 order by name"
        );
        let queues = transaction
            .prepare_cached(&sql)?
            .query_map(params![call.account, call.region], from_row)?
            .collect::<Result<_, _>>()?;
        Ok(queues)
    }

    /// # Errors
    /// When the state cannot be written.
    pub fn insert(
        transaction: &Transaction<'_>,
        call: &Call,
        name: &str,
        attributes: &Attributes,
        tags: &Tags,
    ) -> Result<(), ApiError> {
        let target = redrive::in_force(attributes).map(|redrive| redrive.target_arn);
        transaction.execute(
            "insert into sqs_queues
             (account, region, name, created_at, modified_at, attributes, tags, dead_letter_target)
             values (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
            params![
                call.account,
                call.region,
                name,
                call.now,
                json_text(attributes)?,
                json_text(tags)?,
                target
            ],
        )?;
        Ok(())
    }

    /// # Errors
    /// When the state cannot be written.
    pub fn save(&self, transaction: &Transaction<'_>) -> Result<(), ApiError> {
        let target = redrive::in_force(&self.attributes).map(|redrive| redrive.target_arn);
        transaction.execute(
            "update sqs_queues set modified_at = ?2, purged_at = ?3, attributes = ?4, tags = ?5,
             dead_letter_target = ?6 where id = ?1",
            params![
                self.id,
                self.modified_at,
                self.purged_at,
                json_text(&self.attributes)?,
                json_text(&self.tags)?,
                target
            ],
        )?;
        Ok(())
    }

    pub fn is_fifo(&self) -> bool {
        is_fifo(&self.name)
    }

    pub fn arn(&self, call: &Call) -> String {
        call.arn("sqs", &self.name)
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        attributes::effective(&self.attributes, self.is_fifo(), name)
    }

    /// An attribute that is a number, which normal form has made sure of.
    pub fn number(&self, name: &str) -> i64 {
        self.attribute(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or_default()
    }

    /// An attribute in seconds, as milliseconds.
    pub fn millis(&self, name: &str) -> i64 {
        self.number(name) * 1_000
    }

    /// Messages enqueued at this moment or before have outlived their retention at `now`.
    pub fn expiry(&self, now: i64) -> i64 {
        now - self.millis("MessageRetentionPeriod")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_its_last_two_segments() {
        for url in [
            "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
            "http://localhost:4566/123456789012/orders",
            "123456789012/orders",
        ] {
            assert_eq!(split_url(url), Some(("123456789012", "orders")), "{url}");
        }
        assert_eq!(split_url("orders"), None);
    }
}
