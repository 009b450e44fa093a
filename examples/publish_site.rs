//! Publishes a site, and shows what has become of it.
//!
//! ```sh
//! cargo run --example publish_site                                  # on a simulated portal
//! BITRIX24_WEBHOOK=https://… cargo run --example publish_site 1688  # site 1688 of a real one
//! ```
//!
//! The simulated portal shows all there is to see: what a publication takes along and what not, async and blocking,
//! and a refusal that is told apart by its type.

use std::{
    env::{self, VarError},
    error::Error,
    process::ExitCode,
};

use bitrix24_portal::Portal;
use bitrix24_transport::{
    Client, Executed,
    types::{
        SystemError,
        landing::{
            landing,
            site::{self, Publication, PublicationError},
        },
    },
};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let outcome = match env::var("BITRIX24_WEBHOOK") {
        Ok(webhook) => real(&webhook),
        Err(VarError::NotPresent) => simulated(),
        Err(VarError::NotUnicode(_)) => Err("BITRIX24_WEBHOOK is not a text".into()),
    };
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    eprintln!("{error}");
    let mut source = error.source();
    while let Some(cause) = source {
        eprintln!("  because: {cause}");
        source = cause.source();
    }
    ExitCode::FAILURE
}

/// Publishes one site of a real portal.
fn real(webhook: &str) -> Outcome {
    let site = env::args().nth(1).or_else(|| env::var("BITRIX24_SITE_ID").ok());
    let site: i64 = site
        .and_then(|id| id.parse().ok())
        .ok_or("which site? give its number: cargo run --example publish_site 1688")?;
    let client = Client::webhook(webhook)?;
    println!("Publishing site {site} of {}", client.address());
    runtime()?.block_on(async {
        match client.call(Publication::new(site)).await {
            Ok(published) => println!("published in {:.3} s\n", published.time.duration),
            Err(error) => return Err(explain(&error).into()),
        }
        show(&client, site).await
    })
}

/// The whole story, on a portal of our own.
fn simulated() -> Outcome {
    let portal = Portal::builder().start_blocking()?;
    let client = Client::webhook(&portal.webhook_url())?;
    println!(
        "BITRIX24_WEBHOOK is not set, so this is a simulated portal at {}.\n",
        portal.url()
    );

    let runtime = runtime()?;
    let (site, draft) = runtime.block_on(publish_async(&portal, &client))?;

    println!("3. The draft is finished and made active, and the site published again, this time blocking");
    portal.state(|state| state.page_mut(draft).active = true);
    publish_blocking(&portal, site)?;
    runtime.block_on(show(&client, site))?;

    println!("4. A second site, on a plan that allows one published site");
    portal.state(|state| state.plan.published_sites = Some(1));
    runtime.block_on(publish_one_too_many(&client))
}

async fn publish_async(portal: &Portal, client: &Client) -> Outcome<(i64, i64)> {
    println!("1. A new site with two pages and a folder");
    let sites = client.landing().site();
    let site = sites
        .add(site::AddFields::new("Spring sale", "spring"))
        .await?
        .result;
    let home = add_page(client, site, "Home").await?;
    let draft = add_page(client, site, "Terms (draft)").await?;
    sites
        .add_folder(site, site::AddFolderFields::new("Offers"))
        .await?;
    // In the editor somebody makes the first page active: meant to be seen as soon as the site is.
    portal.state(|state| state.page_mut(home).active = true);
    show(client, site).await?;

    println!("2. The site is published, async");
    // A request is a value, …
    let published = client.call(Publication::new(site)).await?;
    // … and `client.landing().site().publication(site).await?` is the same, found by completion.
    println!(
        "   landing.site.publication: site {} in {:.3} s",
        published.result, published.time.duration
    );
    show(client, site).await?;
    Ok((site, draft))
}

async fn add_page(client: &Client, site: i64, title: &str) -> Outcome<i64> {
    Ok(client
        .landing()
        .landing()
        .add(landing::AddFields::new(title, site))
        .await?
        .result)
}

/// The same values and names, without `async`.
fn publish_blocking(portal: &Portal, site: i64) -> Outcome {
    let client = bitrix24_blocking::Client::webhook(&portal.webhook_url())?;
    let published = client.call(Publication::new(site))?;
    println!(
        "   landing.site.publication: site {} in {:.3} s",
        published.result, published.time.duration
    );
    Ok(())
}

async fn publish_one_too_many(client: &Client) -> Outcome {
    let site = client
        .landing()
        .site()
        .add(site::AddFields::new("Summer sale", "summer"))
        .await?
        .result;
    let Err(error) = client.call(Publication::new(site)).await else {
        return Err("the portal published more than its plan allows".into());
    };
    println!("   refused: {}", explain(&error));
    Ok(())
}

/// Prints the site with its pages and folders, each with what has become of it.
async fn show(client: &Client, site: i64) -> Outcome {
    let wanted = site::GetListParams::new()
        .select(["ID", "TITLE", "ACTIVE"])
        .filter([("ID", site)]);
    for row in client.landing().site().get_list().params(wanted).await?.result {
        let published = row.active == Some(true);
        line(
            "site",
            row.title,
            if published { "published" } else { "not published" },
        );
    }
    let wanted = landing::GetListParams::new()
        .select(["ID", "TITLE", "ACTIVE", "PUBLIC"])
        .filter([("SITE_ID", site)]);
    for row in client.landing().landing().get_list().params(wanted).await?.result {
        let fate = match (row.public, row.active) {
            (Some(true), _) => "published",
            (_, Some(true)) => "active, but not published yet",
            _ => "not published: it is not active",
        };
        line("page", row.title, fate);
    }
    for row in client.landing().site().get_folders(site).await?.result {
        let active = row.active == Some(true);
        line("folder", row.title, if active { "active" } else { "not active" });
    }
    println!();
    Ok(())
}

fn line(what: &str, title: Option<String>, fate: &str) {
    println!("   {what:<7} {:<15} {fate}", title.unwrap_or_default());
}

/// What a program can say about a refusal, because its error is typed: no text of the portal is searched for words.
fn explain(error: &bitrix24_transport::Error) -> String {
    use PublicationError as Refused;
    let reason = match (error.documented::<Publication>(), error.system()) {
        (Some(Refused::PublicSiteReached | Refused::PublicSiteReachedFree), _) => {
            "the plan allows no more published sites"
        }
        (Some(Refused::PublicPageReached), _) => "the plan allows no more published pages",
        (Some(Refused::PublicHtmlDisallowed(_)), _) => "the plan allows no HTML of one's own",
        (Some(Refused::AccessDenied), _) => "there is no such site, or the webhook's user may not publish it",
        (Some(_), _) => "the method's documentation says more",
        (_, Some(SystemError::NoAuthFound)) => "the webhook's code is wrong, or the webhook was deleted",
        (_, Some(SystemError::InsufficientScope)) => "the webhook needs the right `landing`",
        _ => "this is no answer of the method itself",
    };
    let executed = match error.executed() {
        Executed::No => "the method did not run",
        Executed::Yes => "the method ran, and this is its answer",
        Executed::Unknown => "the method may have run: look at the site before trying again",
    };
    let mut text = format!("{error}\n   why: {reason}\n   ran: {executed}");
    let mut source = Error::source(error);
    while let Some(cause) = source {
        text += &format!("\n   because: {cause}");
        source = cause.source();
    }
    text
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
