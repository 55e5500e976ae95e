//! Everything that ends a command, and the exit code of each.

use crate::exit::Exit;
use crate::manifest::LoadError;
use crate::model::failure::{Failure, FailureKind};
use crate::model::tick::Because;
use crate::reconcile::guard::Refusal;
use crate::reconcile::moved::Moved;
use crate::reconcile::plan::MissingDependency;

#[derive(Debug)]
pub enum Error {
    /// The command line does not fit; the second is the next step.
    Usage(String, String),
    /// The manifest cannot be read, is wrong, or needs `--env`.
    Manifest(LoadError),
    /// The plan may not be carried out.
    Refused(Vec<Refusal>),
    /// The selection needs what it leaves out.
    MissingDependencies(Vec<MissingDependency>),
    /// The manifest, or a saved plan, names another account than the credentials belong to.
    WrongAccount {
        by: Declarer,
        declared: String,
        actual: String,
    },
    /// A saved plan is for another region than `--region`.
    WrongRegion { planned: String, asked: String },
    /// The file of a saved plan holds none that can be carried out.
    PlanFile { path: String, why: String },
    /// What a saved plan took for granted is no longer so.
    Stale(Vec<Moved>),
    /// Nobody said yes.
    NotConfirmed { asked: bool },
    /// What a gate wants is not so: in which words, and what is not.
    Unhealthy {
        message: String,
        because: Vec<Because>,
    },
    /// AWS, the network, the local state, a file.
    Failure(Failure),
    /// Ctrl-C before anything was written.
    Interrupted,
    /// A second Ctrl-C, with actions under way.
    Abandoned,
}

/// Who says which account a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declarer {
    Manifest,
    Plan,
}

impl Error {
    pub fn exit(&self) -> Exit {
        use crate::manifest::LoadErrorKind;
        match self {
            Error::Usage(..) => Exit::Usage,
            Error::Manifest(error) => match error.kind {
                LoadErrorKind::EnvironmentNeeded { .. } => Exit::Usage,
                _ => Exit::Manifest,
            },
            Error::PlanFile { .. } => Exit::Manifest,
            Error::Refused(_)
            | Error::Stale(_)
            | Error::WrongAccount { .. }
            | Error::WrongRegion { .. }
            | Error::NotConfirmed { .. } => Exit::Refused,
            Error::MissingDependencies(_) => Exit::Failed,
            Error::Unhealthy { .. } => Exit::Unhealthy,
            Error::Failure(failure) => of_failure(failure.kind),
            Error::Interrupted | Error::Abandoned => Exit::Interrupted,
        }
    }
}

/// The exit code that a kind of failure deserves.
pub fn of_failure(kind: FailureKind) -> Exit {
    match kind {
        FailureKind::Credentials | FailureKind::AccessDenied => Exit::Credentials,
        FailureKind::Interrupted => Exit::Interrupted,
        FailureKind::Throttled
        | FailureKind::NotFound
        | FailureKind::Busy
        | FailureKind::Exists
        | FailureKind::BadRequest
        | FailureKind::Network
        | FailureKind::Timeout
        | FailureKind::NotConverged
        | FailureKind::Other => Exit::Failed,
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Failure(failure)
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Error::Manifest(error)
    }
}

/// stdout or a file could not be written.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Failure(Failure::new(
            FailureKind::Other,
            format!("the result could not be written: {error}"),
        ))
    }
}
