//! The terminal: the alternate screen, keys, and the way back, whichever way out is taken.

use std::io::{self, Stdout, Write, stdout};
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyEvent, KeyEventKind};
use crossterm::style::Print;
use crossterm::terminal::{
    self, BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{execute, queue};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// How long leaving may wait for the reader of keys.
const POLL: Duration = Duration::from_millis(40);

/// Whether there is something to restore.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// Left when dropped, and before a panic is told.
pub struct Screen {
    out: Stdout,
    shown: Vec<String>,
}

impl Screen {
    /// # Errors
    /// It is no terminal, or one that cannot be drawn on.
    pub fn enter() -> io::Result<Screen> {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            restore();
            told(panic);
        }));
        terminal::enable_raw_mode()?;
        ENTERED.store(true, Ordering::SeqCst);
        let screen = Screen {
            out: stdout(),
            shown: Vec::new(),
        };
        execute!(stdout(), EnterAlternateScreen, DisableLineWrap, Hide)?;
        Ok(screen)
    }

    /// Columns and lines.
    ///
    /// # Errors
    /// The terminal does not tell.
    pub fn size() -> io::Result<(usize, usize)> {
        let (columns, lines) = terminal::size()?;
        Ok((columns.into(), lines.into()))
    }

    /// The next picture is drawn whole: the size is another, or somebody drew over it.
    pub fn forget(&mut self) {
        self.shown.clear();
    }

    /// Writes the lines that differ from those that are shown, in one go.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, lines: Vec<String>) -> io::Result<()> {
        if lines == self.shown {
            return Ok(());
        }
        queue!(self.out, BeginSynchronizedUpdate)?;
        if self.shown.len() != lines.len() {
            queue!(self.out, Clear(ClearType::All))?;
            self.shown.clear();
        }
        for (row, line) in lines.iter().enumerate() {
            if self.shown.get(row) != Some(line) {
                let row = u16::try_from(row).unwrap_or(u16::MAX);
                queue!(
                    self.out,
                    MoveTo(0, row),
                    // First: behind a line that is full the cursor still stands on its last sign.
                    Clear(ClearType::CurrentLine),
                    Print(line)
                )?;
            }
        }
        queue!(self.out, EndSynchronizedUpdate)?;
        self.shown = lines;
        self.out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// A terminal that is gone needs no restoring.
fn restore() {
    if ENTERED.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            Show,
            EnableLineWrap,
            LeaveAlternateScreen
        );
        let _ = terminal::disable_raw_mode();
    }
}

/// What the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Key(KeyEvent),
    Resized,
}

/// Reads the terminal on a thread of its own until it is dropped.
pub struct Inputs {
    received: UnboundedReceiver<Input>,
    ended: Arc<AtomicBool>,
    /// Nothing is sent: the reader drops its end when it is done.
    reading: mpsc::Receiver<()>,
}

impl Inputs {
    pub fn listen() -> Inputs {
        let (send, received) = unbounded_channel();
        let ended = Arc::new(AtomicBool::new(false));
        let stop = ended.clone();
        let (done, reading) = mpsc::channel();
        thread::spawn(move || {
            let _done: mpsc::Sender<()> = done;
            while !stop.load(Ordering::Relaxed) {
                let input = match event::poll(POLL) {
                    Ok(false) => continue,
                    Ok(true) => event::read(),
                    // Without a terminal to read there are no keys; signals still end it.
                    Err(_) => return,
                };
                let input = match input {
                    Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => Input::Key(key),
                    Ok(Event::Resize(..)) => Input::Resized,
                    Ok(_) => continue,
                    Err(_) => return,
                };
                if send.send(input).is_err() {
                    return;
                }
            }
        });
        Inputs {
            received,
            ended,
            reading,
        }
    }

    /// The next one; never where there is no terminal to read.
    pub async fn next(&mut self) -> Input {
        match self.received.recv().await {
            Some(input) => input,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Inputs {
    /// What is typed from now on is for the shell. Of a terminal that is gone crossterm 0.29 reads the end over and
    /// over and never returns: such a reader ends with the process.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.reading.recv_timeout(POLL * 5);
    }
}
