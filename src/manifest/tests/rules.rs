//! The rules of AWS, and of redrive.

use super::*;

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
            "3:87 tables.Cart.global_secondary_indexes.by-b.read_capacity: `read_capacity` is for provisioned tables only (remove it, or write `billing_mode: PROVISIONED`)",
        ),
        (
            "partition_key: a, billing_mode: PROVISIONED, read_capacity: 5",
            "3:10 tables.Cart: `PROVISIONED` needs `write_capacity` here (add it, or write `billing_mode: PAY_PER_REQUEST`)",
        ),
        (
            "partition_key: a, billing_mode: PROVISIONED, read_capacity: 5, write_capacity: 0",
            "3:96 tables.Cart.write_capacity: 0 units are below AWS's minimum (write 1 or more)",
        ),
        (
            "partition_key: a, billing_mode: PROVISIONED, read_capacity: default, write_capacity: 1",
            "3:77 tables.Cart.read_capacity: `read_capacity` has no default (write a number of units)",
        ),
        (
            "partition_key: a, billing_mode: PROVISIONED, read_capacity: 5, write_capacity: 5, global_secondary_indexes: {by-b: {partition_key: b, read_capacity: 5}}",
            "3:126 tables.Cart.global_secondary_indexes.by-b: `PROVISIONED` needs `write_capacity` here (add it, or write `billing_mode: PAY_PER_REQUEST`)",
        ),
        (
            "partition_key: a, billing_mode: PROVISIONED, read_capacity: 5, write_capacity: 5, max_read_request_units: 9",
            "3:99 tables.Cart.max_read_request_units: `max_read_request_units` is for on-demand tables only (remove it, or write `billing_mode: PAY_PER_REQUEST`)",
        ),
        (
            "partition_key: a, billing_mode: default, write_capacity: 5",
            "3:58 tables.Cart.write_capacity: `write_capacity` is for provisioned tables only (remove it, or write `billing_mode: PROVISIONED`)",
        ),
        (
            "partition_key: a, local_secondary_indexes: {by-b: {sort_key: b}}",
            "3:61 tables.Cart.local_secondary_indexes.by-b: a local index needs a table with a sort key (add `sort_key` to the table, or write a global index)",
        ),
        (
            "partition_key: a, sort_key: c, local_secondary_indexes: {by-b: {sort_key: a}}",
            "3:91 tables.Cart.local_secondary_indexes.by-b.sort_key: `a` is the partition key already (name another attribute, or remove `sort_key`)",
        ),
        (
            "partition_key: a, sort_key: c, local_secondary_indexes: {by-b: {sort_key: {name: c, type: N}}}",
            "3:81 tables.Cart.local_secondary_indexes.by-b.sort_key: `c` is of type N here and S elsewhere in this table (an attribute has one type throughout; without `type:` it is S)",
        ),
        (
            "partition_key: a, sort_key: c, local_secondary_indexes: {by-b: {sort_key: b}}, global_secondary_indexes: {by-b: {partition_key: b}}",
            "3:74 tables.Cart.local_secondary_indexes.by-b: `by-b` is the name of a global index too (give one of them another name)",
        ),
        (
            "partition_key: a, sort_key: c, local_secondary_indexes: {by-1: {sort_key: b}, by-2: {sort_key: b}, by-3: {sort_key: b}, by-4: {sort_key: b}, by-5: {sort_key: b}, by-6: {sort_key: b}}",
            "3:48 tables.Cart.local_secondary_indexes: 6 local indexes are more than AWS allows (a table has at most 5; write the others as global indexes)",
        ),
        (
            "partition_key: a, sort_key: c, local_secondary_indexes: {by-b: {sort_key: b, projection: [c]}}",
            "3:94 tables.Cart.local_secondary_indexes.by-b.projection: `c` is a key, and keys are always projected (remove it from the list)",
        ),
        (
            "partition_key: a, point_in_time_recovery: {recovery_period: 36d}",
            "3:77 tables.Cart.point_in_time_recovery.recovery_period: a recovery period of 36d does not fit (AWS takes 1 to 35 whole days: write `35d`)",
        ),
        (
            "partition_key: a, point_in_time_recovery: {recovery_period: 25h}",
            "3:77 tables.Cart.point_in_time_recovery.recovery_period: a recovery period of 25h does not fit (AWS takes 1 to 35 whole days: write `35d`)",
        ),
        (
            "partition_key: a, encryption: {kms_key: ''}",
            "3:57 tables.Cart.encryption.kms_key: a key without a name (write a key's ARN, or `encryption: aws_managed`)",
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
