//! Encryption at rest: which key, how often it may change, and the change that goes on while the table is ACTIVE.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::refusal::{Constraints, in_use, invalid_parameter, limit_exceeded};
use super::status::after;
use super::table::Table;

const HOUR: i64 = 60 * 60 * 1000;
/// Beyond these, a change needs six quiet hours before it (DG ServiceQuotas).
const FREE_CHANGES_A_DAY: usize = 4;
const QUIET: i64 = 6 * HOUR;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Encryption {
    /// When the last change is through.
    until: i64,
    /// The key before it.
    before: Option<String>,
    /// Of the last 24 hours.
    changes: Vec<i64>,
}

/// Stands for the key behind `alias/aws/dynamodb`, which on AWS has an id of its own in every account.
const AWS_MANAGED_KEY: &str = "key/5d1c0a4e-0000-4000-a000-64796e616d6f";

#[derive(Deserialize)]
pub struct SseSpecification {
    #[serde(rename = "Enabled")]
    enabled: Option<bool>,
    #[serde(rename = "SSEType")]
    sse_type: Option<String>,
    #[serde(rename = "KMSMasterKeyId")]
    kms_master_key_id: Option<String>,
}

impl SseSpecification {
    pub fn constrain(&self, constraints: &mut Constraints) {
        if let Some(kind) = &self.sse_type {
            constraints.one_of(kind, "sSESpecification.sSEType", &["AES256", "KMS"]);
        }
    }

    pub fn check(&self) -> Result<(), ApiError> {
        let (kind, key) = (self.sse_type.as_deref(), &self.kms_master_key_id);
        let why = match (self.enabled, kind, key) {
            (Some(false), Some(_), _) => "SSEType can not be specified if Enabled is false",
            (Some(false), None, Some(_)) => {
                "KMSMasterKeyId can not be specified if Enabled is false"
            }
            (_, Some("AES256"), _) => "SSEType AES256 is not supported",
            (_, None, Some(_)) => "SSEType KMS is required if KMSMasterKeyId is specified",
            _ => return Ok(()),
        };
        Err(invalid_parameter(why))
    }

    /// Disabled means the key that AWS owns; enabled without a key the one of `alias/aws/dynamodb`. A type alone
    /// enables (observed: ack-api-quirks DDB-TABLE-044).
    pub fn key_arn(&self, call: &Call) -> Option<String> {
        if !self.enabled.unwrap_or(self.sse_type.is_some()) {
            return None;
        }
        let arn = match self.kms_master_key_id.as_deref() {
            None | Some("alias/aws/dynamodb") => call.arn("kms", AWS_MANAGED_KEY),
            Some(arn) if arn.starts_with("arn:") => arn.to_owned(),
            Some(alias) if alias.starts_with("alias/") => call.arn("kms", alias),
            Some(id) => call.arn("kms", &format!("key/{id}")),
        };
        Some(arn)
    }
}

impl Table {
    pub fn change_encryption(
        &mut self,
        wanted: &SseSpecification,
        call: &Call,
    ) -> Result<(), ApiError> {
        self.require_encrypted(call.now)?;
        let key = wanted.key_arn(call);
        match (&key, &self.kms_key) {
            (None, None) => {
                return Err(invalid_parameter("Table is already encrypted by default"));
            }
            // Told otherwise than by its ARN, the same key encrypts anew (observed: ack-api-quirks DDB-TABLE-082).
            (Some(key), Some(live))
                if key == live && wanted.kms_master_key_id.as_ref() == Some(live) =>
            {
                return Err(invalid_parameter(
                    "Table is already encrypted with given KMSMasterKeyId",
                ));
            }
            _ => {}
        }
        let encryption = &mut self.encryption;
        encryption.changes.retain(|at| call.now - at < 24 * HOUR);
        let quiet = encryption
            .changes
            .last()
            .is_none_or(|at| call.now - at >= QUIET);
        if key.is_some() && encryption.changes.len() >= FREE_CHANGES_A_DAY && !quiet {
            return Err(limit_exceeded(format!(
                "Encryption mode changes are limited in the 24h window. After the first {FREE_CHANGES_A_DAY} change, \
                 each subsequent change in the same window can be performed at most once every 21600 seconds. \
                 Number of updates today: {}.",
                encryption.changes.len()
            )));
        }
        encryption.changes.push(call.now);
        encryption.until = after(call.now, call.settings.table_delay);
        encryption.before = std::mem::replace(&mut self.kms_key, key);
        Ok(())
    }

    /// Refuses while the table is being encrypted anew, during which it is ACTIVE.
    pub fn require_encrypted(&self, now: i64) -> Result<(), ApiError> {
        if now < self.encryption.until {
            return Err(in_use(format!(
                "Table: {} is in the process of being updated.",
                self.name
            )));
        }
        Ok(())
    }

    /// SSEDescription, absent with the key that AWS owns. A change tells the key before it until it is through.
    pub fn sse_description(&self, now: i64) -> Option<Value> {
        let (status, key) = if now < self.encryption.until {
            ("UPDATING", &self.encryption.before)
        } else {
            ("ENABLED", &self.kms_key)
        };
        match key {
            Some(key) => {
                Some(json!({ "Status": status, "SSEType": "KMS", "KMSMasterKeyArn": key }))
            }
            None if status == "UPDATING" => Some(json!({ "Status": status })),
            None => None,
        }
    }
}
