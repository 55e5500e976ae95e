//! Plans as comments.

use proptest::prelude::*;

use super::*;
use crate::model::change::FieldChange;
use crate::model::hazard::HazardKind;
use crate::model::id::ResourceId;
use crate::model::plan::Note;
use crate::output::samples;

#[test]
fn an_update_with_hazards() {
    insta::assert_snapshot!(render(&samples::risky()), @"
    ### shopctl plan: shopping (prod) — 1 to create, 2 to update, 4 hazards

    Region `us-east-1`, account `123456789012`, 2 unchanged. Carried out only with `--allow lose-messages --allow delete-index --allow weaken`.

    | action | resource | component | what |
    | --- | --- | --- | --- |
    | update | `queue/payment-processing-queue` as `prod-payment-processing-queue` | sqs | **lose-messages**, `visibility_timeout`, `message_retention_period`, `tags.team`, 1 more |
    | update | `table/Products` | dynamodb | **delete-index**, **weaken**, `deletion_protection`, `global_secondary_indexes.category-price-index`, `global_secondary_indexes.by-brand` |
    | create | `queue/audit-queue` as `prod-audit-queue` | sqs | `visibility_timeout` |

    <details open><summary>update <code>queue/payment-processing-queue</code> as <code>prod-payment-processing-queue</code></summary>

    **lose-messages: approximately 12 messages wait in it, some may be older than 4d — needs `--allow lose-messages`**

    ```diff
    - visibility_timeout: 1m
    + visibility_timeout: 5m
    - message_retention_period: 14d
    + message_retention_period: 4d
    # messages older than 4d are deleted within 15 minutes
    + tags.team: checkout
    - tags.owner: nobody
    ```

    </details>

    <details open><summary>update <code>table/Products</code></summary>

    **delete-index: index category-price-index is made anew, because its sort key changes — needs `--allow delete-index`**

    **delete-index: index by-brand is removed, and with it whatever queries it — needs `--allow delete-index`**

    **weaken: deletion protection is switched off — needs `--allow weaken`**

    ```diff
    - deletion_protection: true
    + deletion_protection: false
    - global_secondary_indexes.category-price-index.sort_key: price
    + global_secondary_indexes.category-price-index.sort_key: rating
    # the index is deleted and made anew; queries on it fail until it is built, and the building is charged as writes
    - global_secondary_indexes.by-brand: {partition_key: brand}
    ```

    </details>

    <details><summary>create <code>queue/audit-queue</code> as <code>prod-audit-queue</code></summary>

    ```diff
    + visibility_timeout: 5m
    ```

    </details>

    <details><summary>Notes and unmanaged settings</summary>

    - unmanaged: `kms_master_key_id` is `alias/payments` on `queue/payment-processing-queue`
    - unmanaged: `maximum_message_size` is `256KiB` on `queue/payment-processing-queue`

    </details>
    ");
}

#[test]
fn creating_the_shopping_system() {
    insta::assert_snapshot!(render(&samples::shopping()), @"
    ### shopctl plan: shopping — 12 to create

    Region `us-east-1`, account `123456789012`.

    | action | resource | component | what |
    | --- | --- | --- | --- |
    | create | `queue/order-processing-dlq` | sqs | `message_retention_period`, `tags.system` |
    | create | `queue/payment-processing-dlq` | sqs | `message_retention_period`, `tags.system` |
    | create | `queue/inventory-processing-dlq` | sqs | `message_retention_period`, `tags.system` |
    | create | `queue/email-processing-dlq` | sqs | `message_retention_period`, `tags.system` |
    | create | `queue/order-processing-queue` | sqs | `visibility_timeout`, `message_retention_period`, `redrive_policy`, 1 more |
    | create | `queue/payment-processing-queue` | sqs | `visibility_timeout`, `message_retention_period`, `redrive_policy`, 1 more |
    | create | `queue/inventory-processing-queue` | sqs | `visibility_timeout`, `message_retention_period`, `redrive_policy`, 1 more |
    | create | `queue/email-processing-queue` | sqs | `visibility_timeout`, `message_retention_period`, `redrive_policy`, 1 more |
    | create | `table/Products` | dynamodb | `partition_key`, `billing_mode`, `global_secondary_indexes.category-price-index`, 1 more |
    | create | `table/Orders` | dynamodb | `partition_key`, `sort_key`, `billing_mode`, 2 more |
    | create | `table/Cart` | dynamodb | `partition_key`, `sort_key`, `billing_mode`, 1 more |
    | create | `table/Reviews` | dynamodb | `partition_key`, `sort_key`, `billing_mode` |

    <details><summary>create <code>queue/order-processing-dlq</code></summary>

    ```diff
    + message_retention_period: 14d
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/payment-processing-dlq</code></summary>

    ```diff
    + message_retention_period: 14d
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/inventory-processing-dlq</code></summary>

    ```diff
    + message_retention_period: 14d
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/email-processing-dlq</code></summary>

    ```diff
    + message_retention_period: 14d
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/order-processing-queue</code></summary>

    ```diff
    + visibility_timeout: 5m
    + message_retention_period: 4d
    + redrive_policy: {dead_letter_queue: order-processing-dlq, max_receive_count: 3}
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/payment-processing-queue</code></summary>

    ```diff
    + visibility_timeout: 5m
    + message_retention_period: 4d
    + redrive_policy: {dead_letter_queue: payment-processing-dlq, max_receive_count: 3}
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/inventory-processing-queue</code></summary>

    ```diff
    + visibility_timeout: 2m
    + message_retention_period: 4d
    + redrive_policy: {dead_letter_queue: inventory-processing-dlq, max_receive_count: 3}
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>queue/email-processing-queue</code></summary>

    ```diff
    + visibility_timeout: 1m
    + message_retention_period: 4d
    + redrive_policy: {dead_letter_queue: email-processing-dlq, max_receive_count: 3}
    + tags.system: shopping
    ```

    </details>

    <details><summary>create <code>table/Products</code></summary>

    ```diff
    + partition_key: product_id
    + billing_mode: PAY_PER_REQUEST
    + global_secondary_indexes.category-price-index: {partition_key: category, sort_key: price}
    + global_secondary_indexes.featured-sales_count-index: {partition_key: featured, sort_key: sales_count}
    ```

    </details>

    <details><summary>create <code>table/Orders</code></summary>

    ```diff
    + partition_key: order_id
    + sort_key: user_id
    + billing_mode: PAY_PER_REQUEST
    + global_secondary_indexes.user_id-order_date-index: {partition_key: user_id, sort_key: order_date}
    + point_in_time_recovery: true
    ```

    </details>

    <details><summary>create <code>table/Cart</code></summary>

    ```diff
    + partition_key: user_id
    + sort_key: product_id
    + billing_mode: PAY_PER_REQUEST
    + time_to_live: expires_at
    ```

    </details>

    <details><summary>create <code>table/Reviews</code></summary>

    ```diff
    + partition_key: product_id
    + sort_key: review_id
    + billing_mode: PAY_PER_REQUEST
    ```

    </details>
    ");
}

#[test]
fn an_adoption() {
    insta::assert_snapshot!(render(&samples::adoption()), @"
    ### shopctl plan: shopping (prod) — 2 to adopt

    Region `us-east-1`, account `123456789012`. Carried out only with `--adopt`.

    | action | resource | component | what |
    | --- | --- | --- | --- |
    | adopt | `queue/order-processing-queue` | sqs | `visibility_timeout`, ownership tags |
    | adopt | `table/Orders` | payment | ownership tags |

    <details><summary>adopt <code>queue/order-processing-queue</code></summary>

    Exists without ownership tags; taken over only with `--adopt`.

    ```diff
    - visibility_timeout: 30s
    + visibility_timeout: 5m
    + tags.shopctl:project: shopping
    + tags.shopctl:env: prod
    + tags.shopctl:origin: adopted
    ```

    </details>

    <details><summary>adopt <code>table/Orders</code></summary>

    Exists without ownership tags; taken over only with `--adopt`.

    ```diff
    + tags.shopctl:project: shopping
    + tags.shopctl:env: prod
    + tags.shopctl:origin: adopted
    ```

    </details>

    <details><summary>Notes and unmanaged settings</summary>

    - unmanaged: `maximum_message_size` is `256KiB` on `queue/order-processing-queue`

    </details>
    ");
}

#[test]
fn tags_alone() {
    insta::assert_snapshot!(render(&samples::tags_only()), @"
    ### shopctl plan: shopping — 2 to tag

    Region `us-east-1`, account `123456789012`, 1 unchanged.

    | action | resource | component | what |
    | --- | --- | --- | --- |
    | tag | `queue/orders` | sqs | `tags.team` |
    | tag | `queue/payments` | sqs | ownership tags |

    <details><summary>tag <code>queue/orders</code></summary>

    ```diff
    + tags.team: checkout
    ```

    </details>

    <details><summary>tag <code>queue/payments</code></summary>

    ```diff
    - tags.shopctl:component: sqs
    + tags.shopctl:component: payment
    ```

    </details>
    ");
}

#[test]
fn a_conflict() {
    insta::assert_snapshot!(render(&samples::conflict()), @"
    ### shopctl plan: shopping — 1 conflict

    Region `us-east-1`, account `123456789012`, 1 unchanged. Refused until the conflicts are resolved.

    **Conflicts**

    - `queue/orders` as `prod-orders`: belongs to project billing — choose another name for it, or remove the tag `shopctl:project` if billing has let it go
    ");
}

#[test]
fn nothing_to_do_is_a_line_and_what_is_noted() {
    insta::assert_snapshot!(render(&samples::settled_with_notes()), @"
    ### shopctl plan: shopping — nothing to do, 4 resources are as declared

    <details><summary>Notes and unmanaged settings</summary>

    - `queue/q9`: is ours and no longer declared; create `--prune` deletes it
    - orphans were not looked for: `tag:GetResources` is not permitted
    - unmanaged: `kms_master_key_id` is `alias/orders` on `queue/q1`
    - unmanaged: `maximum_message_size` is `256KiB` on `queue/q1`, `queue/q2`, `queue/q3`, `queue/q4`

    </details>
    ");
    insta::assert_snapshot!(render(&samples::plan()), @"### shopctl plan: shopping — nothing to do, no resource is declared");
}

#[test]
fn what_an_attacker_would_name_things() {
    let mut plan = samples::plan();
    plan.env = Some("<b>`@team`".into());
    plan.actions = vec![
        samples::action(Verb::Update, ResourceId::queue("a|b</summary>`@all`"))
            .within("x|y")
            .with(FieldChange::new(
                "tags.```\n|",
                "<img src=x>",
                "</details>\n```",
            ))
            .hazard(
                HazardKind::Weaken,
                "tag **x** of @team is | gone\n\n# Title",
            )
            .leaving("a`|b", "@everyone"),
    ];
    plan.notes = vec![Note {
        id: Some(ResourceId::table("|`<")),
        text: "see [this](http://x) and <script>".into(),
    }];
    insta::assert_snapshot!(render(&plan), @r"
    ### shopctl plan: shopping (`` <b>`@team` ``) — 1 to update, 1 hazard

    Region `us-east-1`, account `123456789012`. Carried out only with `--allow weaken`.

    | action | resource | component | what |
    | --- | --- | --- | --- |
    | update | `` queue/a\|b</summary>`@all` `` | `x\|y` | **weaken**, ````tags.```\n\|```` |

    <details open><summary>update <code>queue/a|b&lt;/summary&gt;`@all`</code></summary>

    **weaken: tag `**x**` of `@team` is `|` gone `#` Title — needs `--allow weaken`**

    ````diff
    - tags.```\n|: <img src=x>
    + tags.```\n|: </details>\n```
    ````

    </details>

    <details><summary>Notes and unmanaged settings</summary>

    - ``table/|`<``: see `[this](http://x`) and `<script>`
    - unmanaged: ``a`|b`` is `@everyone` on `` queue/a|b</summary>`@all` ``

    </details>
    ");
}

#[test]
fn the_riskiest_stand_first() {
    let action = |verb, key: &str| samples::action(verb, ResourceId::queue(key));
    let risky = |key: &str, kind| action(Verb::Update, key).hazard(kind, "why");
    let mut plan = samples::plan();
    plan.actions = vec![
        action(Verb::Settle, "9"),
        action(Verb::Tag, "8"),
        action(Verb::Create, "7b"),
        action(Verb::Create, "7a"),
        action(Verb::Adopt, "6"),
        action(Verb::Update, "5"),
        risky("4", HazardKind::Weaken),
        risky("3", HazardKind::DeleteIndex),
        risky("2b", HazardKind::LoseItems).hazard(HazardKind::Weaken, "too"),
        risky("2a", HazardKind::LoseMessages),
        action(Verb::Delete, "1").hazard(HazardKind::LoseMessages, "why"),
        risky("0b", HazardKind::Replace),
        action(Verb::Replace, "0a"),
    ];
    let text = render(&plan);
    let rows = text.lines().filter_map(|line| line.split("`queue/").nth(1));
    let keys: Vec<_> = rows.filter_map(|rest| rest.split('`').next()).collect();
    let expected = [
        "0b", "0a", "1", "2b", "2a", "3", "4", "5", "6", "7b", "7a", "8", "9",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn what_has_no_room_is_left_out_from_the_least_risky_end() {
    let mut plan = samples::plan();
    let create = |n| {
        let queue = ResourceId::queue(format!("queue-number-{n}"));
        (0..5).fold(samples::action(Verb::Create, queue), |action, field| {
            action.set(&format!("field_{field}"), "x".repeat(50))
        })
    };
    plan.actions = (0..1_000).map(create).collect();
    plan.actions.push(
        samples::action(Verb::Update, ResourceId::queue("last"))
            .with(FieldChange::new(
                "policy",
                "a".repeat(50_000),
                "b".repeat(50_000),
            ))
            .hazard(HazardKind::Weaken, "why"),
    );
    let text = render(&plan);
    assert!(text.len() <= LIMIT, "{}", text.len());
    assert!(text.len() > LIMIT * 9 / 10, "{}", text.len());
    assert!(text.contains("<summary>update <code>queue/last</code></summary>"));
    assert!(text.contains("<summary>create <code>queue/queue-number-0</code></summary>"));
    let end = text.lines().last().unwrap();
    let opened = text.matches("<details").count();
    assert!(
        end.contains(&format!("{} actions in full", 1_001 - opened)),
        "{end}"
    );
    assert!(end.ends_with("`shopctl plan` shows everything."), "{end}");
}

/// Pipes that end a cell.
fn pipes(line: &str) -> usize {
    let escaped = line.matches(r"\|").count();
    line.matches('|').count() - escaped
}

proptest! {
    #[test]
    fn no_plan_breaks_its_table_or_its_blocks(plan in samples::any_plan()) {
        let text = render(&plan);
        prop_assert!(text.len() <= LIMIT);
        let mut lines = text.lines();
        let rows = lines.by_ref().skip_while(|line| !line.starts_with("| action |"));
        let rows: Vec<_> = rows.take_while(|line| !line.is_empty()).collect();
        prop_assert_eq!(rows.len(), if plan.actions.is_empty() { 0 } else { plan.actions.len() + 2 });
        for row in rows {
            prop_assert!(row.starts_with("| ") && row.ends_with(" |"));
            prop_assert_eq!(pipes(row), 5, "{}", row);
        }
        let opened = text.lines().filter(|line| line.starts_with("<details")).count();
        let closed = text.lines().filter(|line| *line == "</details>").count();
        prop_assert_eq!(opened, closed);
    }
}
