//! Items for keys of every type, and what indexes show of them.

use std::collections::BTreeMap;

use super::*;
use crate::resources::table::config::{IndexDesired, LocalIndex};
use crate::resources::table::fake::{self, keyed};

const MARK: &str = "shopctl-probe-0000000a";

fn table() -> TableDesired {
    let global = |partition: KeyAttribute, projection| IndexDesired {
        partition_key: partition,
        sort_key: Some(fake::key("at", AttributeType::B)),
        projection,
        throughput: Default::default(),
    };
    let include = Projection::Include(["seen".to_owned()].into());
    let number = fake::key("count", AttributeType::N);
    TableDesired {
        sort_key: Some(fake::key("n", AttributeType::N)),
        global_secondary_indexes: Some(BTreeMap::from([
            ("all".to_owned(), global(number.clone(), None)),
            (
                "keys".to_owned(),
                global(number.clone(), Some(Projection::KeysOnly)),
            ),
            ("some".to_owned(), global(number, Some(include))),
        ])),
        local_secondary_indexes: Some(BTreeMap::from([(
            "local".to_owned(),
            LocalIndex {
                sort_key: fake::key("count", AttributeType::N),
                projection: Some(Projection::KeysOnly),
            },
        )])),
        time_to_live: Some(TimeToLive::Attribute("until".to_owned())),
        ..keyed(fake::key("id", AttributeType::S))
    }
}

fn names(item: &Item) -> Vec<&str> {
    item.keys().map(String::as_str).collect()
}

#[test]
fn an_item_is_in_every_index() {
    let table = table();
    let item = item(&table, MARK, 2, 1_700_000_000);
    assert_eq!(
        names(&item),
        ["at", "count", "id", "n", "seen", PAYLOAD, "until"]
    );
    assert_eq!(item["n"], AttributeValue::N("10002".into()));
    assert_eq!(item["id"], AttributeValue::S(format!("{MARK}-2")));
    assert_eq!(
        item["at"],
        AttributeValue::B(Blob::new(format!("{MARK}-2")))
    );
    assert_eq!(item["until"], AttributeValue::N("1700000000".into()));
    assert_eq!(names(&key(&table, &item)), ["id", "n"]);
}

#[test]
fn an_index_shows_what_it_projects() {
    let table = table();
    let item = item(&table, MARK, 2, 0);
    let shown: Vec<_> = indexes(&table)
        .iter()
        .map(|index| {
            let projected = index.projected(&table, &item);
            let keys = names(&index.key(&item)).join(" ");
            format!("{} {keys}: {}", index.name, names(&projected).join(" "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "all at count: at count id n seen shopctl_probe until",
            "keys at count: at count id n",
            "some at count: at count id n seen",
            "local count id: count id n",
        ]
    );
}
