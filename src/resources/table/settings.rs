//! Settings of a table that stand by themselves: time to live, recovery, stream, encryption, class, protection. Pure.

use serde_json::{Value, json};

use crate::model::change::{Delta, FieldChange, Unmanaged, spelled};
use crate::model::hazard::{Hazard, HazardKind};

use super::config::{
    Encryption, EncryptionLive, Recovery, RecoveryLive, Stream, TableClass, TableDesired,
    TableLive, TimeToLive, TimeToLiveLive, TimeToLiveStatus, limits,
};

pub fn diff(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    time_to_live(desired, live, delta);
    stream(desired, live, delta);
    table_class(desired, live, delta);
    encryption(desired, live, delta);
    deletion_protection(desired, live, delta);
    recovery(desired, live, delta);
}

/// What a table that is made is given besides AWS's defaults.
pub fn on_create(desired: &TableDesired) -> Vec<(&'static str, Value)> {
    let ttl = desired.time_to_live.as_ref().map(time_to_live_value);
    let all = [
        ("time_to_live", ttl),
        ("stream", desired.stream.map(stream_value)),
        ("table_class", desired.table_class.map(spelled)),
        (
            "encryption",
            desired.encryption.as_ref().map(encryption_value),
        ),
        (
            "point_in_time_recovery",
            desired.point_in_time_recovery.map(recovery_value),
        ),
        (
            "deletion_protection",
            desired.deletion_protection.map(Value::from),
        ),
    ];
    let defaults = [json!(false), spelled(TableClass::Standard), owned()];
    let given = all
        .into_iter()
        .filter_map(|(path, value)| Some((path, value?)));
    given
        .filter(|(_, value)| !defaults.contains(value))
        .collect()
}

fn unmanaged(path: &str, live: Value, default: &Value, delta: &mut Delta) {
    if live != *default {
        let path = path.to_owned();
        delta.unmanaged.push(Unmanaged { path, live });
    }
}

fn weaken(reason: String, delta: &mut Delta) {
    delta.hazards.push(Hazard::new(HazardKind::Weaken, reason));
}

fn time_to_live(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = match &live.time_to_live {
        TimeToLiveLive {
            status: TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling,
            attribute: Some(attribute),
        } => Value::from(attribute.as_str()),
        _ => Value::from(false),
    };
    match &desired.time_to_live {
        None => unmanaged("time_to_live", there, &json!(false), delta),
        Some(wanted) if !time_to_live_agrees(wanted, &live.time_to_live) => {
            let effect = match wanted {
                TimeToLive::Attribute(_) if there != false => {
                    "switched off first; AWS allows the next change only about an hour later"
                }
                TimeToLive::Attribute(_) => {
                    "items whose time has passed are deleted; takes effect within the hour"
                }
                TimeToLive::Off => "items no longer expire; within the hour",
            };
            let change = FieldChange::new("time_to_live", there, time_to_live_value(wanted));
            delta.changes.push(change.with_effect(effect));
        }
        Some(_) => {}
    }
}

fn time_to_live_value(ttl: &TimeToLive) -> Value {
    match ttl {
        TimeToLive::Attribute(attribute) => attribute.as_str().into(),
        TimeToLive::Off => false.into(),
    }
}

/// ENABLING with the declared attribute is as good as enabled, DISABLING as good as off.
pub fn time_to_live_agrees(desired: &TimeToLive, live: &TimeToLiveLive) -> bool {
    use TimeToLiveStatus::{Disabled, Disabling, Enabled, Enabling};
    match (desired, live.status) {
        (TimeToLive::Attribute(wanted), Enabled | Enabling) => {
            live.attribute.as_ref() == Some(wanted)
        }
        (TimeToLive::Off, Disabled | Disabling) => true,
        _ => false,
    }
}

fn stream(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = stream_value(live.stream);
    match desired.stream {
        None => unmanaged("stream", there, &json!(false), delta),
        Some(wanted) if wanted != live.stream => {
            let change = FieldChange::new("stream", there, stream_value(wanted));
            delta.changes.push(match (live.stream, wanted) {
                (Stream::Off, _) => change,
                // What is in a stream can be read for 24 hours after it is switched off (DG Streams).
                (_, Stream::Off) => change.with_effect(
                    "consumers see nothing new, and what is in it for 24 hours; a stream switched on later has a new ARN, to which they must be rewired",
                ),
                (_, Stream::View(_)) => change.with_effect(
                    "switched off, then on: a new stream ARN, to which consumers must be rewired",
                ),
            });
        }
        Some(_) => {}
    }
}

fn stream_value(stream: Stream) -> Value {
    match stream {
        Stream::Off => false.into(),
        Stream::View(view) => spelled(view),
    }
}

fn table_class(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = spelled(live.table_class);
    match desired.table_class {
        None => {
            let default = spelled(TableClass::default());
            unmanaged("table_class", there, &default, delta);
        }
        Some(wanted) if wanted != live.table_class => delta.changes.push(
            FieldChange::new("table_class", there, spelled(wanted))
                .with_effect("possible twice in 30 days"),
        ),
        Some(_) => {}
    }
}

fn encryption(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = match &live.encryption.key_arn {
        Some(arn) => json!({"kms_key": arn}),
        None => owned(),
    };
    let Some(wanted) = &desired.encryption else {
        unmanaged("encryption", there, &owned(), delta);
        return;
    };
    if !encryption_agrees(wanted, &live.encryption) {
        let change = FieldChange::new("encryption", there, encryption_value(wanted));
        // AWS takes its own key back at any time (DG ServiceQuotas).
        if *wanted == Encryption::AwsOwned {
            delta.changes.push(change);
            weaken(
                "encryption goes from a KMS key to the one that AWS owns: no key policy guards the table any more"
                    .to_owned(),
                delta,
            );
        } else {
            let change = change.with_effect("AWS allows four changes of the key in 24 hours");
            delta.changes.push(change);
        }
    } else if !is_comparable(wanted) {
        unmanaged("encryption", there, &owned(), delta);
    }
}

/// DescribeTable tells a key's ARN and nothing of its aliases, of which AWS's own key of the account is one:
/// those two agree with any KMS key.
pub fn encryption_agrees(desired: &Encryption, live: &EncryptionLive) -> bool {
    match (desired, &live.key_arn) {
        (Encryption::AwsOwned, arn) => arn.is_none(),
        (_, None) => false,
        (Encryption::KmsKey(key), Some(arn)) if is_comparable(desired) => {
            key == arn || arn.rsplit('/').next() == Some(key)
        }
        (Encryption::AwsManaged | Encryption::KmsKey(_), Some(_)) => true,
    }
}

fn is_comparable(encryption: &Encryption) -> bool {
    match encryption {
        Encryption::AwsOwned => true,
        Encryption::AwsManaged => false,
        Encryption::KmsKey(key) => !key.starts_with("alias/") && !key.contains(":alias/"),
    }
}

fn owned() -> Value {
    encryption_value(&Encryption::AwsOwned)
}

fn encryption_value(encryption: &Encryption) -> Value {
    spelled(encryption)
}

fn deletion_protection(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = live.deletion_protection;
    match desired.deletion_protection {
        None => unmanaged("deletion_protection", there.into(), &json!(false), delta),
        Some(wanted) if wanted != there => {
            let change = FieldChange::new("deletion_protection", there, wanted);
            delta.changes.push(change);
            if !wanted {
                weaken(
                    "deletion_protection is switched off: the table can then be deleted".to_owned(),
                    delta,
                );
            }
        }
        Some(_) => {}
    }
}

fn recovery(desired: &TableDesired, live: &TableLive, delta: &mut Delta) {
    let there = match live.point_in_time_recovery {
        RecoveryLive::Off => json!(false),
        RecoveryLive::Days(limits::RECOVERY_DAYS_MAX) => json!(true),
        RecoveryLive::Days(days) => recovery_value(Recovery::Days(days)),
        RecoveryLive::Unknown => json!("not known yet"),
    };
    let Some(wanted) = desired.point_in_time_recovery else {
        if live.point_in_time_recovery != RecoveryLive::Unknown {
            unmanaged("point_in_time_recovery", there, &json!(false), delta);
        }
        return;
    };
    if recovery_agrees(wanted, live.point_in_time_recovery) {
        return;
    }
    let value = recovery_value(wanted);
    let change = FieldChange::new("point_in_time_recovery", there, value);
    delta.changes.push(change);
    match (wanted, live.point_in_time_recovery) {
        (Recovery::Off, RecoveryLive::Unknown) => weaken(
            "whether point_in_time_recovery is on is not known, and its continuous backups are lost"
                .to_owned(),
            delta,
        ),
        (Recovery::Off, _) => weaken(
            "point_in_time_recovery is switched off: the continuous backups are lost at once"
                .to_owned(),
            delta,
        ),
        (Recovery::Days(days), RecoveryLive::Days(before)) if days < before => weaken(
            format!(
                "point_in_time_recovery keeps {days} days instead of {before}: older backups are lost"
            ),
            delta,
        ),
        _ => {}
    }
}

/// `true` leaves a period alone. What is not known agrees with nothing.
pub fn recovery_agrees(desired: Recovery, live: RecoveryLive) -> bool {
    match (desired, live) {
        (Recovery::Off, RecoveryLive::Off) | (Recovery::On, RecoveryLive::Days(_)) => true,
        (Recovery::Days(wanted), RecoveryLive::Days(days)) => wanted == days,
        _ => false,
    }
}

fn recovery_value(recovery: Recovery) -> Value {
    match recovery {
        Recovery::Off => false.into(),
        Recovery::On => true.into(),
        Recovery::Days(days) => json!({"recovery_period": format!("{days}d")}),
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
