//! Publishing sites and pages, and taking them back.
//!
//! Nothing is published unless all of it can be: every check comes before the first change.

use crate::answer::{Answer, Refusal, refused};
use crate::landing::{Call, folder};
use crate::state::{Page, Site, State, Tier};
use crate::value::Value;

/// Publishes a site: its active pages become public, the others do not; its folders become active. What is in
/// the trash stays as it is.
pub(super) fn publish_site(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call.allowed_site(state, call.int("id"), |rights| rights.publication)?;
    if site.deleted {
        return refused("ACCESS_DENIED", "The site is in the trash");
    }
    let id = site.id;
    let pages: Vec<i64> = (state.pages.values())
        .filter(|page| page.site_id == id && page.active && !page.deleted && !in_trash(state, page))
        .map(|page| page.id)
        .collect();
    check_account(state)?;
    check_site(state, site)?;
    check_pages(state, &pages)?;

    activate_site(state, id);
    let now = state.now;
    for page in state
        .pages
        .values_mut()
        .filter(|page| page.site_id == id && !page.deleted)
    {
        let public = pages.contains(&page.id);
        if public && !page.public {
            page.published_at = Some(now);
        }
        page.public = public;
    }
    for folder in state
        .folders
        .values_mut()
        .filter(|folder| folder.site_id == id && !folder.deleted)
    {
        folder.active = true;
    }
    Ok(id.into())
}

/// Takes a site back, with its pages and folders. Its active pages stay active, so that the site can be
/// published again as it was.
pub(super) fn unpublish_site(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call
        .allowed_site(state, call.int("id"), |rights| rights.publication)?
        .id;
    take_back(state, id);
    for folder in state
        .folders
        .values_mut()
        .filter(|folder| folder.site_id == id && !folder.deleted)
    {
        folder.active = false;
    }
    Ok(id.into())
}

/// Publishes a page: it, the folders it is in and its site become active.
pub(super) fn publish_page(state: &mut State, call: &Call<'_>) -> Answer {
    let page = call.page(state, call.int("lid"), |rights| rights.publication)?;
    let (id, site_id) = (page.id, page.site_id);
    let folders = page
        .folder_id
        .map_or(Vec::new(), |folder| folder::chain(state, folder));
    check_account(state)?;
    if let Some(site) = state.sites.get(&site_id) {
        check_site(state, site)?;
    }
    check_pages(state, &[id])?;

    activate_site(state, site_id);
    let now = state.now;
    let page = state.page_mut(id);
    page.active = true;
    page.public = true;
    page.published_at = Some(now);
    set_active(state, &folders, true);
    Ok(true.into())
}

/// Takes a page back: it is not active any more.
pub(super) fn unpublish_page(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.page(state, call.int("lid"), |rights| rights.view)?.id;
    if call.page(state, id, |rights| rights.publication).is_err() {
        return refused("ACCESS_DENIED", "You may not publish pages of this site");
    }
    let page = state.page_mut(id);
    page.active = false;
    page.public = false;
    Ok(true.into())
}

/// Publishes a folder and those it is in, or takes them back if `mark` says so.
pub(super) fn publish_folder(state: &mut State, call: &Call<'_>) -> Answer {
    let mark = match call.params.get("mark") {
        Value::Null => true,
        mark => !mark.is_nothing() && !matches!(mark.to_text().as_deref(), Some("false" | "N")),
    };
    mark_folder(state, call, mark)
}

/// Takes a folder back, and those it is in.
pub(super) fn unpublish_folder(state: &mut State, call: &Call<'_>) -> Answer {
    mark_folder(state, call, false)
}

fn mark_folder(state: &mut State, call: &Call<'_>, active: bool) -> Answer {
    let folder = call.folder(state, call.int("folderId"), |rights| rights.publication)?;
    if folder.deleted {
        return refused("ACCESS_DENIED", "The folder is in the trash");
    }
    let folders = folder::chain(state, folder.id);
    set_active(state, &folders, active);
    Ok(true.into())
}

fn set_active(state: &mut State, folders: &[i64], active: bool) {
    for folder in state
        .folders
        .values_mut()
        .filter(|folder| folders.contains(&folder.id))
    {
        folder.active = active;
    }
}

/// Takes a site and its pages back.
pub(super) fn take_back(state: &mut State, site: i64) {
    let (now, user) = (state.now, state.user.id);
    if let Some(site) = state.sites.get_mut(&site) {
        site.active = false;
        site.stamp.touch(user, now);
    }
    for page in state.pages.values_mut().filter(|page| page.site_id == site) {
        page.public = false;
    }
}

fn activate_site(state: &mut State, id: i64) {
    let (now, user) = (state.now, state.user.id);
    if let Some(site) = state.sites.get_mut(&id) {
        site.active = true;
        site.stamp.touch(user, now);
    }
}

/// Whether a page is in a folder that is in the trash.
fn in_trash(state: &State, page: &Page) -> bool {
    page.folder_id
        .and_then(|id| state.folders.get(&id))
        .is_some_and(|folder| folder.deleted)
}

/// What keeps a customer from publishing anything.
fn check_account(state: &State) -> Result<(), Refusal> {
    let account = &state.account;
    if account.licence_expired {
        return refused("LICENSE_EXPIRED", "The licence of the product is over");
    }
    if !account.phone_confirmed {
        return refused("PHONE_NOT_CONFIRMED", "Confirm a phone number before you publish");
    }
    if !account.email_confirmed {
        return refused(
            "EMAIL_NOT_CONFIRMED",
            "Confirm an e-mail address before you publish",
        );
    }
    Ok(())
}

/// What keeps a site from being published, apart from its pages.
fn check_site(state: &State, site: &Site) -> Result<(), Refusal> {
    if state.account.publishing_needs_paid_plan && state.plan.tier != Tier::Commercial {
        return refused(
            "PUBLIC_SITE_REACHED_FREE",
            "For now only paid plans can publish sites",
        );
    }
    let others = (state.sites.values())
        .filter(|other| {
            other.id != site.id && other.active && !other.deleted && other.kind.shares_scope(site.kind)
        })
        .count();
    if state.plan.published_sites.is_some_and(|limit| others >= limit) {
        return refused(
            "PUBLIC_SITE_REACHED",
            "The plan has no room for another published site",
        );
    }
    if !state.plan.custom_html && (site.custom_html || super::has_head_code(&site.additional_fields)) {
        return custom_html(&format!("S{}", site.id));
    }
    Ok(())
}

/// What keeps these pages from being published.
fn check_pages(state: &State, pages: &[i64]) -> Result<(), Refusal> {
    let subscribed = state.account.market_subscription;
    for page in pages.iter().filter_map(|id| state.pages.get(id)) {
        if page.malicious {
            return refused(
                "URLCHECKER_FAIL",
                format!("Page {} has malicious content", page.id),
            );
        }
        if page.from_app.is_some() && !subscribed {
            return refused(
                "LANDING_PAYMENT_FAILED",
                "The page is from an application; subscribe to the market",
            );
        }
        if page.blocks.iter().any(|block| block.from_app.is_some()) && !subscribed {
            return refused(
                "LANDING_PAYMENT_FAILED_BLOCK",
                "A block is from an application; subscribe to the market",
            );
        }
        let html = page.custom_html
            || page.blocks.iter().any(|block| block.custom_html)
            || super::has_head_code(&page.additional_fields);
        if html && !state.plan.custom_html {
            return custom_html(&format!("L{}", page.id));
        }
    }
    let others = state
        .pages
        .values()
        .filter(|page| page.public && !page.deleted && !pages.contains(&page.id))
        .count();
    if !pages.is_empty()
        && state
            .plan
            .published_pages
            .is_some_and(|limit| others + pages.len() > limit)
    {
        return refused(
            "PUBLIC_PAGE_REACHED",
            "The plan has no room for so many published pages",
        );
    }
    Ok(())
}

fn custom_html(of: &str) -> Result<(), Refusal> {
    refused(
        format!("PUBLIC_HTML_DISALLOWED[{of}]"),
        "The plan does not include HTML of your own",
    )
}
