//! Capacity and billing of tables and indexes: what is stored, what may be asked for, how often it may change.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::refusal::{Constraints, invalid, invalid_parameter, limit_exceeded};

const DAY: i64 = 24 * 60 * 60 * 1000;
const HOUR: i64 = 60 * 60 * 1000;
/// A decrease beyond these needs a quiet hour before it (DG ServiceQuotas).
const FREE_DECREASES_A_DAY: u32 = 4;
const SWITCHES_TO_ON_DEMAND_A_DAY: usize = 4;
/// Of a table, and of each index, until AWS raises it (DG ServiceQuotas).
pub const UNITS_MAX: i64 = 40_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedThroughput {
    pub read_capacity_units: i64,
    pub write_capacity_units: i64,
}

impl ProvisionedThroughput {
    pub fn constrain(self, path: &str, constraints: &mut Constraints) {
        let units = [
            ("writeCapacityUnits", self.write_capacity_units),
            ("readCapacityUnits", self.read_capacity_units),
        ];
        for (member, value) in units {
            constraints.between(value, &format!("{path}.{member}"), 1, i64::MAX);
        }
    }

    pub fn check_bounds(self) -> Result<(), ApiError> {
        let units = [
            ("ReadCapacityUnits", self.read_capacity_units),
            ("WriteCapacityUnits", self.write_capacity_units),
        ];
        match units.iter().find(|(_, value)| *value > UNITS_MAX) {
            Some((member, value)) => Err(ApiError::new(
                "LimitExceededException",
                format!(
                    "The requested {member}, {value}, is above the per table maximum for the account. \
                     Per table maximum: {UNITS_MAX}."
                ),
            )),
            None => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OnDemandThroughput {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_read_request_units: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_write_request_units: Option<i64>,
}

impl OnDemandThroughput {
    pub fn is_empty(self) -> bool {
        self == OnDemandThroughput::default()
    }

    /// A new index has no maximum that could be taken away (observed: ack-api-quirks DDB-TABLE-128).
    pub fn check_new(self, on_demand: bool) -> Result<(), ApiError> {
        let members = [self.max_read_request_units, self.max_write_request_units];
        if on_demand && members.contains(&Some(-1)) {
            return Err(invalid_parameter(
                "Requested OnDemandThroughput for a new index is outside of valid range",
            ));
        }
        self.check(on_demand)
    }

    /// Takes over the members given; −1 removes a maximum (API OnDemandThroughput).
    pub fn merge(&mut self, given: OnDemandThroughput) {
        let pairs = [
            (
                &mut self.max_read_request_units,
                given.max_read_request_units,
            ),
            (
                &mut self.max_write_request_units,
                given.max_write_request_units,
            ),
        ];
        for (kept, given) in pairs {
            if let Some(units) = given {
                *kept = Some(units).filter(|units| *units != -1);
            }
        }
    }

    pub fn check(self, on_demand: bool) -> Result<(), ApiError> {
        let members = [
            ("MaxReadRequestUnits", self.max_read_request_units),
            ("MaxWriteRequestUnits", self.max_write_request_units),
        ];
        for (member, value) in members {
            let Some(value) = value else { continue };
            if !on_demand {
                return Err(invalid_parameter(format!(
                    "{member} for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED."
                )));
            }
            if value == 0 || value < -1 {
                return Err(invalid_parameter(format!(
                    "Requested {member} for OnDemandThroughput for table is outside of valid range"
                )));
            }
            if value > UNITS_MAX {
                return Err(limit_exceeded(format!(
                    "Requested {member} for OnDemandThroughput for table exceeds the maximum of the account, {UNITS_MAX}"
                )));
            }
        }
        Ok(())
    }
}

/// Provisioned capacity; zero on demand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    read: i64,
    write: i64,
    increased: Option<i64>,
    decreased: Option<i64>,
    /// On the UTC day of `decreased`.
    decreases: u32,
}

impl Capacity {
    pub fn new(throughput: Option<ProvisionedThroughput>) -> Capacity {
        let mut capacity = Capacity::default();
        if let Some(throughput) = throughput {
            capacity.set(throughput);
        }
        capacity
    }

    /// At a change of the billing mode, which does not count as an increase or a decrease.
    pub fn set(&mut self, throughput: ProvisionedThroughput) {
        self.read = throughput.read_capacity_units;
        self.write = throughput.write_capacity_units;
    }

    pub fn set_on_demand(&mut self) {
        self.read = 0;
        self.write = 0;
    }

    pub fn change(
        &mut self,
        throughput: ProvisionedThroughput,
        now: i64,
        of: &str,
    ) -> Result<(), ApiError> {
        let (read, write) = (
            throughput.read_capacity_units,
            throughput.write_capacity_units,
        );
        if (read, write) == (self.read, self.write) {
            return Err(invalid(format!(
                "The provisioned throughput for the {of} will not change. The requested value equals the current value. \
                 Current ReadCapacityUnits provisioned for the {of}: {}. Requested ReadCapacityUnits: {read}. \
                 Current WriteCapacityUnits provisioned for the {of}: {}. Requested WriteCapacityUnits: {write}. \
                 Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
                self.read, self.write
            )));
        }
        if read < self.read || write < self.write {
            self.count_decrease(now)?;
        }
        if read > self.read || write > self.write {
            self.increased = Some(now);
        }
        self.set(throughput);
        Ok(())
    }

    fn count_decrease(&mut self, now: i64) -> Result<(), ApiError> {
        let today = self.decreases_today(now);
        let quiet = self.decreased.is_none_or(|last| now - last >= HOUR);
        if today >= FREE_DECREASES_A_DAY && !quiet {
            return Err(limit_exceeded(format!(
                "Provisioned throughput decreases are limited within a given UTC day. \
                 After the first {FREE_DECREASES_A_DAY} decreases, each subsequent decrease in the same UTC day \
                 can be performed at most once every 3600 seconds. Number of decreases today: {today}."
            )));
        }
        self.decreases = today + 1;
        self.decreased = Some(now);
        Ok(())
    }

    fn decreases_today(&self, now: i64) -> u32 {
        match self.decreased {
            Some(last) if last.div_euclid(DAY) == now.div_euclid(DAY) => self.decreases,
            _ => 0,
        }
    }

    /// The same capacity, as if never changed.
    pub fn afresh(&self) -> Capacity {
        Capacity {
            read: self.read,
            write: self.write,
            ..Capacity::default()
        }
    }

    pub fn read_and_write(&self) -> [i64; 2] {
        [self.read, self.write]
    }

    /// ProvisionedThroughput.
    pub fn units(&self) -> Value {
        json!({ "ReadCapacityUnits": self.read, "WriteCapacityUnits": self.write })
    }

    /// ProvisionedThroughputDescription.
    pub fn describe(&self, now: i64) -> Value {
        let mut description = Map::new();
        if let Some(increased) = self.increased {
            description.insert("LastIncreaseDateTime".into(), seconds(increased));
        }
        if let Some(decreased) = self.decreased {
            description.insert("LastDecreaseDateTime".into(), seconds(decreased));
        }
        description.insert(
            "NumberOfDecreasesToday".into(),
            self.decreases_today(now).into(),
        );
        description.insert("ReadCapacityUnits".into(), self.read.into());
        description.insert("WriteCapacityUnits".into(), self.write.into());
        description.into()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    pub on_demand: bool,
    /// Kept when the table goes back to provisioned capacity.
    last_to_on_demand: Option<i64>,
    /// Of the last 24 hours.
    switches: Vec<i64>,
}

impl Billing {
    pub fn new(on_demand: bool, now: i64) -> Billing {
        Billing {
            on_demand,
            last_to_on_demand: on_demand.then_some(now),
            switches: Vec::new(),
        }
    }

    /// Back to provisioned is free; to on-demand four times in 24 hours (DG bp-switching-capacity-modes).
    pub fn switch(&mut self, on_demand: bool, now: i64) -> Result<(), ApiError> {
        if on_demand {
            self.switches.retain(|at| now - at < DAY);
            if self.switches.len() >= SWITCHES_TO_ON_DEMAND_A_DAY {
                return Err(limit_exceeded(format!(
                    "Update to PayPerRequest mode are limited to {SWITCHES_TO_ON_DEMAND_A_DAY} times in 1 day(s)."
                )));
            }
            self.switches.push(now);
            self.last_to_on_demand = Some(now);
        }
        self.on_demand = on_demand;
        Ok(())
    }

    pub fn mode(&self) -> &'static str {
        if self.on_demand {
            "PAY_PER_REQUEST"
        } else {
            "PROVISIONED"
        }
    }

    /// Absent for a table that was never on demand (API TableDescription).
    pub fn summary(&self) -> Option<Value> {
        self.last_to_on_demand.map(|since| {
            json!({
                "BillingMode": self.mode(),
                "LastUpdateToPayPerRequestDateTime": seconds(since),
            })
        })
    }
}

/// A timestamp as AWS JSON writes it: seconds since the epoch.
pub fn seconds(milliseconds: i64) -> Value {
    // A double holds milliseconds exactly for the next 280,000 years.
    (milliseconds as f64 / 1000.0).into()
}
