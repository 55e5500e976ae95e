//! Settings of their own: what differs, and which calls that takes.

use super::super::diff;
use super::super::samples::{desired, live, words};
use super::super::steps::{TimeToLiveSteps, steps};
use super::*;
use crate::resources::table::config::StreamView;

/// What is declared of one setting, what stands there, the calls, whether it is a hazard.
type Setting = (
    fn(&mut TableDesired),
    fn(&mut TableLive),
    &'static [&'static str],
    bool,
);

#[test]
fn settings_change_by_the_calls_that_aws_takes() {
    use StreamView::{KeysOnly, NewImage};
    const ARN: &str = "arn:aws:kms:us-east-1:123456789012:key/1234";
    let cases: [Setting; 16] = [
        (
            |d| d.stream = None,
            |l| l.stream = Stream::View(NewImage),
            &[],
            false,
        ),
        (|d| d.stream = Some(Stream::Off), |_| (), &[], false),
        (
            |d| d.stream = Some(Stream::View(NewImage)),
            |_| (),
            &["stream NewImage"],
            false,
        ),
        (
            |d| d.stream = Some(Stream::View(NewImage)),
            |l| l.stream = Stream::View(KeysOnly),
            &["stream off", "stream NewImage"],
            false,
        ),
        (
            |d| d.stream = Some(Stream::Off),
            |l| l.stream = Stream::View(KeysOnly),
            &["stream off"],
            false,
        ),
        (
            |d| d.table_class = Some(TableClass::StandardInfrequentAccess),
            |_| (),
            &["| class StandardInfrequentAccess"],
            false,
        ),
        (
            |d| d.table_class = Some(TableClass::Standard),
            |_| (),
            &[],
            false,
        ),
        (
            |d| d.encryption = Some(Encryption::AwsOwned),
            |_| (),
            &[],
            false,
        ),
        (
            |d| d.encryption = Some(Encryption::AwsOwned),
            |l| l.encryption.key_arn = Some(ARN.into()),
            &["| key AwsOwned"],
            true,
        ),
        (
            |d| d.encryption = Some(Encryption::AwsManaged),
            |_| (),
            &["| key AwsManaged"],
            false,
        ),
        // DescribeTable does not tell AWS's own key of the account from another.
        (
            |d| d.encryption = Some(Encryption::AwsManaged),
            |l| l.encryption.key_arn = Some(ARN.into()),
            &[],
            false,
        ),
        (
            |d| d.encryption = Some(Encryption::KmsKey("alias/orders".into())),
            |l| l.encryption.key_arn = Some(ARN.into()),
            &[],
            false,
        ),
        (
            |d| d.encryption = Some(Encryption::KmsKey("1234".into())),
            |l| l.encryption.key_arn = Some(ARN.into()),
            &[],
            false,
        ),
        (
            |d| d.encryption = Some(Encryption::KmsKey(ARN.into())),
            |l| l.encryption.key_arn = Some(ARN.into()),
            &[],
            false,
        ),
        (
            |d| d.encryption = Some(Encryption::KmsKey("234".into())),
            |l| l.encryption.key_arn = Some(ARN.into()),
            &["| key KmsKey(\"234\")"],
            false,
        ),
        (
            |d| d.encryption = None,
            |l| l.encryption.key_arn = Some(ARN.into()),
            &[],
            false,
        ),
    ];
    for (at, (declare, stand, expected, hazard)) in cases.into_iter().enumerate() {
        let (mut desired, mut live) = (desired(), live());
        declare(&mut desired);
        stand(&mut live);
        assert_eq!(words(&desired, &live), expected, "{at}");
        let delta = diff::diff(&desired, &live);
        assert_eq!(delta.is_empty(), expected.is_empty(), "{at}");
        assert_eq!(!delta.hazards.is_empty(), hazard, "{at}");
    }
}

#[test]
fn recovery_keeps_a_period_that_is_not_declared() {
    use Recovery::{Days, Off, On};
    for (wanted, there, call, hazard) in [
        (On, RecoveryLive::Off, true, false),
        (On, RecoveryLive::Days(7), false, false),
        (On, RecoveryLive::Unknown, true, false),
        (Days(7), RecoveryLive::Days(7), false, false),
        (Days(9), RecoveryLive::Days(7), true, false),
        (Days(5), RecoveryLive::Days(7), true, true),
        (Off, RecoveryLive::Days(7), true, true),
        (Off, RecoveryLive::Off, false, false),
        // It may be on: AWS does not say yet.
        (Off, RecoveryLive::Unknown, true, true),
    ] {
        let desired = TableDesired {
            point_in_time_recovery: Some(wanted),
            ..desired()
        };
        let live = TableLive {
            point_in_time_recovery: there,
            ..live()
        };
        let steps = steps(&desired, &live);
        assert_eq!(steps.point_in_time_recovery, call.then_some(wanted));
        let delta = diff::diff(&desired, &live);
        assert_eq!(delta.is_empty(), !call, "{wanted:?} {there:?}");
        assert_eq!(!delta.hazards.is_empty(), hazard, "{wanted:?} {there:?}");
    }
}

#[test]
fn time_to_live_in_every_state() {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    let on = |a: &str| Some(TimeToLive::Attribute(a.to_owned()));
    let go = |disable: Option<&str>, wait_disabled, enable: Option<&str>| {
        Some(TimeToLiveSteps {
            disable: disable.map(str::to_owned),
            wait_disabled,
            enable: enable.map(str::to_owned),
        })
    };
    for (wanted, status, attribute, expected) in [
        (None, Enabled, Some("a"), None),
        (on("a"), Enabled, Some("a"), None),
        (on("a"), Enabling, Some("a"), None),
        (on("a"), Disabled, None, go(None, false, Some("a"))),
        (on("a"), Disabling, Some("a"), go(None, true, Some("a"))),
        (on("b"), Enabled, Some("a"), go(Some("a"), true, Some("b"))),
        (
            Some(TimeToLive::Off),
            Enabled,
            Some("a"),
            go(Some("a"), true, None),
        ),
        (Some(TimeToLive::Off), Disabling, Some("a"), None),
        (Some(TimeToLive::Off), Disabled, None, None),
    ] {
        let there = TableLive {
            time_to_live: TimeToLiveLive {
                status,
                attribute: attribute.map(str::to_owned),
            },
            ..live()
        };
        let desired = TableDesired {
            time_to_live: wanted.clone(),
            ..desired()
        };
        assert_eq!(
            steps(&desired, &there).time_to_live,
            expected,
            "{wanted:?} {status:?}"
        );
        // The plan shows a change exactly where a call is made.
        assert_eq!(diff::diff(&desired, &there).is_empty(), expected.is_none());
    }
}
