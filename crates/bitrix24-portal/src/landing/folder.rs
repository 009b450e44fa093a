//! Folders of sites.

use crate::answer::{Answer, refused};
use crate::landing::query::{Cell, Query, Row, filters_by};
use crate::landing::{Call, code, text};
use crate::state::{Folder, State};
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
    let mut filter = match filter {
        Value::Map(filter) => filter.clone(),
        _ => Map::new(),
    };
    if !filters_by(&filter.clone().into(), "DELETED") {
        filter.insert("=DELETED".to_owned(), "N".into());
    }
    if let Some(parent) = filter.get_mut("PARENT_ID").filter(|parent| parent.is_nothing()) {
        *parent = Value::Null;
    }
    filter.into()
}

/// The folder that another is to be in; none for the root of the site.
fn parent(state: &State, site: i64, fields: &Value) -> Result<Option<i64>, crate::answer::Refusal> {
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
