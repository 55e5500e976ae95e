//! What a new table may be: keys, indexes, projections, throughput, streams, encryption, tags.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::builders::CreateTableFluentBuilder as Create;
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndex, LocalSecondaryIndex, OnDemandThroughput, Projection,
    ProjectionType, SseSpecification, SseType, StreamSpecification, StreamViewType, TableClass,
    Tag,
};

use super::shape::{all, definition, described, fresh, index, keyed, keys, refusal, units};

/// Keyed by `id` and `at`, on demand.
fn orders(client: &Client) -> Create {
    keyed(client, "Orders", &["id", "at"])
}

fn local(name: &str, key: &[&str], projection: Projection) -> LocalSecondaryIndex {
    LocalSecondaryIndex::builder()
        .index_name(name)
        .set_key_schema(Some(keys(key)))
        .projection(projection)
        .build()
        .unwrap()
}

fn include(prefix: &str, count: usize) -> Projection {
    let names = (0..count).map(|number| format!("{prefix}-{number}"));
    Projection::builder()
        .projection_type(ProjectionType::Include)
        .set_non_key_attributes(Some(names.collect()))
        .build()
}

fn projected(name: &str, projection: Projection) -> GlobalSecondaryIndex {
    let mut index = index(name, &["at"]);
    index.projection = Some(projection);
    index
}

/// With the attributes that local indexes are keyed by.
fn located(client: &Client, indexes: Vec<LocalSecondaryIndex>) -> Create {
    let mut used: Vec<String> = indexes
        .iter()
        .flat_map(LocalSecondaryIndex::key_schema)
        .map(|element| element.attribute_name.clone())
        .collect();
    used.sort_unstable();
    used.dedup();
    used.retain(|name| name != "id" && name != "at");
    let request = orders(client).set_local_secondary_indexes(Some(indexes));
    used.iter().fold(request, |request, name| {
        request.attribute_definitions(definition(name))
    })
}

/// None of the requests is answered, each for its reason.
async fn refused(cases: Vec<(Create, &str)>) {
    for (request, why) in cases {
        let told = refusal(request.send().await);
        assert!(told.starts_with("ValidationException: "), "{told}");
        assert!(told.contains(why), "{told}");
    }
}

#[tokio::test]
async fn local_indexes_share_the_partition_key_and_need_a_sort_key() {
    let (_dir, client) = fresh();
    let several = |count: usize| {
        let names = (0..count).map(|number| format!("by-{number}"));
        names
            .map(|name| local(&name, &["id", &name], all()))
            .collect::<Vec<_>>()
    };
    let simple = keyed(&client, "Simple", &["id"])
        .attribute_definitions(definition("by"))
        .local_secondary_indexes(local("by-x", &["id", "by"], all()));
    let twice = located(&client, vec![local("same", &["id", "x"], all())]);
    refused(vec![
        (simple, "does not have a range key"),
        (
            located(&client, vec![local("by-x", &["x", "at"], all())]),
            "same leading hash key",
        ),
        (
            located(&client, vec![local("by-x", &["id"], all())]),
            "does not have a range key for index",
        ),
        (located(&client, several(6)), "exceeds per-table limit of 5"),
        (
            located(&client, Vec::new()),
            "List of LocalSecondaryIndexes is empty",
        ),
        (
            twice.global_secondary_indexes(index("same", &["at"])),
            "Duplicate index name: same",
        ),
    ])
    .await;
    located(&client, several(5)).send().await.unwrap();
    let table = described(&client, "Orders").await;
    assert_eq!(table.local_secondary_indexes().len(), 5);
}

#[tokio::test]
async fn projections_name_attributes_only_to_include_them() {
    let (_dir, client) = fresh();
    let of = |kind: ProjectionType, names: Option<Vec<&str>>| {
        let names = names.map(|names| names.into_iter().map(str::to_owned).collect());
        let projection = Projection::builder().projection_type(kind);
        projection.set_non_key_attributes(names).build()
    };
    let global =
        |projection| orders(&client).global_secondary_indexes(projected("by-at", projection));
    let several = |counts: [usize; 6]| {
        (0..6)
            .zip(counts)
            .fold(orders(&client), |request, (number, count)| {
                let name = format!("index-{number}");
                request.global_secondary_indexes(projected(&name, include(&name, count)))
            })
    };
    refused(vec![
        (
            global(of(ProjectionType::All, Some(vec!["a"]))),
            "ProjectionType is ALL",
        ),
        (
            global(of(ProjectionType::KeysOnly, Some(vec!["a"]))),
            "ProjectionType is KEYS_ONLY",
        ),
        (
            global(of(ProjectionType::Include, None)),
            "NonKeyAttributes is not specified",
        ),
        (
            global(of(ProjectionType::Include, Some(Vec::new()))),
            "greater than or equal to 1",
        ),
        (
            global(of(ProjectionType::Include, Some(vec!["a", "a"]))),
            "Duplicate element in NonKeyAttributes: a",
        ),
        (global(include("a", 21)), "less than or equal to 20"),
        (
            global(Projection::builder().build()),
            "Unknown ProjectionType: null",
        ),
        (
            several([20, 20, 20, 20, 20, 1]),
            "exceeds the per-table limit of 100",
        ),
    ])
    .await;
    several([20, 20, 20, 20, 19, 1]).send().await.unwrap();
}

#[tokio::test]
async fn definitions_are_exactly_those_of_the_keys() {
    let (_dir, client) = fresh();
    refused(vec![
        (
            orders(&client).attribute_definitions(definition("extra")),
            "does not exactly match",
        ),
        (
            orders(&client)
                .attribute_definitions(definition("extra"))
                .global_secondary_indexes(index("by-at", &["at"])),
            "Some AttributeDefinitions are not used",
        ),
        (
            orders(&client).global_secondary_indexes(index("by-user", &["user"])),
            "are not defined in AttributeDefinitions",
        ),
        (
            orders(&client).attribute_definitions(definition("id")),
            "two attributes with the same name",
        ),
    ])
    .await;
    let mut many = orders(&client);
    for number in 0..21 {
        many = many.global_secondary_indexes(index(&format!("index-{number}"), &["at"]));
    }
    refused(vec![(many, "exceeds the per-table limit of 20")]).await;
}

#[tokio::test]
async fn throughput_is_as_the_billing_mode_wants_it() {
    let (_dir, client) = fresh();
    let provisioned = || {
        let request = orders(&client).billing_mode(BillingMode::Provisioned);
        request.provisioned_throughput(units(5, 5))
    };
    let maxima = |read: i64| {
        let maximum = OnDemandThroughput::builder().max_read_request_units(read);
        maximum.build()
    };
    let with = |capacity: Option<(i64, i64)>, most: Option<i64>| {
        let mut by_at = index("by-at", &["at"]);
        by_at.provisioned_throughput = capacity.map(|(read, write)| units(read, write));
        by_at.on_demand_throughput = most.map(maxima);
        by_at
    };
    refused(vec![
        (
            orders(&client).billing_mode(BillingMode::Provisioned),
            "must both be specified",
        ),
        (
            orders(&client).set_billing_mode(None),
            "must both be specified",
        ),
        (
            orders(&client).provisioned_throughput(units(5, 5)),
            "can be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            provisioned().provisioned_throughput(units(0, 5)),
            "greater than or equal to 1",
        ),
        (
            provisioned().on_demand_throughput(maxima(5)),
            "cannot be specified when table BillingMode is PROVISIONED",
        ),
        (
            provisioned().global_secondary_indexes(with(None, None)),
            "for index: by-at",
        ),
        (
            provisioned().global_secondary_indexes(with(Some((1, 1)), Some(5))),
            "cannot be specified when table BillingMode is PROVISIONED",
        ),
        (
            orders(&client).global_secondary_indexes(with(Some((1, 1)), None)),
            "for index: by-at",
        ),
        (
            orders(&client).on_demand_throughput(maxima(0)),
            "outside of valid range",
        ),
        (
            orders(&client).global_secondary_indexes(with(None, Some(-1))),
            "outside of valid range",
        ),
    ])
    .await;
    for request in [
        provisioned().provisioned_throughput(units(40_001, 1)),
        orders(&client).on_demand_throughput(maxima(40_001)),
    ] {
        let told = refusal(request.send().await);
        assert!(told.starts_with("LimitExceededException: "), "{told}");
    }
    let request = orders(&client).on_demand_throughput(maxima(50));
    let request = request.global_secondary_indexes(with(None, Some(60)));
    request.send().await.unwrap();
    let table = described(&client, "Orders").await;
    assert_eq!(table.on_demand_throughput, Some(maxima(50)));
    let of_index = table.global_secondary_indexes.unwrap().remove(0);
    assert_eq!(of_index.on_demand_throughput, Some(maxima(60)));
}

#[tokio::test]
async fn streams_encryption_and_class_are_whole_or_refused() {
    let (_dir, client) = fresh();
    let stream = |on: bool, view: Option<StreamViewType>| {
        let stream = StreamSpecification::builder().stream_enabled(on);
        let stream = stream.set_stream_view_type(view).build().unwrap();
        orders(&client).stream_specification(stream)
    };
    let sse = |on: Option<bool>, kind: Option<SseType>, key: Option<&str>| {
        let sse = SseSpecification::builder()
            .set_enabled(on)
            .set_sse_type(kind);
        let sse = sse.set_kms_master_key_id(key.map(str::to_owned)).build();
        orders(&client).sse_specification(sse)
    };
    let kms = || Some(SseType::Kms);
    refused(vec![
        (stream(true, None), "StreamViewType"),
        (
            stream(false, Some(StreamViewType::KeysOnly)),
            "StreamViewType",
        ),
        (
            stream(true, Some(StreamViewType::from("ALL"))),
            "enum value set",
        ),
        (sse(Some(true), None, Some("k")), "SSEType KMS is required"),
        (
            sse(Some(false), kms(), None),
            "SSEType can not be specified",
        ),
        (
            sse(Some(false), None, Some("k")),
            "KMSMasterKeyId can not be specified",
        ),
        (
            sse(Some(true), Some(SseType::Aes256), None),
            "AES256 is not supported",
        ),
        (
            orders(&client).table_class(TableClass::from("COLD")),
            "enum value set",
        ),
    ])
    .await;
    let arn = "arn:aws:kms:us-east-1:123456789012:key/k";
    for (number, (on, kind, key, expected)) in [
        (Some(false), None, None, None),
        (Some(true), kms(), Some(arn), Some(arn)),
        (Some(true), kms(), Some("k"), Some(arn)),
        (None, kms(), Some(arn), Some(arn)),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("Orders-{number}");
        let request = sse(on, kind, key).table_name(&name);
        request.send().await.unwrap();
        let shown = described(&client, &name).await.sse_description;
        let shown = shown.and_then(|it| it.kms_master_key_arn);
        assert_eq!(shown.as_deref(), expected, "{number}");
    }
}

#[tokio::test]
async fn tags_have_limits() {
    let (_dir, client) = fresh();
    let tagged = |pairs: Vec<(String, String)>| {
        pairs
            .into_iter()
            .fold(orders(&client), |request, (key, value)| {
                request.tags(Tag::builder().key(key).value(value).build().unwrap())
            })
    };
    let one = |key: &str, value: &str| tagged(vec![(key.to_owned(), value.to_owned())]);
    let several = |count: usize| {
        tagged(
            (0..count)
                .map(|n| (format!("k{n}"), String::new()))
                .collect(),
        )
    };
    refused(vec![
        (one("", "v"), "Tag key"),
        (one(&"k".repeat(129), "v"), "Tag key"),
        (one("k", &"v".repeat(257)), "Tag value"),
        (one("aws:k", "v"), "reserved for system use"),
        (one("k#", "v"), "letters, white space, numbers"),
        (
            tagged(vec![("k".into(), "1".into()), ("k".into(), "2".into())]),
            "Duplicate tag key",
        ),
        (several(51), "tag limit is 50"),
    ])
    .await;
    several(50).send().await.unwrap();
}
