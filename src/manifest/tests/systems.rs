//! What a valid manifest declares.

use super::*;
use crate::model::presence::Presence;

#[test]
fn a_valid_manifest_becomes_resources() {
    let text = "\
version: 1
project: shop
naming: \"{project}-{env}-{name}\"
tags: {system: shop, team: a}
environments: {dev: {queues: {orders.fifo: {delay: 3}}}, prod: }
queues:
  orders.fifo:
    delay: 1m
    content_based_deduplication: true
    redrive_policy: {dead_letter_queue: dead.fifo}
    tags: {team: b, build: 0123}
    component: Payment
  dead.fifo:
tables:
  Cart:
    name: cart.v1
    partition_key: {name: id, type: N}
    global_secondary_indexes: {by-day: {partition_key: day, projection: [total]}}
    time_to_live: false
";
    let system = system(text, Some("dev"));
    let targets: Vec<_> = system
        .targets()
        .iter()
        .map(|target| {
            (
                target.id.to_string(),
                target.name.as_str(),
                target.component.as_str(),
            )
        })
        .collect();
    assert_eq!(
        targets,
        [
            ("queue/dead.fifo".into(), "shop-dev-dead.fifo", "sqs"),
            (
                "queue/orders.fifo".into(),
                "shop-dev-orders.fifo",
                "payment"
            ),
            ("table/Cart".into(), "cart.v1", "dynamodb"),
        ]
    );
    assert_eq!(
        system.targets()[1].depends_on,
        [ResourceId::queue("dead.fifo")]
    );
    let names = [
        "create-queues",
        "create-tables",
        "dynamodb",
        "payment",
        "sqs",
    ];
    assert_eq!(system.components(), names.map(ComponentName::new));
    let scope = Scope {
        partition: "aws".into(),
        account: "123456789012".into(),
        region: "eu-west-1".into(),
    };
    let resources = system.resources(&scope);
    let (Desired::Queue(queue), Desired::Table(table)) =
        (&resources[1].desired, &resources[2].desired)
    else {
        panic!("{resources:?}");
    };
    assert_eq!(queue.delay, Some(Seconds(3)), "the overlay wins");
    assert_eq!(queue.visibility_timeout, None);
    let redrive = queue.redrive_policy.as_ref().and_then(Presence::present);
    let redrive = redrive.unwrap();
    assert_eq!(
        redrive.dead_letter_target_arn,
        "arn:aws:sqs:eu-west-1:123456789012:shop-dev-dead.fifo"
    );
    assert_eq!(redrive.max_receive_count, 10);
    insta::assert_json_snapshot!(queue.tags, @r#"
    {
      "build": "0123",
      "shopctl:component": "payment",
      "shopctl:env": "dev",
      "shopctl:project": "shop",
      "system": "shop",
      "team": "b"
    }
    "#);
    insta::assert_json_snapshot!(table, @r#"
    {
      "partition_key": {
        "name": "id",
        "type": "N"
      },
      "sort_key": null,
      "global_secondary_indexes": {
        "by-day": {
          "partition_key": {
            "name": "day",
            "type": "S"
          },
          "sort_key": null,
          "projection": {
            "INCLUDE": [
              "total"
            ]
          },
          "throughput": {
            "capacity": {
              "read": null,
              "write": null
            },
            "maximum": {
              "read": null,
              "write": null
            }
          }
        }
      },
      "local_secondary_indexes": null,
      "billing_mode": null,
      "throughput": {
        "capacity": {
          "read": null,
          "write": null
        },
        "maximum": {
          "read": null,
          "write": null
        }
      },
      "deletion_protection": null,
      "point_in_time_recovery": null,
      "time_to_live": "off",
      "stream": null,
      "encryption": null,
      "table_class": null,
      "tags": {
        "shopctl:component": "dynamodb",
        "shopctl:env": "dev",
        "shopctl:project": "shop",
        "system": "shop",
        "team": "a"
      },
      "untag": [],
      "ignore": []
    }
    "#);
}

#[test]
fn anchors_and_merge_keys_work() {
    let text = format!(
        "{HEAD}queues:\n  a: &base {{delay: 5s, visibility_timeout: 1m}}\n  b: {{<<: *base, delay: 7s}}\n  \
         c: {{<<: [{{delay: 9s}}, *base]}}\n  d: *base\n"
    );
    let scope = Scope {
        partition: String::new(),
        account: String::new(),
        region: String::new(),
    };
    let resources = system(&text, None).resources(&scope);
    let found: Vec<_> = resources
        .iter()
        .map(|resource| match &resource.desired {
            Desired::Queue(queue) => (queue.delay, queue.visibility_timeout),
            Desired::Table(_) => (None, None),
        })
        .collect();
    let minute = Some(Seconds(60));
    let wanted = [5, 7, 9, 5].map(|delay| (Some(Seconds(delay)), minute));
    assert_eq!(found, wanted);
}

#[test]
fn the_shopping_manifest_is_what_was_asked_for() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/shopping.yaml");
    let (system, warnings) = load(&path, None).unwrap();
    assert_eq!(warnings, []);
    let scope = Scope::sample();
    let show = |time: Option<Seconds>| time.map_or("-".to_owned(), |time| time.to_string());
    let key = |key: &KeyAttribute| format!("{}:{:?}", key.name, key.attribute_type);
    let keys = |hash: &KeyAttribute, range: &Option<KeyAttribute>| {
        let range = range.as_ref().map(|range| format!(" {}", key(range)));
        key(hash) + &range.unwrap_or_default()
    };
    let mut lines = vec![];
    for resource in system.resources(&scope) {
        let name = &resource.target.name;
        match &resource.desired {
            Desired::Queue(queue) => {
                let hidden = show(queue.visibility_timeout);
                let kept = show(queue.message_retention_period);
                let redrive = queue.redrive_policy.as_ref().and_then(Presence::present);
                let redrive = redrive.map(|redrive| {
                    let (_, dead) = redrive.dead_letter_target_arn.rsplit_once(':').unwrap();
                    format!(" {}x then {dead}", redrive.max_receive_count)
                });
                lines.push(format!(
                    "{name}: {hidden} {kept}{}",
                    redrive.unwrap_or_default()
                ));
            }
            Desired::Table(table) => {
                let own = keys(&table.partition_key, &table.sort_key);
                lines.push(format!("{name}: {own} {:?}", table.time_to_live));
                for (name, index) in table.global_secondary_indexes.iter().flatten() {
                    let keys = keys(&index.partition_key, &index.sort_key);
                    lines.push(format!("  {name}: {keys}"));
                }
            }
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    email-notification-dlq: - 14d
    email-notification-queue: 1m 4d 3x then email-notification-dlq
    inventory-update-dlq: - 14d
    inventory-update-queue: 2m 4d 3x then inventory-update-dlq
    order-processing-dlq: - 14d
    order-processing-queue: 5m 4d 3x then order-processing-dlq
    payment-processing-dlq: - 14d
    payment-processing-queue: 5m 4d 3x then payment-processing-dlq
    Cart: user_id:S Some(Attribute("expires_at"))
    Orders: order_id:S user_id:S None
      order_status-order_date-index: order_status:S order_date:S
      payment_status-order_date-index: payment_status:S order_date:S
      user_id-order_date-index: user_id:S order_date:S
    Products: product_id:S None
      category-created_at-index: category:S created_at:S
      featured-created_at-index: featured:S created_at:S
      status-sales_count-index: status:S sales_count:N
    Reviews: review_id:S product_id:S None
      product_id-created_at-index: product_id:S created_at:S
      user_id-created_at-index: user_id:S created_at:S
    "#);
}

#[test]
fn an_arn_of_a_queue_of_this_manifest_is_as_good_as_its_key() {
    let dead = |reference: &str| {
        let text = format!(
            "{HEAD}naming: \"dev-{{name}}\"\nqueues:\n  \
             a: {{redrive_policy: {{dead_letter_queue: \"{reference}\"}}}}\n  \
             dead: {{message_retention_period: 14d}}\n"
        );
        system(&text, None).targets()[0].depends_on.clone()
    };
    let arn =
        |service: &str, name: &str| format!("arn:aws:{service}:us-east-1:123456789012:{name}");
    assert_eq!(dead("dead"), [ResourceId::queue("dead")]);
    assert_eq!(dead(&arn("sqs", "dev-dead")), [ResourceId::queue("dead")]);
    assert_eq!(dead(&arn("sqs", "dead")), []);
}

#[test]
fn an_environment_has_thresholds_of_its_own() {
    use crate::model::thresholds::Thresholds;

    let text = "\
version: 1
project: shop
monitor: {throttles: 5, oldest_age: 10m}
environments: {dev: {monitor: {oldest_age: 1h, stale: 90s}}, prod: }
";
    let wanted = |oldest_age, stale| Thresholds {
        throttles: 5,
        oldest_age: Some(Seconds(oldest_age)),
        stale: Seconds(stale),
        dead_letters: 0,
    };
    assert_eq!(system(text, Some("dev")).monitor, wanted(3_600, 90));
    assert_eq!(system(text, Some("prod")).monitor, wanted(600, 300));
}
