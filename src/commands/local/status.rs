//! `local status`: where the state is, who serves it, what it holds.

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use super::{failed, open, options};
use crate::error::Error;
use crate::exit::Exit;
use crate::local::census::{Census, census};
use crate::local::clock::Clock;
use crate::local::serve::{ports, url};
use crate::output::text::{count, escape};
use crate::output::ui::{Format, Ui};

use super::clock;

pub fn run(ui: &Ui) -> Result<Exit, Error> {
    let dir = options(None)?.dir;
    let shown = escape(&dir.display().to_string()).into_owned();
    if !dir.exists() {
        let text = match ui.format() {
            Format::Json => document(&shown, None, &[], &[]),
            _ => format!(
                "There is no local AWS in {shown} yet: shopctl --local create --all makes one.\n"
            ),
        };
        ui.out(&text)?;
        return Ok(Exit::Done);
    }
    let store = open(&dir)?;
    let clock = Clock::of(&store).map_err(failed)?;
    let census = census(&store).map_err(failed)?;
    let ports = ports(&dir)?;
    ui.out(&match ui.format() {
        Format::Json => document(&shown, Some(clock), &ports, &census),
        _ => page(&shown, clock, &ports, &census),
    })?;
    Ok(Exit::Done)
}

fn page(dir: &str, clock: Clock, ports: &[u16], census: &[Census]) -> String {
    let served = match ports {
        [] => "not served".to_owned(),
        ports => {
            let urls: Vec<_> = ports.iter().map(|port| url(*port)).collect();
            format!("served at {}", urls.join(", "))
        }
    };
    let head = format!(
        "The local AWS in {dir}: {served}.\n{}\n",
        clock::told(clock)
    );
    if census.is_empty() {
        return format!("{head}It is empty.\n");
    }
    format!("{head}\n{}", table(census))
}

fn table(census: &[Census]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "ACCOUNT", "REGION", "QUEUES", "MESSAGES", "TABLES", "ITEMS", "BACKUPS",
    ]);
    for place in census {
        let counts = [
            place.queues,
            place.messages,
            place.tables,
            place.items,
            place.backups,
        ];
        let words = [escape(&place.account), escape(&place.region)];
        let words = words.into_iter().map(|word| word.into_owned());
        table.add_row(words.chain(counts.map(|count| count.to_string())));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

fn document(dir: &str, clock: Option<Clock>, ports: &[u16], census: &[Census]) -> String {
    let places = census.iter().map(|place| {
        json!({
            "account": place.account,
            "region": place.region,
            "queues": place.queues,
            "messages": place.messages,
            "tables": place.tables,
            "items": place.items,
            "backups": place.backups,
        })
    });
    let document = json!({
        "schema_version": 1,
        "directory": dir,
        "endpoint_urls": ports.iter().map(|port| url(*port)).collect::<Vec<_>>(),
        "clock": clock.map_or(Value::Null, clock::document),
        "places": places.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// `8 queues, 12 messages and so on`, of everything together.
pub fn summary(census: &[Census]) -> String {
    let sum = |of: fn(&Census) -> u64| census.iter().map(of).sum::<u64>();
    let number = |of, noun| count(usize::try_from(sum(of)).unwrap_or(usize::MAX), noun);
    format!(
        "{} with {}, {} with {}, {}",
        number(|it| it.queues, "queue"),
        number(|it| it.messages, "message"),
        number(|it| it.tables, "table"),
        number(|it| it.items, "item"),
        number(|it| it.backups, "backup"),
    )
}
