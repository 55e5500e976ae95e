//! UpdateTimeToLive and DescribeTimeToLive.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::error::ApiError;
use super::describe::NamedTable;
use super::refusal::{Constraints, decode, invalid};
use super::running;
use super::status::after;
use super::table::{get, save, table_name};

const INTERVAL: i64 = 60 * 60 * 1000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimeToLive {
    status: Status,
    until: i64,
    attribute: Option<String>,
    changed: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Status {
    Enabling,
    Enabled,
    Disabling,
    #[default]
    Disabled,
}

impl TimeToLive {
    pub fn settle(&mut self, now: i64) {
        if self.until > now {
            return;
        }
        match self.status {
            Status::Enabling => self.status = Status::Enabled,
            Status::Disabling => {
                self.status = Status::Disabled;
                self.attribute = None;
            }
            Status::Enabled | Status::Disabled => {}
        }
    }

    pub fn changing_until(&self) -> Option<i64> {
        matches!(self.status, Status::Enabling | Status::Disabling).then_some(self.until)
    }

    /// The attribute, once items expire by it.
    pub fn in_force(&self) -> Option<&str> {
        match self.status {
            Status::Enabled => self.attribute.as_deref(),
            Status::Enabling | Status::Disabling | Status::Disabled => None,
        }
    }

    /// TimeToLiveDescription, if items are to expire.
    pub fn enabled(&self) -> Option<Value> {
        matches!(self.status, Status::Enabling | Status::Enabled).then(|| self.describe())
    }

    /// TimeToLiveDescription.
    fn describe(&self) -> Value {
        let mut description = json!({ "TimeToLiveStatus": self.status });
        if let Some(attribute) = &self.attribute {
            description["AttributeName"] = json!(attribute);
        }
        description
    }

    fn change(&mut self, wanted: &Specification, call: &Call) -> Result<(), ApiError> {
        match (self.status, wanted.enabled) {
            (Status::Enabled, true) if self.attribute.as_ref() == Some(&wanted.attribute_name) => {
                return Err(invalid("TimeToLive is already enabled"));
            }
            (Status::Disabled, false) => {
                return Err(invalid("TimeToLive is already disabled"));
            }
            (Status::Enabling | Status::Disabling, _) => return Err(too_often()),
            _ => {}
        }
        if let Some(attribute) = &self.attribute
            && *attribute != wanted.attribute_name
        {
            return Err(invalid(format!(
                "TimeToLive is active on a different AttributeName: current AttributeName is {attribute}"
            )));
        }
        if self
            .changed
            .is_some_and(|changed| call.now - changed < INTERVAL)
        {
            return Err(too_often());
        }
        self.status = if wanted.enabled {
            Status::Enabling
        } else {
            Status::Disabling
        };
        self.attribute = Some(wanted.attribute_name.clone());
        self.changed = Some(call.now);
        self.until = after(call.now, call.settings.ttl_delay);
        Ok(())
    }
}

fn too_often() -> ApiError {
    invalid("Time to live has been modified multiple times within a fixed interval")
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateTimeToLive {
    table_name: String,
    time_to_live_specification: Specification,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Specification {
    enabled: bool,
    attribute_name: String,
}

pub fn update_time_to_live(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: UpdateTimeToLive = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let wanted = request.time_to_live_specification;
    let mut constraints = Constraints::default();
    constraints.length(
        &wanted.attribute_name,
        "timeToLiveSpecification.attributeName",
        1,
        255,
    );
    constraints.finish()?;
    call.store.write(|transaction| {
        let mut table = get(call, transaction, &name)?;
        table.require_active()?;
        running::require_room(call, transaction, &name)?;
        table.time_to_live.change(&wanted, call)?;
        save(call, transaction, &table)?;
        Ok(json!({ "TimeToLiveSpecification": wanted }))
    })
}

pub fn describe_time_to_live(call: &Call, input: &Value) -> Result<Value, ApiError> {
    let request: NamedTable = decode(input)?;
    let name = table_name(call, &request.table_name)?;
    let table = call
        .store
        .read(|transaction| get(call, transaction, &name))?;
    Ok(json!({ "TimeToLiveDescription": table.time_to_live.describe() }))
}
