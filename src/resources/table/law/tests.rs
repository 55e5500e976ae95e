//! The judge refuses: each rule by a request that breaks it.

use aws_sdk_dynamodb::operation::create_table::CreateTableInput;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableInputBuilder;
use aws_sdk_dynamodb::operation::update_table::UpdateTableInput;
use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableInputBuilder;

use super::*;

fn attribute(name: &str, kind: &str) -> sdk::AttributeDefinition {
    let attribute = sdk::AttributeDefinition::builder().attribute_name(name);
    attribute.attribute_type(kind.into()).build().unwrap()
}

fn keys(names: &[&str]) -> Vec<sdk::KeySchemaElement> {
    let roles = [sdk::KeyType::Hash, sdk::KeyType::Range];
    let pairs = names.iter().zip(roles);
    let element = pairs.map(|(name, role)| {
        let key = sdk::KeySchemaElement::builder().attribute_name(*name);
        key.key_type(role).build().unwrap()
    });
    element.collect()
}

fn units(read: i64, write: i64) -> sdk::ProvisionedThroughput {
    let units = sdk::ProvisionedThroughput::builder().read_capacity_units(read);
    units.write_capacity_units(write).build().unwrap()
}

fn reads(maximum: i64) -> sdk::OnDemandThroughput {
    let maximum = sdk::OnDemandThroughput::builder().max_read_request_units(maximum);
    maximum.build()
}

fn including(names: &[&str]) -> sdk::Projection {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    sdk::Projection::builder()
        .projection_type(sdk::ProjectionType::Include)
        .set_non_key_attributes(Some(names))
        .build()
}

fn everything() -> sdk::Projection {
    let all = sdk::Projection::builder();
    all.projection_type(sdk::ProjectionType::All).build()
}

fn global(name: &str, key: &str, capacity: bool) -> sdk::GlobalSecondaryIndex {
    sdk::GlobalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(&[key])))
        .projection(everything())
        .set_provisioned_throughput(capacity.then(|| units(5, 5)))
        .build()
        .unwrap()
}

fn local(name: &str, schema: &[&str], projection: sdk::Projection) -> sdk::LocalSecondaryIndex {
    sdk::LocalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(schema)))
        .projection(projection)
        .build()
        .unwrap()
}

/// A table with the index `by-kind`; `capacity`: provisioned, at 5 and 5.
fn table(capacity: bool) -> CreateTableInputBuilder {
    let request = CreateTableInput::builder()
        .table_name("T")
        .set_key_schema(Some(keys(&["id", "at"])))
        .attribute_definitions(attribute("id", "S"))
        .attribute_definitions(attribute("at", "N"))
        .attribute_definitions(attribute("kind", "S"))
        .global_secondary_indexes(global("by-kind", "kind", capacity));
    match capacity {
        true => request.provisioned_throughput(units(5, 5)),
        false => request.billing_mode(sdk::BillingMode::PayPerRequest),
    }
}

fn made(capacity: bool) -> State {
    let mut state = State::default();
    let request = table(capacity).build().unwrap();
    assert_eq!(rules::create(&request, &state), Ok(()));
    state.create(&request);
    state.settle();
    state
}

fn ask() -> UpdateTableInputBuilder {
    UpdateTableInput::builder().table_name("T")
}

fn delete(name: &str) -> sdk::GlobalSecondaryIndexUpdate {
    let delete = sdk::DeleteGlobalSecondaryIndexAction::builder().index_name(name);
    let update = sdk::GlobalSecondaryIndexUpdate::builder();
    update.delete(delete.build().unwrap()).build()
}

fn resize(name: &str, read: i64, write: i64) -> sdk::GlobalSecondaryIndexUpdate {
    let action = sdk::UpdateGlobalSecondaryIndexAction::builder().index_name(name);
    let action = action.provisioned_throughput(units(read, write)).build();
    let update = sdk::GlobalSecondaryIndexUpdate::builder();
    update.update(action.unwrap()).build()
}

fn add(name: &str, key: &str, capacity: Option<i64>) -> sdk::GlobalSecondaryIndexUpdate {
    let create = sdk::CreateGlobalSecondaryIndexAction::builder()
        .index_name(name)
        .set_key_schema(Some(keys(&[key])))
        .set_provisioned_throughput(capacity.map(|each| units(each, each)))
        .projection(everything());
    let update = sdk::GlobalSecondaryIndexUpdate::builder();
    update.create(create.build().unwrap()).build()
}

/// A request that adds an index on the key `kind` or `size`.
fn adding(name: &str, key: &str) -> UpdateTableInputBuilder {
    let request = ask()
        .attribute_definitions(attribute("id", "S"))
        .attribute_definitions(attribute("at", "N"))
        .attribute_definitions(attribute("kind", "S"));
    let request = match key {
        "kind" => request,
        other => request.attribute_definitions(attribute(other, "S")),
    };
    request.global_secondary_index_updates(add(name, key, None))
}

fn stream(on: bool, view: Option<sdk::StreamViewType>) -> sdk::StreamSpecification {
    let stream = sdk::StreamSpecification::builder().stream_enabled(on);
    stream.set_stream_view_type(view).build().unwrap()
}

fn key(id: &str) -> sdk::SseSpecification {
    let key = sdk::SseSpecification::builder().enabled(true);
    key.kms_master_key_id(id).build()
}

#[test]
fn a_table_that_aws_would_not_make() {
    let many: Vec<_> = (0..21).map(|n| format!("a{n}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let lsi =
        |schema, projection| table(false).local_secondary_indexes(local("l", schema, projection));
    for (request, rule) in [
        (
            table(false).attribute_definitions(attribute("more", "S")),
            "exactly the keys in use",
        ),
        (
            table(false).attribute_definitions(attribute("kind", "N")),
            "defined twice",
        ),
        (
            table(false).global_secondary_indexes(global("by-kind", "id", false)),
            "one name",
        ),
        (
            table(false).global_secondary_indexes(global("b", "id", true)),
            "takes no capacity",
        ),
        (
            table(true).global_secondary_indexes(global("b", "id", false)),
            "needs a capacity",
        ),
        (
            table(true).on_demand_throughput(reads(9)),
            "takes no on-demand maximum",
        ),
        (
            table(false).on_demand_throughput(reads(-1)),
            "no maximum to remove",
        ),
        (table(false).on_demand_throughput(reads(0)), "1 or more"),
        (table(true).provisioned_throughput(units(0, 1)), "1 or more"),
        (
            lsi(&["kind", "at"], everything()),
            "partition key of its table",
        ),
        (lsi(&["id", "id"], everything()), "different attributes"),
        (lsi(&["id", "kind"], including(&[])), "are for INCLUDE"),
        (lsi(&["id", "kind"], including(&many)), "at most 20"),
        (
            table(false).stream_specification(stream(true, None)),
            "view type",
        ),
    ] {
        let verdict = rules::create(&request.build().unwrap(), &State::default());
        let why = verdict.expect_err(rule);
        assert!(why.contains(rule), "{why}: not {rule}");
    }
}

#[test]
fn an_update_that_aws_would_refuse() {
    let protect = ask().deletion_protection_enabled(true);
    let view = Some(sdk::StreamViewType::KeysOnly);
    let provisioned = ask().billing_mode(sdk::BillingMode::Provisioned);
    for (capacity, request, rule) in [
        (false, ask(), "asks for something"),
        (
            false,
            protect.table_class(sdk::TableClass::StandardInfrequentAccess),
            "alone",
        ),
        (
            false,
            ask().table_class(sdk::TableClass::Standard),
            "class already",
        ),
        (
            false,
            ask().deletion_protection_enabled(false),
            "that already",
        ),
        (
            false,
            ask().stream_specification(stream(false, None)),
            "off already",
        ),
        (
            false,
            ask().stream_specification(stream(true, None)),
            "view type",
        ),
        (
            false,
            ask().stream_specification(stream(false, view)),
            "view type",
        ),
        (
            false,
            ask().sse_specification(sdk::SseSpecification::builder().enabled(false).build()),
            "that key already",
        ),
        (
            false,
            ask().global_secondary_index_updates(delete("other")),
            "not there",
        ),
        (
            false,
            adding("b", "size").global_secondary_index_updates(delete("by-kind")),
            "one of throughput",
        ),
        (
            false,
            adding("b", "size").global_secondary_index_updates(add("c", "size", None)),
            "one of throughput",
        ),
        (
            false,
            adding("b", "size").on_demand_throughput(reads(9)),
            "one of throughput",
        ),
        (false, adding("by-kind", "kind"), "one name"),
        (
            false,
            adding("b", "kind").attribute_definitions(attribute("more", "S")),
            "exactly the keys",
        ),
        (
            false,
            ask()
                .attribute_definitions(attribute("id", "S"))
                .on_demand_throughput(reads(9)),
            "for a new index",
        ),
        (true, adding("b", "size"), "needs a capacity"),
        (
            false,
            ask().provisioned_throughput(units(5, 5)),
            "takes no capacity",
        ),
        (
            true,
            ask().on_demand_throughput(reads(9)),
            "takes no on-demand maximum",
        ),
        (
            false,
            ask().on_demand_throughput(reads(-1)),
            "will not change",
        ),
        (
            true,
            ask().provisioned_throughput(units(5, 5)),
            "will not change",
        ),
        (true, provisioned, "mode is that already"),
        (
            false,
            ask()
                .billing_mode(sdk::BillingMode::Provisioned)
                .provisioned_throughput(units(5, 5)),
            "each global index",
        ),
        (
            true,
            ask()
                .billing_mode(sdk::BillingMode::PayPerRequest)
                .provisioned_throughput(units(6, 6)),
            "takes no capacity",
        ),
        (
            true,
            ask().provisioned_throughput(units(4, 6)),
            "lowered apart",
        ),
        (
            true,
            ask()
                .provisioned_throughput(units(4, 5))
                .global_secondary_index_updates(resize("by-kind", 4, 5)),
            "lowered apart",
        ),
        (
            true,
            ask()
                .provisioned_throughput(units(4, 5))
                .global_secondary_index_updates(resize("by-kind", 6, 5)),
            "lowered apart",
        ),
        (
            true,
            ask().global_secondary_index_updates(resize("other", 6, 5)),
            "not there",
        ),
    ] {
        let verdict = rules::update(&request.build().unwrap(), &made(capacity));
        let why = verdict.expect_err(rule);
        assert!(why.contains(rule), "{why}: not {rule}");
    }
}

#[test]
fn a_lawful_update_is_in_the_way_until_somebody_looks() {
    let mut state = made(true);
    let raise = ask().provisioned_throughput(units(6, 5));
    let raise = raise
        .global_secondary_index_updates(resize("by-kind", 7, 7))
        .build()
        .unwrap();
    let protect = ask().deletion_protection_enabled(true).build().unwrap();
    assert_eq!(rules::update(&raise, &state), Ok(()));
    state.update(&raise);
    assert!(
        rules::update(&protect, &state)
            .unwrap_err()
            .contains("UPDATING")
    );
    state.settle();
    assert_eq!(rules::update(&protect, &state), Ok(()));

    let encrypt = ask().sse_specification(key("alias/k")).build().unwrap();
    assert_eq!(rules::update(&encrypt, &state), Ok(()));
    state.update(&encrypt);
    state.settle();
    assert!(
        rules::update(&encrypt, &state)
            .unwrap_err()
            .contains("that key already")
    );
}

#[test]
fn a_protected_table_is_not_deleted() {
    let mut state = made(false);
    assert_eq!(rules::delete(&state), Ok(()));
    let protect = ask().deletion_protection_enabled(true).build().unwrap();
    state.update(&protect);
    assert!(rules::delete(&state).unwrap_err().contains("UPDATING"));
    state.settle();
    assert!(rules::delete(&state).unwrap_err().contains("protected"));
}

#[test]
fn an_attribute_in_use_keeps_its_type() {
    let mut state = made(false);
    let request = ask()
        .attribute_definitions(attribute("id", "S"))
        .attribute_definitions(attribute("at", "N"))
        .attribute_definitions(attribute("kind", "B"))
        .global_secondary_index_updates(add("b", "kind", None))
        .build()
        .unwrap();
    assert!(
        rules::update(&request, &state)
            .unwrap_err()
            .contains("keeps its type")
    );
    // Once the index that used it is gone, it may have another.
    let gone = ask()
        .global_secondary_index_updates(delete("by-kind"))
        .build()
        .unwrap();
    state.update(&gone);
    state.settle();
    assert_eq!(rules::update(&request, &state), Ok(()));
}

#[test]
fn time_to_live_changes_one_step_at_a_time() {
    use TimeToLiveStatus::{Disabled, Enabled, Enabling};
    for (status, attribute, enabled, rule) in [
        (Disabled, "a", false, "disabled already"),
        (Enabled, "a", true, "enabled already"),
        (Enabled, "b", true, "enabled already"),
        (Enabled, "b", false, "the attribute that it has"),
        (Enabling, "a", false, "under way"),
    ] {
        let mut state = made(false);
        state.time_to_live = TimeToLiveLive {
            status,
            attribute: (status != Disabled).then(|| "a".to_owned()),
        };
        let why = rules::time_to_live(attribute, enabled, &state).expect_err(rule);
        assert!(why.contains(rule), "{why}: not {rule}");
    }
}

#[test]
fn recovery_and_tags_are_not_set_to_what_they_are() {
    let recovery = |on, days: Option<i32>| {
        let wanted = sdk::PointInTimeRecoverySpecification::builder();
        let wanted = wanted.point_in_time_recovery_enabled(on);
        wanted.set_recovery_period_in_days(days).build().unwrap()
    };
    let mut state = made(false);
    state.recovery = RecoveryLive::Days(7);
    state.tags = Tags::from([("team".into(), "a".into())]);
    for (on, days) in [
        (true, None),
        (true, Some(7)),
        (true, Some(36)),
        (false, Some(7)),
    ] {
        assert!(
            rules::recovery(&recovery(on, days), &state).is_err(),
            "{on} {days:?}"
        );
    }
    assert_eq!(rules::recovery(&recovery(true, Some(8)), &state), Ok(()));
    assert!(rules::tag(&state.tags, &state).is_err());
    assert!(rules::untag(&["other".into()], &state).is_err());
    assert!(rules::tag(&Tags::from([("aws:x".into(), "a".into())]), &state).is_err());
}
