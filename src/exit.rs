//! The exit codes, documented: scripts rely on them.

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Something failed; what was done stays done, and running again continues.
    Failed = 1,
    /// `--detailed-exitcode`: the plan has changes.
    Changes = 2,
    /// A check failed, or what was watched is unhealthy.
    Unhealthy = 3,
    /// Refused: a hazard, conflict, adoption or confirmation is in the way, or a saved plan is stale. Nothing was
    /// written.
    Refused = 4,
    /// Ctrl-C.
    Interrupted = 5,
    /// The command line is wrong.
    Usage = 64,
    /// The manifest, or the file of a saved plan, is wrong.
    Manifest = 65,
    /// No or wrong AWS credentials, or a permission is missing.
    Credentials = 77,
}

impl Exit {
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
