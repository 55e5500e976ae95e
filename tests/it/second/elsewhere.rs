//! An AWS in place of the embedded one, and what a shop needs to run there.

use std::fmt::Write;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::support::Run;

/// Names the emulator to a test that `second.rs` runs there.
pub const ELSEWHERE: &str = "SHOPCTL_TEST_ELSEWHERE";

/// The account of the embedded AWS.
pub const DEFAULT_ACCOUNT: &str = "000000000000";

/// An emulator that is not ours, which `second.rs` has these tests run on.
pub struct Elsewhere {
    url: String,
    /// Whose access key is twelve digits acts in that account: every shop has one of its own.
    pub account: String,
}

impl Elsewhere {
    pub fn here() -> Option<Elsewhere> {
        let url = std::env::var(ELSEWHERE).ok()?;
        let account = format!("77{:010}", fastrand::u64(..10_000_000_000));
        Some(Elsewhere { url, account })
    }

    pub fn variables(&self) -> [(&str, &str); 4] {
        [
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", &self.account),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
    }

    pub fn config(&self) -> SdkConfig {
        let key = Credentials::new(&self.account, "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(key))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&self.url)
            .build()
    }
}

/// Takes the lines of a trace (`-vv`) out of what people read, and gives them as the lines of our request log.
pub fn untraced(run: &mut Run) -> String {
    let line = r"^(\w+\.(\w+)|[\d.:]+) (\d{3}|no answer) \d+ ms\n$";
    let line = regex_lite::Regex::new(line).unwrap();
    let mut log = String::new();
    let mut told = String::new();
    for text in run.stderr.split_inclusive('\n') {
        match line.captures(text) {
            Some(found) => {
                // STS names its operation in the body only: the trace has the host instead.
                let operation = found.get(2).map_or("GetCallerIdentity", |it| it.as_str());
                writeln!(log, r#"{{"operation":"{operation}"}}"#).unwrap();
            }
            None => told.push_str(text),
        }
    }
    run.stderr = told;
    log
}
