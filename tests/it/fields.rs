//! Every setting of a table: set, changed, changed behind our back, taken out of the manifest, reset.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_table::builders::UpdateTableFluentBuilder as Update;
use aws_sdk_dynamodb::types as sdk;

use crate::support::{Aws, Shop, redact};

mod rows;

/// A table for one setting, as lines of the manifest say it and as an SDK client sees it.
struct Field {
    table: &'static str,
    set: (&'static str, &'static str),
    changed: (&'static str, &'static str),
    /// Taken out of the manifest: what is left of it there.
    left: &'static str,
    reset: (&'static str, &'static str),
    see: fn(&Seen) -> String,
    behind: Behind,
}

/// A change behind our back.
enum Behind {
    Table(fn(Update) -> Update),
    TimeToLive(&'static str, bool),
    Recovery(bool),
    Tag(&'static str, &'static str),
}

struct Seen {
    table: sdk::TableDescription,
    time_to_live: Option<String>,
    recovery: Option<i32>,
    tags: Vec<String>,
}

/// How far apart the steps are: more than an hour for time to live, more than a month for the table class.
const STEP: u64 = 1_000;
const GRANTS: [&str; 3] = ["--allow", "delete-index,weaken", "--yes"];

async fn look(aws: &Aws, table: &str) -> Seen {
    let description = aws.table(table).await;
    let backups = aws
        .dynamodb()
        .describe_continuous_backups()
        .table_name(table);
    let backups = backups.send().await.unwrap().continuous_backups_description;
    let recovery = backups.and_then(|it| it.point_in_time_recovery_description);
    let arn = description.table_arn().unwrap();
    let tags = aws.dynamodb().list_tags_of_resource().resource_arn(arn);
    let tags = tags.send().await.unwrap().tags.unwrap_or_default();
    let own = tags.iter().filter(|tag| !tag.key.starts_with("shopctl:"));
    Seen {
        time_to_live: aws.time_to_live(table).await.attribute_name,
        recovery: recovery.and_then(|it| it.recovery_period_in_days),
        tags: own
            .map(|tag| format!("{}={}", tag.key, tag.value))
            .collect(),
        table: description,
    }
}

async fn drift(aws: &Aws, table: &str, behind: &Behind) {
    let client = aws.dynamodb();
    match behind {
        Behind::Table(change) => {
            change(client.update_table().table_name(table))
                .send()
                .await
                .unwrap();
        }
        Behind::TimeToLive(attribute, on) => {
            let wanted = sdk::TimeToLiveSpecification::builder().attribute_name(*attribute);
            let wanted = wanted.enabled(*on).build().unwrap();
            let update = client.update_time_to_live().table_name(table);
            update
                .time_to_live_specification(wanted)
                .send()
                .await
                .unwrap();
        }
        Behind::Recovery(on) => {
            let wanted = sdk::PointInTimeRecoverySpecification::builder();
            let wanted = wanted.point_in_time_recovery_enabled(*on).build().unwrap();
            let update = client.update_continuous_backups().table_name(table);
            update
                .point_in_time_recovery_specification(wanted)
                .send()
                .await
                .unwrap();
        }
        Behind::Tag(key, value) => {
            let tag = sdk::Tag::builder().key(*key).value(*value).build().unwrap();
            let arn = aws.table(table).await.table_arn.unwrap();
            client
                .tag_resource()
                .resource_arn(arn)
                .tags(tag)
                .send()
                .await
                .unwrap();
        }
    }
}

/// One shop, one table a setting, and a time that moves on from step to step.
struct Steps {
    shop: Shop,
    group: String,
    fields: &'static [Field],
    hours: u64,
}

impl Steps {
    fn declare(&self, line: impl Fn(&Field) -> &'static str) {
        let mut manifest = "version: 1\nproject: shop\ntables:\n".to_owned();
        for field in self.fields {
            let line = line(field);
            let table = field.table;
            manifest.push_str(&format!("  {table}: {{partition_key: id, {line}}}\n"));
        }
        self.shop.write(&manifest);
    }

    fn later(&mut self) -> Aws {
        self.hours += STEP;
        let clock = self.hours;
        self.shop.set("SHOPCTL_LOCAL_CLOCK", &format!("+{clock}h"));
        self.shop
            .aws_as(|options| options.clock = Duration::from_secs(clock * 3_600))
    }

    fn plan(&self, step: &str) {
        let plan = self.shop.run(&["plan"]).expect(0);
        insta::assert_snapshot!(format!("{}_{step}", self.group), redact(&plan.stdout));
    }

    /// The plan says exactly what differs; once it is carried out there is nothing to do.
    fn carry_out(&self, step: &str) {
        self.plan(step);
        self.shop.converge(&GRANTS);
    }

    async fn see(&self, aws: &Aws, expected: impl Fn(&Field) -> &'static str) {
        for field in self.fields {
            let seen = (field.see)(&look(aws, field.table).await);
            assert_eq!(seen, expected(field), "{}", field.table);
        }
    }
}

async fn live(group: &str, fields: &'static [Field]) {
    let mut steps = Steps {
        shop: Shop::empty(),
        group: group.to_owned(),
        fields,
        hours: 0,
    };
    steps.declare(|field| field.set.0);
    steps.shop.converge(&[]);
    steps.see(&steps.shop.aws(), |field| field.set.1).await;

    let aws = steps.later();
    steps.declare(|field| field.changed.0);
    steps.carry_out("changed");
    steps.see(&aws, |field| field.changed.1).await;

    let aws = steps.later();
    for field in steps.fields {
        drift(&aws, field.table, &field.behind).await;
        let seen = (field.see)(&look(&aws, field.table).await);
        assert_ne!(seen, field.changed.1, "{}: nothing moved", field.table);
    }
    let aws = steps.later();
    steps.carry_out("behind");
    steps.see(&aws, |field| field.changed.1).await;

    steps.declare(|field| field.left);
    steps.plan("left");
    steps.shop.settled();
    steps.see(&aws, |field| field.changed.1).await;

    let aws = steps.later();
    steps.declare(|field| field.reset.0);
    steps.carry_out("reset");
    steps.see(&aws, |field| field.reset.1).await;
}

#[tokio::test]
async fn throughput_and_indexes() {
    live("throughput_and_indexes", &rows::THROUGHPUT_AND_INDEXES).await;
}

#[tokio::test]
async fn other_settings() {
    live("other_settings", &rows::OTHERS).await;
}

#[tokio::test]
async fn local_indexes_are_for_the_life_of_a_table() {
    let shop = Shop::empty();
    let declare = |line: &str| {
        shop.write(&format!(
            "version: 1\nproject: shop\ntables:\n  Orders: {{partition_key: id, sort_key: at, {line}}}\n"
        ));
    };
    let sort_key = async || {
        let table = shop.aws().table("Orders").await;
        let index = table.local_secondary_indexes().first();
        index.map(|index| index.key_schema()[1].attribute_name.clone())
    };
    declare("local_secondary_indexes: {by-kind: {sort_key: kind}}");
    shop.converge(&[]);
    assert_eq!(sort_key().await.as_deref(), Some("kind"));
    for other in ["{by-kind: {sort_key: size}}", "{}", "default"] {
        declare(&format!("local_secondary_indexes: {other}"));
        shop.forget();
        let refused = shop.run(&["create", "--all", "--yes"]).expect(4);
        assert!(
            refused.stderr.contains("--allow replace"),
            "{}",
            refused.shown()
        );
        assert_eq!(shop.writes(), Vec::<String>::new());
    }
    declare("");
    shop.settled();
    assert_eq!(sort_key().await.as_deref(), Some("kind"));
    declare("local_secondary_indexes: {by-kind: {sort_key: size}}");
    shop.converge(&["--allow", "replace", "--yes"]);
    assert_eq!(sort_key().await.as_deref(), Some("size"));
}
