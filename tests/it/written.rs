//! What can be written of a setting besides its value: `ignore`, an empty tag, and nothing at all.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{Aws, Shop};

async fn table_tags(aws: &Aws, table: &str) -> Vec<String> {
    let arn = aws.table(table).await.table_arn.unwrap();
    let client = aws.dynamodb();
    let tags = client.list_tags_of_resource().resource_arn(arn);
    let tags = tags.send().await.unwrap().tags.unwrap_or_default();
    let own = tags
        .into_iter()
        .filter(|tag| !tag.key.starts_with("shopctl:"));
    let mut own: Vec<_> = own
        .map(|tag| format!("{}={}", tag.key, tag.value))
        .collect();
    own.sort();
    own
}

async fn queue_tags(aws: &Aws, queue: &str) -> Vec<String> {
    let tags = aws.tags(queue).await.into_iter();
    let own = tags.filter(|(key, _)| !key.starts_with("shopctl:"));
    own.map(|(key, value)| format!("{key}={value}")).collect()
}

#[tokio::test]
async fn an_empty_tag_is_removed_and_an_undeclared_one_stays() {
    let manifest = |shared: &str, own: &str| {
        format!(
            "version: 1\nproject: shop\ntags: {{{shared}}}\nqueues:\n  orders: {{tags: {{{own}}}}}\n  plain:\ntables:\n  Orders: {{partition_key: id, tags: {{{own}}}}}\n"
        )
    };
    let shop = Shop::with(&manifest("system: shop, cost: a", "team: a, old: b"));
    shop.converge(&[]);
    let aws = shop.aws();
    let all = ["cost=a", "old=b", "system=shop", "team=a"];
    assert_eq!(queue_tags(&aws, "orders").await, all);
    assert_eq!(table_tags(&aws, "Orders").await, all);
    // `team` goes, `old` is not declared any more, `never` is not there; `cost` goes but for who wants it.
    shop.write(&manifest(
        "system: shop, cost: ",
        "team: null, never: , cost: c",
    ));
    shop.forget();
    let plan = shop.run(&["plan"]).expect(0);
    for (line, times) in [("tags.team: a → (none)", 2), ("tags.cost: a → (none)", 1)] {
        let found = plan
            .stdout
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(
            found.filter(|l| l == line).count(),
            times,
            "{line}\n{}",
            plan.shown()
        );
    }
    assert!(!plan.stdout.contains("never"), "{}", plan.shown());
    shop.converge(&[]);
    let left = ["cost=c", "old=b", "system=shop"];
    assert_eq!(queue_tags(&aws, "orders").await, left);
    assert_eq!(table_tags(&aws, "Orders").await, left);
    assert_eq!(queue_tags(&aws, "plain").await, ["system=shop"]);
}

#[tokio::test]
async fn what_is_ignored_is_set_once_and_then_left_alone() {
    let manifest = |queue: &str, table: &str| {
        format!(
            "version: 1\nproject: shop\nqueues:\n  orders: {{visibility_timeout: 5m, tags: {{team: a}}{queue}}}\ntables:\n  Orders: {{partition_key: id, deletion_protection: true, tags: {{team: a}}{table}}}\n"
        )
    };
    let ignoring = manifest(
        ", ignore: [visibility_timeout, tags.team]",
        ", ignore: [deletion_protection, tags.team]",
    );
    let shop = Shop::with(&ignoring);
    shop.converge(&[]);
    let aws = shop.aws();
    assert_eq!(aws.attributes("orders").await["VisibilityTimeout"], "300");
    let url = aws.url("orders").await;
    let set = aws.sqs().set_queue_attributes().queue_url(&url);
    let set = set.attributes(QueueAttributeName::VisibilityTimeout, "60");
    set.send().await.unwrap();
    let tag = aws.sqs().tag_queue().queue_url(&url).tags("team", "b");
    tag.send().await.unwrap();
    let update = aws.dynamodb().update_table().table_name("Orders");
    let update = update.deletion_protection_enabled(false);
    update.send().await.unwrap();
    shop.settled();
    let plan = shop.run(&["plan"]).expect(0);
    assert!(!plan.stdout.contains("nmanaged"), "{}", plan.shown());
    // Another change of the same resources leaves them alone too.
    shop.write(&ignoring.replace("tags: {team: a}", "tags: {team: a, more: x}"));
    shop.converge(&[]);
    assert_eq!(aws.attributes("orders").await["VisibilityTimeout"], "60");
    assert_eq!(queue_tags(&aws, "orders").await, ["more=x", "team=b"]);
    assert_eq!(
        aws.table("Orders").await.deletion_protection_enabled,
        Some(false)
    );
    // Not ignored any more: as declared.
    shop.write(&manifest("", ""));
    shop.converge(&[]);
    assert_eq!(aws.attributes("orders").await["VisibilityTimeout"], "300");
    assert_eq!(queue_tags(&aws, "orders").await, ["more=x", "team=a"]);
    assert_eq!(
        aws.table("Orders").await.deletion_protection_enabled,
        Some(true)
    );
}
