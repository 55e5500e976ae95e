//! Streams and table class: settings that are kept and told, without anything behind them.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;

use super::super::error::ApiError;
use super::encryption::SseSpecification;
use super::refusal::{Constraints, invalid, invalid_parameter, limit_exceeded};
use super::table::{Stream, TableClass};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Of a table without TableClassSummary.
const STANDARD: &str = "STANDARD";
const TABLE_CLASSES: [&str; 2] = [STANDARD, "STANDARD_INFREQUENT_ACCESS"];
const CLASS_CHANGES_A_MONTH: usize = 2;

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
                "Table has no stream to disable: TableName: {table}"
            ))),
            (true, false) => self.enable(specification.stream_view_type, now),
            (false, true) => {
                self.view = None;
                Ok(())
            }
        }
    }
}

impl TableClass {
    /// Twice in 30 days (DG ServiceQuotas). Naming the class that is there changes nothing, but is refused likewise
    /// once both are spent (observed: ack-api-quirks DDB-TABLE-443).
    pub fn change(
        live: Option<TableClass>,
        name: String,
        now: i64,
    ) -> Result<Option<TableClass>, ApiError> {
        let mut changes = live
            .as_ref()
            .map_or_else(Vec::new, |live| live.changes.clone());
        changes.retain(|at| now - at < 30 * DAY);
        if changes.len() >= CLASS_CHANGES_A_MONTH {
            return Err(limit_exceeded(format!(
                "Updates to TableClass are limited to {CLASS_CHANGES_A_MONTH} times in 30 day(s)."
            )));
        }
        if name == live.as_ref().map_or(STANDARD, |live| &live.name) {
            return Ok(live);
        }
        changes.push(now);
        Ok(Some(TableClass {
            name,
            updated: Some(now),
            changes,
        }))
    }
}
