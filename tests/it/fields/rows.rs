//! The settings of a table, each with what to declare and how an SDK client sees it.

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder as Update;
use aws_sdk_dynamodb::types as sdk;

use super::{Behind, Field, Seen};

/// What a table and its indexes cost, and the indexes themselves.
pub const THROUGHPUT_AND_INDEXES: [Field; 7] = [
    Field {
        table: "Billing",
        set: ("billing_mode: PAY_PER_REQUEST", "PAY_PER_REQUEST 0/0"),
        changed: (
            "billing_mode: PROVISIONED, read_capacity: 3, write_capacity: 4",
            "PROVISIONED 3/4",
        ),
        left: "",
        reset: ("billing_mode: default", "PAY_PER_REQUEST 0/0"),
        see: |seen| {
            let mode = seen
                .table
                .billing_mode_summary()
                .and_then(|it| it.billing_mode());
            let mode = mode.map_or("PROVISIONED", |mode| mode.as_str());
            format!("{mode} {}", capacity(seen.table.provisioned_throughput()))
        },
        behind: Behind::Table(|it| it.billing_mode(sdk::BillingMode::PayPerRequest)),
    },
    Field {
        table: "Capacity",
        set: (
            "billing_mode: PROVISIONED, read_capacity: 3, write_capacity: 4",
            "3/4",
        ),
        changed: (
            "billing_mode: PROVISIONED, read_capacity: 6, write_capacity: 2",
            "6/2",
        ),
        left: "",
        reset: ("billing_mode: default", "0/0"),
        see: |seen| capacity(seen.table.provisioned_throughput()),
        behind: Behind::Table(|it| it.provisioned_throughput(units(9, 9))),
    },
    Field {
        table: "Maximum",
        set: ("max_read_request_units: 40", "40/-"),
        changed: (
            "max_read_request_units: 20, max_write_request_units: 30",
            "20/30",
        ),
        left: "",
        reset: (
            "max_read_request_units: default, max_write_request_units: default",
            "-/-",
        ),
        see: |seen| maximum(seen.table.on_demand_throughput()),
        behind: Behind::Table(|it| it.on_demand_throughput(reads(70))),
    },
    Field {
        table: "IndexCapacity",
        set: (
            "billing_mode: PROVISIONED, read_capacity: 1, write_capacity: 1, global_secondary_indexes: {by-kind: {partition_key: kind, read_capacity: 5, write_capacity: 5}}",
            "5/5",
        ),
        changed: (
            "billing_mode: PROVISIONED, read_capacity: 1, write_capacity: 1, global_secondary_indexes: {by-kind: {partition_key: kind, read_capacity: 2, write_capacity: 8}}",
            "2/8",
        ),
        left: "global_secondary_indexes: {by-kind: {partition_key: kind}}",
        reset: (
            "billing_mode: default, global_secondary_indexes: {by-kind: {partition_key: kind}}",
            "0/0",
        ),
        see: |seen| capacity(index(seen).and_then(|it| it.provisioned_throughput())),
        behind: Behind::Table(|it| {
            it.global_secondary_index_updates(resize(|it| it.provisioned_throughput(units(9, 9))))
        }),
    },
    Field {
        table: "IndexMaximum",
        set: (
            "global_secondary_indexes: {by-kind: {partition_key: kind, max_read_request_units: 40}}",
            "40/-",
        ),
        changed: (
            "global_secondary_indexes: {by-kind: {partition_key: kind, max_read_request_units: 20, max_write_request_units: 30}}",
            "20/30",
        ),
        left: "global_secondary_indexes: {by-kind: {partition_key: kind}}",
        reset: (
            "global_secondary_indexes: {by-kind: {partition_key: kind, max_read_request_units: default, max_write_request_units: default}}",
            "-/-",
        ),
        see: |seen| maximum(index(seen).and_then(|it| it.on_demand_throughput())),
        behind: Behind::Table(|it| {
            it.global_secondary_index_updates(resize(|it| it.on_demand_throughput(reads(70))))
        }),
    },
    Field {
        table: "Indexes",
        set: (
            "global_secondary_indexes: {by-kind: {partition_key: kind}}",
            "by-kind(kind) ALL",
        ),
        changed: (
            "global_secondary_indexes: {by-kind: {partition_key: {name: size, type: N}, sort_key: kind}}",
            "by-kind(size,kind) ALL",
        ),
        left: "",
        reset: ("global_secondary_indexes: default", ""),
        see: shape,
        behind: Behind::Table(without_index),
    },
    Field {
        table: "Projection",
        set: (
            "global_secondary_indexes: {by-kind: {partition_key: kind, projection: KEYS_ONLY}}",
            "by-kind(kind) KEYS_ONLY",
        ),
        changed: (
            "global_secondary_indexes: {by-kind: {partition_key: kind, projection: [price, note]}}",
            "by-kind(kind) note price",
        ),
        left: "global_secondary_indexes: {by-kind: {partition_key: kind}}",
        reset: (
            "global_secondary_indexes: {by-kind: {partition_key: kind, projection: ALL}}",
            "by-kind(kind) ALL",
        ),
        see: shape,
        behind: Behind::Table(without_index),
    },
];

pub const OTHERS: [Field; 7] = [
    Field {
        table: "Recovery",
        set: ("point_in_time_recovery: true", "Some(35)"),
        changed: ("point_in_time_recovery: {recovery_period: 7d}", "Some(7)"),
        left: "",
        reset: ("point_in_time_recovery: default", "None"),
        see: |seen| format!("{:?}", seen.recovery),
        behind: Behind::Recovery(false),
    },
    Field {
        table: "Expiry",
        set: ("time_to_live: false", "None"),
        changed: ("time_to_live: expires_at", "Some(\"expires_at\")"),
        left: "",
        reset: ("time_to_live: default", "None"),
        see: |seen| format!("{:?}", seen.time_to_live),
        behind: Behind::TimeToLive("expires_at", false),
    },
    Field {
        table: "Stream",
        set: ("stream: NEW_IMAGE", "NEW_IMAGE"),
        changed: ("stream: KEYS_ONLY", "KEYS_ONLY"),
        left: "",
        reset: ("stream: default", "off"),
        see: |seen| {
            let view = seen
                .table
                .stream_specification()
                .and_then(|it| it.stream_view_type());
            view.map_or("off", |view| view.as_str()).to_owned()
        },
        behind: Behind::Table(|it| {
            let off = sdk::StreamSpecification::builder().stream_enabled(false);
            it.stream_specification(off.build().unwrap())
        }),
    },
    Field {
        table: "Encryption",
        set: ("encryption: aws_managed", "another key"),
        changed: (
            "encryption: {kms_key: 'arn:aws:kms:us-east-1:000000000000:key/0d1b2c3d-0000-4000-a000-000000000001'}",
            "the key",
        ),
        left: "",
        reset: ("encryption: default", "none"),
        see: |seen| {
            let key = seen
                .table
                .sse_description()
                .and_then(|it| it.kms_master_key_arn());
            let known = |arn: &str| {
                if arn.ends_with("0001") {
                    "the key"
                } else {
                    "another key"
                }
            };
            key.map_or("none", known).to_owned()
        },
        behind: Behind::Table(|it| {
            it.sse_specification(sdk::SseSpecification::builder().enabled(false).build())
        }),
    },
    Field {
        table: "Class",
        set: ("table_class: STANDARD", "STANDARD"),
        changed: (
            "table_class: STANDARD_INFREQUENT_ACCESS",
            "STANDARD_INFREQUENT_ACCESS",
        ),
        left: "",
        reset: ("table_class: default", "STANDARD"),
        see: |seen| {
            let class = seen
                .table
                .table_class_summary()
                .and_then(|it| it.table_class());
            class.map_or("STANDARD", |class| class.as_str()).to_owned()
        },
        behind: Behind::Table(|it| it.table_class(sdk::TableClass::Standard)),
    },
    Field {
        table: "Protection",
        set: ("deletion_protection: false", "false"),
        changed: ("deletion_protection: true", "true"),
        left: "",
        reset: ("deletion_protection: default", "false"),
        see: |seen| {
            seen.table
                .deletion_protection_enabled
                .unwrap_or_default()
                .to_string()
        },
        behind: Behind::Table(|it| it.deletion_protection_enabled(false)),
    },
    Field {
        table: "Tags",
        set: ("tags: {team: a}", "team=a"),
        changed: ("tags: {team: b}", "team=b"),
        left: "",
        reset: ("tags: {team: null}", ""),
        see: |seen| seen.tags.join(","),
        behind: Behind::Tag("team", "nobody"),
    },
];

fn without_index(update: Update) -> Update {
    let delete = sdk::DeleteGlobalSecondaryIndexAction::builder().index_name("by-kind");
    let change = sdk::GlobalSecondaryIndexUpdate::builder();
    update.global_secondary_index_updates(change.delete(delete.build().unwrap()).build())
}

fn units(read: i64, write: i64) -> sdk::ProvisionedThroughput {
    let units = sdk::ProvisionedThroughput::builder().read_capacity_units(read);
    units.write_capacity_units(write).build().unwrap()
}

fn reads(maximum: i64) -> sdk::OnDemandThroughput {
    let maximum = sdk::OnDemandThroughput::builder().max_read_request_units(maximum);
    maximum.build()
}

type Resize = sdk::builders::UpdateGlobalSecondaryIndexActionBuilder;

fn resize(set: fn(Resize) -> Resize) -> sdk::GlobalSecondaryIndexUpdate {
    let action = sdk::UpdateGlobalSecondaryIndexAction::builder().index_name("by-kind");
    let update = sdk::GlobalSecondaryIndexUpdate::builder();
    update.update(set(action).build().unwrap()).build()
}

fn index(seen: &Seen) -> Option<&sdk::GlobalSecondaryIndexDescription> {
    seen.table.global_secondary_indexes().first()
}

fn capacity(units: Option<&sdk::ProvisionedThroughputDescription>) -> String {
    let read = units
        .and_then(|it| it.read_capacity_units)
        .unwrap_or_default();
    let write = units
        .and_then(|it| it.write_capacity_units)
        .unwrap_or_default();
    format!("{read}/{write}")
}

fn maximum(units: Option<&sdk::OnDemandThroughput>) -> String {
    let one = |units: Option<i64>| units.map_or("-".to_owned(), |units| units.to_string());
    let (read, write) = units.map_or((None, None), |it| {
        (it.max_read_request_units, it.max_write_request_units)
    });
    format!("{}/{}", one(read), one(write))
}

fn shape(seen: &Seen) -> String {
    let shapes = seen.table.global_secondary_indexes().iter().map(|index| {
        let keys: Vec<_> = index
            .key_schema()
            .iter()
            .map(|key| key.attribute_name())
            .collect();
        let projection = index.projection().unwrap();
        let mut names = projection.non_key_attributes().to_vec();
        names.sort();
        let projected = match names.is_empty() {
            true => projection.projection_type().unwrap().as_str().to_owned(),
            false => names.join(" "),
        };
        format!(
            "{}({}) {projected}",
            index.index_name().unwrap(),
            keys.join(",")
        )
    });
    shapes.collect::<Vec<_>>().join(", ")
}
