//! Where a run acts: partition, account and region.

use serde::{Deserialize, Serialize};

/// ARNs are derived from this rather than asked for, one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: String,
    pub account: String,
    pub region: String,
}

impl Scope {
    /// Takes an ARN apart: where, which service, what.
    pub fn of_arn(arn: &str) -> Option<(Scope, &str, &str)> {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts[..] else {
            return None;
        };
        let scope = Scope {
            partition: partition.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
        };
        Some((scope, service, resource))
    }

    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{}:{resource}",
            self.partition, self.region, self.account
        )
    }

    pub fn queue_arn(&self, name: &str) -> String {
        self.arn("sqs", name)
    }

    pub fn table_arn(&self, name: &str) -> String {
        self.arn("dynamodb", &format!("table/{name}"))
    }
}

#[cfg(test)]
impl Scope {
    /// A scope for tests.
    pub fn sample() -> Self {
        Scope {
            partition: "aws".into(),
            account: "123456789012".into(),
            region: "us-east-1".into(),
        }
    }
}
