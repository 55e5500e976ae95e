//! Deleting a table, against an AWS that answers as a test says.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::aws::clients::Clients;
use crate::aws::fake::{Answer, FakeAws};
use crate::model::id::ResourceId;

const ARN: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/Orders/backup/1";

fn usual(operation: &str) -> Answer {
    Answer::ok(match operation {
        "DescribeTable" => json!({"Table": {
            "TableName": "Orders", "TableStatus": "ACTIVE",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }}),
        "CreateBackup" => json!({"BackupDetails": backup("CREATING")}),
        "DescribeBackup" => described("AVAILABLE"),
        _ => json!({}),
    })
}

fn backup(status: &str) -> Value {
    json!({
        "BackupArn": ARN, "BackupName": "b", "BackupStatus": status, "BackupType": "USER",
        "BackupCreationDateTime": 0,
    })
}

fn described(status: &str) -> Value {
    json!({"BackupDescription": {"BackupDetails": backup(status)}})
}

fn refused(code: &str) -> Answer {
    Answer::error(400, code, "no")
}

/// Removes a protected table without items; the first answers are those that are given, by operation. Returns how it ended
/// and what was asked for.
async fn removed(
    first: Vec<(&'static str, Answer)>,
    lossy: bool,
) -> (Result<(), Failure>, BTreeMap<String, usize>) {
    let first = Mutex::new(first);
    let deleted = Mutex::new(false);
    let aws = FakeAws::new(move |request| {
        let operation = request.operation.as_str();
        let mut first = first.lock().unwrap();
        let given = first.iter().position(|(of, _)| *of == operation);
        let mut deleted = deleted.lock().unwrap();
        match given {
            Some(at) => first.remove(at).1,
            None if operation == "DescribeTable" && *deleted => {
                refused("ResourceNotFoundException")
            }
            None => {
                *deleted |= operation == "DeleteTable";
                usual(operation)
            }
        }
    });
    let clients = Clients::over(aws.config()).unwrap();
    let run = Run {
        id: &ResourceId::table("Orders"),
        deadline: Instant::now() + Duration::from_secs(5),
        say: &|_| (),
        interrupted: &|| false,
    };
    let live = TableLive {
        deletion_protection: true,
        ..super::super::samples::live()
    };
    let ended = remove(clients.dynamodb(), &run, "Orders", &live, lossy).await;
    let mut calls = BTreeMap::new();
    for operation in aws.operations() {
        *calls.entry(operation).or_default() += 1;
    }
    (ended, calls)
}

#[tokio::test]
async fn a_table_goes_once_its_backup_is_there() {
    for first in [
        vec![],
        vec![("CreateBackup", refused("BackupInUseException"))],
        vec![("CreateBackup", refused("TableInUseException"))],
        vec![(
            "CreateBackup",
            refused("ContinuousBackupsUnavailableException"),
        )],
        vec![("DescribeBackup", refused("BackupNotFoundException"))],
        vec![("DescribeBackup", Answer::ok(described("CREATING")))],
    ] {
        let about = first.first().map(|(operation, _)| *operation);
        let (ended, calls) = removed(first, true).await;
        assert_eq!((ended, calls["DeleteTable"]), (Ok(()), 1), "{about:?}");
    }
}

/// Taken again, each attempt would leave one more behind.
#[tokio::test]
async fn a_look_at_the_backup_that_is_throttled_takes_no_other() {
    let throttled = ("DescribeBackup", refused("ThrottlingException"));
    let (ended, calls) = removed(vec![throttled], true).await;
    assert_eq!((ended, calls["CreateBackup"]), (Ok(()), 1));
}

#[tokio::test]
async fn without_a_backup_nothing_is_deleted() {
    for first in [
        vec![("CreateBackup", refused("AccessDeniedException"))],
        vec![("DescribeBackup", refused("AccessDeniedException"))],
        vec![("DescribeBackup", Answer::ok(described("DELETED")))],
        vec![("DescribeBackup", Answer::ok(described("FAILED")))],
    ] {
        let about = first.first().map(|(operation, _)| *operation);
        let (ended, calls) = removed(first, true).await;
        let failure = ended.unwrap_err();
        assert_ne!(failure.kind, FailureKind::Timeout, "{about:?}");
        assert_eq!(calls.get("DeleteTable"), None, "{about:?}");
    }
}

#[tokio::test]
async fn a_table_that_stays_stays_protected() {
    let denied = ("DeleteTable", refused("AccessDeniedException"));
    for (first, updates) in [(vec![denied], 2), (vec![], 1)] {
        let (_, calls) = removed(first, true).await;
        assert_eq!(calls["UpdateTable"], updates);
    }
}

#[tokio::test]
async fn only_a_table_that_is_proven_empty_goes_without_a_grant() {
    let last = json!({"Items": [], "Count": 0, "ScannedCount": 0});
    let not_last = json!({"Items": [], "Count": 0, "LastEvaluatedKey": {"id": {"S": "1"}}});
    let item = json!({"Items": [{"id": {"S": "1"}}], "Count": 1});
    for (page, lossy, goes) in [
        (&last, false, true),
        (&not_last, false, false),
        (&item, false, false),
        (&item, true, true),
    ] {
        let (ended, calls) = removed(vec![("Scan", Answer::ok(page.clone()))], lossy).await;
        assert_eq!(ended.is_ok(), goes, "{page}");
        assert_eq!(calls.contains_key("DeleteTable"), goes, "{page}");
    }
}

#[test]
fn a_backup_is_named_after_its_table_and_its_time() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_633_700);
    assert_eq!(
        backup_name("Orders", time),
        "shopctl-Orders-20251120T101500Z"
    );
    assert_eq!(backup_name(&"T".repeat(255), time).len(), 8 + 220 + 17);
}
