//! The portal as a program: `bitrix24-portal --listen 127.0.0.1:8024`.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::thread;

use bitrix24_portal::{Builder, Limits, Portal};

const HELP: &str = "\
A simulated Bitrix24 portal to build and test against.

Usage: bitrix24-portal [OPTIONS]

Options:
  --listen ADDRESS  where to listen, 127.0.0.1:8024 if nothing is said
  --code CODE       the secret code of the webhook; made by chance if nothing is said
  --table LIST=ROWS serve a list method (crm.deal.list=1000000) with so many rows, each as its page shows it;
                    may be said more than once
  --unlimited       no limit on requests and working time
  --help            this text
  --version         the version
";

fn main() -> ExitCode {
    let order = match order(std::env::args().skip(1)) {
        Ok(order) => order,
        Err(problem) => {
            eprintln!("bitrix24-portal: {problem}; see bitrix24-portal --help");
            return ExitCode::from(2);
        }
    };
    let builder = match order {
        Order::Serve(builder) => builder,
        Order::Say(text) => {
            say(&text);
            return ExitCode::SUCCESS;
        }
    };
    match builder.start_blocking() {
        Ok(portal) => {
            say(&welcome(&portal));
            loop {
                thread::park();
            }
        }
        Err(error) => {
            eprintln!("bitrix24-portal: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints, unless nobody listens any more: a portal is of use to others.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// What is to be done.
enum Order {
    Say(String),
    Serve(Builder),
}

fn order(mut arguments: impl Iterator<Item = String>) -> Result<Order, String> {
    let mut address = SocketAddr::from(([127, 0, 0, 1], 8024));
    let mut builder = Portal::builder().forget_calls();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--listen" => {
                let text = value()?;
                address = text
                    .parse()
                    .map_err(|_| format!("{text:?} is no address like 127.0.0.1:8024"))?;
            }
            "--code" => builder = builder.webhook_code(value()?),
            "--table" => {
                let text = value()?;
                let table = text
                    .split_once('=')
                    .and_then(|(method, rows)| Some((method, rows.parse().ok()?)));
                let (method, rows) =
                    table.ok_or_else(|| format!("{text:?} is no table like crm.deal.list=1000"))?;
                builder = builder.table(method, rows);
            }
            "--unlimited" => builder = builder.limits(Limits::none()),
            "--help" | "-h" => return Ok(Order::Say(HELP.trim_end().to_owned())),
            "--version" | "-V" => {
                return Ok(Order::Say(format!(
                    "bitrix24-portal {}",
                    env!("CARGO_PKG_VERSION")
                )));
            }
            other => return Err(format!("unknown argument {other:?}")),
        }
    }
    Ok(Order::Serve(builder.listen(address)))
}

fn welcome(portal: &Portal) -> String {
    let webhook = portal.webhook_url();
    format!(
        "A simulated Bitrix24 portal is at {url}, until you stop it with Ctrl+C.\n\
         What it knows is in memory only, and gone then.\n\
         \n\
         The webhook, for a client:\n\
         \n\
         \x20   BITRIX24_WEBHOOK={webhook}\n\
         \n\
         A first call, without one:\n\
         \n\
         \x20   curl {webhook}landing.site.add -H 'Content-Type: application/json' \\\n\
         \x20     -d '{{\"fields\": {{\"TITLE\": \"My site\", \"CODE\": \"\"}}}}'\n",
        url = portal.url()
    )
}
