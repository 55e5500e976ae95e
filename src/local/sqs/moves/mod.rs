//! Message move tasks: what lies in a dead-letter queue goes back, or elsewhere.

mod operations;
mod progress;

pub use operations::{cancel_message_move_task, list_message_move_tasks, start_message_move_task};
pub use progress::carry_on;
