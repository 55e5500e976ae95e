//! What the emulator's user may set, mostly through the environment.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::call::Settings;
use super::clock::{Change, parse_duration};
use super::faults::Faults;
use super::latency::Latency;

const DEFAULT_DIR: &str = ".shopctl/local";
const DEFAULT_ACCOUNT: &str = "000000000000";

#[derive(Debug)]
pub struct Options {
    /// Where the state lives.
    pub dir: PathBuf,
    /// Twelve digits.
    pub account: String,
    pub settings: Settings,
    /// How far this process runs ahead of the state's clock.
    pub clock: Duration,
    /// How fast the state's clock is to run from now on, for every process; `None` leaves it.
    pub speed: Option<f64>,
    /// Added to a request before it is handled.
    pub latency: Latency,
    pub faults: Faults,
    /// Receives one JSON line per request.
    pub log: Option<PathBuf>,
}

impl Options {
    /// Everything as it is when nothing is set.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Options {
            dir: dir.into(),
            account: DEFAULT_ACCOUNT.to_owned(),
            settings: Settings::default(),
            clock: Duration::ZERO,
            speed: None,
            latency: Latency::default(),
            faults: Faults::default(),
            log: None,
        }
    }

    /// Reads the `SHOPCTL_LOCAL_…` variables of this process.
    ///
    /// # Errors
    /// Names the variable that has a bad value, and shows a good one.
    pub fn from_env(account: Option<String>) -> Result<Self, String> {
        Self::from_variables(account, |name| std::env::var_os(name))
    }

    /// Like [`Options::from_env`], reading through `variable`. An empty value is as good as none.
    ///
    /// # Errors
    /// Names the variable that has a bad value, and shows a good one.
    pub fn from_variables(
        account: Option<String>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, String> {
        let path = |name: &str| {
            variable(name)
                .filter(|it| !it.is_empty())
                .map(PathBuf::from)
        };
        let set = |name: &str| {
            let value = variable(name).unwrap_or_default();
            Some(value.to_string_lossy().trim().to_owned()).filter(|value| !value.is_empty())
        };
        let span = |name: &str, example: &str| match set(name) {
            None => Ok(Duration::ZERO),
            Some(value) => parse_duration(&value)
                .ok_or_else(|| format!("{name}: {value:?} is not a duration; write {example}")),
        };
        let mut options =
            Options::new(path("SHOPCTL_LOCAL_DIR").unwrap_or_else(|| DEFAULT_DIR.into()));
        if let Some(account) = account {
            options.account = valid_account(account)?;
        }
        if let Some(change) = parsed::<Change>(&set, "SHOPCTL_LOCAL_CLOCK")? {
            options.clock = change.ahead;
            options.speed = change.speed;
        }
        options.settings = Settings {
            table_delay: span("SHOPCTL_LOCAL_TABLE_DELAY", "500ms")?,
            index_delay: span("SHOPCTL_LOCAL_INDEX_DELAY", "500ms")?,
            ttl_delay: span("SHOPCTL_LOCAL_TTL_DELAY", "2s")?,
            backup_delay: span("SHOPCTL_LOCAL_BACKUP_DELAY", "2s")?,
        };
        options.latency = parsed(&set, "SHOPCTL_LOCAL_LATENCY")?.unwrap_or_default();
        options.faults = parsed(&set, "SHOPCTL_LOCAL_FAULTS")?.unwrap_or_default();
        options.log = path("SHOPCTL_LOCAL_LOG");
        Ok(options)
    }
}

fn parsed<T: FromStr<Err = String>>(
    set: &impl Fn(&str) -> Option<String>,
    name: &str,
) -> Result<Option<T>, String> {
    let value = set(name).map(|value| value.parse());
    value.transpose().map_err(|why| format!("{name}: {why}"))
}

fn valid_account(account: String) -> Result<String, String> {
    if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(account)
    } else {
        Err(format!(
            "{account:?} is not an AWS account id; write twelve digits, such as {DEFAULT_ACCOUNT}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Result<Options, String> {
        Options::from_variables(None, |asked| (asked == name).then(|| value.into()))
    }

    #[test]
    fn nothing_set_is_the_default() {
        let options = Options::from_variables(None, |_| None).unwrap();
        assert_eq!(options.dir, PathBuf::from(".shopctl/local"));
        assert_eq!(options.account, "000000000000");
        assert_eq!(options.latency, Latency::default());
        assert_eq!((options.clock, options.speed), (Duration::ZERO, None));
        assert_eq!(options.log, None);
    }

    #[test]
    fn a_bad_value_names_its_variable_and_shows_a_good_one() {
        for (name, value, hint) in [
            ("SHOPCTL_LOCAL_CLOCK", "soon", "+61s"),
            ("SHOPCTL_LOCAL_CLOCK", "x0", "x60"),
            ("SHOPCTL_LOCAL_LATENCY", "30", "30ms"),
            ("SHOPCTL_LOCAL_TTL_DELAY", "-1s", "2s"),
            ("SHOPCTL_LOCAL_BACKUP_DELAY", "2", "2s"),
            ("SHOPCTL_LOCAL_FAULTS", "CreateQueue", "throttle:0.5"),
        ] {
            let error = read(name, value).unwrap_err();
            assert!(error.starts_with(name) && error.contains(hint), "{error}");
        }
    }

    #[test]
    fn the_account_is_twelve_digits() {
        let account = |id: &str| Options::from_variables(Some(id.to_owned()), |_| None);
        assert_eq!(account("123456789012").unwrap().account, "123456789012");
        assert!(account("12345").is_err());
        assert!(account("12345678901x").is_err());
    }
}
