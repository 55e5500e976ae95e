//! Streams, encryption and table class: settings that are kept and told, without anything behind them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;

use super::super::call::Call;
use super::super::error::ApiError;
use super::refusal::{Constraints, invalid, invalid_parameter};
use super::table::Stream;

const TABLE_CLASSES: [&str; 2] = ["STANDARD", "STANDARD_INFREQUENT_ACCESS"];

pub fn constrain(
    stream: Option<&StreamSpecification>,
    sse: Option<&SseSpecification>,
    class: Option<&str>,
    constraints: &mut Constraints,
) {
    if let Some(stream) = stream {
        stream.constrain(constraints);
    }
    if let Some(sse) = sse {
        sse.constrain(constraints);
    }
    if let Some(class) = class {
        constraints.one_of(class, "tableClass", &TABLE_CLASSES);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StreamSpecification {
    pub stream_enabled: bool,
    pub stream_view_type: Option<String>,
}

impl StreamSpecification {
    fn constrain(&self, constraints: &mut Constraints) {
        if let Some(view) = &self.stream_view_type {
            constraints.one_of(
                view,
                "streamSpecification.streamViewType",
                &["NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"],
            );
        }
    }

    pub fn check(&self) -> Result<(), ApiError> {
        match (self.stream_enabled, &self.stream_view_type) {
            (true, None) => Err(invalid_parameter(
                "StreamViewType must be specified when StreamEnabled is true",
            )),
            (false, Some(_)) => Err(invalid_parameter(
                "StreamViewType should not be specified when StreamEnabled is false",
            )),
            _ => Ok(()),
        }
    }
}

impl Stream {
    pub fn enable(&mut self, view: Option<String>, now: i64) -> Result<(), ApiError> {
        let label = DateTime::from_millis(now)
            .fmt(Format::DateTime)
            .map_err(|error| ApiError::internal(format!("a stream's label: {error}")))?;
        self.label = Some(label.trim_end_matches('Z').to_owned());
        self.view = view;
        Ok(())
    }

    /// Enabling what is on, or disabling what is off, is an error (API UpdateTable, StreamSpecification).
    pub fn change(
        &mut self,
        specification: StreamSpecification,
        now: i64,
        table: &str,
    ) -> Result<(), ApiError> {
        match (specification.stream_enabled, self.view.is_some()) {
            (true, true) => Err(invalid(format!(
                "Table already has an enabled stream: TableName: {table}"
            ))),
            (false, false) => Err(invalid(format!(
                "Table does not have an enabled stream: TableName: {table}"
            ))),
            (true, false) => self.enable(specification.stream_view_type, now),
            (false, true) => {
                self.view = None;
                Ok(())
            }
        }
    }
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
    fn constrain(&self, constraints: &mut Constraints) {
        if let Some(kind) = &self.sse_type {
            constraints.one_of(kind, "sSESpecification.sSEType", &["KMS"]);
        }
    }

    /// Disabled means the key that AWS owns; enabled without a key the one of `alias/aws/dynamodb`.
    pub fn key_arn(self, call: &Call) -> Option<String> {
        if self.enabled != Some(true) {
            return None;
        }
        let arn = match self.kms_master_key_id {
            Some(arn) if arn.starts_with("arn:") => arn,
            Some(alias) if alias.starts_with("alias/") => call.arn("kms", &alias),
            Some(id) => call.arn("kms", &format!("key/{id}")),
            None => call.arn("kms", AWS_MANAGED_KEY),
        };
        Some(arn)
    }
}
