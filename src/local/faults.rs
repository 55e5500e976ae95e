//! Failures on purpose: `CreateQueue=throttle:0.5,*=error:0.2,DescribeTable=reset:1x2`.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

const EXAMPLE: &str = "CreateQueue=throttle:0.5,*=error:0.2,DescribeTable=reset:x2";

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The service's own throttling code, 400.
    Throttle,
    /// `InternalFailure`, 500.
    Error,
    /// `AccessDeniedException`, 400.
    Denied,
    /// The service's code for an expired token, 400.
    Expired,
    /// The connection breaks before the request arrives.
    Reset,
    /// The request is carried out, and the connection breaks before its answer arrives.
    Lost,
}

/// The first rule that matches a request and strikes decides.
#[derive(Debug, Default)]
pub struct Faults(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// `None` for `*`.
    operation: Option<String>,
    fault: Fault,
    probability: f64,
    /// Only that many matching requests are at risk.
    limit: Option<u32>,
    seen: AtomicU32,
}

impl Faults {
    pub fn strike(&self, operation: &str) -> Option<Fault> {
        self.0
            .iter()
            .find(|rule| rule.strikes(operation))
            .map(|rule| rule.fault)
    }
}

impl Rule {
    fn strikes(&self, operation: &str) -> bool {
        let mine = self.operation.as_deref().is_none_or(|it| it == operation);
        mine && self
            .limit
            .is_none_or(|limit| self.seen.fetch_add(1, Ordering::Relaxed) < limit)
            && fastrand::f64() < self.probability
    }
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(|rule| {
                parse_rule(rule.trim())
                    .ok_or_else(|| format!("{rule:?} is not a fault; write such as {EXAMPLE}"))
            })
            .collect::<Result<_, _>>()
            .map(Faults)
    }
}

/// `OPERATION=KIND[:[PROBABILITY][xLIMIT]]`.
fn parse_rule(text: &str) -> Option<Rule> {
    let (operation, rest) = text.split_once('=')?;
    let (kind, odds) = rest.split_once(':').unwrap_or((rest, "1"));
    let fault = match kind {
        "throttle" => Fault::Throttle,
        "error" => Fault::Error,
        "denied" => Fault::Denied,
        "expired" => Fault::Expired,
        "reset" => Fault::Reset,
        "lost" => Fault::Lost,
        _ => return None,
    };
    let (probability, limit) = match odds.split_once('x') {
        Some((probability, limit)) => (probability, Some(limit.parse().ok()?)),
        None => (odds, None),
    };
    let probability = match probability {
        "" if limit.is_some() => 1.0,
        number => number.parse().ok()?,
    };
    if operation.is_empty() || !(0.0..=1.0).contains(&probability) {
        return None;
    }
    Some(Rule {
        operation: (operation != "*").then(|| operation.to_owned()),
        fault,
        probability,
        limit,
        seen: AtomicU32::new(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(faults: &str, operations: &[&str]) -> Vec<Option<Fault>> {
        let faults: Faults = faults.parse().unwrap();
        operations
            .iter()
            .map(|operation| faults.strike(operation))
            .collect()
    }

    #[test]
    fn a_limit_spends_itself_on_its_own_operation() {
        assert_eq!(
            strikes("A=reset:1x2", &["A", "B", "A", "A"]),
            [Some(Fault::Reset), None, Some(Fault::Reset), None]
        );
        assert_eq!(
            strikes("A=denied:x1", &["A", "A"]),
            [Some(Fault::Denied), None]
        );
    }

    #[test]
    fn a_star_is_every_operation_and_the_first_rule_wins() {
        assert_eq!(
            strikes("A=throttle, *=error", &["A", "B"]),
            [Some(Fault::Throttle), Some(Fault::Error)]
        );
        assert_eq!(strikes("*=expired:0", &["A"]), [None]);
    }

    #[test]
    fn a_probability_is_met_roughly() {
        let faults: Faults = "*=error:0.5".parse().unwrap();
        let hits = (0..2_000).filter(|_| faults.strike("A").is_some()).count();
        assert!((800..1_200).contains(&hits), "{hits}");
    }

    #[test]
    fn what_is_not_a_fault_is_refused() {
        for text in [
            "",
            "A",
            "A=burn",
            "A=error:2",
            "A=error:x",
            "=error",
            "A=error:1x-1",
        ] {
            assert!(text.parse::<Faults>().is_err(), "{text}");
        }
    }
}
