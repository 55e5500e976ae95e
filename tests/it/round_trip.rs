//! A plan in a file is the same plan: carried out from there it makes the same of AWS.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aws_sdk_dynamodb::types::TableDescription;

use crate::support::{Aws, Run, Shop};

/// Everything an SDK client sees, but times, ids that AWS draws, and counters.
async fn state(aws: &Aws) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    let queues = aws.sqs().list_queues().send().await.unwrap();
    for url in queues.queue_urls() {
        let name = url.rsplit('/').next().unwrap();
        let mut attributes = aws.attributes(name).await;
        attributes
            .retain(|name, _| !name.ends_with("Timestamp") && !name.starts_with("Approximate"));
        let tags = aws.tags(name).await;
        state.insert(format!("queue/{name}"), format!("{attributes:?} {tags:?}"));
    }
    let tables = aws.dynamodb().list_tables().send().await.unwrap();
    for name in tables.table_names() {
        let table = timeless(aws.table(name).await);
        let arn = table.table_arn().unwrap().to_owned();
        let expiry = aws.time_to_live(name).await;
        let client = aws.dynamodb();
        let backups = client.describe_continuous_backups().table_name(name).send();
        let backups = backups
            .await
            .unwrap()
            .continuous_backups_description
            .unwrap();
        let recovery = backups.point_in_time_recovery_description.unwrap();
        let recovery = recovery.point_in_time_recovery_status;
        let tags = client.list_tags_of_resource().resource_arn(arn).send();
        let mut tags = tags.await.unwrap().tags.unwrap_or_default();
        tags.sort_by(|a, b| a.key.cmp(&b.key));
        let seen = format!("{table:?} {expiry:?} {recovery:?} {tags:?}");
        state.insert(format!("table/{name}"), seen);
    }
    state
}

fn timeless(mut table: TableDescription) -> TableDescription {
    table.creation_date_time = None;
    table.table_id = None;
    table.latest_stream_arn = None;
    table.latest_stream_label = None;
    table.billing_mode_summary = table.billing_mode_summary.map(|mut summary| {
        summary.last_update_to_pay_per_request_date_time = None;
        summary
    });
    let indexes = table.global_secondary_indexes.iter_mut().flatten();
    let of_indexes = indexes.filter_map(|index| index.provisioned_throughput.as_mut());
    for throughput in table.provisioned_throughput.iter_mut().chain(of_indexes) {
        throughput.last_increase_date_time = None;
        throughput.last_decrease_date_time = None;
    }
    if let Some(class) = &mut table.table_class_summary {
        class.last_update_date_time = None;
    }
    // The order in which indexes were built is nobody's declaration.
    if let Some(indexes) = &mut table.global_secondary_indexes {
        indexes.sort_by(|a, b| a.index_name.cmp(&b.index_name));
    }
    if let Some(definitions) = &mut table.attribute_definitions {
        definitions.sort_by(|a, b| a.attribute_name.cmp(&b.attribute_name));
    }
    table
}

/// A folder in which `before` is there and `after` is declared.
fn begun(before: &str, after: &str) -> Shop {
    let shop = Shop::with(before);
    shop.run(&["create", "--all"]).expect(0);
    shop.write(after);
    shop
}

/// What the plan needs to be allowed.
fn hazards(plan: &Run) -> Vec<String> {
    let document = plan.json();
    let actions = document["actions"].as_array().unwrap().iter();
    let hazards = actions.flat_map(|action| action["hazards"].as_array().unwrap());
    let names = hazards.map(|hazard| hazard["kind"].as_str().unwrap().to_owned());
    names.collect()
}

#[tokio::test]
async fn every_scenario_ends_alike_from_its_file_and_from_its_manifest() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut folders: Vec<_> = fs::read_dir(scenarios).unwrap().flatten().collect();
    folders.sort_by_key(|folder| folder.path());
    assert!(folders.len() >= 10);
    for folder in folders {
        let folder = folder.path();
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
        let (before, after) = (text("before.yaml"), text("after.yaml"));
        let [saved, direct] = [(); 2].map(|()| begun(&before, &after));
        let plan = saved
            .run(&["plan", "--out", "p.json", "-o", "json"])
            .expect(0);
        let document = fs::read_to_string(saved.path().join("p.json")).unwrap();
        assert_eq!(document, plan.stdout);

        let hazards = hazards(&plan);
        let mut grants = vec!["--adopt", "--yes"];
        for hazard in &hazards {
            grants.extend(["--allow", hazard]);
        }
        // What is not there any more cannot be read.
        fs::remove_dir_all(saved.path().join("manifests")).unwrap();
        let args = [&["create", "--plan", "p.json"], &grants[..]].concat();
        let from_file = saved.run(&args);
        let from_manifest = direct.run(&[&["create", "--all"], &grants[..]].concat());
        assert_eq!(
            from_file.code,
            from_manifest.code,
            "{folder:?}\n{}",
            from_file.shown()
        );
        assert_eq!(
            state(&saved.aws()).await,
            state(&direct.aws()).await,
            "{folder:?}"
        );
        if from_file.code == 0 {
            saved.write(&after);
            saved.settled();
        }
    }
}
