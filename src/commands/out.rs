//! A file that a result is written to, `plan --out` or `test --junit`: written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::model::failure::{Failure, FailureKind};
use crate::output::text::escape;

/// A file beside the one that is asked for, which takes its name when it is complete.
pub struct Out {
    option: &'static str,
    path: PathBuf,
    draft: PathBuf,
    file: File,
}

impl Out {
    /// Makes the draft, so that a path that cannot be written is found before AWS is asked.
    ///
    /// # Errors
    /// The path cannot be written.
    pub fn begin(option: &'static str, path: &Path) -> Result<Out, Error> {
        let failed = |error| unwritable(option, path, &error);
        let draft = draft(path).map_err(failed)?;
        let file = create(&draft).map_err(failed)?;
        Ok(Out {
            option,
            path: path.to_owned(),
            draft,
            file,
        })
    }

    /// # Errors
    /// The file could not be written; the one that was there is as it was.
    pub fn finish(mut self, text: &str) -> Result<(), Error> {
        let written = self
            .file
            .write_all(text.as_bytes())
            .and_then(|()| self.file.sync_all())
            .and_then(|()| fs::rename(&self.draft, &self.path));
        written.map_err(|error| unwritable(self.option, &self.path, &error))
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // Gone already where it was completed.
        let _ = fs::remove_file(&self.draft);
    }
}

fn draft(path: &Path) -> io::Result<PathBuf> {
    let refuse = |why| Err(io::Error::new(ErrorKind::InvalidInput, why));
    let Some(name) = path.file_name() else {
        return refuse("it names no file");
    };
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => return refuse("it is there and not a regular file"),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut draft = name.to_owned();
    draft.push(format!(".{}.draft", std::process::id()));
    Ok(path.with_file_name(draft))
}

/// For its owner only: a plan may hold policies.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unwritable(option: &str, path: &Path, error: &io::Error) -> Error {
    let path = path.display().to_string();
    let failure = Failure::new(
        FailureKind::Other,
        format!(
            "the result could not be written to {}: {error}",
            escape(&path)
        ),
    );
    Error::Failure(failure.with_hint(format!(
        "give {option} a file in a folder that you may write to"
    )))
}
