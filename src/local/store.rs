//! State on disk: one SQLite database, safe for several processes at once and after `kill -9`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::clock::{Change, Clock};
use super::error::ApiError;

/// How long a process waits for another's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub struct Store {
    dir: PathBuf,
    connection: Mutex<Connection>,
    doors: super::dynamodb::Doors,
}

impl Store {
    /// Opens the state in `dir`, which is made if missing.
    ///
    /// # Errors
    /// Says which path cannot be made, opened or written.
    pub fn open(dir: &Path) -> Result<Store, String> {
        std::fs::create_dir_all(dir)
            .map_err(|error| format!("{}: the folder for the local state cannot be created: {error}; use one that can be written", dir.display()))?;
        let path = dir.join("control.sqlite3");
        // The first switch to WAL does not wait for another process that is about to do the same: it fails.
        let gate = File::create(dir.join("opening.lock"))
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|error| {
                format!(
                    "{}: the folder for the local state cannot be written: {error}; use one that can",
                    dir.display()
                )
            })?;
        let connection = open(&path).map_err(|error| {
            let way_out = match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                    "delete the folder to begin anew"
                }
                _ => "use a folder that can be written",
            };
            format!(
                "{}: the local state cannot be opened: {error}; {way_out}",
                path.display()
            )
        })?;
        drop(gate);
        Ok(Store {
            dir: dir.to_owned(),
            connection: Mutex::new(connection),
            doors: super::dynamodb::Doors::default(),
        })
    }

    /// The folder, for a service that keeps files of its own.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The handles of DynamoDB's item files, which are opened late and kept.
    pub fn doors(&self) -> &super::dynamodb::Doors {
        &self.doors
    }

    /// How fast the state's clock runs from now on, for every process.
    ///
    /// # Errors
    /// Says that the state cannot be written.
    pub fn run_at(&self, speed: f64) -> Result<(), String> {
        let unusable = |error: ApiError| format!("{}: {error}", self.dir.display());
        if Clock::of(self).map_err(unusable)?.speed() == speed {
            return Ok(());
        }
        let change = Change {
            speed: Some(speed),
            ..Change::default()
        };
        Clock::set(self, change).map(|_| ()).map_err(unusable)
    }

    /// Reads in one consistent snapshot.
    ///
    /// # Errors
    /// What `f` refuses, or a state that cannot be read.
    pub fn read<T>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        f(&transaction)
    }

    /// Reads and writes alone; an error undoes everything.
    ///
    /// # Errors
    /// What `f` refuses, or a state that cannot be written.
    pub fn write<T>(
        &self,
        f: impl FnOnce(&Transaction<'_>) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = f(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic inside a transaction has rolled it back: the connection is sound.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // With WAL a killed process loses nothing; only a power cut may lose the last commits.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for schema in [
        super::clock::SCHEMA,
        super::sqs::SCHEMA,
        super::dynamodb::SCHEMA,
        super::autoscaling::SCHEMA,
        super::cloudwatch::SCHEMA,
    ] {
        transaction.execute_batch(schema)?;
    }
    transaction.commit()?;
    Ok(connection)
}
