//! `completions`: the scripts; and the answers for which each of them asks the binary.

mod bash;
mod candidates;

use std::env;
use std::io;

use clap::CommandFactory;
use clap_complete::CompleteEnv;
use clap_complete::env::{Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use crate::cli::{Cli, CompletionsArgs, Shell};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::ui::Ui;

use bash::Bash;

/// A shell that asks sets it to its own name.
const VARIABLE: &str = "COMPLETE";
/// Looked up on PATH: a script may outlive the place where it was made.
const PROGRAM: &str = "shopctl";

/// Loaded from $fpath, the script runs as the function that is to complete, and only defines the one that does.
const ZSH_FIRST_USE: &str = r#"if [[ "${funcstack[1]}" == _shopctl ]]; then
    _clap_dynamic_completer_shopctl "$@"
fi
"#;

/// # Errors
/// stdout cannot be written.
pub fn run(args: &CompletionsArgs, ui: &Ui) -> Result<Exit, Error> {
    ui.out(&script(args.shell)?)?;
    Ok(Exit::Done)
}

/// Whether a shell asked, and was answered.
///
/// # Errors
/// The variable names no shell, or stdout cannot be written.
pub fn answer() -> Result<bool, clap::Error> {
    CompleteEnv::with_factory(|| candidates::offer(Cli::command()))
        .var(VARIABLE)
        .shells(Shells(&[&Bash, &Zsh, &Fish, &Powershell, &Elvish]))
        .try_complete(env::args_os(), env::current_dir().ok().as_deref())
}

fn script(shell: Shell) -> io::Result<String> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
        Shell::PowerShell => &Powershell,
        Shell::Elvish => &Elvish,
    };
    let mut body = Vec::new();
    completer.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut body)?;
    let body = String::from_utf8_lossy(&body);
    let body = body.trim();
    let install = install(shell);
    Ok(match shell {
        // zsh looks for `#compdef` in the first line only.
        Shell::Zsh => match body.split_once('\n') {
            Some((compdef, rest)) => format!("{compdef}\n{install}\n{rest}\n{ZSH_FIRST_USE}"),
            None => format!("{install}\n{body}\n"),
        },
        _ => format!("{install}\n{body}\n"),
    })
}

fn install(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => {
            "# Completion of shopctl for bash. In ~/.bashrc:
#   eval \"$(shopctl completions bash)\"
# Or keep this file as ~/.local/share/bash-completion/completions/shopctl"
        }
        Shell::Zsh => {
            "# Completion of shopctl for zsh. In ~/.zshrc, after compinit:
#   source <(shopctl completions zsh)
# Or keep this file as _shopctl in a folder of $fpath, before compinit."
        }
        Shell::Fish => {
            "# Completion of shopctl for fish. Once, and after an update:
#   shopctl completions fish > ~/.config/fish/completions/shopctl.fish"
        }
        Shell::PowerShell => {
            "# Completion of shopctl for PowerShell. In $PROFILE:
#   shopctl completions powershell | Out-String | Invoke-Expression"
        }
        Shell::Elvish => {
            "# Completion of shopctl for Elvish. In ~/.config/elvish/rc.elv:
#   eval (shopctl completions elvish | slurp)"
        }
    }
}
