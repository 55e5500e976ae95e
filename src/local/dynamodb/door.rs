//! One dynoxide file per account and region, opened by the first item operation, coherent between processes.
//!
//! A dynoxide handle caches table metadata for good. So every item operation holds the file's lock shared; whoever
//! changes the schema holds it alone and raises a generation, and a handle of an older generation is reopened.

use std::collections::{BTreeMap, HashMap};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use dynoxide::Database;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::super::call::Call;
use super::super::error::ApiError;
use super::mirror::{self, Shape};
use super::pages;
use super::refusal::table_not_found;
use super::status::TableStatus;
use super::table::{Table, find, table_name};

/// The open handles of one store, by file, with the generation at which each was opened.
#[derive(Default)]
pub struct Doors(Mutex<HashMap<PathBuf, (i64, Database)>>);

/// Items and bytes of a table; `None` if it has never been written to or cannot be read now.
pub fn count(call: &Call, table: &Table) -> Result<Option<(i64, u64)>, ApiError> {
    let mirrored = call
        .store
        .read(|transaction| recorded_shape(transaction, &table.id))?;
    if mirrored.is_none() || !takes_items(table) {
        return Ok(None);
    }
    with_database(call, std::slice::from_ref(&table.name), |database, _| {
        let tables = database
            .table_stats()
            .map_err(|error| ApiError::internal(format!("items cannot be counted: {error}")))?;
        Ok(tables
            .into_iter()
            .find(|stats| stats.table_name == table.id)
            .map(|stats| (stats.item_count, stats.size_bytes)))
    })
}

fn takes_items(table: &Table) -> bool {
    matches!(table.status, TableStatus::Active | TableStatus::Updating)
}

/// What the store says at one moment.
struct View {
    /// By the name that the request gives.
    tables: BTreeMap<String, Table>,
    mirrored: BTreeMap<String, Shape>,
    generation: i64,
}

/// Runs `f` with the tables `given` mirrored and unchanging.
pub fn with_database<T>(
    call: &Call,
    given: &[String],
    f: impl FnOnce(&Database, &BTreeMap<String, Table>) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    // Before any file is made: most refusals end here.
    call.store
        .read(|transaction| view(call, transaction, given))?;
    let path = path(call)?;
    let lock = lock_file(&path)?;
    lock.lock_shared()
        .map_err(|error| unusable(&path, &error))?;
    let seen = call
        .store
        .read(|transaction| view(call, transaction, given))?;
    if seen.stale().next().is_none() {
        let database = open(call, &path, seen.generation)?;
        return f(&database, &seen.tables);
    }
    lock.unlock().map_err(|error| unusable(&path, &error))?;
    lock.lock().map_err(|error| unusable(&path, &error))?;
    let seen = call
        .store
        .read(|transaction| view(call, transaction, given))?;
    let database = mirror_all(call, &path, &seen)?;
    f(&database, &seen.tables)
}

/// Runs `f` with the table mirrored, while nobody else reads or writes an item of the region.
pub fn alone<T>(
    call: &Call,
    name: &str,
    f: impl FnOnce(&Database, &Table) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let path = path(call)?;
    let lock = lock_file(&path)?;
    lock.lock().map_err(|error| unusable(&path, &error))?;
    let given = [name.to_owned()];
    let seen = call
        .store
        .read(|transaction| view(call, transaction, &given))?;
    let database = if seen.stale().next().is_none() {
        open(call, &path, seen.generation)?
    } else {
        mirror_all(call, &path, &seen)?
    };
    match seen.tables.get(name) {
        Some(table) => f(&database, table),
        None => Err(table_not_found(name)),
    }
}

/// Drops the items of tables that are no more.
///
/// # Errors
/// If the local state cannot be used.
pub fn sweep(call: &Call) -> Result<(), ApiError> {
    let path = path(call)?;
    let lock = lock_file(&path)?;
    lock.lock().map_err(|error| unusable(&path, &error))?;
    let seen = call
        .store
        .read(|transaction| view(call, transaction, &[]))?;
    mirror_all(call, &path, &seen).map(|_| ())
}

/// Runs `f` once the items of the table are kept for `owner`, before anybody can write another. A table that was never
/// written to is not mirrored for it.
pub fn keep_items<T>(
    call: &Call,
    table: &Table,
    owner: &str,
    f: impl FnOnce() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let path = path(call)?;
    let lock = lock_file(&path)?;
    lock.lock().map_err(|error| unusable(&path, &error))?;
    let (mirrored, generation) = call.store.read(|transaction| {
        let mirrored = recorded_shape(transaction, &table.id)?.is_some();
        Ok((mirrored, generation(call, transaction)?))
    })?;
    if mirrored {
        let database = open(call, &path, generation)?;
        pages::keep(call, &database, &table.id, owner)?;
    } else {
        call.store
            .write(|transaction| pages::copy(transaction, &table.id, owner))?;
    }
    f().inspect_err(|_| {
        call.store
            .write(|transaction| pages::forget(transaction, owner))
            .ok();
    })
}

impl View {
    fn stale(&self) -> impl Iterator<Item = &Table> {
        self.tables
            .values()
            .filter(|table| self.mirrored.get(&table.id) != Some(&mirror::wanted(table)))
    }
}

fn view(call: &Call, transaction: &Transaction<'_>, given: &[String]) -> Result<View, ApiError> {
    let mut tables = BTreeMap::new();
    let mut mirrored = BTreeMap::new();
    for given in given {
        let table = find(call, transaction, &table_name(call, given)?)?.filter(takes_items);
        let Some(table) = table else {
            return Err(ApiError::new(
                "ResourceNotFoundException",
                "Requested resource not found",
            ));
        };
        if let Some(shape) = recorded_shape(transaction, &table.id)? {
            mirrored.insert(table.id.clone(), shape);
        }
        tables.insert(given.clone(), table);
    }
    Ok(View {
        tables,
        mirrored,
        generation: generation(call, transaction)?,
    })
}

fn generation(call: &Call, transaction: &Transaction<'_>) -> Result<i64, ApiError> {
    let generation = transaction
        .prepare_cached("select generation from ddb_generations where account = ? and region = ?")?
        .query_row(params![call.account, call.region], |row| row.get(0))
        .optional()?;
    Ok(generation.unwrap_or(0))
}

/// With the file's lock held alone: mirrors what is stale, drops what is gone, and raises the generation.
fn mirror_all(call: &Call, path: &Path, seen: &View) -> Result<Database, ApiError> {
    // A handle that cached an older schema must not judge what is there.
    let database = fresh(path)?;
    for table in seen.stale() {
        let mirrored = seen.mirrored.contains_key(&table.id);
        mirror::bring_in_line(&database, table, mirrored)?;
        if !mirrored {
            pages::put_back(call, &database, &table.id)?;
        }
    }
    let gone = call.store.read(|transaction| gone(call, transaction))?;
    for id in &gone {
        mirror::remove(&database, id)?;
    }
    let generation = seen.generation + 1;
    call.store.write(|transaction| {
        for table in seen.stale() {
            let shape = serde_json::to_string(&mirror::wanted(table))
                .map_err(|error| ApiError::internal(format!("a table's shape: {error}")))?;
            transaction.execute(
                "insert or replace into ddb_mirrors (id, account, region, shape) values (?, ?, ?, ?)",
                params![table.id, call.account, call.region, shape],
            )?;
            pages::forget(transaction, &table.id)?;
        }
        for id in &gone {
            for table in ["ddb_mirrors", "ddb_gone", "ddb_expiries", "ddb_buckets"] {
                transaction.execute(&format!("delete from {table} where id = ?"), params![id])?;
            }
        }
        transaction.execute(
            "insert or replace into ddb_generations (account, region, generation) values (?, ?, ?)",
            params![call.account, call.region, generation],
        )?;
        Ok(())
    })?;
    call.store
        .doors()
        .put(path.to_owned(), generation, database.clone());
    Ok(database)
}

/// Mirrored tables that no descriptor stands for any more.
fn gone(call: &Call, transaction: &Transaction<'_>) -> Result<Vec<String>, ApiError> {
    let mut statement = transaction.prepare_cached(
        "select id from ddb_mirrors where account = ?1 and region = ?2 and id in
         (select id from ddb_gone union select json_extract(descriptor, '$.id') from ddb_tables where gone_at <= ?3)",
    )?;
    let ids = statement
        .query_map(params![call.account, call.region, call.now], |row| {
            row.get(0)
        })?
        .collect::<Result<Vec<String>, _>>()?;
    Ok(ids)
}

impl Doors {
    fn get(&self, path: &Path, generation: i64) -> Option<Database> {
        let doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors
            .get(path)
            .filter(|(opened, _)| *opened == generation)
            .map(|(_, database)| database.clone())
    }

    fn put(&self, path: PathBuf, generation: i64, database: Database) {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        doors.insert(path, (generation, database));
    }
}

fn open(call: &Call, path: &Path, generation: i64) -> Result<Database, ApiError> {
    if let Some(database) = call.store.doors().get(path, generation) {
        return Ok(database);
    }
    let database = fresh(path)?;
    call.store
        .doors()
        .put(path.to_owned(), generation, database.clone());
    Ok(database)
}

fn fresh(path: &Path) -> Result<Database, ApiError> {
    let text = path
        .to_str()
        .ok_or_else(|| unusable(path, &"the path is not UTF-8"))?;
    let database = Database::new(text).map_err(|error| unusable(path, &error))?;
    // dynoxide's name for `synchronous = NORMAL`: as in `store.rs`, a killed process loses nothing with WAL, and a
    // write does not wait for the disk.
    database
        .disable_bulk_loading()
        .map_err(|error| unusable(path, &error))?;
    Ok(database)
}

fn path(call: &Call) -> Result<PathBuf, ApiError> {
    let plain = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    // Both come from the caller's signature, and become a file's name here.
    if !plain(call.account) || !plain(call.region) {
        return Err(ApiError::new(
            "UnrecognizedClientException",
            format!("'{}' is not a region", call.region),
        ));
    }
    Ok(call
        .store
        .dir()
        .join(format!("items-{}-{}.sqlite3", call.account, call.region)))
}

/// Held by a transaction that has a token, so that there is one at a time in all processes; taken before other locks.
pub fn lock_tokens(call: &Call) -> Result<File, ApiError> {
    let path = path(call)?.with_extension("tokens.lock");
    let file = lock_at(&path)?;
    file.lock().map_err(|error| unusable(&path, &error))?;
    Ok(file)
}

fn lock_file(path: &Path) -> Result<File, ApiError> {
    lock_at(&path.with_extension("lock"))
}

fn lock_at(path: &Path) -> Result<File, ApiError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, why: &impl std::fmt::Display) -> ApiError {
    ApiError::internal(format!("{}: {why}", path.display()))
}

fn recorded_shape(transaction: &Transaction<'_>, id: &str) -> Result<Option<Shape>, ApiError> {
    let shape: Option<String> = transaction
        .prepare_cached("select shape from ddb_mirrors where id = ?")?
        .query_row(params![id], |row| row.get(0))
        .optional()?;
    // What cannot be read is of an earlier version, and the empty shape has the indexes looked at again.
    Ok(shape.map(|shape| serde_json::from_str(&shape).unwrap_or_default()))
}
