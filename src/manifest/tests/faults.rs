//! Each mistake, its place and its words.

use super::*;

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
            "3:14 queues.a.policy: missing field `Statement` (add `Statement:`)",
        ),
        (
            "queues: {a: {policy: {Statement: {Effect: allow, Principal: '*', Action: 'sqs:*'}}}}",
            "3:43 queues.a.policy.Statement.Effect: unknown value `allow` (did you mean `Allow`?)",
        ),
        (
            "queues: {a: {policy: {Statement: [{Effect: Allow, Principal: '*', Acton: 'sqs:*'}]}}}",
            "3:67 queues.a.policy.Statement[0].Acton: unknown field `Acton` (did you mean `Action`?)",
        ),
        (
            "queues: {a: {policy: {Statement: [{Effect: Allow, Principal: me, Action: 'sqs:*'}]}}}",
            "3:62 queues.a.policy.Statement[0].Principal: `Principal` cannot be `me` (write `\"*\"`, or a map such as `{AWS: \"123456789012\"}` or `{Service: sns.amazonaws.com}`)",
        ),
        (
            "queues: {a: {policy: {Statement: [{Effect: Allow, Principal: '*', Action: }]}}}",
            "3:35 queues.a.policy.Statement[0]: a statement without `Action` (say what, such as `Action: sqs:SendMessage`)",
        ),
        (
            "queues: {a: {policy: text}}",
            "3:22 queues.a.policy: `policy` cannot be `text` (write a map)",
        ),
        (
            "queues: {a: {redrive_allow_policy: nobody}}",
            "3:36 queues.a.redrive_allow_policy: `redrive_allow_policy` cannot be `nobody` (write allow_all, deny_all or {source_queues: [KEY, …]})",
        ),
        (
            "queues: {a: {dealy: default}}",
            "3:14 queues.a.dealy: unknown field `dealy` (did you mean `delay`?)",
        ),
        (
            "topics: {a: {}}",
            "3:1 topics: `topics` is not supported yet (remove the section: this version builds queues and tables)",
        ),
        (
            "queues: {a: {ignore: [dealy]}}",
            "3:14 queues.a.ignore: `dealy` cannot be ignored (did you mean `delay`?)",
        ),
        (
            "queues: {a: {ignore: ['tags.shopctl:env']}}",
            "3:14 queues.a.ignore: `tags.shopctl:env` says whose the resource is (remove it from the list)",
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
            "tables: {Cart: {partition_key: id, billing_mode: ON_DEMAND, read_capacity: 5}}",
            "3:50 tables.Cart.billing_mode: unknown value `ON_DEMAND` (one of `PAY_PER_REQUEST`, `PROVISIONED`)",
        ),
        (
            "tables: {Cart: {partition_key: id, stream: true}}",
            "3:44 tables.Cart.stream: `stream` cannot be `true` (write NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY or false)",
        ),
        (
            "tables: {Cart: {partition_key: id, encryption: kms}}",
            "3:48 tables.Cart.encryption: `encryption` cannot be `kms` (write aws_owned, aws_managed or {kms_key: ARN})",
        ),
        (
            "tables: {Cart: {partition_key: id, max_read_request_units: -1}}",
            "3:60 tables.Cart.max_read_request_units: `max_read_request_units` cannot be `-1` (write a number of request units, or default)",
        ),
        (
            "tables: {Cart: {partition_key: id, point_in_time_recovery: 35d}}",
            "3:60 tables.Cart.point_in_time_recovery: `point_in_time_recovery` cannot be `35d` (write true, false or {recovery_period: 35d})",
        ),
        (
            "tables: {Cart: {partition_key: id, time_to_live: no}}",
            "3:50 tables.Cart.time_to_live: `time_to_live` cannot be `no` (write the attribute that holds the time of expiry, or false)",
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
            "queues: {\"a\u{1b}[31m\": {}, b: \u{1b}[2J}",
            "3:12 queues: the control character U+001B (remove it, or write it as an escape in double quotes)",
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
fn thousands_of_errors_end_at_the_limit() {
    let many: String = (0..20_000)
        .map(|n| format!("  q{n}: {{colour: {n}}}\n"))
        .collect();
    let error = load_source(source(&format!("{HEAD}queues:\n{many}")), None).unwrap_err();
    assert_eq!(error.message, "shop.yaml has 500 errors or more");
    assert_eq!(error.faults.len(), 500);
}
