//! Folders of sites.

use crate::answer::{Answer, Refusal, refused};
use crate::landing::query::{Cell, Query, Row, conditions, without_trash};
use crate::landing::{Call, code, text};
use crate::state::{Folder, Page, State};
use crate::value::{Map, Value};

pub(super) fn add(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call
        .allowed_site(state, call.int("siteId"), |rights| rights.edit)?
        .id;
    let fields = call.params.get("fields");
    let title = text(fields, "TITLE").unwrap_or_default();
    if title.trim().is_empty() {
        return refused("BX_EMPTY_REQUIRED", "A folder needs a title");
    }
    let parent_id = parent(state, site, fields)?;
    let given_code = text(fields, "CODE").unwrap_or_default();
    if given_code.contains('/') {
        return refused("SLASH_IS_NOT_ALLOWED", "The address of a folder has no slash");
    }
    let mut code = if given_code.is_empty() {
        code::from_title(&title)
    } else {
        given_code
    };
    if code.is_empty() {
        code = code::by_chance(site + state.folders.len() as i64, 12);
    }
    if is_taken(state, site, parent_id, &code, None) {
        return refused("FOLDER_IS_NOT_UNIQUE", "There is a folder with this code");
    }
    let id = state.add_folder(site, &title);
    let folder = state.folder_mut(id);
    folder.code = code;
    folder.parent_id = parent_id;
    folder.active = text(fields, "ACTIVE").as_deref() == Some("Y");
    Ok(id.into())
}

/// Changes a folder. One whose parent is not named moves to the root of its site.
pub(super) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call
        .allowed_site(state, call.int("siteId"), |rights| rights.edit)?
        .id;
    let folder = call.folder(state, call.int("folderId"), |rights| rights.edit)?;
    if folder.site_id != site {
        return refused("ACCESS_DENIED", "The site has no such folder");
    }
    let id = folder.id;
    let fields = call.params.get("fields");
    let code = text(fields, "CODE").unwrap_or_else(|| folder.code.clone());
    if code.contains('/') {
        return refused("SLASH_IS_NOT_ALLOWED", "The address of a folder has no slash");
    }
    let parent_id = parent(state, site, fields)?;
    if parent_id.is_some_and(|parent| chain(state, parent).contains(&id)) {
        return refused("ACCESS_DENIED", "A folder cannot be inside itself");
    }
    if is_taken(state, site, parent_id, &code, Some(id)) {
        return refused("FOLDER_IS_NOT_UNIQUE", "There is a folder with this code");
    }
    let (user, now) = (state.user.id, state.now);
    let folder = state.folder_mut(id);
    folder.code = code;
    folder.parent_id = parent_id;
    if let Some(title) = text(fields, "TITLE") {
        folder.title = title;
    }
    if let Some(index) = fields.find("INDEX_ID") {
        folder.index_page = index.as_int().filter(|id| *id > 0);
    }
    if let Some(active) = text(fields, "ACTIVE") {
        folder.active = active == "Y";
    }
    folder.stamp.touch(user, now);
    Ok(true.into())
}

/// Moves a folder to the trash, with what is in it at any depth.
pub(super) fn mark_deleted(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.folder(state, call.int("id"), |rights| rights.delete)?.id;
    let inside: Vec<i64> = state
        .folders
        .keys()
        .copied()
        .filter(|other| chain(state, *other).contains(&id))
        .collect();
    let is_inside = |page: &Page| page.folder_id.is_some_and(|folder| inside.contains(&folder));
    if state.pages.values().any(|page| page.area && is_inside(page)) {
        return refused(
            "FOLDER_CONTAINS_AREAS",
            "The folder has areas that other pages include",
        );
    }
    for page in state.pages.values_mut().filter(|page| is_inside(page)) {
        page.trash();
    }
    for folder in state
        .folders
        .values_mut()
        .filter(|folder| inside.contains(&folder.id))
    {
        folder.deleted = true;
    }
    Ok(true.into())
}

/// Takes a folder and its pages out of the trash, but not the folders in it.
pub(super) fn mark_undeleted(state: &mut State, call: &Call<'_>) -> Answer {
    let id = call.folder(state, call.int("id"), |rights| rights.delete)?.id;
    for page in state.pages.values_mut().filter(|page| page.folder_id == Some(id)) {
        page.deleted = false;
    }
    state.folder_mut(id).deleted = false;
    Ok(true.into())
}

/// A folder and those it is in, from the inside out.
pub(super) fn chain(state: &State, id: i64) -> Vec<i64> {
    let mut chain = Vec::new();
    let mut at = state.folders.get(&id);
    while let Some(folder) = at.filter(|folder| !chain.contains(&folder.id)) {
        chain.push(folder.id);
        at = folder.parent_id.and_then(|parent| state.folders.get(&parent));
    }
    chain
}

pub(super) fn get_list(state: &State, call: &Call<'_>) -> Answer {
    let Some(site) = call.site(state, call.int("siteId"), |rights| rights.view) else {
        return Ok(Value::List(Vec::new()).into());
    };
    let params = Value::Map(Map::new());
    let query = Query {
        names: NAMES,
        calculated: &[],
        always: &[],
        params: &params,
    };
    let filter = list_filter(call.params.get("filter"));
    let folders = state.folders.values().filter(|folder| folder.site_id == site.id);
    let rows = query.find(folders.map(row).collect(), &filter, state)?;
    let rows = rows.iter().map(|row| query.select(row, state).map(Value::Map));
    Ok(Value::List(rows.collect::<Result<_, _>>()?).into())
}

/// Not the trash unless it is asked for; anything that means nothing selects the folders at the top.
fn list_filter(filter: &Value) -> Value {
    let mut filter = conditions(filter);
    if let Some(parent) = filter.get_mut("PARENT_ID").filter(|parent| parent.is_nothing()) {
        *parent = Value::Null;
    }
    without_trash(filter)
}

/// The folder that another is to be in; none for the root of the site.
fn parent(state: &State, site: i64, fields: &Value) -> Result<Option<i64>, Refusal> {
    let asked = fields.get("PARENT_ID");
    if asked.is_nothing() {
        return Ok(None);
    }
    let id = asked.as_int().unwrap_or(0);
    match state.folders.get(&id) {
        Some(parent) if parent.site_id == site && !parent.deleted => Ok(Some(id)),
        _ => refused("ACCESS_DENIED", "The site has no such parent folder"),
    }
}

fn is_taken(state: &State, site: i64, parent_id: Option<i64>, code: &str, except: Option<i64>) -> bool {
    state.folders.values().any(|folder| {
        folder.site_id == site
            && folder.parent_id == parent_id
            && folder.code == code
            && Some(folder.id) != except
    })
}

const NAMES: &[&str] = &[
    "ID",
    "PARENT_ID",
    "SITE_ID",
    "INDEX_ID",
    "ACTIVE",
    "DELETED",
    "TITLE",
    "CODE",
    "CREATED_BY_ID",
    "MODIFIED_BY_ID",
    "DATE_CREATE",
    "DATE_MODIFY",
];

fn row(folder: &Folder) -> Row {
    vec![
        ("ID", Cell::Int(folder.id)),
        ("PARENT_ID", Cell::id(folder.parent_id)),
        ("SITE_ID", Cell::Int(folder.site_id)),
        ("INDEX_ID", Cell::id(folder.index_page)),
        ("ACTIVE", Cell::Flag(folder.active)),
        ("DELETED", Cell::Flag(folder.deleted)),
        ("TITLE", Cell::Text(folder.title.clone())),
        ("CODE", Cell::Text(folder.code.clone())),
        ("CREATED_BY_ID", Cell::Int(folder.stamp.created_by)),
        ("MODIFIED_BY_ID", Cell::Int(folder.stamp.modified_by)),
        ("DATE_CREATE", Cell::Time(folder.stamp.created)),
        ("DATE_MODIFY", Cell::Time(folder.stamp.modified)),
    ]
}
