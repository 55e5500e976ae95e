//! `local serve`: on a loopback port until it is told to stop.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::json;

use super::{declared, failed, options};
use crate::aws::clients::LOCAL_REGION;
use crate::cli::{Global, ServeArgs};
use crate::commands::session::block_on;
use crate::commands::stop::told_to_stop;
use crate::error::Error;
use crate::exit::Exit;
use crate::local::connector::{LocalAws, Watch};
use crate::local::log::Entry;
use crate::local::serve::{Served, ports, url};
use crate::model::failure::{Failure, FailureKind};
use crate::output::style::{Styles, paint};
use crate::output::text::{escape, pad};
use crate::output::ui::{Format, Ui};

/// The columns of the request log: the longest names of services and operations fit.
const SERVICE: usize = 10;
const OPERATION: usize = 28;

pub fn run(global: &Global, args: &ServeArgs, ui: &Ui) -> Result<Exit, Error> {
    let (account, region) = declared(global)?;
    let options = options(args.account.clone().or(account))?;
    let region = global.region.clone().or(region);
    let region = region.unwrap_or_else(|| LOCAL_REGION.to_owned());
    let (dir, account) = (options.dir.clone(), options.account.clone());
    let aws = LocalAws::watched(options, args.log.then(|| watch(ui))).map_err(failed)?;
    block_on(async {
        let served = match Served::bind(&dir, args.port).await {
            Ok(served) => served,
            Err(error) => return Err(unbound(&dir, args.port, &error)),
        };
        let url = url(served.port());
        ui.err(&format!(
            "The local AWS in {} (account {account}) answers at {url} until Ctrl-C; its state stays.\n",
            escape(&dir.display().to_string())
        ));
        ui.out(&announcement(ui, &url, &account, &region))?;
        tokio::select! {
            never = served.run(&aws) => match never {},
            ended = told_to_stop() => ended?,
        }
        Ok(Exit::Done)
    })
}

/// What a client's shell needs; keys must be there for it to sign, and are not looked at.
fn announcement(ui: &Ui, url: &str, account: &str, region: &str) -> String {
    if ui.format() == Format::Json {
        let document = json!({
            "schema_version": 1,
            "endpoint_url": url,
            "account": account,
            "region": region,
            "process": std::process::id(),
        });
        return format!("{document:#}\n");
    }
    format!(
        "export AWS_ENDPOINT_URL={url}\n\
         export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION={region} AWS_DEFAULT_REGION={region}\n"
    )
}

fn unbound(dir: &Path, port: u16, error: &std::io::Error) -> Error {
    let failure = Failure::new(
        FailureKind::Other,
        format!("port {port} of 127.0.0.1 cannot be listened on: {error}"),
    );
    let ours = ports(dir).is_ok_and(|ports| ports.contains(&port));
    Error::Failure(match error.kind() {
        ErrorKind::AddrInUse if ours => failure.with_hint(
            "this state is served there already; shopctl local status says what is where",
        ),
        ErrorKind::AddrInUse | ErrorKind::PermissionDenied => {
            failure.with_hint("give --port another one, or 0 for any that is free")
        }
        _ => failure,
    })
}

/// A line a request, on stderr.
fn watch(ui: &Ui) -> Watch {
    let ui = ui.clone();
    Box::new(move |entry| ui.error(&line(entry, ui.err_styles())))
}

fn line(entry: &Entry<'_>, styles: &Styles) -> String {
    let outcome = match (entry.status, entry.error) {
        (None, _) => paint(styles.removed, "the connection was broken off"),
        (Some(status), None) => status.to_string(),
        (Some(status), Some(code)) => paint(styles.removed, &format!("{status} {}", escape(code))),
    };
    format!(
        "{}  {}  {}  {:>8.1} ms  {outcome}\n",
        entry.clock(),
        pad(entry.service, SERVICE),
        pad(&escape(entry.operation), OPERATION),
        entry.took.as_secs_f64() * 1_000.0,
    )
}
