//! How a command is told to stop: Ctrl-C, and what ends a job or a session from outside.

use std::io;

/// Returns when somebody wants the command to end.
///
/// # Errors
/// The system takes no handler.
#[cfg(unix)]
pub async fn told_to_stop() -> io::Result<()> {
    use std::io::IsTerminal;
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let hung_up = async {
        // `nohup` takes the terminal away and has this signal ignored, which must stay so.
        if !io::stderr().is_terminal() {
            return std::future::pending().await;
        }
        signal(SignalKind::hangup())?.recv().await;
        Ok(())
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
        closed = hung_up => closed,
    }
}

/// Returns when somebody wants the command to end.
///
/// # Errors
/// The system takes no handler.
#[cfg(not(unix))]
pub async fn told_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
