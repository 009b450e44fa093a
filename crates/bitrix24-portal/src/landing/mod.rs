//! The methods of the scope `landing` that the portal knows the behaviour of: functions from the state and a
//! request to an answer.

mod code;
mod folder;
mod page;
mod publication;
mod query;
mod site;

use std::collections::BTreeMap;

use crate::answer::{Answer, Refusal, refused};
use crate::state::{Folder, Page, Rights, Site, SiteType, State};
use crate::value::Value;

/// Runs a method, named in lower case; `None` if it has no behaviour of its own.
pub(crate) fn run(state: &mut State, method: &str, params: &Value) -> Option<Answer> {
    let call = Call {
        scope: Scope::of(params),
        params,
    };
    Some(match method {
        "landing.site.add" => site::add(state, &call),
        "landing.site.update" => site::update(state, &call),
        "landing.site.getlist" => site::get_list(state, &call),
        "landing.site.delete" => site::delete(state, &call),
        "landing.site.markdelete" => site::mark_deleted(state, &call),
        "landing.site.markundelete" => site::mark_undeleted(state, &call),
        "landing.site.getpublicurl" => site::get_public_url(state, &call),
        "landing.site.getpreview" => site::get_preview(state, &call),
        "landing.site.getadditionalfields" => site::get_additional_fields(state, &call),
        "landing.site.getrights" => site::get_rights(state, &call),

        "landing.site.addfolder" => folder::add(state, &call),
        "landing.site.updatefolder" => folder::update(state, &call),
        "landing.site.getfolders" => folder::get_list(state, &call),
        "landing.site.markfolderdelete" => folder::mark_deleted(state, &call),
        "landing.site.markfolderundelete" => folder::mark_undeleted(state, &call),

        "landing.landing.add" => page::add(state, &call),
        "landing.landing.update" => page::update(state, &call),
        "landing.landing.getlist" => page::get_list(state, &call),
        "landing.landing.delete" => page::delete(state, &call),
        "landing.landing.markdelete" => page::mark_deleted(state, &call),
        "landing.landing.markundelete" => page::mark_undeleted(state, &call),
        "landing.landing.copy" => page::copy(state, &call),
        "landing.landing.move" => page::relocate(state, &call),
        "landing.landing.getpublicurl" => page::get_public_url(state, &call),
        "landing.landing.getpreview" => page::get_preview(state, &call),
        "landing.landing.getadditionalfields" => page::get_additional_fields(state, &call),
        "landing.landing.resolveidbypublicurl" => page::resolve_id(state, &call),

        "landing.site.publication" => publication::publish_site(state, &call),
        "landing.site.unpublic" => publication::unpublish_site(state, &call),
        "landing.site.publicationfolder" => publication::publish_folder(state, &call),
        "landing.site.unpublicfolder" => publication::unpublish_folder(state, &call),
        "landing.landing.publication" => publication::publish_page(state, &call),
        "landing.landing.unpublic" => publication::unpublish_page(state, &call),
        _ => return None,
    })
}

/// Whether the user has the rights that a method's page names, as far as the portal knows them.
pub(crate) fn may(state: &State, named: &str) -> bool {
    let rights = state.user.rights;
    named.split(',').map(str::trim).all(|right| match right {
        "create" => rights.create,
        "view" | "read" => rights.view,
        "edit" => rights.edit,
        "publication" | "publishing" => rights.publication,
        "delete" => rights.delete,
        "export" => rights.export,
        "full access" => rights == Rights::ALL,
        right if right.contains("settings") => rights.settings,
        _ => true,
    })
}

/// One call: its parameters, which have been checked against the spec, and the scope they put it in.
struct Call<'a> {
    scope: Scope,
    params: &'a Value,
}

/// Which sites a call sees. `PAGE`, `STORE` and `SMN` are seen without a `scope`, the other types only with
/// theirs. What is no scope is as good as none.
#[derive(Clone, Copy)]
struct Scope(Option<SiteType>);

impl Scope {
    fn of(params: &Value) -> Self {
        let name = params
            .get("scope")
            .to_text()
            .unwrap_or_default()
            .to_ascii_uppercase();
        Self(SiteType::parse(&name).filter(|kind| !kind.is_standard()))
    }

    fn sees(self, kind: SiteType) -> bool {
        match self.0 {
            Some(own) => own == kind,
            None => kind.is_standard(),
        }
    }

    /// The types that are seen.
    fn types(self) -> impl Iterator<Item = SiteType> {
        SiteType::ALL.into_iter().filter(move |kind| self.sees(*kind))
    }
}

impl Call<'_> {
    fn int(&self, name: &str) -> i64 {
        // The check has made sure that it is one; nothing has the identifier 0.
        self.params.get(name).as_int().unwrap_or(0)
    }

    /// The site of this identifier, in the trash or not, if the call sees it and the user may do this with it.
    fn site<'a>(&self, state: &'a State, id: i64, may: fn(Rights) -> bool) -> Option<&'a Site> {
        (state.sites.get(&id)).filter(|site| self.scope.sees(site.kind) && may(state.rights(site)))
    }

    /// The same, or a refusal with `ACCESS_DENIED`: the portal does not tell what is not there from what is
    /// not for everybody.
    fn allowed_site<'a>(
        &self,
        state: &'a State,
        id: i64,
        may: fn(Rights) -> bool,
    ) -> Result<&'a Site, Refusal> {
        let site = self.site(state, id, may);
        site.map_or_else(
            || {
                refused(
                    "ACCESS_DENIED",
                    "There is no such site, or it is not yours to change",
                )
            },
            Ok,
        )
    }

    /// The page of this identifier, unless it or its site is in the trash.
    fn page<'a>(&self, state: &'a State, id: i64, may: fn(Rights) -> bool) -> Result<&'a Page, Refusal> {
        let page = state.pages.get(&id).filter(|page| !page.deleted);
        let page = page.filter(|page| {
            self.site(state, page.site_id, may)
                .is_some_and(|site| !site.deleted)
        });
        page.map_or_else(|| refused("LANDING_NOT_EXIST", "There is no such page"), Ok)
    }

    /// The folder of this identifier.
    fn folder<'a>(&self, state: &'a State, id: i64, may: fn(Rights) -> bool) -> Result<&'a Folder, Refusal> {
        let folder = state.folders.get(&id);
        let folder = folder.filter(|folder| self.site(state, folder.site_id, may).is_some());
        folder.map_or_else(
            || {
                refused(
                    "ACCESS_DENIED",
                    "There is no such folder, or it is not yours to change",
                )
            },
            Ok,
        )
    }
}

/// The picture of a page that has none.
const NO_PREVIEW: &str = "/bitrix/images/landing/nopreview.jpg";

/// `Y` or `N`.
fn flag(value: bool) -> &'static str {
    if value { "Y" } else { "N" }
}

/// The field of an object as text, if it was sent.
fn text(fields: &Value, name: &str) -> Option<String> {
    fields.find(name).and_then(Value::to_text)
}

/// Keeps what `ADDITIONAL_FIELDS` of an object holds.
fn put_additional_fields(kept: &mut BTreeMap<String, serde_json::Value>, fields: &Value) {
    if let Value::Map(sent) = fields.get("ADDITIONAL_FIELDS") {
        kept.extend(
            sent.iter()
                .map(|(code, value)| (code.clone(), value.clone().into())),
        );
    }
}

/// Whether additional fields put HTML of the customer's own into the head of pages.
fn has_head_code(fields: &BTreeMap<String, serde_json::Value>) -> bool {
    let text = |code: &str| {
        fields
            .get(code)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
    };
    text("HEADBLOCK_USE") == "Y" && !text("HEADBLOCK_CODE").is_empty()
}

/// Additional fields as they are read: those that hold something.
fn show_additional_fields(fields: &BTreeMap<String, serde_json::Value>) -> Value {
    let fields = fields
        .iter()
        .map(|(code, value)| (code.clone(), Value::from(value.clone())));
    Value::php_array(
        fields
            .filter(|(_, value)| *value != "".into() && !value.is_null())
            .collect(),
    )
}
