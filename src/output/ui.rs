//! The streams, decided once: who sees colour, who can be asked, what is kept quiet.

use std::env;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};

use clap::ValueEnum;
use terminal_size::{Width, terminal_size_of};

use super::glyphs::{ASCII, Glyphs, UNICODE};
use super::progress::Progress;
use super::style::{Styles, paint};

/// Where the width is not known.
const DEFAULT_WIDTH: usize = 80;
/// The first that is set decides (POSIX, Base Definitions 8.2).
const LOCALE: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
    Markdown,
}

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub color: ColorChoice,
    pub format: Format,
    pub quiet: bool,
    pub verbosity: u8,
}

/// What the process found.
#[derive(Clone, Debug, Default)]
struct Surroundings {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    /// `NO_COLOR` is set and not empty (no-color.org).
    no_color: bool,
    dumb: bool,
    utf8: bool,
    columns: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Ui {
    settings: Settings,
    out_styles: Styles,
    err_styles: Styles,
    width: usize,
    can_ask: bool,
    can_draw: bool,
    has_screen: bool,
    glyphs: &'static Glyphs,
}

impl Ui {
    pub fn new(settings: Settings) -> Self {
        Self::decide(settings, &Surroundings::read())
    }

    fn decide(settings: Settings, around: &Surroundings) -> Self {
        let styles = |terminal: bool| {
            let coloured = match settings.color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => terminal && !around.no_color && !around.dumb,
            };
            if coloured {
                Styles::coloured()
            } else {
                Styles::default()
            }
        };
        Ui {
            settings,
            out_styles: styles(around.stdout),
            err_styles: styles(around.stderr),
            width: around.columns.unwrap_or(DEFAULT_WIDTH),
            can_ask: around.stdin && around.stderr,
            can_draw: around.stderr && !around.dumb,
            has_screen: around.stdout && !around.dumb,
            glyphs: if around.utf8 { &UNICODE } else { &ASCII },
        }
    }

    /// The result, on stdout. A reader that has left (`| head`) is no failure.
    ///
    /// # Errors
    /// Whatever else keeps stdout from being written.
    pub fn out(&self, text: &str) -> io::Result<()> {
        self.stream(text).map(|_| ())
    }

    /// One of many results, on stdout. False: the reader has left.
    ///
    /// # Errors
    /// Whatever else keeps stdout from being written.
    pub fn stream(&self, text: &str) -> io::Result<bool> {
        let mut stdout = io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            written => written.map(|()| true),
        }
    }

    /// What is going on, on stderr; `-q` silences it.
    pub fn err(&self, text: &str) {
        if !self.settings.quiet {
            to_stderr(text);
        }
    }

    /// An error, on stderr, whatever `-q` says.
    pub fn error(&self, text: &str) {
        to_stderr(text);
    }

    /// Yes or no; `None` where there is nobody to ask. Blocks until a line is there.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if !self.can_ask {
            return None;
        }
        to_stderr(&format!("{} [y/N] ", paint(self.err_styles.name, question)));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).ok()?;
        if answer.is_empty() {
            // End of input leaves the cursor behind the question.
            to_stderr("\n");
        }
        Some(means_yes(&answer))
    }

    pub fn progress(&self) -> Progress {
        if self.settings.quiet {
            Progress::Silent
        } else if self.can_draw {
            Progress::bars(self.err_styles)
        } else {
            Progress::lines(self.settings.verbosity > 0)
        }
    }

    /// Whether stdout is a terminal that can be drawn on.
    pub fn has_screen(&self) -> bool {
        self.has_screen
    }

    /// What a locale of UTF-8 can show, or plain ASCII.
    pub fn glyphs(&self) -> &'static Glyphs {
        self.glyphs
    }

    /// Columns of stdout.
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn format(&self) -> Format {
        self.settings.format
    }

    pub fn verbosity(&self) -> u8 {
        self.settings.verbosity
    }

    /// For renderers of others that bring their own colours.
    pub fn err_is_coloured(&self) -> bool {
        self.err_styles.are_coloured()
    }

    pub fn out_styles(&self) -> &Styles {
        &self.out_styles
    }

    pub fn err_styles(&self) -> &Styles {
        &self.err_styles
    }
}

impl Surroundings {
    fn read() -> Self {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let declared = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let measured = || terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns.into());
        Surroundings {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            no_color: set("NO_COLOR"),
            dumb: env::var_os("TERM").is_some_and(|term| term == "dumb"),
            utf8: LOCALE
                .iter()
                .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
                .is_some_and(|locale| is_utf8(&locale)),
            columns: declared.or_else(measured).filter(|columns| *columns > 0),
        }
    }
}

/// Nothing can be told to a user whose stderr is closed, so a failure to write there goes unheard.
fn to_stderr(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr
        .write_all(text.as_bytes())
        .and_then(|()| stderr.flush());
}

/// `de_DE.UTF-8`, `C.utf8`.
fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    locale.ends_with("utf-8") || locale.ends_with("utf8")
}

fn means_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Surroundings = Surroundings {
        stdin: true,
        stdout: true,
        stderr: true,
        no_color: false,
        dumb: false,
        utf8: true,
        columns: Some(132),
    };

    fn ui(color: ColorChoice, around: &Surroundings) -> Ui {
        let settings = Settings {
            color,
            ..Settings::default()
        };
        Ui::decide(settings, around)
    }

    fn is_coloured(styles: &Styles) -> bool {
        !paint(styles.added, "x").starts_with('x')
    }

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        let no_color = Surroundings {
            no_color: true,
            ..TERMINAL
        };
        let dumb = Surroundings {
            dumb: true,
            ..TERMINAL
        };
        let piped = Surroundings {
            stdout: false,
            ..TERMINAL
        };
        for (color, around, out, err) in [
            (ColorChoice::Auto, &TERMINAL, true, true),
            (ColorChoice::Auto, &no_color, false, false),
            (ColorChoice::Auto, &dumb, false, false),
            (ColorChoice::Auto, &piped, false, true),
            (ColorChoice::Always, &no_color, true, true),
            (ColorChoice::Always, &piped, true, true),
            (ColorChoice::Never, &TERMINAL, false, false),
        ] {
            let ui = ui(color, around);
            assert_eq!(is_coloured(ui.out_styles()), out, "{color:?} {around:?}");
            assert_eq!(is_coloured(ui.err_styles()), err, "{color:?} {around:?}");
        }
    }

    #[test]
    fn nobody_is_asked_who_cannot_see_or_answer() {
        for around in [
            Surroundings {
                stdin: false,
                ..TERMINAL
            },
            Surroundings {
                stderr: false,
                ..TERMINAL
            },
        ] {
            assert_eq!(ui(ColorChoice::Auto, &around).confirm("go ahead?"), None);
        }
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for answer in ["y\n", "Y", " yes \n", "YES"] {
            assert!(means_yes(answer), "{answer:?}");
        }
        for answer in ["", "\n", "n", "no", "yess", "ye"] {
            assert!(!means_yes(answer), "{answer:?}");
        }
    }

    #[test]
    fn progress_fits_who_is_watching() {
        let progress = |around: &Surroundings, quiet| {
            let settings = Settings {
                quiet,
                ..Settings::default()
            };
            Ui::decide(settings, around).progress()
        };
        let piped = Surroundings {
            stderr: false,
            ..TERMINAL
        };
        let dumb = Surroundings {
            dumb: true,
            ..TERMINAL
        };
        assert!(matches!(progress(&TERMINAL, false), Progress::Bars(_)));
        assert!(matches!(progress(&piped, false), Progress::Lines(_)));
        assert!(matches!(progress(&dumb, false), Progress::Lines(_)));
        assert!(matches!(progress(&TERMINAL, true), Progress::Silent));
    }

    #[test]
    fn a_locale_tells_what_it_can_show() {
        for (locale, utf8) in [
            ("de_DE.UTF-8", true),
            ("C.utf8", true),
            ("C", false),
            ("de_DE@euro", false),
        ] {
            assert_eq!(is_utf8(locale), utf8, "{locale}");
        }
    }

    #[test]
    fn width_has_a_default() {
        assert_eq!(ui(ColorChoice::Auto, &TERMINAL).width(), 132);
        let unknown = Surroundings {
            columns: None,
            ..TERMINAL
        };
        assert_eq!(ui(ColorChoice::Auto, &unknown).width(), 80);
    }
}
