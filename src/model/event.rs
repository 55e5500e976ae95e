//! Everything that carrying out a plan can say. Outputs read these and nothing else.

use std::time::Duration;

use super::check::Counts;
use super::failure::Failure;
use super::id::ResourceId;
use super::plan::Verb;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The run begins with so many actions.
    Planned {
        actions: usize,
    },
    /// An action begins.
    Started {
        id: ResourceId,
        verb: Verb,
    },
    /// The checks of a resource begin.
    Testing {
        id: ResourceId,
    },
    /// The checks of a resource have ended.
    Tested {
        id: ResourceId,
        counts: Counts,
        elapsed: Duration,
    },
    /// The copies that a test made are removed.
    Clearing {
        copies: usize,
        /// Because of Ctrl-C.
        interrupted: bool,
    },
    /// An action goes on to another step: `index by-user: building`.
    Step {
        id: ResourceId,
        what: String,
    },
    /// An action waits for AWS. `left`: until when, where that is known (a countdown).
    Waiting {
        id: ResourceId,
        why: String,
        left: Option<Duration>,
    },
    /// A copy was taken before something was deleted: `backup shopctl-Orders-20261120T101500Z`.
    Copied {
        id: ResourceId,
        copy: String,
    },
    /// The calls of an action succeeded; it is being read back.
    Applied {
        id: ResourceId,
        verb: Verb,
    },
    /// The action is done and what was written has been read back.
    Done {
        id: ResourceId,
        verb: Verb,
        elapsed: Duration,
    },
    Failed {
        id: ResourceId,
        verb: Verb,
        failure: Failure,
        elapsed: Duration,
    },
    /// The action was not begun.
    Skipped {
        id: ResourceId,
        verb: Verb,
        why: String,
    },
    /// Ctrl-C was pressed: running actions finish, no new one begins.
    Interrupted {
        running: usize,
    },
    Finished {
        elapsed: Duration,
    },
}
