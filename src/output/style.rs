//! Colours by what they mean; whether there are any is decided once, in `ui`.

use anstyle::{AnsiColor, Effects, Style};

use crate::model::plan::Verb;
use crate::model::tick::Health;

/// `Styles::default()` has no colour at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Styles {
    pub added: Style,
    pub changed: Style,
    pub removed: Style,
    pub adopted: Style,
    pub hazard: Style,
    pub name: Style,
    pub dim: Style,
}

impl Styles {
    pub const fn coloured() -> Self {
        Styles {
            added: colour(AnsiColor::Green),
            changed: colour(AnsiColor::Yellow),
            removed: colour(AnsiColor::Red),
            adopted: colour(AnsiColor::Cyan),
            hazard: colour(AnsiColor::Red).effects(Effects::BOLD),
            name: Style::new().effects(Effects::BOLD),
            dim: Style::new().effects(Effects::DIMMED),
        }
    }

    pub fn are_coloured(&self) -> bool {
        self.added != Style::default()
    }

    pub fn of_health(&self, health: Health) -> Style {
        match health {
            Health::Critical => self.hazard,
            Health::Warning => self.changed,
            Health::Unknown => self.dim,
            Health::Healthy => self.added,
        }
    }

    pub fn of(&self, verb: Verb) -> Style {
        match verb {
            Verb::Create => self.added,
            Verb::Update | Verb::Tag | Verb::Settle => self.changed,
            Verb::Adopt => self.adopted,
            Verb::Replace | Verb::Delete => self.removed,
        }
    }
}

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(colour)))
}

pub fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{text}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colour_leaves_codes() {
        assert_eq!(paint(Styles::default().hazard, "x"), "x");
        assert_eq!(paint(Styles::coloured().added, "x"), "\u{1b}[32mx\u{1b}[0m");
        assert_eq!(paint(Styles::coloured().added, ""), "");
    }
}
