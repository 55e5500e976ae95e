//! What a lawful request leaves behind, as DescribeTable then tells it.

use aws_sdk_dynamodb::operation::create_table::CreateTableInput;
use aws_sdk_dynamodb::operation::update_table::UpdateTableInput;
use aws_sdk_dynamodb::types as sdk;

use crate::resources::table::config::RecoveryLive;

use super::State;
use super::rules::{self, in_use};

const KEYS: &str = "arn:aws:kms:us-east-1:000000000000:key/";

impl State {
    pub(super) fn create(&mut self, request: &CreateTableInput) {
        let mut table = sdk::TableDescription::builder()
            .set_table_name(request.table_name.clone())
            .table_arn("arn:aws:dynamodb:us-east-1:123456789012:table/T")
            .table_status(sdk::TableStatus::Creating)
            .set_key_schema(request.key_schema.clone())
            .set_attribute_definitions(request.attribute_definitions.clone())
            .provisioned_throughput(units(request.provisioned_throughput.as_ref()))
            .set_on_demand_throughput(request.on_demand_throughput.clone())
            .set_deletion_protection_enabled(request.deletion_protection_enabled)
            .set_stream_specification(request.stream_specification.clone())
            .build();
        let local = request.local_secondary_indexes.iter().flatten();
        table.local_secondary_indexes = Some(local.map(local_index).collect());
        let global = request.global_secondary_indexes.iter().flatten();
        table.global_secondary_indexes = Some(global.map(global_index).collect());
        // Absent means PROVISIONED, STANDARD, and the key that AWS owns.
        if request.billing_mode == Some(sdk::BillingMode::PayPerRequest) {
            table.billing_mode_summary = Some(mode(sdk::BillingMode::PayPerRequest));
        }
        table.table_class_summary = request.table_class.clone().map(class);
        table.sse_description = request.sse_specification.as_ref().and_then(encryption);
        let tags = request.tags.iter().flatten();
        self.tags = tags
            .map(|tag| (tag.key.clone(), tag.value.clone()))
            .collect();
        self.table = Some(table);
    }

    pub(super) fn update(&mut self, request: &UpdateTableInput) {
        let Some(table) = self.table.as_mut() else {
            return;
        };
        table.table_status = Some(sdk::TableStatus::Updating);
        if let Some(wanted) = &request.billing_mode {
            switch(table, wanted);
        }
        if let Some(wanted) = &request.provisioned_throughput {
            table.provisioned_throughput = Some(units(Some(wanted)));
        }
        if let Some(wanted) = &request.on_demand_throughput {
            limit(&mut table.on_demand_throughput, wanted);
        }
        if let Some(on) = request.deletion_protection_enabled {
            table.deletion_protection_enabled = Some(on);
        }
        if let Some(wanted) = &request.stream_specification {
            table.stream_specification = Some(wanted.clone()).filter(|it| it.stream_enabled);
        }
        if let Some(wanted) = &request.sse_specification {
            table.sse_description = encryption(wanted);
        }
        if let Some(wanted) = &request.table_class {
            table.table_class_summary = Some(class(wanted.clone()));
        }
        for update in request.global_secondary_index_updates.iter().flatten() {
            index(table, update);
        }
        if let Some(definitions) = &request.attribute_definitions {
            table.attribute_definitions = Some(definitions.clone());
        }
    }

    /// What is under way is over.
    pub(super) fn settle(&mut self) {
        let Some(table) = self.table.as_mut() else {
            return;
        };
        table.table_status = Some(sdk::TableStatus::Active);
        if let Some(encryption) = &mut table.sse_description {
            encryption.status = Some(sdk::SseStatus::Enabled);
        }
        let indexes = table.global_secondary_indexes.get_or_insert_default();
        indexes.retain(|index| index.index_status != Some(sdk::IndexStatus::Deleting));
        for index in indexes {
            index.index_status = Some(sdk::IndexStatus::Active);
        }
        let used = in_use(&rules::schemas(table));
        let definitions = table.attribute_definitions.get_or_insert_default();
        definitions.retain(|definition| used.contains(&definition.attribute_name));
    }
}

fn index(table: &mut sdk::TableDescription, update: &sdk::GlobalSecondaryIndexUpdate) {
    let indexes = table.global_secondary_indexes.get_or_insert_default();
    if let Some(wanted) = &update.create {
        indexes.push(global_index(&rules::as_index(wanted)));
    }
    for live in indexes {
        if update.delete().is_some_and(|it| is(live, it.index_name())) {
            live.index_status = Some(sdk::IndexStatus::Deleting);
        }
        if let Some(wanted) = update.update().filter(|it| is(live, it.index_name())) {
            live.index_status = Some(sdk::IndexStatus::Updating);
            if let Some(wanted) = &wanted.provisioned_throughput {
                live.provisioned_throughput = Some(units(Some(wanted)));
            }
            if let Some(wanted) = &wanted.on_demand_throughput {
                limit(&mut live.on_demand_throughput, wanted);
            }
        }
    }
}

fn is(index: &sdk::GlobalSecondaryIndexDescription, name: &str) -> bool {
    index.index_name() == Some(name)
}

/// What belongs to the other mode is dropped. On demand, capacity reads 0.
fn switch(table: &mut sdk::TableDescription, wanted: &sdk::BillingMode) {
    table.billing_mode_summary = Some(mode(wanted.clone()));
    table.provisioned_throughput = Some(units(None));
    table.on_demand_throughput = None;
    for index in table.global_secondary_indexes.iter_mut().flatten() {
        index.provisioned_throughput = Some(units(None));
        index.on_demand_throughput = None;
    }
}

/// −1 removes a maximum.
fn limit(live: &mut Option<sdk::OnDemandThroughput>, wanted: &sdk::OnDemandThroughput) {
    let live = live.get_or_insert_with(|| sdk::OnDemandThroughput::builder().build());
    let kept = |wanted: Option<i64>, live: Option<i64>| match wanted {
        Some(-1) => None,
        Some(units) => Some(units),
        None => live,
    };
    live.max_read_request_units = kept(wanted.max_read_request_units, live.max_read_request_units);
    live.max_write_request_units =
        kept(wanted.max_write_request_units, live.max_write_request_units);
}

fn units(wanted: Option<&sdk::ProvisionedThroughput>) -> sdk::ProvisionedThroughputDescription {
    sdk::ProvisionedThroughputDescription::builder()
        .read_capacity_units(wanted.map_or(0, |it| it.read_capacity_units))
        .write_capacity_units(wanted.map_or(0, |it| it.write_capacity_units))
        .build()
}

fn mode(mode: sdk::BillingMode) -> sdk::BillingModeSummary {
    sdk::BillingModeSummary::builder()
        .billing_mode(mode)
        .build()
}

fn class(class: sdk::TableClass) -> sdk::TableClassSummary {
    sdk::TableClassSummary::builder().table_class(class).build()
}

fn encryption(wanted: &sdk::SseSpecification) -> Option<sdk::SseDescription> {
    let description = sdk::SseDescription::builder()
        .status(sdk::SseStatus::Updating)
        .sse_type(sdk::SseType::Kms)
        .kms_master_key_arn(key_arn(wanted)?);
    Some(description.build())
}

/// DescribeTable tells a key's ARN, by whatever it was named; `None`: the key that AWS owns.
pub(super) fn key_arn(wanted: &sdk::SseSpecification) -> Option<String> {
    if wanted.enabled != Some(true) {
        return None;
    }
    Some(match wanted.kms_master_key_id() {
        None => format!("{KEYS}of-aws-in-this-account"),
        Some(arn) if arn.starts_with(KEYS) => arn.to_owned(),
        Some(alias) if alias.starts_with("alias/") => format!("{KEYS}behind-an-alias"),
        Some(id) => format!("{KEYS}{id}"),
    })
}

fn local_index(index: &sdk::LocalSecondaryIndex) -> sdk::LocalSecondaryIndexDescription {
    sdk::LocalSecondaryIndexDescription::builder()
        .index_name(index.index_name())
        .set_key_schema(Some(index.key_schema.clone()))
        .set_projection(index.projection.clone())
        .build()
}

fn global_index(index: &sdk::GlobalSecondaryIndex) -> sdk::GlobalSecondaryIndexDescription {
    sdk::GlobalSecondaryIndexDescription::builder()
        .index_name(index.index_name())
        .index_status(sdk::IndexStatus::Creating)
        .set_key_schema(Some(index.key_schema.clone()))
        .set_projection(index.projection.clone())
        .provisioned_throughput(units(index.provisioned_throughput.as_ref()))
        .set_on_demand_throughput(index.on_demand_throughput.clone())
        .build()
}

/// Without a period AWS keeps 35 days (API PointInTimeRecoverySpecification).
pub(super) fn recovery(wanted: &sdk::PointInTimeRecoverySpecification) -> RecoveryLive {
    match (
        wanted.point_in_time_recovery_enabled,
        wanted.recovery_period_in_days,
    ) {
        (false, _) => RecoveryLive::Off,
        (true, days) => RecoveryLive::Days(days.map_or(35, i32::unsigned_abs)),
    }
}
