//! The live table: what was seen last, drawn again whenever it, the size, the clock or a key changes it.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use super::{Ended, Run};
use crate::commands::stop::told_to_stop;
use crate::error::Error;
use crate::model::tick::Tick;
use crate::monitor::screen::{Input, Inputs, Screen};
use crate::output::ui::Ui;
use crate::output::watch::{Look, View, Wish, frame};

/// The countdown to the next tick moves.
const REDRAW: Duration = Duration::from_millis(500);

/// What was seen last, and when the next is due.
type Latest = RefCell<Option<(Tick, Instant)>>;

pub async fn show(run: &mut Run<'_>, ui: &Ui) -> Result<Ended, Error> {
    let limits = run.limits;
    let latest = Latest::default();
    let news = Notify::new();
    let (pause, paused) = watch::channel(false);
    let window = Window {
        ui,
        latest: &latest,
        news: &news,
        pause,
    };
    let ticks = run.ticks(paused, |tick, next| {
        latest.replace(Some((tick.clone(), next)));
        news.notify_one();
        Ok(true)
    });
    tokio::select! {
        // Listening begins before the screen is entered.
        biased;
        stopped = told_to_stop() => Ok(stopped.map(|()| Ended::Left)?),
        ended = ticks => ended,
        drawn = window.run() => Ok(drawn.map(|()| Ended::Left)?),
        ended = limits.passed() => Ok(ended),
    }
}

struct Window<'a> {
    ui: &'a Ui,
    latest: &'a Latest,
    news: &'a Notify,
    pause: watch::Sender<bool>,
}

impl Window<'_> {
    /// Until somebody wants to leave.
    async fn run(self) -> io::Result<()> {
        let mut screen = Screen::enter()?;
        let mut inputs = Inputs::listen();
        let mut view = View::default();
        loop {
            self.draw(&mut screen, &mut view)?;
            tokio::select! {
                input = inputs.next() => match input {
                    Input::Resized => screen.forget(),
                    Input::Key(key) => {
                        if view.press(key) == Wish::Leave {
                            return Ok(());
                        }
                        self.pause.send_if_modified(|paused| {
                            let changed = *paused != view.paused;
                            *paused = view.paused;
                            changed
                        });
                    }
                },
                () = self.news.notified() => {}
                () = sleep(REDRAW) => {}
            }
        }
    }

    fn draw(&self, screen: &mut Screen, view: &mut View) -> io::Result<()> {
        let (width, height) = Screen::size()?;
        let look = Look {
            width,
            height,
            styles: self.ui.out_styles(),
            glyphs: self.ui.glyphs(),
        };
        let lines = match &*self.latest.borrow() {
            None => vec!["looking for the first time".to_owned()],
            Some((tick, due)) => {
                let left = due.saturating_duration_since(Instant::now());
                frame(tick, view, &look, (!left.is_zero()).then_some(left))
            }
        };
        screen.draw(lines)
    }
}
