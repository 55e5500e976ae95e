//! What is refused before the first write, and what it takes to be let through.

use aws_sdk_dynamodb::types as sdk;

use crate::support::Shop;

const MANIFEST: &str = "version: 1
project: shop
queues:
  orders: {visibility_timeout: 5m}
tables:
  Orders: {partition_key: id}
";

/// A queue and a table made by hand.
async fn by_hand(shop: &Shop) {
    let aws = shop.aws();
    aws.sqs()
        .create_queue()
        .queue_name("orders")
        .send()
        .await
        .unwrap();
    let key = sdk::KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(sdk::KeyType::Hash)
        .build()
        .unwrap();
    let definition = sdk::AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(sdk::ScalarAttributeType::S)
        .build()
        .unwrap();
    aws.dynamodb()
        .create_table()
        .table_name("Orders")
        .key_schema(key)
        .attribute_definitions(definition)
        .billing_mode(sdk::BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_made_by_hand_is_adopted_only_when_granted_and_confirmed() {
    let shop = Shop::with(MANIFEST);
    by_hand(&shop).await;
    insta::assert_snapshot!("adoption_plan", shop.run(&["plan"]).expect(0).shown());
    let refused = shop.run(&["create", "--all", "-q"]).expect(4);
    insta::assert_snapshot!("adoption_refused", refused.shown());
    let unconfirmed = shop.run(&["create", "--all", "--adopt"]).expect(4);
    assert!(
        unconfirmed.stderr.contains("--yes"),
        "{}",
        unconfirmed.shown()
    );
    assert!(shop.writes().is_empty());
    shop.converge(&["--adopt", "--yes"]);
    let aws = shop.aws();
    assert_eq!(aws.tags("orders").await["shopctl:origin"], "adopted");
    assert_eq!(aws.attributes("orders").await["VisibilityTimeout"], "300");
}

#[test]
fn what_belongs_to_another_project_is_never_touched() {
    let shop = Shop::with(&MANIFEST.replace("project: shop", "project: billing"));
    shop.converge(&[]);
    shop.write(MANIFEST);
    shop.forget();
    let refused = shop.run(&["create", "--all", "--adopt", "--yes"]).expect(4);
    assert!(
        refused.stderr.contains("belongs to project billing"),
        "{}",
        refused.shown()
    );
    assert!(shop.writes().is_empty());
}

#[test]
fn environments_of_one_project_are_apart() {
    let shop = Shop::with(&format!(
        "{MANIFEST}environments:\n  dev: {{naming: \"dev-{{name}}\"}}\n  prod: {{queues: {{orders: {{visibility_timeout: 10m}}}}}}\n"
    ));
    let unchosen = shop.run(&["plan"]).expect(64);
    assert!(unchosen.stderr.contains("dev") && unchosen.stderr.contains("prod"));
    shop.run(&["create", "--all", "--env", "dev"]).expect(0);
    shop.run(&["create", "--all", "--env", "prod"]).expect(0);
    for env in ["dev", "prod"] {
        let plan = shop
            .run(&["plan", "--env", env, "-o", "json"])
            .expect(0)
            .json();
        assert_eq!(plan["actions"], serde_json::json!([]), "{env}");
        assert_eq!(plan["unchanged"].as_array().map(Vec::len), Some(2));
    }
}

#[test]
fn another_account_is_refused_before_the_first_write() {
    let manifest = format!("{MANIFEST}account: \"123456789012\"\n");
    let shop = Shop::with(&manifest);
    // Local mode answers with the declared account, so this is ours.
    shop.converge(&[]);
    let plan = shop.run(&["plan", "-o", "json"]).expect(0).json();
    assert_eq!(plan["scope"]["account"], "123456789012");
}

#[test]
fn another_local_index_is_a_replacement() {
    let table = |indexes: &str| {
        format!(
            "version: 1\nproject: shop\ntables:\n  Orders: {{partition_key: id, sort_key: at, local_secondary_indexes: {{{indexes}}}}}\n"
        )
    };
    let shop = Shop::with(&table("by-day: {sort_key: day, projection: [total]}"));
    shop.converge(&[]);
    for other in [
        "",
        "by-day: {sort_key: hour}",
        "by-day: {sort_key: day, projection: KEYS_ONLY}",
        "by-day: {sort_key: day}, by-total: {sort_key: {name: total, type: N}}",
    ] {
        shop.write(&table(other));
        shop.forget();
        let refused = shop.run(&["create", "--all"]).expect(4);
        assert!(refused.stderr.contains("replace"), "{}", refused.shown());
        assert!(shop.writes().is_empty());
    }
    shop.write(&table("by-day: {sort_key: day, projection: [total]}"));
    shop.converge(&[]);
}

#[test]
fn every_hazard_is_refused_by_its_name_and_silence_is_no_consent() {
    let shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  orders: {message_retention_period: 4d}\n",
    );
    shop.converge(&[]);
    shop.write("version: 1\nproject: shop\nqueues:\n  orders: {message_retention_period: 1h}\n");
    shop.forget();
    let refused = shop.run(&["create", "--all", "-q"]).expect(4);
    insta::assert_snapshot!("hazard_refused", refused.shown());
    shop.run(&["create", "--all", "--allow", "delete-index", "--yes"])
        .expect(4);
    shop.run(&["create", "--all", "--allow", "lose-messages"])
        .expect(4);
    shop.run(&["create", "--all", "--allow", "lose"]).expect(64);
    assert!(shop.writes().is_empty());
    shop.converge(&["--allow", "lose-messages", "--yes"]);
}

#[test]
fn a_partial_run_names_what_it_misses() {
    let shop = Shop::with(
        "version: 1\nproject: shop\nqueues:\n  orders: {component: payment, redrive_policy: {dead_letter_queue: dead}}\n  dead: {message_retention_period: 14d}\n",
    );
    let missing = shop.run(&["create", "--component", "payment"]).expect(1);
    assert!(
        missing.stderr.contains("queue/orders: needs queue/dead"),
        "{}",
        missing.shown()
    );
    assert!(shop.writes().is_empty());
    shop.run(&["create", "--component", "sqs"]).expect(0);
    shop.run(&["create", "--component", "PAYMENT"]).expect(0);
    let typo = shop.run(&["create", "--component", "paymnt"]).expect(64);
    assert!(
        typo.stderr.contains("did you mean `payment`?"),
        "{}",
        typo.shown()
    );
}

#[test]
fn what_the_manifest_no_longer_names_is_noted_and_left_alone() {
    let mut shop = Shop::with(MANIFEST);
    shop.converge(&[]);
    shop.write("version: 1\nproject: shop\nqueues:\n  payments:\n");
    let plan = shop.run(&["plan"]).expect(0);
    insta::assert_snapshot!("orphans", plan.shown());
    shop.converge(&[]);
    // Another environment's resources are not this one's orphans.
    shop.write("version: 1\nproject: shop\nenvironments: {dev: {naming: \"dev-{name}\"}}\nqueues:\n  payments:\n");
    let other = shop.run(&["plan", "--env", "dev"]).expect(0);
    assert!(!other.stdout.contains("orphan"), "{}", other.shown());
    // Where looking is not allowed, the plan says so and goes on.
    shop.write(MANIFEST);
    shop.set("SHOPCTL_LOCAL_FAULTS", "GetResources=denied");
    let blind = shop.run(&["plan"]).expect(0);
    assert!(
        blind.stdout.contains("tag:GetResources"),
        "{}",
        blind.shown()
    );
    // Nobody takes an orphan that was not seen for one that is gone.
    let blind = shop.run(&["create", "--all", "--prune", "--yes"]);
    let blind = blind.expect(77);
    assert!(blind.stderr.contains("--prune"), "{}", blind.shown());
}
