//! How long answers take, beyond the work: `30ms` for all, or `SendMessage=200ms,*=30ms`.

use std::str::FromStr;
use std::time::Duration;

use super::clock::parse_duration;

/// The first rule that matches a request decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latency(Vec<(Option<String>, Duration)>);

impl Latency {
    /// The same for every operation.
    pub fn of_all(latency: Duration) -> Latency {
        Latency(vec![(None, latency)])
    }

    pub fn of(&self, operation: &str) -> Duration {
        self.0
            .iter()
            .find(|(name, _)| name.as_deref().is_none_or(|name| name == operation))
            .map_or(Duration::ZERO, |(_, latency)| *latency)
    }
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Latency, String> {
        let rules = text.split(',').map(|rule| {
            let rule = rule.trim();
            parse_rule(rule).ok_or_else(|| {
                format!("{rule:?} is not a latency; write 30ms or SendMessage=200ms,*=30ms")
            })
        });
        rules.collect::<Result<_, _>>().map(Latency)
    }
}

fn parse_rule(text: &str) -> Option<(Option<String>, Duration)> {
    let (operation, duration) = text.split_once('=').unwrap_or(("*", text));
    let operation = operation.trim();
    if operation.is_empty() {
        return None;
    }
    let name = (operation != "*").then(|| operation.to_owned());
    Some((name, parse_duration(duration.trim())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_has_its_own_or_that_of_all() {
        let latency: Latency = "SendMessage=200ms, *=30ms".parse().unwrap();
        assert_eq!(latency.of("SendMessage"), Duration::from_millis(200));
        assert_eq!(latency.of("PutItem"), Duration::from_millis(30));
        let latency: Latency = "30ms".parse().unwrap();
        assert_eq!(latency, Latency::of_all(Duration::from_millis(30)));
        assert_eq!(Latency::default().of("PutItem"), Duration::ZERO);
    }

    #[test]
    fn what_is_not_a_latency_is_refused() {
        for text in ["", "30", "=30ms", "A=soon", "30ms,"] {
            assert!(
                text.parse::<Latency>().unwrap_err().contains("30ms"),
                "{text}"
            );
        }
    }
}
