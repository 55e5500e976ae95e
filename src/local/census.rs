//! What a state holds, and how it is emptied.

use rusqlite::params;

use super::call::{Call, Settings};
use super::clock::Clock;
use super::error::ApiError;
use super::store::Store;
use super::{dynamodb, sqs};

/// One account and region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Census {
    pub account: String,
    pub region: String,
    pub queues: u64,
    pub messages: u64,
    pub tables: u64,
    pub items: u64,
    pub backups: u64,
}

const PLACES: &str = "
select account, region from sqs_queues
union select account, region from ddb_tables where gone_at is null or gone_at > ?1
union select account, region from ddb_backups
order by account, region";

/// Every account and region in which something is.
///
/// # Errors
/// The state cannot be read.
pub fn census(store: &Store) -> Result<Vec<Census>, ApiError> {
    let now = Clock::of(store)?.now();
    let places: Vec<(String, String)> = store.read(|transaction| {
        let mut statement = transaction.prepare(PLACES)?;
        let places = statement.query_map(params![now], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(places.collect::<Result<_, _>>()?)
    })?;
    let counted = places.into_iter().map(|(account, region)| {
        let settings = Settings::default();
        let call = here(store, &settings, &account, &region, now);
        let (queues, messages) = sqs::census(&call)?;
        let (tables, items, backups) = dynamodb::census(&call)?;
        Ok(Census {
            queues,
            messages,
            tables,
            items,
            backups,
            account,
            region,
        })
    });
    counted.collect()
}

/// Of what is kept to keep the files of items in order; everything else goes.
const KEPT: [&str; 3] = ["ddb_mirrors", "ddb_generations", "sqlite_sequence"];

/// Empties the state, also under processes that use it; the clock is the machine's again.
///
/// # Errors
/// The state cannot be written.
pub fn reset(store: &Store) -> Result<(), ApiError> {
    let places: Vec<(String, String)> = store.write(|transaction| {
        let mut statement =
            transaction.prepare("select name from sqlite_master where type = 'table'")?;
        let tables = statement
            .query_map([], |row| row.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        for table in tables
            .iter()
            .filter(|table| !KEPT.contains(&table.as_str()))
        {
            transaction.execute(&format!("delete from \"{table}\""), [])?;
        }
        // Their items are in files of their own.
        transaction.execute("insert into ddb_gone (id) select id from ddb_mirrors", [])?;
        let mut statement =
            transaction.prepare("select distinct account, region from ddb_mirrors")?;
        let places = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(places.collect::<Result<_, _>>()?)
    })?;
    let now = Clock::of(store)?.now();
    for (account, region) in places {
        let settings = Settings::default();
        dynamodb::sweep(&here(store, &settings, &account, &region, now))?;
    }
    Ok(())
}

fn here<'a>(
    store: &'a Store,
    settings: &'a Settings,
    account: &'a str,
    region: &'a str,
    now: i64,
) -> Call<'a> {
    Call {
        store,
        settings,
        origin: "",
        region,
        account,
        now,
    }
}
