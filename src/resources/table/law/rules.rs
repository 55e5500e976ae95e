//! The rules, each with the page that says so. Where AWS is silent about a request that asks for nothing new, it is
//! unlawful here: nothing that is set already is sent again.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::operation::create_table::CreateTableInput;
use aws_sdk_dynamodb::operation::update_table::UpdateTableInput;
use aws_sdk_dynamodb::types as sdk;

use crate::resources::table::config::{RecoveryLive, TimeToLiveStatus};
use crate::resources::tags::Tags;

use super::throughput::{self, is_provisioned};
use super::{State, Verdict, state};

/// What each index, or the table itself, has for keys.
pub type Schema<'a> = (Option<&'a str>, &'a [sdk::KeySchemaElement]);

pub fn refuse_if(broken: bool, rule: &str) -> Verdict {
    if broken { Err(rule.to_owned()) } else { Ok(()) }
}

pub fn schemas(table: &sdk::TableDescription) -> Vec<Schema<'_>> {
    let global = table.global_secondary_indexes().iter();
    let local = table.local_secondary_indexes().iter();
    std::iter::once((None, table.key_schema()))
        .chain(global.map(|it| (it.index_name(), it.key_schema())))
        .chain(local.map(|it| (it.index_name(), it.key_schema())))
        .collect()
}

pub fn in_use(schemas: &[Schema<'_>]) -> BTreeSet<String> {
    let keys = schemas.iter().flat_map(|(_, keys)| keys.iter());
    keys.map(|key| key.attribute_name.clone()).collect()
}

pub fn as_index(wanted: &sdk::CreateGlobalSecondaryIndexAction) -> sdk::GlobalSecondaryIndex {
    sdk::GlobalSecondaryIndex::builder()
        .index_name(wanted.index_name())
        .set_key_schema(Some(wanted.key_schema.clone()))
        .set_projection(wanted.projection.clone())
        .set_provisioned_throughput(wanted.provisioned_throughput.clone())
        .set_on_demand_throughput(wanted.on_demand_throughput.clone())
        .build()
        .unwrap()
}

pub fn create(request: &CreateTableInput, state: &State) -> Verdict {
    refuse_if(state.table.is_some(), "a table of this name exists")?;
    let global = request.global_secondary_indexes();
    let local = request.local_secondary_indexes();
    let mut all = vec![(None, request.key_schema())];
    all.extend(
        global
            .iter()
            .map(|it| (Some(it.index_name()), it.key_schema())),
    );
    all.extend(
        local
            .iter()
            .map(|it| (Some(it.index_name()), it.key_schema())),
    );
    let projections = global.iter().map(|it| it.projection());
    let projections = projections.chain(local.iter().map(|it| it.projection()));
    indexes(&all, projections.collect(), global.len())?;
    definitions(request.attribute_definitions(), &all)?;
    locals(request)?;
    throughput::create(request)?;
    if let Some(stream) = request.stream_specification() {
        viewed(stream)?;
    }
    if let Some(key) = request.sse_specification() {
        keyed(key)?;
    }
    let tags = request.tags().iter();
    let tags: Tags = tags
        .map(|tag| (tag.key.clone(), tag.value.clone()))
        .collect();
    refuse_if(tags.len() < request.tags().len(), "a tag is given twice")?;
    tagged(&tags)
}

pub fn update(request: &UpdateTableInput, state: &State) -> Verdict {
    let table = state.table.as_ref().ok_or("there is no such table")?;
    idle(table)?;
    one_thing(request)?;
    throughput::update(request, table)?;
    let updates = request.global_secondary_index_updates().iter();
    let mut created = None;
    for update in updates {
        if let Some(wanted) = update.delete() {
            let there = table.global_secondary_indexes().iter();
            let known = there
                .filter_map(|it| it.index_name())
                .any(|it| it == wanted.index_name());
            refuse_if(!known, "an index that is not there cannot be deleted")?;
        }
        created = created.or(update.create());
    }
    match created {
        Some(wanted) => new_index(request, &as_index(wanted), table)?,
        None => refuse_if(
            request.attribute_definitions.is_some(),
            "AttributeDefinitions are for a new index (API UpdateTable)",
        )?,
    }
    settings(request, table)
}

/// API UpdateTable: while the table is UPDATING, another request is refused.
fn idle(table: &sdk::TableDescription) -> Verdict {
    let mut indexes = table.global_secondary_indexes().iter();
    let busy = table.table_status != Some(sdk::TableStatus::Active)
        || indexes.any(|it| it.index_status != Some(sdk::IndexStatus::Active))
        || table
            .sse_description()
            .is_some_and(|it| it.status == Some(sdk::SseStatus::Updating));
    refuse_if(
        busy,
        "the table is UPDATING, or was not looked at since (API UpdateTable)",
    )
}

/// API UpdateTable: one of a change of throughput, an index created, an index deleted. The class goes alone.
fn one_thing(request: &UpdateTableInput) -> Verdict {
    let updates = request.global_secondary_index_updates();
    let created = updates.iter().filter(|it| it.create().is_some()).count();
    let deleted = updates.iter().filter(|it| it.delete().is_some()).count();
    let exclusive = usize::from(throughput::is_asked(request)) + created + deleted;
    refuse_if(
        exclusive > 1,
        "one of throughput, an index created, an index deleted (API UpdateTable)",
    )?;
    let others = [
        request.stream_specification.is_some(),
        request.sse_specification.is_some(),
        request.deletion_protection_enabled.is_some(),
    ];
    let others = exclusive + others.iter().filter(|it| **it).count();
    let class = request.table_class.is_some();
    refuse_if(!class && others == 0, "a request asks for something")?;
    refuse_if(class && others > 0, "a table class changes alone")
}

fn new_index(
    request: &UpdateTableInput,
    wanted: &sdk::GlobalSecondaryIndex,
    table: &sdk::TableDescription,
) -> Verdict {
    let mut all = schemas(table);
    all.push((Some(wanted.index_name()), wanted.key_schema()));
    let global = table.global_secondary_indexes();
    let local = table.local_secondary_indexes();
    let projections = global.iter().map(|it| it.projection());
    let projections = projections.chain(local.iter().map(|it| it.projection()));
    let projections = projections.chain([wanted.projection()]).collect();
    indexes(&all, projections, global.len() + 1)?;
    definitions(request.attribute_definitions(), &all)?;
    let given = types(request.attribute_definitions());
    let moved = types(table.attribute_definitions())
        .into_iter()
        .any(|(name, was)| given.get(name).is_some_and(|now| *now != was));
    refuse_if(moved, "an attribute in use keeps its type")?;
    throughput::part(
        is_provisioned(table.billing_mode_summary()),
        wanted.provisioned_throughput(),
        wanted.on_demand_throughput(),
    )
}

fn types(definitions: &[sdk::AttributeDefinition]) -> BTreeMap<&str, &sdk::ScalarAttributeType> {
    let definitions = definitions.iter();
    definitions
        .map(|it| (it.attribute_name(), it.attribute_type()))
        .collect()
}

/// API DeleteTable.
pub fn delete(state: &State) -> Verdict {
    let table = state.table.as_ref().ok_or("there is no such table")?;
    idle(table)?;
    refuse_if(
        table.deletion_protection_enabled == Some(true),
        "a protected table is not deleted",
    )
}

/// API CreateTable: the attributes defined are exactly the keys in use.
fn definitions(given: &[sdk::AttributeDefinition], all: &[Schema<'_>]) -> Verdict {
    let names: BTreeSet<_> = given.iter().map(|it| it.attribute_name.clone()).collect();
    refuse_if(names.len() < given.len(), "an attribute is defined twice")?;
    refuse_if(
        names != in_use(all),
        "AttributeDefinitions are exactly the keys in use (API CreateTable)",
    )
}

/// Names, keys and projections (API CreateTable, Projection; DG ServiceQuotas).
fn indexes(
    all: &[Schema<'_>],
    projections: Vec<Option<&sdk::Projection>>,
    global: usize,
) -> Verdict {
    let names: BTreeSet<_> = all.iter().map(|(name, _)| name).collect();
    refuse_if(names.len() < all.len(), "two indexes have one name")?;
    refuse_if(global > 20, "a table has at most 20 global indexes")?;
    for (_, keys) in all {
        let roles: Vec<_> = keys.iter().map(|key| key.key_type().as_str()).collect();
        refuse_if(
            roles != ["HASH"] && roles != ["HASH", "RANGE"],
            "a key is HASH, then RANGE",
        )?;
        let same = keys.len() == 2 && keys[0].attribute_name == keys[1].attribute_name;
        refuse_if(same, "HASH and RANGE are different attributes")?;
    }
    let mut sum = 0;
    for projection in projections {
        let projection = projection.ok_or("an index has a projection")?;
        let count = projection.non_key_attributes().len();
        let include = projection.projection_type == Some(sdk::ProjectionType::Include);
        refuse_if(
            include != (count > 0),
            "NonKeyAttributes are for INCLUDE (API Projection)",
        )?;
        refuse_if(count > 20, "an index includes at most 20 attributes")?;
        sum += count;
    }
    refuse_if(sum > 100, "all indexes include at most 100 attributes")
}

/// API LocalSecondaryIndex.
fn locals(request: &CreateTableInput) -> Verdict {
    let local = request.local_secondary_indexes();
    refuse_if(local.len() > 5, "a table has at most 5 local indexes")?;
    let table = request.key_schema();
    refuse_if(
        !local.is_empty() && table.len() < 2,
        "a local index needs a table with a sort key",
    )?;
    let other = |index: &sdk::LocalSecondaryIndex| {
        index.key_schema.len() != 2 || index.key_schema[0] != table[0]
    };
    refuse_if(
        local.iter().any(other),
        "a local index has the partition key of its table, and a sort key",
    )
}

/// API StreamSpecification, SSESpecification; and nothing is set to what it is.
fn settings(request: &UpdateTableInput, table: &sdk::TableDescription) -> Verdict {
    if let Some(stream) = request.stream_specification() {
        viewed(stream)?;
        let on = table
            .stream_specification()
            .is_some_and(|it| it.stream_enabled);
        refuse_if(
            stream.stream_enabled && on,
            "the stream is on already (API UpdateTable)",
        )?;
        refuse_if(
            !stream.stream_enabled && !on,
            "the stream is off already (API UpdateTable)",
        )?;
    }
    if let Some(key) = request.sse_specification() {
        keyed(key)?;
        let live = table
            .sse_description()
            .and_then(|it| it.kms_master_key_arn());
        let same = state::key_arn(key).as_deref() == live;
        refuse_if(same, "the table is encrypted with that key already")?;
    }
    if let Some(wanted) = request.table_class() {
        let live = table.table_class_summary().and_then(|it| it.table_class());
        let live = live.unwrap_or(&sdk::TableClass::Standard);
        refuse_if(live == wanted, "the table is of that class already")?;
    }
    let on = table.deletion_protection_enabled.unwrap_or_default();
    refuse_if(
        request.deletion_protection_enabled == Some(on),
        "the deletion protection is that already",
    )
}

fn viewed(stream: &sdk::StreamSpecification) -> Verdict {
    refuse_if(
        stream.stream_enabled != stream.stream_view_type.is_some(),
        "a view type is for a stream that is on (API StreamSpecification)",
    )
}

fn keyed(key: &sdk::SseSpecification) -> Verdict {
    let named = key.kms_master_key_id.is_some() || key.sse_type.is_some();
    refuse_if(
        key.enabled != Some(true) && named,
        "a KMS key is for encryption that is enabled (API SSESpecification)",
    )
}

/// API UpdateTimeToLive.
pub fn time_to_live(attribute: &str, enabled: bool, state: &State) -> Verdict {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    refuse_if(!is_made(state), "the table is not ACTIVE")?;
    let live = &state.time_to_live;
    match (enabled, live.status) {
        (_, Enabling | Disabling) => {
            Err("a change of time to live is under way, or was not looked at since".to_owned())
        }
        (true, Enabled) => Err("time to live is enabled already".to_owned()),
        (false, Disabled) => Err("time to live is disabled already".to_owned()),
        (true, Disabled) => Ok(()),
        (false, Enabled) => refuse_if(
            live.attribute.as_deref() != Some(attribute),
            "time to live is disabled by the attribute that it has",
        ),
    }
}

/// API PointInTimeRecoverySpecification.
pub fn recovery(wanted: &sdk::PointInTimeRecoverySpecification, state: &State) -> Verdict {
    refuse_if(!is_made(state), "the table is not ACTIVE")?;
    let days = wanted.recovery_period_in_days;
    refuse_if(
        !wanted.point_in_time_recovery_enabled && days.is_some(),
        "a recovery period is for recovery that is enabled",
    )?;
    refuse_if(
        days.is_some_and(|days| !(1..=35).contains(&days)),
        "a recovery period is 1 to 35 days",
    )?;
    let on = |recovery| recovery != RecoveryLive::Off;
    let same = match days {
        Some(_) => state::recovery(wanted) == state.recovery,
        None => on(state::recovery(wanted)) == on(state.recovery),
    };
    refuse_if(same, "the recovery is that already")
}

fn is_made(state: &State) -> bool {
    let table = state.table.as_ref();
    table.is_some_and(|it| it.table_status != Some(sdk::TableStatus::Creating))
}

/// API TagResource; DG Tagging.
pub fn tag(tags: &Tags, state: &State) -> Verdict {
    refuse_if(tags.is_empty(), "a request asks for something")?;
    let set = |(key, value): (&String, &String)| state.tags.get(key) == Some(value);
    refuse_if(tags.iter().any(set), "a tag is that already")?;
    let mut all = state.tags.clone();
    all.extend(tags.clone());
    tagged(&all)
}

fn tagged(tags: &Tags) -> Verdict {
    refuse_if(tags.len() > 50, "a table has at most 50 tags")?;
    let reserved = tags.keys().any(|key| key.starts_with("aws:"));
    refuse_if(reserved, "tags that begin with aws: are AWS's own")
}

pub fn untag(keys: &[String], state: &State) -> Verdict {
    refuse_if(keys.is_empty(), "a request asks for something")?;
    let absent = keys.iter().any(|key| !state.tags.contains_key(key));
    refuse_if(absent, "a tag that is not there cannot be removed")
}
