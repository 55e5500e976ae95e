//! A folder with a manifest and an AWS of its own, and ways to look at both.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use shopctl::local::connector::LocalAws;
use shopctl::local::options::Options;
use tempfile::TempDir;

use crate::second::elsewhere::{DEFAULT_ACCOUNT, Elsewhere, untraced};

/// What a run left.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Everything people read, in one text that does not change from run to run.
    pub fn shown(&self) -> String {
        let text = format!(
            "exit: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.code, self.stdout, self.stderr
        );
        redact(&text)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Run {
        assert_eq!(self.code, code, "{}", self.shown());
        self
    }
}

/// Times and request ids differ from run to run.
pub fn redact(text: &str) -> String {
    let time = regex_lite::Regex::new(r"\d+(\.\d+)? ?(ms|s)\b").unwrap();
    let id = regex_lite::Regex::new(r"request [0-9a-f-]{36}").unwrap();
    let padded = regex_lite::Regex::new(r" +\[time\]").unwrap();
    let text = time.replace_all(text, |found: &regex_lite::Captures<'_>| {
        // `90s` of a manifest stays; a measured time has a space before its unit.
        if found[0].contains(' ') {
            "[time]".to_owned()
        } else {
            found[0].to_owned()
        }
    });
    let text = padded.replace_all(&text, " [time]");
    let text = id.replace_all(&text, "request [id]");
    let account = regex_lite::Regex::new(r"\b77\d{10}\b").unwrap();
    account.replace_all(&text, DEFAULT_ACCOUNT).into_owned()
}

pub struct Shop {
    dir: TempDir,
    env: Vec<(String, String)>,
    elsewhere: Option<Elsewhere>,
}

impl Shop {
    /// A folder without a manifest.
    pub fn empty() -> Shop {
        Shop {
            dir: tempfile::tempdir().unwrap(),
            env: Vec::new(),
            elsewhere: Elsewhere::here(),
        }
    }

    pub fn with(manifest: &str) -> Shop {
        let shop = Shop::empty();
        shop.write(manifest);
        shop
    }

    /// The manifest that the repository ships.
    pub fn shopping() -> Shop {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("manifests/shopping.yaml");
        Shop::with(&fs::read_to_string(path).unwrap())
    }

    pub fn write(&self, manifest: &str) {
        let folder = self.path().join("manifests");
        fs::create_dir_all(&folder).unwrap();
        let manifest = match &self.elsewhere {
            Some(elsewhere) => &manifest.replace(DEFAULT_ACCOUNT, &elsewhere.account),
            None => manifest,
        };
        fs::write(folder.join("shopping.yaml"), manifest).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A variable of every run from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        let ours = name.starts_with("SHOPCTL_LOCAL");
        assert!(!ours || self.elsewhere.is_none(), "{name} is our AWS's own");
        self.env.retain(|(other, _)| other != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shopctl"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path())
            .stdin(Stdio::null());
        match &self.elsewhere {
            Some(elsewhere) => command.envs(elsewhere.variables()),
            None => command
                .env("SHOPCTL_LOCAL", "1")
                .env("SHOPCTL_LOCAL_LOG", self.log()),
        };
        command.envs(self.env.iter().cloned());
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        let mut command = self.command(args);
        // Who is quiet cannot trace. What does not settle there, as some settings do not, is not waited for long.
        if self.elsewhere.is_none() || args.contains(&"-q") {
            return finish(command);
        }
        command.args(["-vv", "--timeout", "30s"]);
        let mut run = finish(command);
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        fs::write(self.log(), log + &untraced(&mut run)).unwrap();
        run
    }

    /// `create --all`, which must succeed; then nothing may be left to do, nor be written.
    #[track_caller]
    pub fn converge(&self, grants: &[&str]) -> Run {
        let done = self.run(&[&["create", "--all"], grants].concat()).expect(0);
        self.settled();
        done
    }

    /// Nothing to do: not for `plan`, not for `create`, and no write call.
    #[track_caller]
    pub fn settled(&self) {
        self.forget();
        let plan = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "the plan is not empty:\n{}", plan.shown());
        let again = self.run(&["create", "--all"]).expect(0);
        assert!(
            again.stdout.starts_with("Nothing to do"),
            "{}",
            again.shown()
        );
        assert_eq!(self.writes(), Vec::<String>::new());
    }

    fn log(&self) -> PathBuf {
        self.path().join("requests.log")
    }

    /// Empties the request log.
    pub fn forget(&self) {
        let _ = fs::remove_file(self.log());
    }

    /// The operations asked for, in order.
    pub fn calls(&self) -> Vec<String> {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        // A line that is being written right now has no end yet.
        log.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| {
                let entry: serde_json::Value = serde_json::from_str(line).unwrap();
                entry["operation"].as_str().unwrap().to_owned()
            })
            .collect()
    }

    /// Those that change something.
    pub fn writes(&self) -> Vec<String> {
        const READS: [&str; 5] = ["Get", "List", "Describe", "Query", "Scan"];
        let calls = self.calls().into_iter();
        calls
            .filter(|call| !READS.iter().any(|read| call.starts_with(read)))
            .collect()
    }

    /// A look at the same AWS from outside the binary.
    pub fn aws(&self) -> Aws {
        match &self.elsewhere {
            Some(elsewhere) => Aws {
                config: elsewhere.config(),
            },
            None => self.aws_as(|_| ()),
        }
    }

    pub fn aws_as(&self, set: impl FnOnce(&mut Options)) -> Aws {
        assert!(self.elsewhere.is_none(), "options are our AWS's own");
        let mut options = Options::new(self.path().join(".shopctl/local"));
        set(&mut options);
        let local = LocalAws::open(options).unwrap();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .http_client(local)
            .build();
        Aws { config }
    }
}

/// A look at an AWS that is served at a URL.
pub fn served(url: &str) -> Aws {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Aws { config }
}

pub fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// SDK clients of the tests' own.
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub fn autoscaling(&self) -> aws_sdk_applicationautoscaling::Client {
        aws_sdk_applicationautoscaling::Client::new(&self.config)
    }

    pub async fn url(&self, queue: &str) -> String {
        let answer = self.sqs().get_queue_url().queue_name(queue).send().await;
        answer.unwrap().queue_url.unwrap()
    }

    /// Every attribute of a queue by AWS's name.
    pub async fn attributes(&self, queue: &str) -> std::collections::BTreeMap<String, String> {
        let answer = self
            .sqs()
            .get_queue_attributes()
            .queue_url(self.url(queue).await)
            .attribute_names(aws_sdk_sqs::types::QueueAttributeName::All)
            .send()
            .await
            .unwrap();
        let attributes = answer.attributes.unwrap_or_default().into_iter();
        attributes
            .map(|(name, value)| (name.as_str().to_owned(), value))
            .collect()
    }

    pub async fn tags(&self, queue: &str) -> std::collections::BTreeMap<String, String> {
        let url = self.url(queue).await;
        let answer = self
            .sqs()
            .list_queue_tags()
            .queue_url(url)
            .send()
            .await
            .unwrap();
        answer.tags.unwrap_or_default().into_iter().collect()
    }

    pub async fn table(&self, name: &str) -> aws_sdk_dynamodb::types::TableDescription {
        let answer = self
            .dynamodb()
            .describe_table()
            .table_name(name)
            .send()
            .await;
        answer.unwrap().table.unwrap()
    }

    pub async fn time_to_live(
        &self,
        table: &str,
    ) -> aws_sdk_dynamodb::types::TimeToLiveDescription {
        let answer = self
            .dynamodb()
            .describe_time_to_live()
            .table_name(table)
            .send()
            .await;
        answer.unwrap().time_to_live_description.unwrap()
    }

    /// The period of point-in-time recovery.
    pub async fn recovery_days(&self, table: &str) -> i32 {
        let request = self.dynamodb().describe_continuous_backups();
        let answer = request.table_name(table).send().await.unwrap();
        let backups = answer.continuous_backups_description.unwrap();
        let recovery = backups.point_in_time_recovery_description.unwrap();
        recovery.recovery_period_in_days.unwrap()
    }

    /// The names of a table's indexes, sorted.
    pub async fn indexes(&self, table: &str) -> Vec<String> {
        let table = self.table(table).await;
        let indexes = table.global_secondary_indexes().iter();
        let mut names: Vec<_> = indexes
            .map(|i| i.index_name().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

/// Looks until it is so; fails the test after a while.
#[track_caller]
pub fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    for _ in 0..500 {
        if so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("not in 10 s: {what}");
}
