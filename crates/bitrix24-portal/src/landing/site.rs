//! Sites: making, changing, listing and deleting them.

use crate::answer::{Answer, Refusal, refused};
use crate::landing::query::{Cell, Query, Row, conditions, without_trash};
use crate::landing::{Call, code, publication, text};
use crate::state::{DomainService, OWN_DOMAIN, Rights, Site, SiteType, State};
use crate::value::Value;

pub(super) fn add(state: &mut State, call: &Call<'_>) -> Answer {
    let fields = call.params.get("fields");
    let kind = match text(fields, "TYPE").unwrap_or_default().as_str() {
        "" => Some(SiteType::Page),
        kind => SiteType::parse(kind),
    };
    let Some(kind) = kind.filter(|kind| call.scope.sees(*kind) && state.user.rights.create) else {
        return refused(
            "ACCESS_DENIED",
            "You may not create a site of this type in this scope",
        );
    };
    if state
        .plan
        .sites
        .is_some_and(|limit| existing(state, kind) >= limit)
    {
        return refused("SITE_LIMIT_REACHED", "The plan has no room for another site");
    }
    let title = text(fields, "TITLE").unwrap_or_default();
    let given_code = text(fields, "CODE").unwrap_or_default();
    if given_code.contains('/') {
        return refused("SLASH_IS_NOT_ALLOWED", "The address of a site has no slash");
    }
    let domain = Domain::of(state, kind, fields.get("DOMAIN_ID"), None)?;
    let id = state.add_site_of(kind, &title);
    if let Some(domain) = domain {
        let own = state.site_mut(id).domain_id;
        domain.assign(state, id);
        if own != OWN_DOMAIN {
            state.domains.remove(&own);
        }
    }
    let code = free_code(state, id, &given_code);
    let site = state.site_mut(id);
    site.code = code;
    site.description = text(fields, "DESCRIPTION").unwrap_or_default();
    site.xml_id = text(fields, "XML_ID").unwrap_or_default();
    super::put_additional_fields(&mut site.additional_fields, fields);
    Ok(id.into())
}

pub(super) fn update(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call.allowed_site(state, call.int("id"), |rights| rights.settings)?;
    let (id, kind) = (site.id, site.kind);
    let fields = call.params.get("fields");
    let new_kind = match text(fields, "TYPE") {
        None => kind,
        Some(name) => match SiteType::parse(&name).filter(|kind| call.scope.sees(*kind)) {
            Some(kind) => kind,
            None => return refused("ACCESS_DENIED", "This type is not in this scope"),
        },
    };
    let given_code = text(fields, "CODE");
    if given_code.as_deref().is_some_and(|code| code.contains('/')) {
        return refused("SLASH_IS_NOT_ALLOWED", "The address of a site has no slash");
    }
    if let Some(domain) = Domain::of(state, new_kind, fields.get("DOMAIN_ID"), Some(id))? {
        domain.assign(state, id);
    }
    let (user, now) = (state.user.id, state.now);
    let site = state.site_mut(id);
    site.kind = new_kind;
    if let Some(title) = text(fields, "TITLE") {
        site.title = title;
    }
    if let Some(description) = text(fields, "DESCRIPTION") {
        site.description = description;
    }
    if let Some(xml_id) = text(fields, "XML_ID") {
        site.xml_id = xml_id;
    }
    for (name, page) in [
        ("LANDING_ID_INDEX", &mut site.index_page),
        ("LANDING_ID_404", &mut site.page_404),
        ("LANDING_ID_503", &mut site.page_503),
    ] {
        if let Some(value) = fields.find(name) {
            *page = value.as_int().filter(|id| *id > 0);
        }
    }
    super::put_additional_fields(&mut site.additional_fields, fields);
    site.stamp.touch(user, now);
    if let Some(given) = given_code {
        let code = free_code(state, id, &given);
        state.site_mut(id).code = code;
    }
    Ok(true.into())
}

/// Deletes a site for good; it must be empty, the trash included.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call.allowed_site(state, call.int("id"), |rights| rights.delete)?;
    let id = site.id;
    if site.domain_provider {
        return refused("ACCESS_DENIED_DELETED", "The site's domain comes from a provider");
    }
    if site.locked {
        return refused("SITE_IS_LOCK", "The site is protected from deletion");
    }
    if state.pages.values().any(|page| page.site_id == id) {
        return refused("SITE_IS_NOT_EMPTY", "The site has pages");
    }
    state.sites.remove(&id);
    state.folders.retain(|_, folder| folder.site_id != id);
    Ok(true.into())
}

/// Moves a site to the trash; what it showed is shown no longer.
pub(super) fn mark_deleted(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call.allowed_site(state, call.int("id"), |rights| rights.delete)?;
    let id = site.id;
    if site.domain_provider {
        return refused("ACCESS_DENIED_DELETED", "The site's domain comes from a provider");
    }
    publication::take_back(state, id);
    state.site_mut(id).deleted = true;
    Ok(id.into())
}

/// Takes a site out of the trash. It is not published by that.
pub(super) fn mark_undeleted(state: &mut State, call: &Call<'_>) -> Answer {
    let site = call.allowed_site(state, call.int("id"), |rights| rights.delete)?;
    let id = site.id;
    if site.deleted
        && state
            .plan
            .sites
            .is_some_and(|limit| existing(state, site.kind) >= limit)
    {
        return refused("TOTAL_SITE_REACHED", "The plan has no room for another site");
    }
    let (user, now) = (state.user.id, state.now);
    let site = state.site_mut(id);
    site.deleted = false;
    site.stamp.touch(user, now);
    Ok(id.into())
}

/// The address of one site, or of each that there is of several.
pub(super) fn get_public_url(state: &State, call: &Call<'_>) -> Answer {
    let url = |id: &Value| Some(public_url(state, call.site(state, id.as_int()?, |_| true)?));
    let several: Vec<&Value> = match call.params.get("id") {
        Value::List(ids) => ids.iter().collect(),
        Value::Map(ids) => ids.values().collect(),
        id => return Ok(url(id).unwrap_or_default().into()),
    };
    let found = several
        .into_iter()
        .filter_map(|id| Some((id.to_text()?, url(id)?.into())));
    Ok(Value::php_array(found.collect()).into())
}

pub(super) fn get_preview(state: &State, call: &Call<'_>) -> Answer {
    let site = call.site(state, call.int("id"), |rights| rights.view);
    Ok(site.map_or(super::NO_PREVIEW, preview).into())
}

pub(super) fn get_additional_fields(state: &State, call: &Call<'_>) -> Answer {
    let site = call.site(state, call.int("id"), |rights| rights.view);
    Ok(site
        .map_or(Value::Null, |site| {
            super::show_additional_fields(&site.additional_fields)
        })
        .into())
}

pub(super) fn get_list(state: &State, call: &Call<'_>) -> Answer {
    let query = Query {
        names: NAMES,
        calculated: CALCULATED,
        always: &["ID", "TYPE"],
        params: call.params.get("params"),
    };
    let filter = list_filter(call, query.params.get("filter"));
    let visible = state
        .sites
        .values()
        .filter(|site| call.site(state, site.id, |rights| rights.view).is_some());
    let rows = query.find(visible.map(|site| row(state, site)).collect(), &filter, state)?;
    let rows = rows.iter().map(|row| query.select(row, state).map(Value::Map));
    Ok(Value::List(rows.collect::<Result<_, _>>()?).into())
}

/// What the user may do with a site, in the words of the rights model; nothing for a site that is not seen.
pub(super) fn get_rights(state: &State, call: &Call<'_>) -> Answer {
    let rights = call
        .site(state, call.int("id"), |rights| rights.view)
        .map(|site| state.rights(site));
    let rights = rights.unwrap_or(Rights::NONE);
    let named = [
        ("read", rights.view),
        ("edit", rights.edit),
        ("sett", rights.settings),
        ("public", rights.publication),
        ("delete", rights.delete),
    ];
    let given = named.into_iter().filter(|(_, given)| *given);
    Ok(Value::List(given.map(|(name, _)| name.into()).collect()).into())
}

/// The filter as the method changes it: not the trash unless it is asked for; one type that is in the scope
/// stays, with shops of both kinds for `STORE`, and anything else about the type means all types of the scope.
fn list_filter(call: &Call<'_>, filter: &Value) -> Value {
    let mut filter = conditions(filter);
    for key in ["TYPE", "=TYPE"] {
        if let Some(wanted) = filter.get_mut(key) {
            let one = wanted
                .to_text()
                .and_then(|text| SiteType::parse(&text))
                .filter(|kind| call.scope.sees(*kind));
            let types: Vec<SiteType> = match one {
                Some(SiteType::Store) => vec![SiteType::Store, SiteType::Smn],
                Some(kind) => vec![kind],
                None => call.scope.types().collect(),
            };
            *wanted = Value::List(types.into_iter().map(|kind| kind.as_str().into()).collect());
        }
    }
    without_trash(filter)
}

const NAMES: &[&str] = &[
    "ID",
    "TITLE",
    "CODE",
    "TYPE",
    "ACTIVE",
    "DELETED",
    "DESCRIPTION",
    "XML_ID",
    "DOMAIN_ID",
    "LANG",
    "TPL_ID",
    "LANDING_ID_INDEX",
    "LANDING_ID_404",
    "LANDING_ID_503",
    "CREATED_BY_ID",
    "MODIFIED_BY_ID",
    "DATE_CREATE",
    "DATE_MODIFY",
    "DOMAIN_NAME",
    "PUBLIC_URL",
    "PREVIEW_PICTURE",
    "PHONE",
];
const CALCULATED: &[&str] = &["DOMAIN_NAME", "PUBLIC_URL", "PREVIEW_PICTURE", "PHONE"];

fn row(state: &State, site: &Site) -> Row {
    vec![
        ("ID", Cell::Int(site.id)),
        ("TITLE", Cell::Text(site.title.clone())),
        ("CODE", Cell::Text(format!("/{}/", site.code))),
        ("TYPE", Cell::Text(site.kind.as_str().to_owned())),
        ("ACTIVE", Cell::Flag(site.active)),
        ("DELETED", Cell::Flag(site.deleted)),
        ("DESCRIPTION", Cell::Text(site.description.clone())),
        ("XML_ID", Cell::Text(site.xml_id.clone())),
        ("DOMAIN_ID", Cell::Int(site.domain_id)),
        ("LANG", Cell::Null),
        ("TPL_ID", Cell::Null),
        ("LANDING_ID_INDEX", Cell::id(site.index_page)),
        ("LANDING_ID_404", Cell::id(site.page_404)),
        ("LANDING_ID_503", Cell::id(site.page_503)),
        ("CREATED_BY_ID", Cell::Int(site.stamp.created_by)),
        ("MODIFIED_BY_ID", Cell::Int(site.stamp.modified_by)),
        ("DATE_CREATE", Cell::Time(site.stamp.created)),
        ("DATE_MODIFY", Cell::Time(site.stamp.modified)),
        ("DOMAIN_NAME", Cell::Text(domain_name(state, site).to_owned())),
        ("PUBLIC_URL", Cell::Text(public_url(state, site))),
        ("PREVIEW_PICTURE", Cell::Text(preview(site).to_owned())),
        ("PHONE", Cell::Null),
    ]
}

fn domain_name<'a>(state: &'a State, site: &Site) -> &'a str {
    state.domains.get(&site.domain_id).map_or("", String::as_str)
}

/// Where the site is to be seen once it is published; empty without a domain.
pub(super) fn public_url(state: &State, site: &Site) -> String {
    let domain = domain_name(state, site);
    if domain.is_empty() {
        return String::new();
    }
    let code = &site.code;
    match site.kind {
        SiteType::Page | SiteType::Store | SiteType::Smn => format!("https://{domain}"),
        SiteType::Knowledge => format!("https://{domain}/knowledge/{code}"),
        SiteType::Group => format!("https://{domain}/knowledge/group/{code}"),
        SiteType::MainPage => format!("https://{domain}/vibe/{code}"),
    }
}

/// The picture of a site's main page.
pub(super) fn preview(site: &Site) -> &'static str {
    if site.index_page.is_some() {
        "/preview.jpg"
    } else {
        super::NO_PREVIEW
    }
}

/// How many sites of this type's scope there are outside the trash.
pub(super) fn existing(state: &State, kind: SiteType) -> usize {
    state
        .sites
        .values()
        .filter(|site| !site.deleted && site.kind.shares_scope(kind))
        .count()
}

/// A code that no other site of the domain has: the given one, or one made from the title.
fn free_code(state: &State, id: i64, given: &str) -> String {
    let Some(site) = state.sites.get(&id) else {
        return given.to_owned();
    };
    let mut code = if given.trim().is_empty() {
        code::from_title(&site.title)
    } else {
        given.to_owned()
    };
    if code.is_empty() {
        "site".clone_into(&mut code);
    }
    if code.bytes().all(|byte| byte.is_ascii_digit()) {
        code.insert_str(0, "site");
    }
    let taken = |code: &str| {
        (state.sites.values())
            .any(|other| other.id != id && other.domain_id == site.domain_id && other.code == code)
    };
    code::first_free(&code, |n| format!("{code}{n}"), taken)
}

/// The domain that a site is to get.
enum Domain {
    /// One that is there.
    Known(i64),
    /// A name that is not in use.
    New(String),
}

impl Domain {
    /// What `DOMAIN_ID` asks for; `None` if it asks for nothing.
    fn of(state: &State, kind: SiteType, asked: &Value, site: Option<i64>) -> Result<Option<Self>, Refusal> {
        if asked.is_nothing() || !kind.is_standard() {
            return Ok(None);
        }
        if let Some(id) = asked.as_int() {
            return match state.domains.contains_key(&id) {
                true => Ok(Some(Self::Known(id))),
                false => refused("DOMAIN_NOT_FOUND", "There is no such domain"),
            };
        }
        let name = asked.to_text().unwrap_or_default().to_lowercase();
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !name.chars().all(allowed) || !name.contains('.') || name.split('.').any(str::is_empty) {
            return refused(
                "DOMAIN_IS_INCORRECT",
                "A domain has the characters a-z, 0-9, - and . only",
            );
        }
        if name.contains("bitrix") {
            return refused("DOMAIN_DISABLE", "A domain must not have the vendor's name in it");
        }
        if let Some((id, _)) = state.domains.iter().find(|(_, known)| **known == name) {
            let holders = || {
                state
                    .sites
                    .values()
                    .filter(|holder| holder.domain_id == *id && Some(holder.id) != site)
            };
            return match holders().next() {
                Some(holder) if holder.deleted => {
                    refused("DOMAIN_EXIST_TRASH", "A site in the trash has this domain")
                }
                None if *id != OWN_DOMAIN => Ok(Some(Self::Known(*id))),
                _ => refused("DOMAIN_EXIST", "This domain is taken"),
            };
        }
        match &state.account.domain_service {
            DomainService::Well => Ok(Some(Self::New(name))),
            DomainService::BadResponse => refused(
                "CONTROLLER_ERROR_BADRESPONSE",
                "The domain service answered something strange",
            ),
            DomainService::BadLicence => refused(
                "CONTROLLER_ERROR_BADLICENSE",
                "The domain service does not accept the licence",
            ),
            DomainService::Error(code) => {
                refused(format!("CONTROLLER_ERROR_{code}"), "The domain service refused")
            }
        }
    }

    fn assign(self, state: &mut State, site: i64) {
        let domain_id = match self {
            Self::Known(id) => id,
            Self::New(name) => state.add_domain(name),
        };
        state.site_mut(site).domain_id = domain_id;
    }
}
