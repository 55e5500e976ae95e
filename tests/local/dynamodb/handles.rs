//! Several regions in one folder, and several handles on it.

use aws_sdk_dynamodb::Client;
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;

use super::shape::{add, described, fresh, index_phases, open, plain, put, status, text};
use crate::support::{code, config, options};

async fn scanned(client: &Client) -> i32 {
    let scan = client.scan().table_name("Orders").send().await;
    scan.unwrap().count()
}

#[tokio::test]
async fn regions_and_accounts_do_not_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let aws = LocalAws::open(options(dir.path())).unwrap();
    let east = Client::new(&config(aws.clone(), "us-east-1"));
    let west = Client::new(&config(aws, "eu-west-1"));
    plain(&east, "Orders").send().await.unwrap();
    put(&east, "Orders", &[("id", "1")]).await;
    assert_eq!(status(&west, "Orders").await, "ResourceNotFoundException");
    let listed = west.list_tables().send().await.unwrap();
    assert!(listed.table_names().is_empty());
    plain(&west, "Orders").send().await.unwrap();
    assert_eq!(scanned(&west).await, 0);
    let table = described(&west, "Orders").await;
    let arn = table.table_arn().unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:eu-west-1:"), "{arn}");
    let tags = east.list_tags_of_resource().resource_arn(arn).send().await;
    assert_eq!(code(tags), "ResourceNotFoundException");
    let delete = west.delete_table().table_name("Orders");
    delete.send().await.unwrap();
    assert_eq!(scanned(&east).await, 1);
    let other = open(Options::new(dir.path()));
    assert_eq!(status(&other, "Orders").await, "ResourceNotFoundException");
}

#[tokio::test]
async fn two_handles_on_one_folder_see_each_other_s_changes() {
    let (dir, first) = fresh();
    let second = open(options(dir.path()));
    plain(&first, "Orders").send().await.unwrap();
    put(&second, "Orders", &[("id", "1"), ("user", "ann")]).await;
    put(&first, "Orders", &[("id", "2"), ("user", "ann")]).await;
    add(&first, "Orders", "by-user", "user")
        .send()
        .await
        .unwrap();
    assert_eq!(index_phases(&second, "Orders").await, ["by-user ACTIVE"]);
    put(&second, "Orders", &[("id", "3"), ("user", "ann")]).await;
    for client in [&first, &second] {
        let query = client
            .query()
            .table_name("Orders")
            .index_name("by-user")
            .key_condition_expression("#u = :u")
            .expression_attribute_names("#u", "user")
            .expression_attribute_values(":u", text("ann"));
        assert_eq!(query.send().await.unwrap().count(), 3);
    }
    let delete = first.delete_table().table_name("Orders");
    delete.send().await.unwrap();
    let late = second.get_item().table_name("Orders").key("id", text("1"));
    let late = late.send().await.unwrap_err().into_service_error();
    assert!(late.is_resource_not_found_exception());
    plain(&second, "Orders").send().await.unwrap();
    assert_eq!(scanned(&first).await, 0);
}

#[tokio::test]
async fn concurrent_writers_lose_nothing() {
    let (dir, client) = fresh();
    plain(&client, "Orders").send().await.unwrap();
    let writers = (0..4).map(|writer| {
        let dir = dir.path().to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.unwrap().block_on(async {
                let client = open(options(&dir));
                for number in 0..10 {
                    let id = format!("{writer}-{number}");
                    put(&client, "Orders", &[("id", &id)]).await;
                }
            });
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.join().unwrap();
    }
    assert_eq!(scanned(&client).await, 40);
}
