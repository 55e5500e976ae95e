//! The rules of billing modes, capacities and maxima.

use aws_sdk_dynamodb::operation::create_table::CreateTableInput;
use aws_sdk_dynamodb::operation::update_table::UpdateTableInput;
use aws_sdk_dynamodb::types as sdk;

use super::Verdict;
use super::rules::refuse_if;

/// The table, or an index, that a request gives throughput to, and what it has.
struct Part<'a> {
    wanted: Option<&'a sdk::ProvisionedThroughput>,
    maximum: Option<&'a sdk::OnDemandThroughput>,
    live: Option<&'a sdk::ProvisionedThroughputDescription>,
    live_maximum: Option<&'a sdk::OnDemandThroughput>,
}

/// Absent means PROVISIONED (API TableDescription).
pub fn is_provisioned(summary: Option<&sdk::BillingModeSummary>) -> bool {
    summary.and_then(|it| it.billing_mode()) != Some(&sdk::BillingMode::PayPerRequest)
}

pub fn is_asked(request: &UpdateTableInput) -> bool {
    let mut updates = request.global_secondary_index_updates().iter();
    request.billing_mode.is_some()
        || request.provisioned_throughput.is_some()
        || request.on_demand_throughput.is_some()
        || updates.any(|it| it.update().is_some())
}

pub fn create(request: &CreateTableInput) -> Verdict {
    let provisioned = request.billing_mode != Some(sdk::BillingMode::PayPerRequest);
    let (units, maximum) = (
        request.provisioned_throughput(),
        request.on_demand_throughput(),
    );
    part(provisioned, units, maximum)?;
    for index in request.global_secondary_indexes() {
        let (units, maximum) = (index.provisioned_throughput(), index.on_demand_throughput());
        part(provisioned, units, maximum)?;
    }
    Ok(())
}

/// Throughput of what is made (API CreateTable, CreateGlobalSecondaryIndexAction).
pub fn part(
    provisioned: bool,
    units: Option<&sdk::ProvisionedThroughput>,
    maximum: Option<&sdk::OnDemandThroughput>,
) -> Verdict {
    fits(provisioned, units, maximum)?;
    refuse_if(
        provisioned && units.is_none(),
        "PROVISIONED needs a capacity for the table and each global index (API CreateTable)",
    )?;
    let none = maximum.is_some_and(|it| dimensions(it).contains(&Some(-1)));
    refuse_if(none, "what is made has no maximum to remove")
}

/// Capacity is for PROVISIONED, a maximum for PAY_PER_REQUEST (API ProvisionedThroughput, OnDemandThroughput).
fn fits(
    provisioned: bool,
    units: Option<&sdk::ProvisionedThroughput>,
    maximum: Option<&sdk::OnDemandThroughput>,
) -> Verdict {
    refuse_if(
        !provisioned && units.is_some(),
        "PAY_PER_REQUEST takes no capacity",
    )?;
    refuse_if(
        provisioned && maximum.is_some(),
        "PROVISIONED takes no on-demand maximum",
    )?;
    let least = units.map(|it| it.read_capacity_units.min(it.write_capacity_units));
    refuse_if(
        least.is_some_and(|units| units < 1),
        "a capacity is 1 or more",
    )?;
    if let Some(maximum) = maximum {
        let given: Vec<_> = dimensions(maximum).into_iter().flatten().collect();
        refuse_if(given.is_empty(), "a request asks for something")?;
        let below = given.iter().any(|units| *units < 1 && *units != -1);
        refuse_if(below, "a maximum is 1 or more, or -1")?;
    }
    Ok(())
}

fn dimensions(maximum: &sdk::OnDemandThroughput) -> [Option<i64>; 2] {
    [
        maximum.max_read_request_units(),
        maximum.max_write_request_units(),
    ]
}

pub fn update(request: &UpdateTableInput, table: &sdk::TableDescription) -> Verdict {
    let updates = request.global_secondary_index_updates();
    refuse_if(
        request.on_demand_throughput.is_some() && !updates.is_empty(),
        "a table's on-demand maximum goes with no change of an index",
    )?;
    let was = is_provisioned(table.billing_mode_summary());
    let wanted = request.billing_mode.as_ref();
    let is = wanted.map_or(was, |mode| *mode == sdk::BillingMode::Provisioned);
    let switches = wanted.is_some();
    refuse_if(switches && was == is, "the billing mode is that already")?;
    let parts = parts(request, table)?;
    for part in &parts {
        fits(is, part.wanted, part.maximum)?;
    }
    if switches && is {
        let needed = 1 + table.global_secondary_indexes().len();
        return refuse_if(
            parts.iter().filter(|part| part.wanted.is_some()).count() != needed,
            "PROVISIONED needs a capacity for the table and each global index (API UpdateTable)",
        );
    }
    for part in parts.iter().filter(|_| !switches) {
        let same = part
            .wanted
            .is_some_and(|wanted| changes(wanted, part.live) == [0, 0]);
        refuse_if(
            same,
            "the provisioned throughput will not change (API UpdateTable)",
        )?;
        let same = part
            .maximum
            .is_some_and(|wanted| is_limited(wanted, part.live_maximum));
        refuse_if(same, "the on-demand maximum will not change")?;
    }
    lowered(&parts)
}

fn parts<'a>(
    request: &'a UpdateTableInput,
    table: &'a sdk::TableDescription,
) -> Result<Vec<Part<'a>>, String> {
    let mut parts = Vec::new();
    if request.provisioned_throughput.is_some() || request.on_demand_throughput.is_some() {
        parts.push(Part {
            wanted: request.provisioned_throughput(),
            maximum: request.on_demand_throughput(),
            live: table.provisioned_throughput(),
            live_maximum: table.on_demand_throughput(),
        });
    }
    let mut names = Vec::new();
    let updates = request.global_secondary_index_updates().iter();
    for update in updates.filter_map(|it| it.update()) {
        let mut indexes = table.global_secondary_indexes().iter();
        let live = indexes.find(|it| it.index_name() == Some(update.index_name()));
        let live = live.ok_or("an index that is not there has no throughput")?;
        refuse_if(
            names.contains(&update.index_name()),
            "an index is updated twice",
        )?;
        names.push(update.index_name());
        parts.push(Part {
            wanted: update.provisioned_throughput(),
            maximum: update.on_demand_throughput(),
            live: live.provisioned_throughput(),
            live_maximum: live.on_demand_throughput(),
        });
    }
    Ok(parts)
}

/// By how much each dimension changes.
fn changes(
    wanted: &sdk::ProvisionedThroughput,
    live: Option<&sdk::ProvisionedThroughputDescription>,
) -> [i64; 2] {
    let read = live
        .and_then(|it| it.read_capacity_units())
        .unwrap_or_default();
    let write = live
        .and_then(|it| it.write_capacity_units())
        .unwrap_or_default();
    [
        wanted.read_capacity_units - read,
        wanted.write_capacity_units - write,
    ]
}

/// Whether a maximum that is asked for is there already.
fn is_limited(wanted: &sdk::OnDemandThroughput, live: Option<&sdk::OnDemandThroughput>) -> bool {
    let live = live.map_or([None; 2], dimensions);
    let mut pairs = dimensions(wanted).into_iter().zip(live);
    pairs.any(|(wanted, live)| wanted.is_some_and(|wanted| live.unwrap_or(-1) == wanted))
}

/// DG ServiceQuotas: decreases are counted for the table and each index, and a request that lowers several, or
/// lowers one beside a raise, fails whole where one of them is over the limit.
fn lowered(parts: &[Part<'_>]) -> Verdict {
    let all = parts
        .iter()
        .filter_map(|part| Some(changes(part.wanted?, part.live)));
    let all: Vec<_> = all.collect();
    let lowers = all.iter().flatten().any(|change| *change < 0);
    let raises = all.iter().flatten().any(|change| *change > 0);
    refuse_if(
        lowers && (raises || all.len() > 1),
        "a capacity is lowered apart from every raise and every other lowering (DG ServiceQuotas)",
    )
}
