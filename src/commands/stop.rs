//! How a command is told to stop: Ctrl-C, and what ends a job or a session from outside.

use std::cell::RefCell;
use std::future::Future;
use std::io;

use tokio::sync::watch;

use crate::output::progress::{Progress, TICK};

/// Runs `work` while its progress is shown. The first call to stop sets `switch`; `None`: a second ended it.
pub async fn attended<T>(
    work: impl Future<Output = T>,
    switch: &watch::Sender<bool>,
    progress: &RefCell<Progress>,
) -> Option<T> {
    let listen = async {
        if told_to_stop().await.is_err() {
            // Without a handler a signal ends the process by itself.
            return std::future::pending().await;
        }
        switch.send_replace(true);
        let _ = told_to_stop().await;
    };
    let tick = async {
        let mut interval = tokio::time::interval(TICK);
        loop {
            interval.tick().await;
            progress.borrow_mut().tick();
        }
    };
    let done = tokio::select! {
        // Listening begins before the first write.
        biased;
        () = listen => None,
        () = tick => None,
        done = work => Some(done),
    };
    progress.borrow_mut().finish();
    done
}

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
