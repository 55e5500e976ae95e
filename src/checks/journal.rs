//! What a test makes, noted on this machine before it is made: a test that was killed is cleared up by the next one.
//!
//! A note is held under a lock for as long as its test lives. Where the lock is free, nobody is left to remove anything.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::id::ResourceId;
use crate::model::scope::Scope;

/// Beside the state of local mode.
pub const FOLDER: &str = ".shopctl/probes";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Eight hexadecimal digits.
    pub id: String,
    pub scope: Scope,
    /// Where the calls went: `aws`, `local`, or an address.
    pub endpoint: String,
    pub copies: Vec<ResourceId>,
}

/// An entry under our lock.
pub struct Journal {
    pub entry: Entry,
    path: PathBuf,
    /// Open for as long as the lock is held.
    _file: File,
}

impl Journal {
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn begin(folder: &Path, entry: Entry) -> io::Result<Journal> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}.json", entry.id));
        // Complete and locked before it has the name under which it is looked for.
        let draft = folder.join(format!("{}.draft", entry.id));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&draft)?;
        file.lock()?;
        let text = serde_json::to_vec(&entry).map_err(io::Error::other)?;
        file.write_all(&text).and_then(|()| file.sync_all())?;
        fs::rename(&draft, &path)?;
        Ok(Journal {
            entry,
            path,
            _file: file,
        })
    }

    /// Everything in it is gone.
    pub fn finish(self) {
        // It would only be looked through once more.
        let _ = fs::remove_file(&self.path);
    }
}

/// What is noted on this machine.
#[derive(Default)]
pub struct Notes {
    /// Nobody holds these any more; now we do.
    pub abandoned: Vec<Journal>,
    /// The ids of tests that run right now.
    pub running: Vec<String>,
}

/// Whatever cannot be read is not ours to judge, and stays.
pub fn read(folder: &Path) -> Notes {
    let mut notes = Notes::default();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        match take(&path) {
            Ok(Some(journal)) => notes.abandoned.push(journal),
            Ok(None) => notes.running.extend(id(&path)),
            Err(_) => {}
        }
    }
    notes
}

fn id(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_str()?.to_owned())
}

/// `None`: its test still runs.
fn take(path: &Path) -> io::Result<Option<Journal>> {
    let mut file = File::open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => return Ok(None),
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    // It may have been finished between the two.
    if !path.exists() {
        return Err(ErrorKind::NotFound.into());
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let entry = serde_json::from_str(&text).map_err(io::Error::other)?;
    Ok(Some(Journal {
        entry,
        path: path.to_owned(),
        _file: file,
    }))
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
