//! One JSON line per request, for tests that count calls and for people who wonder.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_smithy_types::date_time::{DateTime, Format};
use serde::Serialize;

pub struct RequestLog(File);

#[derive(Serialize)]
pub struct Entry<'a> {
    /// By the machine's clock.
    #[serde(serialize_with = "as_text")]
    pub time: SystemTime,
    pub service: &'a str,
    pub operation: &'a str,
    pub region: &'a str,
    /// `None` when the connection broke.
    pub status: Option<u16>,
    pub error: Option<&'a str>,
    #[serde(rename = "milliseconds", serialize_with = "as_millis")]
    pub took: Duration,
}

impl Entry<'_> {
    /// Time of day, UTC.
    pub fn clock(&self) -> String {
        let text = DateTime::from(self.time).fmt(Format::DateTime);
        let text = text.unwrap_or_default();
        let time = text.split_once('T').map_or("", |(_, time)| time);
        time.get(..8).unwrap_or_default().to_owned()
    }
}

impl RequestLog {
    /// # Errors
    /// Says which file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, String> {
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map(RequestLog)
            .map_err(|error| {
                format!(
                    "{}: the request log cannot be opened: {error}; point SHOPCTL_LOCAL_LOG at a file that can be written",
                    path.display()
                )
            })
    }

    /// A single write to a file opened for appending, so that lines of several processes do not mix.
    pub fn append(&self, entry: &Entry<'_>) {
        if let Ok(mut line) = serde_json::to_vec(entry) {
            line.push(b'\n');
            // A full disk must not fail the request that is being logged.
            let _ = (&self.0).write(&line);
        }
    }
}

fn as_text<S: serde::Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = DateTime::from(*time)
        .fmt(Format::DateTime)
        .map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&text)
}

fn as_millis<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((took.as_secs_f64() * 1e6).round() / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn appends_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let entry = Entry {
            time: SystemTime::UNIX_EPOCH,
            service: "sqs",
            operation: "CreateQueue",
            region: "us-east-1",
            status: Some(400),
            error: Some("QueueNameExists"),
            took: Duration::from_micros(1_500),
        };
        for _ in 0..2 {
            RequestLog::open(&path).unwrap().append(&entry);
        }
        let line = r#"{"time":"1970-01-01T00:00:00Z","service":"sqs","operation":"CreateQueue","region":"us-east-1","status":400,"error":"QueueNameExists","milliseconds":1.5}"#;
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            format!("{line}\n{line}\n")
        );
    }

    #[test]
    fn a_folder_is_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let error = RequestLog::open(folder.path()).map(|_| ()).unwrap_err();
        assert!(error.contains("SHOPCTL_LOCAL_LOG"), "{error}");
    }
}
