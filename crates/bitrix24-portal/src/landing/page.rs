//! Pages.

use crate::answer::{Answer, Refusal, refused};
use crate::clock::Moment;
use crate::landing::query::{Cell, Query, Row, conditions, filters_by, without_trash};
use crate::landing::{Call, code, folder, site, text};
use crate::state::{Page, Rights, State};
use crate::value::Value;

pub(super) fn add(state: &mut State, call: &Call<'_>) -> Answer {
    let fields = call.params.get("fields");
    let site_id = fields.get("SITE_ID").as_int().unwrap_or(0);
    if !state
        .sites
        .get(&site_id)
        .is_some_and(|site| call.scope.sees(site.kind) && !site.deleted)
    {
        return refused("SITE_NOT_FOUND", "There is no such site");
    }
    if call.site(state, site_id, |rights| rights.edit).is_none() {
        return refused("ACCESS_DENIED", "You may not add pages to this site");
    }
    let folder_id = folder_of(state, site_id, fields)?;
    check_code(fields)?;
    let title = text(fields, "TITLE").unwrap_or_default();
    let id = state.add_page(site_id, &title);
    let given_code = text(fields, "CODE").unwrap_or_default();
    let mut code = if given_code.trim().is_empty() {
        code::from_title(&title)
    } else {
        given_code
    };
    if code.is_empty() {
        code = code::by_chance(id, 12);
    }
    let code = free_code(state, id, site_id, folder_id, &code);
    let page = state.page_mut(id);
    page.code = code;
    page.folder_id = folder_id;
    page.description = text(fields, "DESCRIPTION").unwrap_or_default();
    page.xml_id = text(fields, "XML_ID").unwrap_or_default();
    page.sitemap = is_yes(fields, "SITEMAP");
    page.folder = is_yes(fields, "FOLDER");
    page.template = fields.get("TPL_ID").as_int();
    super::put_additional_fields(&mut page.additional_fields, fields);
    Ok(id.into())
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let page = find(state, call, |rights| rights.settings);
    let Some(page) = page else {
        return refused(
            "ACCESS_DENIED",
            "There is no such page, or it is not yours to change",
        );
    };
    let (id, site_id) = (page.id, page.site_id);
    let fields = call.params.get("fields");
    let new_site = match fields.get("SITE_ID").as_int() {
        Some(site)
            if state
                .sites
                .get(&site)
                .is_some_and(|site| call.scope.sees(site.kind)) =>
        {
            site
        }
        Some(_) => return refused("SITE_NOT_FOUND", "There is no such site"),
        None => site_id,
    };
    let folder_id = match fields.find("FOLDER_ID") {
        Some(_) => folder_of(state, site_id, fields)?,
        None => page.folder_id,
    };
    check_code(fields)?;
    let deleted = text(fields, "DELETED").filter(|deleted| matches!(deleted.as_str(), "Y" | "N"));
    let published_at = text(fields, "DATE_PUBLIC");
    if deleted.is_some() && find(state, call, |rights| rights.delete).is_none() {
        return refused("ACCESS_DENIED", "You may not delete pages of this site");
    }
    if published_at.is_some() && find(state, call, |rights| rights.publication).is_none() {
        return refused("ACCESS_DENIED", "You may not publish pages of this site");
    }
    if deleted.as_deref() == Some("Y") {
        check_not_main(state, page)?;
    }
    let code = text(fields, "CODE").filter(|code| !code.trim().is_empty());
    let code = code.map(|code| free_code(state, id, new_site, folder_id, &code));
    let offset = state.account.utc_offset_minutes;
    let (user, now) = (state.user.id, state.now);
    let page = state.page_mut(id);
    page.site_id = new_site;
    page.folder_id = folder_id;
    if let Some(code) = code {
        page.code = code;
    }
    for (name, kept) in [
        ("TITLE", &mut page.title),
        ("DESCRIPTION", &mut page.description),
        ("XML_ID", &mut page.xml_id),
    ] {
        if let Some(sent) = text(fields, name) {
            *kept = sent;
        }
    }
    for (name, kept) in [("SITEMAP", &mut page.sitemap), ("FOLDER", &mut page.folder)] {
        if fields.find(name).is_some() {
            *kept = is_yes(fields, name);
        }
    }
    if let Some(template) = fields.find("TPL_ID") {
        page.template = template.as_int().filter(|id| *id > 0);
    }
    if let Some(date) = published_at {
        page.published_at = Moment::parse(&date, offset);
    }
    if let Some(deleted) = deleted {
        // Whichever way it goes, the page is not active afterwards.
        page.trash();
        page.deleted = deleted == "Y";
    }
    super::put_additional_fields(&mut page.additional_fields, fields);
    page.stamp.touch(user, now);
    Ok(true.into())
}

/// Deletes a page for good.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let Some(page) = find(state, call, |rights| rights.view) else {
        return refused("LANDING_NOT_EXIST", "There is no such page");
    };
    if find(state, call, |rights| rights.delete).is_none() {
        return refused("ACCESS_DENIED", "You may not delete pages of this site");
    }
    if page.locked {
        return refused("LANDING_IS_LOCK", "The page is protected from deletion");
    }
    let id = page.id;
    state.pages.remove(&id);
    Ok(true.into())
}

/// Moves a page to the trash, where nothing is published.
pub(super) fn mark_deleted(state: &mut State, call: &Call<'_>) -> Answer {
    let Some(page) = find(state, call, |rights| rights.delete) else {
        return refused(
            "ACCESS_DENIED",
            "There is no such page, or it is not yours to delete",
        );
    };
    if page.area {
        return refused(
            "UNABLE_DELETE_INCLUDE",
            "The page is an area that other pages include",
        );
    }
    check_not_main(state, page)?;
    let id = page.id;
    state.page_mut(id).trash();
    Ok(id.into())
}

/// Takes a page out of the trash. It is not active after that.
pub(super) fn mark_undeleted(state: &mut State, call: &Call<'_>) -> Answer {
    let Some(page) = find(state, call, |rights| rights.delete) else {
        return refused(
            "ACCESS_DENIED",
            "There is no such page, or it is not yours to restore",
        );
    };
    let id = page.id;
    state.page_mut(id).deleted = false;
    Ok(id.into())
}

/// Copies a page, one in the trash too. The copy is not active. A folder that is not in the target site is
/// passed over.
pub(super) fn copy(state: &mut State, call: &Call<'_>) -> Answer {
    let Some(page) = find(state, call, |rights| rights.view) else {
        return refused("LANDING_NOT_EXIST", "There is no such page");
    };
    let mut copy = page.clone();
    let target = Some(call.int("toSiteId"))
        .filter(|id| *id != 0)
        .unwrap_or(page.site_id);
    let Some(site) = call.site(state, target, |_| true).filter(|site| !site.deleted) else {
        return refused("SITE_NOT_FOUND", "There is no such site");
    };
    if !state.rights(site).edit {
        return refused("ACCESS_DENIED", "You may not add pages to this site");
    }
    let folder = state
        .folders
        .get(&call.int("toFolderId"))
        .filter(|folder| folder.site_id == target);
    copy.folder_id = folder.map(|folder| folder.id);
    copy.site_id = target;
    let id = state.add_page(target, &copy.title);
    copy.id = id;
    copy.code = free_code(state, id, target, copy.folder_id, &copy.code);
    copy.active = false;
    copy.public = false;
    copy.deleted = false;
    copy.published_at = None;
    copy.stamp = state.stamp();
    *state.page_mut(id) = copy;
    Ok(id.into())
}

/// Moves a page to another site, or to a folder of its own site: not both at once.
pub(super) fn relocate(state: &mut State, call: &Call<'_>) -> Answer {
    let page = call.page(state, call.int("lid"), |rights| rights.view)?;
    let (id, source, code) = (page.id, page.site_id, page.code.clone());
    let target = Some(call.int("toSiteId")).filter(|id| *id != 0).unwrap_or(source);
    if call.site(state, source, |rights| rights.delete).is_none() {
        return refused("DELETE_ACCESS_DENIED", "You may not take pages from this site");
    }
    if call
        .site(state, target, |rights| rights.edit)
        .is_none_or(|site| site.deleted)
    {
        return refused("ACCESS_DENIED", "You may not add pages to this site");
    }
    let folder_id = Some(call.int("toFolderId")).filter(|id| *id != 0);
    if let Some(folder) = folder_id {
        if target != source
            || state
                .folders
                .get(&folder)
                .is_none_or(|folder| folder.site_id != source)
        {
            return refused("FOLDER_NOT_FOUND", "The page's site has no such folder");
        }
    }
    let code = free_code(state, id, target, folder_id, &code);
    let (user, now) = (state.user.id, state.now);
    let page = state.page_mut(id);
    page.site_id = target;
    page.folder_id = folder_id;
    page.code = code;
    page.stamp.touch(user, now);
    Ok(true.into())
}

pub(super) fn get_public_url(state: &State, call: &Call<'_>) -> Answer {
    let page = call.page(state, call.int("lid"), |rights| rights.view)?;
    Ok(public_url(state, page).into())
}

pub(super) fn get_preview(state: &State, call: &Call<'_>) -> Answer {
    call.page(state, call.int("lid"), |rights| rights.view)?;
    Ok(super::NO_PREVIEW.into())
}

pub(super) fn get_additional_fields(state: &State, call: &Call<'_>) -> Answer {
    let page = call.page(state, call.int("lid"), |rights| rights.view)?;
    Ok(super::show_additional_fields(&page.additional_fields).into())
}

/// The page of a site that is seen at this path, if there is one.
pub(super) fn resolve_id(state: &State, call: &Call<'_>) -> Answer {
    let path = text(call.params, "landingUrl").unwrap_or_default();
    let Some(site) = call.site(state, call.int("siteId"), |_| true) else {
        return Ok(Value::Null.into());
    };
    let wanted = format!("{}/{}", site::public_url(state, site), path.trim_matches('/'));
    let here = state
        .pages
        .values()
        .filter(|page| page.site_id == site.id && !page.deleted);
    let found = here.map(|page| (page.id, public_url(state, page)));
    let found = found
        .into_iter()
        .find(|(_, url)| url.trim_end_matches('/') == wanted.trim_end_matches('/'));
    Ok(Value::from(found.map(|(id, _)| id)).into())
}

/// The page of the parameter `lid`, in the trash or not.
fn find<'a>(state: &'a State, call: &Call<'_>, may: fn(Rights) -> bool) -> Option<&'a Page> {
    state
        .pages
        .get(&call.int("lid"))
        .filter(|page| call.site(state, page.site_id, may).is_some())
}

/// The main page goes last.
fn check_not_main(state: &State, page: &Page) -> Result<(), Refusal> {
    let is_main = state
        .sites
        .get(&page.site_id)
        .is_some_and(|site| site.index_page == Some(page.id));
    let others = || {
        state
            .pages
            .values()
            .any(|p| p.site_id == page.site_id && p.id != page.id && !p.deleted)
    };
    if is_main && others() {
        return refused("CANT_DELETE_MAIN", "The main page of a site goes last");
    }
    Ok(())
}

pub(super) fn get_list(state: &State, call: &Call<'_>) -> Answer {
    let params = call.params.get("params");
    let query = Query {
        names: NAMES,
        calculated: &["DOMAIN_ID"],
        always: &["ID", "DOMAIN_ID"],
        params,
    };
    let filter = without_trash(conditions(params.get("filter")));
    let in_deleted_folder = |page: &Page| {
        page.folder_id
            .and_then(|id| state.folders.get(&id))
            .is_some_and(|folder| folder.deleted)
    };
    let by_site = filters_by(params.get("filter"), "SITE_ID");
    let visible = state.pages.values().filter(|page| {
        call.site(state, page.site_id, |rights| rights.view)
            .is_some_and(|site| !site.deleted)
            && !(by_site && in_deleted_folder(page))
    });
    let rows = query.find(visible.map(|page| row(state, page)).collect(), &filter, state)?;
    let on = |flag: &str| !params.get(flag).is_nothing();
    let mut shown = Vec::new();
    for row in rows {
        let mut selected = query.select(&row, state)?;
        let Some(page) = row.first().and_then(|(_, id)| match id {
            Cell::Int(id) => state.pages.get(id),
            _ => None,
        }) else {
            continue;
        };
        if on("get_urls") {
            selected.insert("PUBLIC_URL".to_owned(), public_url(state, page).into());
        }
        if on("get_preview") {
            selected.insert("PREVIEW".to_owned(), super::NO_PREVIEW.into());
        }
        if on("check_area") {
            selected.insert("IS_AREA".to_owned(), page.area.into());
        }
        shown.push(Value::Map(selected));
    }
    Ok(Value::List(shown).into())
}

fn is_yes(fields: &Value, name: &str) -> bool {
    text(fields, name).as_deref() == Some("Y")
}

/// The folder that a page is to be in; none for the root of the site.
fn folder_of(state: &State, site: i64, fields: &Value) -> Result<Option<i64>, Refusal> {
    let asked = fields.get("FOLDER_ID");
    if asked.is_nothing() {
        return Ok(None);
    }
    let id = asked.as_int().unwrap_or(0);
    match state.folders.get(&id) {
        Some(folder) if folder.site_id == site => Ok(Some(id)),
        _ => refused("FOLDER_NOT_FOUND", "The site has no such folder"),
    }
}

/// What a given code must not be.
fn check_code(fields: &Value) -> Result<(), Refusal> {
    let Some(code) = text(fields, "CODE") else {
        return Ok(());
    };
    if code.contains('/') {
        return refused("SLASH_IS_NOT_ALLOWED", "The address of a page has no slash");
    }
    if code.is_empty() && fields.find("FOLDER").is_none() {
        return refused("CANT_BE_EMPTY", "The address of a page cannot be empty");
    }
    // Some text of letters, digits and underscores, then two numbers.
    let mut parts = code.rsplitn(3, '_');
    let is_number = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let numbers = is_number(parts.next()) && is_number(parts.next());
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    if numbers && parts.next().is_some_and(is_word) {
        return refused(
            "WRONG_CODE_FORMAT",
            "The address of a page does not end in two numbers",
        );
    }
    Ok(())
}

/// A code that no other page in this place has.
fn free_code(state: &State, id: i64, site: i64, folder: Option<i64>, code: &str) -> String {
    let taken = |code: &str| {
        (state.pages.values()).any(|page| {
            page.id != id && page.site_id == site && page.folder_id == folder && page.code == code
        })
    };
    code::first_free(
        code,
        |n| format!("{code}_{}", code::by_chance(id + i64::from(n), 4)),
        taken,
    )
}

/// Where the page is to be seen once it is published.
pub(super) fn public_url(state: &State, page: &Page) -> String {
    let Some(owner) = state.sites.get(&page.site_id) else {
        return String::new();
    };
    let folders = page.folder_id.map_or(Vec::new(), |id| folder::chain(state, id));
    let folders: Vec<_> = folders.iter().filter_map(|id| state.folders.get(id)).collect();
    let mut url = site::public_url(state, owner) + "/";
    for folder in folders.iter().rev() {
        url += &format!("{}/", folder.code);
    }
    let is_index =
        owner.index_page == Some(page.id) || folders.first().is_some_and(|f| f.index_page == Some(page.id));
    if is_index { url } else { url + &page.code + "/" }
}

const NAMES: &[&str] = &[
    "ID",
    "TITLE",
    "CODE",
    "SITE_ID",
    "FOLDER_ID",
    "TPL_ID",
    "ACTIVE",
    "PUBLIC",
    "DELETED",
    "DESCRIPTION",
    "XML_ID",
    "SITEMAP",
    "FOLDER",
    "RULE",
    "CREATED_BY_ID",
    "MODIFIED_BY_ID",
    "DATE_CREATE",
    "DATE_MODIFY",
    "DATE_PUBLIC",
    "DOMAIN_ID",
];

fn row(state: &State, page: &Page) -> Row {
    vec![
        ("ID", Cell::Int(page.id)),
        ("TITLE", Cell::Text(page.title.clone())),
        ("CODE", Cell::Text(page.code.clone())),
        ("SITE_ID", Cell::Int(page.site_id)),
        ("FOLDER_ID", Cell::id(page.folder_id)),
        ("TPL_ID", Cell::id(page.template)),
        ("ACTIVE", Cell::Flag(page.active)),
        ("PUBLIC", Cell::Flag(page.public)),
        ("DELETED", Cell::Flag(page.deleted)),
        ("DESCRIPTION", Cell::Text(page.description.clone())),
        ("XML_ID", Cell::Text(page.xml_id.clone())),
        ("SITEMAP", Cell::Flag(page.sitemap)),
        ("FOLDER", Cell::Flag(page.folder)),
        ("RULE", Cell::Null),
        ("CREATED_BY_ID", Cell::Int(page.stamp.created_by)),
        ("MODIFIED_BY_ID", Cell::Int(page.stamp.modified_by)),
        ("DATE_CREATE", Cell::Time(page.stamp.created)),
        ("DATE_MODIFY", Cell::Time(page.stamp.modified)),
        ("DATE_PUBLIC", page.published_at.map_or(Cell::Null, Cell::Time)),
        (
            "DOMAIN_ID",
            Cell::id(state.sites.get(&page.site_id).map(|site| site.domain_id)),
        ),
    ]
}
