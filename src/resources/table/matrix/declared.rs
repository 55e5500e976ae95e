//! Whether what is declared is there, said once more and without a word of what the plan is made with.

use std::collections::BTreeMap;

use crate::resources::table::config::{
    BillingMode, Encryption, EncryptionLive, Projection, Recovery, RecoveryLive, TableDesired,
    TableLive, TimeToLive, TimeToLiveLive, TimeToLiveStatus,
};
use crate::resources::table::throughput::{Scaling, ThroughputDesired, ThroughputLive};

/// The declared settings that are not there.
pub fn missing(desired: &TableDesired, live: &TableLive) -> Vec<&'static str> {
    let provisioned = live.billing_mode == BillingMode::Provisioned;
    // What belongs to the other mode waits for it, where the mode is not ours to set.
    let strict = !desired.ignore.contains("billing_mode");
    let units = |declared: &ThroughputDesired, live: &ThroughputLive| match provisioned {
        true => capacity(declared, live) && (!strict || unlimited(declared)),
        false => maximum(declared, live),
    };
    let tags = |key: &String| live.tags.contains_key(key);
    let all = [
        ("partition_key", desired.partition_key == live.partition_key),
        ("sort_key", desired.sort_key == live.sort_key),
        (
            "billing_mode",
            agrees(desired.billing_mode, live.billing_mode),
        ),
        ("throughput", units(&desired.throughput, &live.throughput)),
        (
            "deletion_protection",
            agrees(desired.deletion_protection, live.deletion_protection),
        ),
        ("stream", agrees(desired.stream, live.stream)),
        ("table_class", agrees(desired.table_class, live.table_class)),
        (
            "recovery",
            desired
                .point_in_time_recovery
                .is_none_or(|it| recovers(it, live)),
        ),
        (
            "time_to_live",
            desired
                .time_to_live
                .as_ref()
                .is_none_or(|it| expires(it, live)),
        ),
        (
            "encryption",
            desired
                .encryption
                .as_ref()
                .is_none_or(|it| encrypts(it, &live.encryption)),
        ),
        (
            "tags",
            desired
                .tags
                .iter()
                .all(|(key, value)| live.tags.get(key) == Some(value)),
        ),
        ("untag", !desired.untag.iter().any(tags)),
        (
            "local",
            desired
                .local_secondary_indexes
                .as_ref()
                .is_none_or(|wanted| {
                    same(wanted, &live.local_secondary_indexes, |wanted, live| {
                        let there = live.projection.as_ref();
                        wanted.sort_key == live.sort_key
                            && there.is_some_and(|it| projects(&wanted.projection, it))
                    })
                }),
        ),
        (
            "global",
            desired
                .global_secondary_indexes
                .as_ref()
                .is_none_or(|wanted| {
                    same(wanted, &live.global_secondary_indexes, |wanted, live| {
                        wanted.partition_key == live.partition_key
                            && wanted.sort_key == live.sort_key
                            && projects(&wanted.projection, &live.projection)
                            && units(&wanted.throughput, &live.throughput)
                    })
                }),
        ),
    ];
    let missing = all.into_iter().filter(|(_, is_there)| !is_there);
    missing.map(|(field, _)| field).collect()
}

fn agrees<T: PartialEq>(declared: Option<T>, live: T) -> bool {
    declared.is_none_or(|declared| declared == live)
}

fn same<D, L>(
    declared: &BTreeMap<String, D>,
    live: &BTreeMap<String, L>,
    agrees: impl Fn(&D, &L) -> bool,
) -> bool {
    let mut pairs = declared.values().zip(live.values());
    declared.keys().eq(live.keys()) && pairs.all(|(declared, live)| agrees(declared, live))
}

fn projects(declared: &Option<Projection>, live: &Projection) -> bool {
    declared.as_ref().is_none_or(|declared| declared == live)
}

fn capacity(declared: &ThroughputDesired, live: &ThroughputLive) -> bool {
    let ours = |scaling| scaling == Scaling::Fixed;
    (!ours(live.scaling.read) || agrees(declared.capacity.read, live.capacity.read))
        && (!ours(live.scaling.write) || agrees(declared.capacity.write, live.capacity.write))
}

fn maximum(declared: &ThroughputDesired, live: &ThroughputLive) -> bool {
    agrees(declared.maximum.read, live.maximum.read)
        && agrees(declared.maximum.write, live.maximum.write)
}

fn unlimited(declared: &ThroughputDesired) -> bool {
    maximum(declared, &ThroughputLive::default())
}

fn recovers(declared: Recovery, live: &TableLive) -> bool {
    match (declared, live.point_in_time_recovery) {
        (Recovery::Off, live) => live == RecoveryLive::Off,
        (Recovery::On, live) => live != RecoveryLive::Off,
        (Recovery::Days(days), live) => live == RecoveryLive::Days(days),
    }
}

fn expires(declared: &TimeToLive, live: &TableLive) -> bool {
    live.time_to_live
        == match declared {
            TimeToLive::Off => TimeToLiveLive::default(),
            TimeToLive::Attribute(attribute) => TimeToLiveLive {
                status: TimeToLiveStatus::Enabled,
                attribute: Some(attribute.clone()),
            },
        }
}

/// AWS tells no more of an alias, or of its own key, than that there is a key.
fn encrypts(declared: &Encryption, live: &EncryptionLive) -> bool {
    match (declared, &live.key_arn) {
        (Encryption::AwsOwned, arn) => arn.is_none(),
        (Encryption::KmsKey(key), Some(arn)) if !key.starts_with("alias/") => arn.ends_with(key),
        (_, arn) => arn.is_some(),
    }
}
