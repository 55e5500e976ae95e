//! What each check says of a table with one flaw.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tokio::time::Instant;

use super::*;
use crate::model::check::{Check, Level, Outcome};
use crate::model::failure::Failure;
use crate::model::id::ResourceId;
use crate::resources::table::config::{Projection, TimeToLiveLive, TimeToLiveStatus};
use crate::resources::table::samples;

const MARK: &str = "shopctl-probe-0000000a";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    Forgets,
    IgnoresConditions,
    IndexShowsAll,
    IgnoresUpdates,
    KeepsDeleted,
    NoTimeToLive,
    HalfTransactions,
}

/// Tables in memory whose one index shows the keys.
struct FakeItems {
    flaw: Flaw,
    items: RefCell<BTreeMap<(String, String), Item>>,
}

fn at(table: &str, key: &Item) -> (String, String) {
    (table.to_owned(), format!("{:?}", key["id"]))
}

impl FakeItems {
    fn put(&self, table: &str, item: &Item) {
        if self.flaw != Flaw::Forgets {
            self.items
                .borrow_mut()
                .insert(at(table, item), item.clone());
        }
    }
}

impl Items for FakeItems {
    async fn put_new(&self, table: &str, item: &Item, _: &str) -> Result<bool, Failure> {
        let taken = self.items.borrow().contains_key(&at(table, item));
        if taken && self.flaw != Flaw::IgnoresConditions {
            return Ok(false);
        }
        self.put(table, item);
        Ok(true)
    }

    async fn get_item(&self, table: &str, key: &Item) -> Result<Option<Item>, Failure> {
        Ok(self.items.borrow().get(&at(table, key)).cloned())
    }

    async fn query(&self, query: &Query<'_>) -> Result<Vec<Item>, Failure> {
        let items = self.items.borrow();
        let of_table = items.iter().filter(|((table, _), _)| table == query.table);
        let matching = of_table.map(|(_, item)| item).filter(|item| {
            let mut key = query.key.iter();
            key.all(|(name, value)| item.get(name) == Some(value))
        });
        let whole = query.index.is_none() || self.flaw == Flaw::IndexShowsAll;
        let shown = |item: &Item| -> Item {
            let keys = ["id", "b"];
            let pairs = item.clone().into_iter();
            pairs
                .filter(|(name, _)| whole || keys.contains(&name.as_str()))
                .collect()
        };
        Ok(matching.map(shown).collect())
    }

    async fn set(
        &self,
        table: &str,
        key: &Item,
        attribute: &str,
        value: AttributeValue,
    ) -> Result<(), Failure> {
        if self.flaw != Flaw::IgnoresUpdates {
            let mut items = self.items.borrow_mut();
            items
                .get_mut(&at(table, key))
                .unwrap()
                .insert(attribute.to_owned(), value);
        }
        Ok(())
    }

    async fn delete_own(&self, table: &str, key: &Item, _: &str, _: &str) -> Result<(), Failure> {
        if self.flaw != Flaw::KeepsDeleted {
            self.items.borrow_mut().remove(&at(table, key));
        }
        Ok(())
    }

    async fn transact_put(&self, puts: &[(&str, Item)]) -> Result<(), Failure> {
        let done = if self.flaw == Flaw::HalfTransactions {
            1
        } else {
            2
        };
        for (table, item) in &puts[..done] {
            self.put(table, item);
        }
        Ok(())
    }

    async fn time_to_live(&self, _: &str) -> Result<Option<TimeToLiveLive>, Failure> {
        Ok(Some(match self.flaw {
            Flaw::NoTimeToLive => TimeToLiveLive::default(),
            _ => TimeToLiveLive {
                status: TimeToLiveStatus::Enabling,
                attribute: Some("until".to_owned()),
            },
        }))
    }
}

fn table() -> TableDesired {
    let mut index = samples::index_on("b");
    index.projection = Some(Projection::KeysOnly);
    TableDesired {
        global_secondary_indexes: Some([("by-b".to_owned(), index)].into()),
        time_to_live: Some(TimeToLive::Attribute("until".to_owned())),
        ..samples::desired()
    }
}

/// A line for each check of a table with this flaw.
async fn told(flaw: Flaw, other: Option<&str>) -> Vec<String> {
    let api = FakeItems {
        flaw,
        items: RefCell::default(),
    };
    let told = RefCell::new(Vec::new());
    let tell = |_: &ResourceId, check: Check| {
        told.borrow_mut().push(match check.outcome {
            Outcome::Pass => check.name,
            Outcome::Skip { why } => format!("{} skipped: {why}", check.name),
            Outcome::Fail(it) => format!("{}: {}", check.name, it.actual),
        });
    };
    let id = ResourceId::table("Orders");
    let deadline = Instant::now() + Duration::from_secs(10);
    let examiner = Examiner::new(&id, Level::Probe, deadline, &|_| (), &tell);
    let desired = table();
    let copy = |name| Copy {
        name,
        desired: &desired,
        mark: MARK,
    };
    check(&api, &examiner, &copy("one")).await;
    let other = other.map(|name| (name, copy("two")));
    let other = other.as_ref().map(|(name, copy)| (*name, copy));
    transaction(&api, &examiner, &copy("one"), other).await;
    told.take()
}

#[tokio::test]
async fn a_table_that_works_passes_everything() {
    let expected = [
        "put",
        "get",
        "conditional put",
        "query",
        "query by-b",
        "projection by-b",
        "time to live",
        "update",
        "delete",
        "transaction with Cart",
    ];
    assert_eq!(told(Flaw::None, Some("Cart")).await, expected);
    let alone = told(Flaw::None, None).await;
    assert_eq!(
        alone.last().map(String::as_str),
        Some("transaction over two items")
    );
}

#[tokio::test]
async fn every_flaw_is_told_by_the_check_that_is_about_it() {
    for (flaw, expected) in [
        (
            Flaw::Forgets,
            vec!["get: null", "transaction with Cart: null"],
        ),
        (
            Flaw::IgnoresConditions,
            vec![r#"conditional put: "it was accepted""#],
        ),
        (
            Flaw::NoTimeToLive,
            vec![r#"time to live: {"time_to_live":"DISABLED"}"#],
        ),
        (Flaw::HalfTransactions, vec!["transaction with Cart: null"]),
    ] {
        let all = told(flaw, Some("Cart")).await.into_iter();
        let lines: Vec<_> = all.filter(|line| line.contains(": ")).collect();
        assert_eq!(lines, expected);
    }
    for (flaw, start) in [
        (Flaw::IndexShowsAll, r#"projection by-b: {"b":"#),
        (Flaw::IgnoresUpdates, r#"update: {"b":"#),
        (Flaw::KeepsDeleted, r#"delete: {"b":"#),
    ] {
        let all = told(flaw, None).await;
        let lines: Vec<_> = all.iter().filter(|line| line.contains(": ")).collect();
        assert!(
            matches!(lines.as_slice(), [line] if line.starts_with(start)),
            "{lines:?}"
        );
    }
}
