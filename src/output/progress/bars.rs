//! Progress drawn in place, on a terminal.

use std::io;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use terminal_size::{Height, Width, terminal_size_of};

use super::board::Board;
use super::sentence;
use crate::model::event::Event;
use crate::output::style::{Styles, paint};
use crate::output::text::escape;

/// Room that stays for what the terminal showed before.
const SPARE_ROWS: usize = 3;
const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// One indicatif bar whose message is the whole board, so that it is always drawn in one piece.
pub struct Bars {
    board: Board,
    bar: ProgressBar,
    styles: Styles,
}

impl Bars {
    pub(super) fn new(styles: Styles) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
            .with_finish(ProgressFinish::AndClear);
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Bars {
            board: Board::new(Instant::now()),
            bar,
            styles,
        }
    }

    pub(super) fn on(&mut self, event: &Event) {
        self.board.on(event, Instant::now());
        let style = match event {
            Event::Failed { .. } => self.styles.removed,
            Event::Interrupted { .. } => self.styles.changed,
            _ => return self.draw(),
        };
        if let Some(line) = sentence(event) {
            self.bar.println(paint(style, &escape(&line)));
        }
        self.draw();
    }

    pub(super) fn draw(&self) {
        if self.bar.is_finished() {
            return;
        }
        let (columns, rows) = terminal_size_of(io::stderr())
            .map_or(DEFAULT_SIZE, |(Width(columns), Height(rows))| {
                (columns.into(), rows.into())
            });
        let rows = rows.saturating_sub(SPARE_ROWS);
        let view = self
            .board
            .view(Instant::now(), columns.saturating_sub(1), rows);
        self.bar.set_message(view.join("\n"));
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
