//! bash breaks `--env=dev` into three words (COMP_WORDBREAKS) and replaces only the last; clap takes an option's
//! value as the next word too, so the `=` is left out.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::{engine, env as shells};

pub(super) struct Bash;

impl shells::EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        shells::Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        shells::Bash.is(name)
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        shells::Bash.write_registration(var, name, bin, completer, buf)
    }

    fn write_complete(
        &self,
        command: &mut Command,
        mut words: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn Write,
    ) -> io::Result<()> {
        let set = |name: &str| env::var(name).ok();
        let index: usize = set("_CLAP_COMPLETE_INDEX")
            .and_then(|index| index.parse().ok())
            .unwrap_or_default();
        let breaks = words.iter().take(index).filter(|word| *word == "=").count();
        words.retain(|word| word != "=");
        let candidates = engine::complete(command, words, index - breaks, current_dir)?;
        let values: Vec<_> = candidates
            .iter()
            .map(|candidate| candidate.get_value().to_string_lossy())
            .collect();
        let separator = set("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned());
        buf.write_all(values.join(&separator).as_bytes())
    }
}
