//! Pages.

use crate::answer::{Answer, Refusal, refused};
use crate::landing::query::{Cell, Query, Row, filters_by};
use crate::landing::{Call, code, site, text};
use crate::state::{Page, State};
use crate::value::{Map, Value};

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
    let folder_id = folder(state, site_id, fields)?;
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

pub(super) fn get_list(state: &State, call: &Call<'_>) -> Answer {
    let params = call.params.get("params");
    let query = Query {
        names: NAMES,
        calculated: &["DOMAIN_ID"],
        always: &["ID", "DOMAIN_ID"],
        params,
    };
    let filter = list_filter(params.get("filter"));
    let in_deleted_folder = |page: &Page| {
        page.folder_id
            .and_then(|id| state.folders.get(&id))
            .is_some_and(|folder| folder.deleted)
    };
    let by_site = filters_by(&filter, "SITE_ID");
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

/// Not the trash unless it is asked for.
fn list_filter(filter: &Value) -> Value {
    let mut filter = match filter {
        Value::Map(filter) => filter.clone(),
        _ => Map::new(),
    };
    if !filters_by(&filter.clone().into(), "DELETED") {
        filter.insert("=DELETED".to_owned(), "N".into());
    }
    filter.into()
}

fn is_yes(fields: &Value, name: &str) -> bool {
    text(fields, name).as_deref() == Some("Y")
}

/// The folder that a page is to be in; none for the root of the site.
fn folder(state: &State, site: i64, fields: &Value) -> Result<Option<i64>, Refusal> {
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
    let mut folders = Vec::new();
    let mut at = page.folder_id;
    while let Some(folder) = at.and_then(|id| state.folders.get(&id)) {
        // A folder inside itself would have no end.
        if folders.len() > state.folders.len() {
            break;
        }
        folders.push(folder);
        at = folder.parent_id;
    }
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
