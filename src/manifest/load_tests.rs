use super::*;
use crate::manifest::fault::{LoadErrorKind, Severity};
use crate::model::id::{ComponentName, ResourceId};
use crate::model::scope::Scope;
use crate::model::units::Seconds;
use crate::resources::kinds::Desired;

const HEAD: &str = "version: 1\nproject: shop\n";

fn source(text: &str) -> Source {
    Source {
        path: "shop.yaml".into(),
        text: text.into(),
    }
}

/// Every fault of `text` as `line:column path: message (help)`, warnings marked.
fn faults(text: &str) -> Vec<String> {
    validate_source(source(text))
        .faults
        .iter()
        .map(show)
        .collect()
}

fn show(fault: &Fault) -> String {
    let mark = match fault.severity {
        Severity::Error => "",
        Severity::Warning => "warning: ",
    };
    let help = fault
        .help
        .as_ref()
        .map_or(String::new(), |help| format!(" ({help})"));
    let Fault {
        line,
        column,
        path,
        message,
        ..
    } = fault;
    format!("{line}:{column} {path}: {mark}{message}{help}")
}

fn system(text: &str, env: Option<&str>) -> System {
    match load_source(source(text), env) {
        Ok((system, _)) => system,
        Err(error) => panic!(
            "{error}: {:?}",
            error.faults.iter().map(show).collect::<Vec<_>>()
        ),
    }
}

#[test]
fn one_error_is_one_line_with_its_place_and_what_to_write() {
    for (body, wanted) in [
        (
            "queues: {a: {visibilty_timeout: 5m}}",
            "3:14 queues.a.visibilty_timeout: unknown field `visibilty_timeout` (did you mean `visibility_timeout`?)",
        ),
        (
            "queues: {a: {delay: 5 minutes}}",
            "3:21 queues.a.delay: `delay` cannot be `5 minutes` (write seconds, or a duration such as 90s, 5m, 12h, 4d)",
        ),
        (
            "queues: {a: {delay: 1s, delay: 2s}}",
            "3:25 queues.a.delay: duplicate key `delay` (keep one of the two: a map holds each key once)",
        ),
        (
            "queues: {a: {content_based_deduplication: yes}}",
            "3:43 queues.a.content_based_deduplication: `content_based_deduplication` cannot be `yes` (write `true`)",
        ),
        (
            "queues: {a: [1]}",
            "3:10 queues.a: `a` cannot be a list (write a map)",
        ),
        (
            "queues: [a]",
            "3:1 queues: `queues` must be a map (write the queue's name, `:`, and its fields below it)",
        ),
        (
            "queues: {a: {policy: {}}}",
            "3:14 queues.a.policy: `policy` is not supported yet (remove it: what stands on AWS is left alone)",
        ),
        (
            "queues: {a: {delay: default}}",
            "3:14 queues.a.delay: the value `default` is not supported yet (remove it: what stands on AWS is left alone)",
        ),
        (
            "topics: {a: {}}",
            "3:1 topics: `topics` is not supported yet (remove the section: this version builds queues and tables)",
        ),
        (
            "tags: {a: null}",
            "3:8 tags.a: a tag without a value is not supported yet (write a value, or remove the line: the tag on AWS is left alone)",
        ),
        (
            "tables: {Cart: }",
            "3:10 tables.Cart: missing field `partition_key` (add it, such as `partition_key: id`)",
        ),
        (
            "tables: {Cart: {partiton_key: id}}",
            "3:17 tables.Cart.partiton_key: unknown field `partiton_key` (did you mean `partition_key`?)",
        ),
        (
            "tables: {Cart: {partition_key: {name: id, type: string}}}",
            "3:49 tables.Cart.partition_key.type: unknown value `string` (one of `S`, `N`, `B`)",
        ),
        (
            "tables: {Cart: {partition_key: id, time_to_live: true}}",
            "3:50 tables.Cart.time_to_live: `time_to_live` cannot be `true` (write the attribute that holds the time of expiry, or false)",
        ),
        (
            "tables: {Cart: {partition_key: id, billing_mode: PROVISIONED}}",
            "3:36 tables.Cart.billing_mode: `PROVISIONED` is not supported yet (write `PAY_PER_REQUEST`)",
        ),
        (
            "naming: {name}",
            "3:1 naming: `naming` cannot be a map (write text; quote it if it begins with `{`)",
        ),
        (
            "naming: \"{env}-{name}\"",
            "3:9 naming: `{env}` without an environment (declare `environments:` and choose one, or remove `{env}`)",
        ),
        (
            "region: us-east",
            "3:9 region: `us-east` is not a region (write one such as `us-east-1`)",
        ),
        (
            "account: 12345",
            "3:10 account: `12345` is not an account (write its twelve digits, quoted)",
        ),
        (
            "queues:\n\ta: {}",
            "4:1 queues: a tab in the indentation (indent with spaces)",
        ),
        (
            "queues: !foo {}",
            "3:9 queues: the YAML tag `!foo` means nothing here (remove it)",
        ),
        (
            "queues: &q {a: *q}",
            "3:16 queues.a: an alias inside its own anchor (an alias may only repeat what has ended before it)",
        ),
        (
            "queues: {a: {<<: 5}}",
            "3:14 queues.a: `<<` takes a map, or a list of maps (write an alias to a map, such as `<<: *defaults`)",
        ),
        (
            "---\n{}",
            "3:1 : a second YAML document (one file holds one manifest: remove what follows this `---`)",
        ),
    ] {
        assert_eq!(faults(&format!("{HEAD}{body}\n")), [wanted], "{body}");
    }
}

#[test]
fn the_head_is_required() {
    for text in ["", "# only a comment\n", "---\n"] {
        let found = faults(text);
        assert!(found[0].contains("the manifest is empty"), "{found:?}");
        assert_eq!(found.len(), 1);
    }
    assert_eq!(
        faults("queues: {}\n"),
        [
            "1:1 version: missing field `version` (add `version: 1`)",
            "1:1 project: missing field `project` (add `project: NAME`: it marks what this manifest owns)",
        ]
    );
    assert_eq!(
        faults("version: 2\nproject: My Shop\n"),
        [
            "1:10 version: version 2 is not known (write `version: 1`)",
            "2:10 project: `My Shop` cannot be a project (use a-z, 0-9 and `-`, at most 32 characters)",
        ]
    );
    assert!(faults("- a\n")[0].starts_with("1:1 : the manifest must be a map"));
}

#[test]
fn queues_keep_the_rules_of_aws() {
    for (body, wanted) in [
        (
            "a: {message_retention_period: 59}",
            "3:40 queues.a.message_retention_period: 59s is below AWS's minimum (write 1m or more)",
        ),
        (
            "a: {visibility_timeout: 13h}",
            "3:34 queues.a.visibility_timeout: warning: 13h is above the known maximum (AWS took 12h at most when this version was made, and may refuse it)",
        ),
        (
            "a: {maximum_message_size: 1000}",
            "3:36 queues.a.maximum_message_size: 1000B is below AWS's minimum (write 1KiB or more)",
        ),
        (
            "a: {deduplication_scope: queue}",
            "3:14 queues.a.deduplication_scope: `deduplication_scope` is for FIFO queues only (remove it, or end the queue's key in `.fifo`)",
        ),
        (
            "a.fifo: {fifo_throughput_limit: perMessageGroupId}",
            "3:42 queues.a.fifo.fifo_throughput_limit: `perMessageGroupId` needs deduplication per message group (add `deduplication_scope: messageGroup`)",
        ),
        (
            "a.b: {}",
            "3:10 queues.a.b: a queue name takes A-Z, a-z, 0-9, `_` and `-` only (rename it; only the suffix `.fifo` has a dot)",
        ),
        (
            "a.fifo: {name: b}",
            "3:25 queues.a.fifo.name: a FIFO queue needs a name that ends in `.fifo`: `b` (add the suffix, or take it off the key)",
        ),
        (
            "a: {}, b: {name: a}",
            "3:27 queues.b.name: `b` has the physical name `a` of `a` too (give one of the queues another name)",
        ),
        (
            "a: {component: SQS}",
            "3:25 queues.a.component: the component `SQS` is reserved (it selects by service; choose a name of your own)",
        ),
        (
            "a: {component: 'x y'}",
            "3:25 queues.a.component: `x y` cannot be a component (use letters, digits, `_` and `-`, at most 64)",
        ),
        (
            "a: {tags: {'aws:x': y}}",
            "3:21 queues.a.tags.aws:x: tags that begin with `aws:` are reserved (choose another key)",
        ),
        (
            "a: {tags: {'Shopctl:env': y}}",
            "3:21 queues.a.tags.Shopctl:env: tags that begin with `shopctl:` are reserved (choose another key)",
        ),
    ] {
        assert_eq!(
            faults(&format!("{HEAD}queues: {{{body}}}\n")),
            [wanted],
            "{body}"
        );
    }
    let long = "q".repeat(81);
    let found = faults(&format!("{HEAD}queues: {{{long}: }}\n"));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("a queue name takes 80 characters, and this has 81"),
        "{found:?}"
    );
}

#[test]
fn dead_letter_queues_fit_their_sources() {
    let redrive = |to: &str| format!("redrive_policy: {{dead_letter_queue: {to}}}");
    let keep = "message_retention_period: 14d";
    for (body, wanted) in [
        (
            format!("a: {{{}}}, orders-dlq: {{{keep}}}", redrive("ordrs-dlq")),
            "3:50 queues.a.redrive_policy.dead_letter_queue: there is no queue `ordrs-dlq` (did you mean `orders-dlq`?)",
        ),
        (
            format!("a: {{{}}}", redrive("a")),
            "3:50 queues.a.redrive_policy.dead_letter_queue: a queue cannot be its own dead-letter queue (name another queue)",
        ),
        (
            format!("a: {{{}}}, d.fifo: ", redrive("d.fifo")),
            "3:50 queues.a.redrive_policy.dead_letter_queue: a standard queue cannot have a FIFO dead-letter queue (name a standard queue: both must be of one type)",
        ),
        (
            format!("a: {{{}}}, d: ", redrive("d")),
            "3:55 queues.d.message_retention_period: warning: retention of 4d is not above the 4d of its source `a` (write `message_retention_period: 14d`: a message keeps its time of sending when it moves here, so it may expire before anyone looks)",
        ),
        (
            format!(
                "a: {{redrive_policy: {{dead_letter_queue: d, max_receive_count: 0}}}}, d: {{{keep}}}"
            ),
            "3:72 queues.a.redrive_policy.max_receive_count: a message must be received at least once (write 1 or more)",
        ),
        (
            format!("a: {{{}}}", redrive("arn:aws:sns:us-east-1:123456789012:d")),
            "3:50 queues.a.redrive_policy.dead_letter_queue: `arn:aws:sns:us-east-1:123456789012:d` is not the ARN of a queue (write `arn:aws:sqs:REGION:ACCOUNT:NAME`, or a queue's key)",
        ),
        (
            format!(
                "a.fifo: {{{}}}",
                redrive("arn:aws:sqs:us-east-1:123456789012:d")
            ),
            "3:55 queues.a.fifo.redrive_policy.dead_letter_queue: a FIFO queue cannot have a standard dead-letter queue (name a FIFO queue: both must be of one type)",
        ),
    ] {
        assert_eq!(
            faults(&format!("{HEAD}queues: {{{body}}}\n")),
            [wanted],
            "{body}"
        );
    }
    let fifo = format!(
        "{HEAD}queues: {{a.fifo: {{{}}}, d.fifo: }}\n",
        redrive("d.fifo")
    );
    assert_eq!(
        faults(&fifo),
        Vec::<String>::new(),
        "FIFO restarts the clock"
    );
}

#[test]
fn an_arn_is_held_against_the_declared_region_and_account() {
    let text = format!(
        "{HEAD}region: eu-west-1\naccount: 210987654321\nqueues:\n  a:\n    redrive_policy:\n      \
         dead_letter_queue: arn:aws:sqs:us-east-1:123456789012:d\n"
    );
    let found = faults(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("is in region `us-east-1` (it must be in region `eu-west-1`"));
    assert!(
        found[1].contains("is in account `123456789012` (it must be in account `210987654321`")
    );
}

#[test]
fn a_redrive_cycle_is_told_once_with_its_way_round() {
    let link = |from: &str, to: &str, days: u32| {
        format!(
            "  {from}: {{message_retention_period: {days}d, redrive_policy: {{dead_letter_queue: {to}}}}}\n"
        )
    };
    let text = [
        link("x", "b", 1),
        link("b", "c", 2),
        link("c", "d", 3),
        link("d", "b", 4),
    ]
    .concat();
    let found = faults(&format!("{HEAD}queues:\n{text}"));
    let cycles: Vec<_> = found
        .iter()
        .filter(|fault| fault.contains("cycle"))
        .collect();
    assert_eq!(
        cycles,
        [
            "5:73 queues.b.redrive_policy.dead_letter_queue: dead-letter queues form a cycle: `b` → `c` → `d` → `b` \
          (a message would go round for ever; end the chain somewhere)"
        ]
    );
}

#[test]
fn tables_keep_the_rules_of_aws() {
    for (body, wanted) in [
        (
            "partition_key: a, sort_key: a",
            "3:45 tables.Cart.sort_key: `a` is the partition key already (name another attribute, or remove `sort_key`)",
        ),
        (
            "partition_key: a, time_to_live: a",
            "3:49 tables.Cart.time_to_live: `a` is a key that is not a number (TTL reads a number, seconds since 1970: name another attribute)",
        ),
        (
            "partition_key: a, global_secondary_indexes: {by-b: {partition_key: {name: a, type: N}}}",
            "3:69 tables.Cart.global_secondary_indexes.by-b.partition_key: `a` is of type N here and S elsewhere in this table (an attribute has one type throughout; without `type:` it is S)",
        ),
        (
            "partition_key: a, global_secondary_indexes: {b: {partition_key: b}}",
            "3:62 tables.Cart.global_secondary_indexes.b: an index name takes 3 to 255 characters, and this has 1 (rename it)",
        ),
        (
            "partition_key: a, global_secondary_indexes: {by-b: {partition_key: b, projection: [c, a]}}",
            "3:87 tables.Cart.global_secondary_indexes.by-b.projection: `a` is a key, and keys are always projected (remove it from the list)",
        ),
        (
            "partition_key: a, global_secondary_indexes: {by-b: {partition_key: b, projection: []}}",
            "3:87 tables.Cart.global_secondary_indexes.by-b.projection: a projection of nothing (write KEYS_ONLY)",
        ),
        (
            "partition_key: a, global_secondary_indexes: {by-b: {partition_key: b, projection: INCLUDE}}",
            "3:99 tables.Cart.global_secondary_indexes.by-b.projection: `projection` cannot be `INCLUDE` (write ALL, KEYS_ONLY or a list of attributes)",
        ),
        (
            "partition_key: a, global_secondary_indexes: {by-b: {partition_key: b, read_capacity: 5}}",
            "3:87 tables.Cart.global_secondary_indexes.by-b.read_capacity: `read_capacity` is not supported yet (remove it: what stands on AWS is left alone)",
        ),
        (
            "partition_key: ''",
            "3:32 tables.Cart.partition_key: an attribute name of 0 bytes does not fit (AWS takes 1 to 255)",
        ),
    ] {
        assert_eq!(
            faults(&format!("{HEAD}tables: {{Cart: {{{body}}}}}\n")),
            [wanted],
            "{body}"
        );
    }
}

#[test]
fn limits_that_aws_may_move_are_warnings() {
    let names = |count: usize, prefix: &str| -> Vec<String> {
        (0..count).map(|n| format!("{prefix}{n}")).collect()
    };
    let index = |name: &String| {
        format!(
            "      {name}: {{partition_key: k, projection: [{}]}}\n",
            names(6, name).join(", ")
        )
    };
    let many: String = names(21, "index-").iter().map(index).collect();
    let text = format!(
        "{HEAD}tables:\n  Cart:\n    partition_key: a\n    global_secondary_indexes:\n{many}"
    );
    let found = faults(&text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("warning: 21 indexes are above"));
    assert!(found[1].contains("warning: 126 projected attributes are above"));
    let wide = names(21, "x").join(", ");
    let text = format!(
        "{HEAD}tables: {{Cart: {{partition_key: a, global_secondary_indexes: {{by-b: {{partition_key: b, projection: [{wide}]}}}}}}}}\n"
    );
    assert!(faults(&text)[0].contains("warning: 21 projected attributes are above"));
    let tags: String = names(47, "t")
        .iter()
        .map(|tag| format!("{tag}: x, "))
        .collect();
    let found = faults(&format!("{HEAD}queues: {{a: {{tags: {{{tags}}}}}}}\n"));
    assert!(
        found[0].contains("51 tags are too many for `a` (AWS takes 50, 4 of which are ours)"),
        "{found:?}"
    );
}

#[test]
fn ten_errors_are_told_in_one_go() {
    let text = "\
version: 1
project: shop
regoin: us-east-1
queues:
  a:
    visibility_timeout: 5 minutes
    colour: red
    redrive_policy: {max_receive_count: 3}
  b.fifo:
    fifo_throughput_limit: perGroup
    delay: [1]
tables:
  Orders:
    sort_key: {name: x, type: Q}
  Cart:
    partition_key: id
    point_in_time_recovery: maybe
    global_secondary_indexes:
      i1: {sort_key: x}
alarms: {}
";
    let places: Vec<_> = validate_source(source(text))
        .faults
        .iter()
        .map(|fault| (fault.line, fault.column))
        .collect();
    let wanted = [
        (3, 1),
        (6, 25),
        (7, 5),
        (8, 5),
        (10, 28),
        (11, 5),
        (13, 3),
        (14, 31),
        (17, 29),
        (19, 7),
        (20, 1),
    ];
    assert_eq!(places, wanted);
}

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
    let redrive = queue.redrive_policy.as_ref().unwrap();
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
    insta::assert_json_snapshot!(table, @"");
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

const ENVIRONMENTS: &str = "\
version: 1
project: shop
naming: \"{env}-{name}\"
environments:
  dev: {queues: {a: {delay: 16m}, b: }}
  prod: {tables: {Orders: {partition_key: 5}}}
queues: {a: {delay: 1s}, b: {visibility_timeout: 1m}}
";

#[test]
fn faults_of_an_overlay_point_into_it_and_are_told_once() {
    assert_eq!(
        faults(ENVIRONMENTS),
        [
            "5:29 queues.a.delay: warning: 16m is above the known maximum (AWS took 15m at most when this version was made, and may refuse it)",
            "6:43 tables.Orders.partition_key: `partition_key` cannot be `5` (write an attribute's name, or {name: order_id, type: S})",
        ]
    );
    let (system, warnings) = load_source(source(ENVIRONMENTS), Some("dev")).unwrap();
    assert_eq!(system.env.as_deref(), Some("dev"));
    assert_eq!(system.targets()[0].name, "dev-a");
    assert_eq!(warnings.len(), 1);
    assert!(load_source(source(ENVIRONMENTS), Some("prod")).is_err());
}

#[test]
fn an_empty_overlay_changes_nothing_and_an_empty_field_undeclares() {
    let text = "\
version: 1
project: shop
environments: {dev: {queues: {a: {delay: }, b: , c: {redrive_policy: }}, tables: }}
queues:
  a: {delay: 1s}
  b: {delay: 2s}
  c: {redrive_policy: {dead_letter_queue: nowhere}}
tables: {Cart: {partition_key: id}}
";
    let system = system(text, Some("dev"));
    assert_eq!(system.targets().len(), 4);
    let scope = Scope {
        partition: String::new(),
        account: String::new(),
        region: String::new(),
    };
    let delays: Vec<_> = system
        .resources(&scope)
        .iter()
        .filter_map(|resource| match &resource.desired {
            Desired::Queue(queue) => Some((queue.delay, queue.redrive_policy.is_some())),
            Desired::Table(_) => None,
        })
        .collect();
    assert_eq!(
        delays,
        [(None, false), (Some(Seconds(2)), false), (None, false)]
    );
}

#[test]
fn an_environment_must_be_chosen_from_those_declared() {
    let refused = |text: &str, env: Option<&str>| {
        let error = load_source(source(text), env).unwrap_err();
        let LoadErrorKind::EnvironmentNeeded { environments } = error.kind else {
            panic!("{error:?}");
        };
        (
            error.message,
            error.help.unwrap_or_default(),
            environments.join(" "),
        )
    };
    let (message, help, names) = refused(ENVIRONMENTS, None);
    assert_eq!(message, "shop.yaml has environments: one must be chosen");
    assert_eq!(help, "pass --env with one of dev, prod");
    assert_eq!(names, "dev prod");
    let (message, help, _) = refused(ENVIRONMENTS, Some("prd"));
    assert_eq!(message, "shop.yaml has no environment `prd`");
    assert_eq!(help, "did you mean `prod`?");
    let (message, ..) = refused(HEAD, Some("dev"));
    assert_eq!(
        message,
        "shop.yaml has no environments, so --env dev means nothing"
    );
    let with_default = format!("default_environment: dev\n{ENVIRONMENTS}");
    assert_eq!(system(&with_default, None).env.as_deref(), Some("dev"));
    let wrong = format!("default_environment: deev\n{HEAD}environments: {{dev: }}\n");
    assert_eq!(
        faults(&wrong),
        ["1:22 default_environment: there is no environment `deev` (did you mean `dev`?)"]
    );
}

#[test]
fn the_sections_of_environments_are_checked() {
    let text = format!("{HEAD}environments: {{dev: {{version: 1}}, 'a b': , c: 5}}\n");
    let found = faults(&text);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("3:22 environments.dev.version: `version` cannot differ"));
    assert!(found[1].starts_with("3:35 environments.a b: `a b` cannot be an environment"));
    assert!(found[2].starts_with("3:47 environments.c: an environment must be a map"));
}

#[test]
fn bombs_and_depths_are_refused_quickly() {
    let mut bomb = format!("{HEAD}x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n");
    for level in 1..9 {
        let below = vec![format!("*x{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("x{level}: &x{level} [{below}]\n"));
    }
    let found = faults(&bomb);
    assert!(
        found.last().unwrap().contains("more than 200000 values"),
        "{found:?}"
    );
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let deep = format!("a:\n  {}x{}\n", open.repeat(5_000), close.repeat(5_000));
        let found = faults(&deep);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].contains("nested deeper than 64 levels"),
            "{found:?}"
        );
    }
    let chain: String = (1..70)
        .map(|n| format!("y{n}: &y{n} [*y{}]\n", n - 1))
        .collect();
    let found = faults(&format!("y0: &y0 [a]\n{chain}"));
    assert!(
        found[0].contains("nested deeper than 64 levels"),
        "{found:?}"
    );
}

#[test]
fn thousands_of_errors_end_at_the_limit() {
    let many: String = (0..20_000)
        .map(|n| format!("  q{n}: {{colour: {n}}}\n"))
        .collect();
    let error = load_source(source(&format!("{HEAD}queues:\n{many}")), None).unwrap_err();
    assert_eq!(error.message, "shop.yaml has 500 errors or more");
    assert_eq!(error.faults.len(), 500);
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path| {
        let error = load(path, None).unwrap_err();
        assert_eq!(error.kind, LoadErrorKind::Unreadable);
        assert_eq!(validate_all(path).unwrap_err(), error);
        error
            .message
            .replace(&folder.path().display().to_string(), "")
    };
    assert!(refused(folder.path()).ends_with("it is a directory"));
    let file = folder.path().join("a.yaml");
    assert_eq!(
        refused(&file),
        "cannot read the manifest `/a.yaml`: no such file"
    );
    std::fs::write(&file, b"version: 1\nproject: \xff\n").unwrap();
    assert_eq!(
        refused(&file),
        "the manifest `/a.yaml` is not UTF-8: byte 20, in line 2"
    );
    std::fs::write(&file, "#".repeat(1_048_577)).unwrap();
    assert_eq!(
        refused(&file),
        "the manifest `/a.yaml` is larger than 1 MiB"
    );
    std::fs::write(&file, HEAD).unwrap();
    assert_eq!(load(&file, None).unwrap().0.project, "shop");
}

#[test]
fn the_shopping_manifest_is_valid_without_a_warning() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/shopping.yaml");
    let (system, warnings) = load(&path, None).unwrap();
    assert_eq!(warnings, []);
    let names: Vec<_> = system
        .targets()
        .iter()
        .map(|target| target.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "email-notification-dlq",
            "email-notification-queue",
            "inventory-update-dlq",
            "inventory-update-queue",
            "order-processing-dlq",
            "order-processing-queue",
            "payment-processing-dlq",
            "payment-processing-queue",
            "Cart",
            "Orders",
            "Products",
            "Reviews",
        ]
    );
}

#[test]
fn bytes_before_the_text_do_not_move_it() {
    assert_eq!(faults(&format!("\u{feff}{HEAD}")), Vec::<String>::new());
    let crlf = format!("{HEAD}colour: é\nqueues: {{ä: {{dely: 1}}}}\n").replace('\n', "\r\n");
    let found = faults(&crlf);
    assert!(
        found[0].starts_with("3:1 colour: unknown field"),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|fault| fault.starts_with("4:14 queues.ä.dely")),
        "{found:?}"
    );
}

mod any_text {
    use proptest::prelude::*;

    use super::{load_source, source, validate_source};
    use crate::manifest::render;

    const SEED: &str = include_str!("../../manifests/shopping.yaml");

    fn holds(text: &str) {
        let validation = validate_source(source(text));
        for fault in &validation.faults {
            assert!(fault.span.start <= fault.span.end);
            assert!(text.get(fault.span.clone()).is_some(), "{fault:?}");
            let lines = text.split('\n').count();
            assert!(
                (1..=lines).contains(&fault.line) && fault.column >= 1,
                "{fault:?}"
            );
        }
        for width in [0, 40, 80] {
            let rendered = render(&validation.faults, &validation.source, false, width);
            assert!(!rendered.contains('\u{1b}'));
        }
        let loaded = load_source(source(text), Some("dev"));
        assert!(loaded.is_err() || validation.systems.is_empty() || validation.is_valid());
    }

    fn fragment() -> impl Strategy<Value = String> {
        let words = [
            "version: 1\n",
            "project: shop\n",
            "queues:\n",
            "tables:\n",
            "  a:\n",
            "  b.fifo:",
            "    ",
            "\t",
            "\n",
            "delay: ",
            "5m",
            "redrive_policy: {dead_letter_queue: ",
            "a",
            "}",
            "{",
            "[",
            "]",
            "&x ",
            "*x",
            "<<: ",
            "partition_key: ",
            "environments: ",
            "dev: ",
            "'",
            "\"",
            "\u{1b}",
            "é",
            "!t ",
            "---\n",
            "? ",
            ": ",
            "- ",
            "naming: '{env}-{name}'\n",
            "|\n",
            "\r",
            "\u{feff}",
            "#",
            "null",
            "default",
            "\u{85}",
        ];
        prop::collection::vec(prop::sample::select(words.to_vec()), 0..40)
            .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn never_panics_on_noise(text in "\\PC{0,200}") {
            holds(&text);
        }

        #[test]
        fn never_panics_on_fragments(text in fragment()) {
            holds(&text);
        }

        #[test]
        fn never_panics_on_a_damaged_manifest(at in 0..SEED.len(), cut in 0..40usize, put in fragment()) {
            let at = SEED.floor_char_boundary(at);
            let end = SEED.floor_char_boundary((at + cut).min(SEED.len()));
            holds(&format!("{}{put}{}", &SEED[..at], &SEED[end..]));
        }
    }
}
