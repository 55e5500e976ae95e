//! What the person in front of the screen has asked for.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Worst,
    Name,
    Depth,
    Age,
}

impl Sort {
    pub fn word(self) -> &'static str {
        match self {
            Sort::Worst => "worst first",
            Sort::Name => "name",
            Sort::Depth => "fullest first",
            Sort::Age => "oldest first",
        }
    }

    fn next(self) -> Sort {
        match self {
            Sort::Worst => Sort::Name,
            Sort::Name => Sort::Depth,
            Sort::Depth => Sort::Age,
            Sort::Age => Sort::Worst,
        }
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Stay,
    Leave,
}

#[derive(Clone, Debug, Default)]
pub struct View {
    pub sort: Sort,
    pub filter: String,
    /// Keys are letters of the filter.
    pub typing: bool,
    pub paused: bool,
    pub help: bool,
    /// Lines that are scrolled out above.
    pub top: usize,
    /// Lines that a page has, as last drawn.
    pub page: usize,
}

/// Ignores case.
pub fn matches(key: &str, filter: &str) -> bool {
    key.to_lowercase().contains(&filter.to_lowercase())
}

impl View {
    pub fn press(&mut self, key: KeyEvent) -> Wish {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Wish::Leave,
                _ => Wish::Stay,
            };
        }
        match self.typing {
            true => self.type_key(key.code),
            false => return self.command(key.code),
        }
        Wish::Stay
    }

    fn type_key(&mut self, key: KeyCode) {
        match key {
            KeyCode::Char(letter) => self.filter.push(letter),
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Enter => self.typing = false,
            KeyCode::Esc => {
                self.filter.clear();
                self.typing = false;
            }
            _ => {}
        }
        self.top = 0;
    }

    fn command(&mut self, key: KeyCode) -> Wish {
        let page = self.page.max(1);
        match key {
            KeyCode::Char('q') => return Wish::Leave,
            KeyCode::Char('p') => self.paused = !self.paused,
            KeyCode::Char('s') => self.sort = self.sort.next(),
            KeyCode::Char('f' | '/') => self.typing = true,
            KeyCode::Char('?' | 'h') => self.help = !self.help,
            KeyCode::Esc if self.help => self.help = false,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Up => self.top = self.top.saturating_sub(1),
            // Drawing knows where the end is.
            KeyCode::Down => self.top += 1,
            KeyCode::PageUp => self.top = self.top.saturating_sub(page),
            KeyCode::PageDown => self.top += page,
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.top = usize::MAX / 2,
            _ => {}
        }
        Wish::Stay
    }
}
