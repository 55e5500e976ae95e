//! Replacing and pruning: refused unless granted, a copy first, and nothing else touched.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::support::{Aws, Shop};

const TABLE: &str = "version: 1
project: shop
tables:
  Orders: {partition_key: id, deletion_protection: false}
";

async fn put(aws: &Aws, key: &str) {
    let put = aws.dynamodb().put_item().table_name("Orders");
    put.item(key, AttributeValue::S("1".into()))
        .send()
        .await
        .unwrap();
}

/// The names of the backups of a table.
async fn backups(aws: &Aws, table: &str) -> Vec<String> {
    let answer = aws.dynamodb().list_backups().table_name(table).send().await;
    let summaries = answer.unwrap().backup_summaries.unwrap_or_default();
    let names = summaries.into_iter().map(|backup| backup.backup_name);
    names.map(Option::unwrap_or_default).collect()
}

#[tokio::test]
async fn a_table_is_replaced_with_a_backup_first() {
    let mut shop = Shop::with(TABLE);
    shop.set("SHOPCTL_LOCAL_BACKUP_DELAY", "200ms");
    shop.converge(&[]);
    let other = TABLE.replace("partition_key: id", "partition_key: order_id");
    shop.write(&other);
    shop.forget();
    insta::assert_snapshot!("replacement_plan", shop.run(&["plan"]).expect(0).shown());
    // Empty: nothing but the replacement itself needs a word.
    let refused = shop.run(&["create", "--all", "--yes"]).expect(4);
    assert!(
        refused.stderr.contains("--allow replace"),
        "{}",
        refused.shown()
    );
    assert!(!refused.stderr.contains("lose-items"));
    put(&shop.aws(), "id").await;
    shop.forget();
    let refused = shop
        .run(&["create", "--all", "--allow", "replace", "--yes"])
        .expect(4);
    assert!(
        refused.stderr.contains("--allow lose-items"),
        "{}",
        refused.shown()
    );
    assert_eq!(shop.writes(), Vec::<String>::new());
    let done = shop.converge(&["--allow", "replace,lose-items", "--yes"]);
    let aws = shop.aws();
    let backups = backups(&aws, "Orders").await;
    assert!(
        matches!(backups.as_slice(), [name] if name.starts_with("shopctl-Orders-") && done.stdout.contains(name)),
        "{backups:?}\n{}",
        done.shown()
    );
    let table = aws.table("Orders").await;
    assert_eq!(table.key_schema()[0].attribute_name, "order_id");
    assert_eq!(table.item_count, Some(0));
}

#[tokio::test]
async fn a_protected_table_is_replaced_only_where_that_is_allowed_too() {
    let protected = TABLE.replace("deletion_protection: false", "deletion_protection: true");
    let shop = Shop::with(&protected);
    shop.converge(&[]);
    shop.write(&protected.replace("partition_key: id", "partition_key: order_id"));
    let refused = shop
        .run(&["create", "--all", "--allow", "replace", "--yes"])
        .expect(4);
    assert!(
        refused.stderr.contains("--allow weaken"),
        "{}",
        refused.shown()
    );
    shop.converge(&["--allow", "replace,weaken", "--yes"]);
    let table = shop.aws().table("Orders").await;
    assert_eq!(table.deletion_protection_enabled, Some(true));
}

#[tokio::test]
async fn a_killed_replacement_is_continued_by_the_same_command() {
    for operation in ["CreateBackup", "DeleteTable", "CreateTable"] {
        let mut shop = Shop::with(TABLE);
        shop.converge(&[]);
        put(&shop.aws(), "id").await;
        shop.write(&TABLE.replace("partition_key: id", "partition_key: order_id"));
        shop.set("SHOPCTL_LOCAL_FAULTS", &format!("{operation}=denied"));
        let grants = ["--allow", "replace,lose-items", "--yes"];
        shop.run(&[&["create", "--all"], &grants[..]].concat())
            .expect(77);
        shop.set("SHOPCTL_LOCAL_FAULTS", "");
        shop.converge(&grants);
        let backups = backups(&shop.aws(), "Orders").await;
        assert!(!backups.is_empty(), "no backup where {operation} failed");
    }
}

/// One test for all of it, since proving a queue empty takes a minute.
#[tokio::test]
async fn what_the_manifest_no_longer_names_is_pruned_with_a_grant() {
    let full = "version: 1
project: shop
queues:
  orders:
  refunds:
tables:
  Orders: {partition_key: id}
";
    let shop = Shop::with(full);
    shop.converge(&[]);
    let aws = shop.aws();
    put(&aws, "id").await;
    let url = aws.url("refunds").await;
    let send = aws.sqs().send_message().queue_url(&url);
    send.message_body("money back").send().await.unwrap();
    shop.write("version: 1\nproject: shop\nqueues:\n  orders:\n");
    shop.forget();
    // Without the flag: a note, no change.
    let noted = shop.run(&["plan", "--detailed-exitcode"]).expect(0);
    assert!(noted.stdout.contains("orphan"), "{}", noted.shown());
    insta::assert_snapshot!(
        "prune_plan",
        shop.run(&["plan", "--prune"]).expect(0).shown()
    );
    // A queue that holds a message is refused whatever is allowed, and a table with items unless it is.
    let every = [
        "create",
        "--all",
        "--prune",
        "--allow",
        "lose-messages,lose-items",
        "--yes",
    ];
    let refused = shop.run(&every).expect(4);
    assert!(
        refused.stderr.contains("proven empty"),
        "{}",
        refused.shown()
    );
    let receive = aws.sqs().receive_message().queue_url(&url).send().await;
    let receipt = receive.unwrap().messages()[0].receipt_handle.clone();
    let delete = aws.sqs().delete_message().queue_url(&url);
    delete.set_receipt_handle(receipt).send().await.unwrap();
    let prune = ["create", "--all", "--prune", "--yes"];
    let refused = shop.run(&prune).expect(4);
    assert!(refused.stderr.contains("lose-items"), "{}", refused.shown());
    // Nobody to ask.
    shop.run(&["create", "--all", "--prune", "--allow", "lose-items"])
        .expect(4);
    assert_eq!(shop.writes(), Vec::<String>::new());
    let done = shop.run(&every).expect(0);
    assert!(
        done.stdout.contains("deleted  queue/refunds")
            && done.stdout.contains("backup shopctl-Orders-"),
        "{}",
        done.shown()
    );
    let left = aws.sqs().list_queues().send().await.unwrap();
    assert_eq!(left.queue_urls().len(), 1);
    let tables = aws.dynamodb().list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), Vec::<String>::new());
    assert_eq!(backups(&aws, "Orders").await.len(), 1);
    shop.settled();
}
