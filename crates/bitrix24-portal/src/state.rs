//! What the portal knows: the customer's account and plan, the user behind the webhook, sites, folders and pages.
//!
//! Everything is plain data. A test puts the portal into the state it wants to see and calls a method; every
//! documented refusal comes from the state that means it (see [`State`]).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The state of a portal.
///
/// Which state causes which refusal of `landing.site.publication`:
///
/// | Code | State |
/// |---|---|
/// | `ACCESS_DENIED` (400) | [`Rights::publication`] is missing, the site does not exist or is in the trash, or `scope` does not fit its type |
/// | `PHONE_NOT_CONFIRMED` | [`Account::phone_confirmed`] |
/// | `EMAIL_NOT_CONFIRMED` | [`Account::email_confirmed`] |
/// | `LICENSE_EXPIRED` | [`Account::licence_expired`] |
/// | `PUBLIC_SITE_REACHED` | [`Plan::published_sites`] |
/// | `PUBLIC_SITE_REACHED_FREE` | [`Account::publishing_needs_paid_plan`] on a [`Plan::tier`] that is not paid |
/// | `PUBLIC_PAGE_REACHED` | [`Plan::published_pages`] |
/// | `URLCHECKER_FAIL` | [`Page::malicious`] |
/// | `LANDING_PAYMENT_FAILED` | [`Page::from_app`] without [`Account::market_subscription`] |
/// | `LANDING_PAYMENT_FAILED_BLOCK` | [`Block::from_app`] without [`Account::market_subscription`] |
/// | `PUBLIC_HTML_DISALLOWED[S1]`, `[L2]` | [`Site::custom_html`], [`Page::custom_html`] or [`Block::custom_html`] on a plan without [`Plan::custom_html`] |
/// | `SYSTEM_ERROR` | [`Health::ModuleFails`] |
///
/// (`MISSING_PARAMS` and `TYPE_ERROR` come from the request.) And which causes which system error:
///
/// | Code | State |
/// |---|---|
/// | `PORTAL_DELETED` (500) | [`Account::closed`] |
/// | `INVALID_REQUEST` (400) | [`Account::https_only`] |
/// | `OVERLOAD_LIMIT` (503) | [`Account::blocked_for_overload`] |
/// | `QUERY_LIMIT_EXCEEDED` (503) | the request counter, see [`Limits`](crate::Limits) |
/// | `NO_AUTH_FOUND` (401) | [`Credential::deleted`], or a code or token that the portal never gave out |
/// | `expired_token` (401) | [`Credential::expires_at`] |
/// | `INVALID_CREDENTIALS` (403) | [`User::may_use_rest`] |
/// | `user_access_error` (403) | [`User::may_use_app`] |
/// | `insufficient_scope` (403) | [`Credential::scopes`] |
/// | `ACCESS_DENIED` (403) | [`Tier::Free`] |
/// | `ERROR_MANIFEST_IS_NOT_AVAILABLE` (404) | [`Account::manifest_available`] |
/// | `INTERNAL_SERVER_ERROR` (500) | [`Health::ServerFails`] |
/// | `ERROR_UNEXPECTED_ANSWER` (500) | [`Health::AnswersNonsense`] |
/// | `ERROR_BATCH_METHOD_NOT_ALLOWED` (405), `ERROR_BATCH_LENGTH_EXCEEDED` (400) | the batch, see [`Account::batch_refusals`] |
/// | `OPERATION_TIME_LIMIT` (429) | the operating time, see [`Limits`](crate::Limits) |
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct State {
    /// What the vendor has decided about this customer, and what works.
    pub account: Account,
    /// What the customer pays for.
    pub plan: Plan,
    /// Who the webhook and the tokens act for.
    pub user: User,
    /// The webhook of [`Portal::webhook_url`](crate::Portal::webhook_url).
    pub webhook: Credential,
    /// Access tokens, for calls with `auth` or with `Authorization: Bearer`.
    pub tokens: BTreeMap<String, Credential>,
    /// Sites, stores and knowledge bases, by identifier.
    pub sites: BTreeMap<i64, Site>,
    /// Folders of sites, by identifier.
    pub folders: BTreeMap<i64, Folder>,
    /// Pages, by identifier.
    pub pages: BTreeMap<i64, Page>,
    /// Files, by identifier.
    pub files: BTreeMap<i64, File>,
    /// Domain names, by identifier. The first is the portal's own, where knowledge bases live.
    pub domains: BTreeMap<i64, String>,
    pub(crate) now: Duration,
    last_id: i64,
}

/// What the vendor has decided about this customer, and what works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The public part is closed: every call ends in `PORTAL_DELETED`.
    pub closed: bool,
    /// Calls over plain HTTP are refused, as in the cloud. The portal itself speaks plain HTTP only; a proxy
    /// before it may say `X-Forwarded-Proto: https`.
    pub https_only: bool,
    /// The vendor has blocked the REST API of this portal by hand.
    pub blocked_for_overload: bool,
    /// Whether the manifest that calls depend on is there.
    pub manifest_available: bool,
    /// Whether the owner has confirmed a phone number.
    pub phone_confirmed: bool,
    /// Whether the owner has confirmed an e-mail address.
    pub email_confirmed: bool,
    /// The licence of the product is over.
    pub licence_expired: bool,
    /// Publishing sites is, for now, only for paid plans.
    pub publishing_needs_paid_plan: bool,
    /// The subscription to the vendor's market, needed to publish what comes from an application there.
    pub market_subscription: bool,
    /// What is broken.
    pub health: Health,
    /// The service that registers domain names.
    pub domain_service: DomainService,
    /// How a batch that may not run is refused.
    pub batch_refusals: BatchRefusals,
    /// The portal's time zone: minutes east of UTC.
    pub utc_offset_minutes: i32,
}

/// What is broken in a portal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// Nothing.
    #[default]
    Well,
    /// The module that runs the method: its methods end in `SYSTEM_ERROR` where their page lists it, else in
    /// `INTERNAL_SERVER_ERROR`.
    ModuleFails,
    /// The server: `INTERNAL_SERVER_ERROR`. The method did not run.
    ServerFails,
    /// The server, after the method ran: `ERROR_UNEXPECTED_ANSWER`.
    AnswersNonsense,
}

/// How the service that registers domain names answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DomainService {
    /// As it should.
    #[default]
    Well,
    /// In a way that nobody understands: `CONTROLLER_ERROR_BADRESPONSE`.
    BadResponse,
    /// That the licence is over or its key wrong: `CONTROLLER_ERROR_BADLICENSE`.
    BadLicence,
    /// With this code of its own: `CONTROLLER_ERROR_<code>`.
    Error(String),
}

/// How a batch that may not run is refused. The documentation says both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchRefusals {
    /// Under status 200, in `result_error` of each command that may not run; the others run.
    #[default]
    PerCommand,
    /// As a whole, under the status of the table of system errors; nothing runs.
    AsStatus,
}

/// What the customer pays for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// Free, on trial, or paid.
    pub tier: Tier,
    /// How many sites may exist outside the trash, counted for each scope of its own (`PAGE`, `STORE` and `SMN`
    /// together, `KNOWLEDGE`, `GROUP`, `MAINPAGE`); no limit if `None`.
    pub sites: Option<usize>,
    /// How many sites may be published, counted in the same way.
    pub published_sites: Option<usize>,
    /// How many pages may be published.
    pub published_pages: Option<usize>,
    /// Whether published sites may hold HTML of the customer's own.
    pub custom_html: bool,
}

/// The kind of a [`Plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tier {
    /// The REST API is not part of it.
    Free,
    /// A trial of a paid plan: with the REST API, but not paid.
    Trial,
    /// Paid.
    Commercial,
}

/// A user, and what they may do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct User {
    /// The number in the webhook's address.
    pub id: i64,
    /// Whether this is an administrator.
    pub admin: bool,
    /// Whether the user may use the REST API at all.
    pub may_use_rest: bool,
    /// Whether the administrator lets this user use the application.
    pub may_use_app: bool,
    /// What the user may do with sites that say nothing else ([`Site::rights`]).
    pub rights: Rights,
}

/// What a user may do with sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rights {
    /// Create sites.
    pub create: bool,
    /// See sites and pages.
    pub view: bool,
    /// Add and change pages and folders.
    pub edit: bool,
    /// Change the settings of sites and pages.
    pub settings: bool,
    /// Publish, and take back what was published.
    pub publication: bool,
    /// Delete.
    pub delete: bool,
    /// Export.
    pub export: bool,
}

impl Rights {
    /// Every right.
    pub const ALL: Self = Self::every(true);
    /// No right.
    pub const NONE: Self = Self::every(false);

    const fn every(given: bool) -> Self {
        Self {
            create: given,
            view: given,
            edit: given,
            settings: given,
            publication: given,
            delete: given,
            export: given,
        }
    }
}

/// What a webhook or a token may be used for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The permissions it was given.
    pub scopes: Scopes,
    /// From when on it is refused with `expired_token`, as time since 1970. Webhooks of real portals do not
    /// expire; this one can, so that a client with nothing but a webhook can be shown the error.
    pub expires_at: Option<Duration>,
    /// It was deleted.
    pub deleted: bool,
}

impl Default for Credential {
    fn default() -> Self {
        Self {
            scopes: Scopes::All,
            expires_at: None,
            deleted: false,
        }
    }
}

/// Permissions of a [`Credential`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scopes {
    /// All there are.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Scopes {
    /// These scopes.
    pub fn only(scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Only(scopes.into_iter().map(Into::into).collect())
    }

    pub(crate) fn include(&self, scope: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.contains(scope),
        }
    }
}

/// What kind of site a [`Site`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SiteType {
    /// `PAGE`, a site.
    Page,
    /// `STORE`, a shop.
    Store,
    /// `SMN`, a site of the on-premise product.
    Smn,
    /// `KNOWLEDGE`, a knowledge base.
    Knowledge,
    /// `GROUP`, the knowledge base of a workgroup.
    Group,
    /// `MAINPAGE`, the main page, also called vibe.
    MainPage,
}

impl SiteType {
    pub(crate) const ALL: [Self; 6] = [
        Self::Page,
        Self::Store,
        Self::Smn,
        Self::Knowledge,
        Self::Group,
        Self::MainPage,
    ];

    /// As it goes over the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "PAGE",
            Self::Store => "STORE",
            Self::Smn => "SMN",
            Self::Knowledge => "KNOWLEDGE",
            Self::Group => "GROUP",
            Self::MainPage => "MAINPAGE",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A site, a store or a knowledge base.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// Its identifier.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its code, unique in its domain.
    pub code: String,
    /// What it is.
    pub kind: SiteType,
    /// The domain it is published at, see [`State::domains`].
    pub domain_id: i64,
    /// A description.
    pub description: String,
    /// The identifier that another system has given it.
    pub xml_id: String,
    /// Published.
    pub active: bool,
    /// In the trash.
    pub deleted: bool,
    /// Protected from deletion.
    pub locked: bool,
    /// Its domain comes from a provider, which keeps it from being deleted.
    pub domain_provider: bool,
    /// HTML of the customer's own, apart from what the additional fields `HEADBLOCK_*` say.
    pub custom_html: bool,
    /// Additional fields, by code.
    pub additional_fields: BTreeMap<String, serde_json::Value>,
    /// The main page.
    pub index_page: Option<i64>,
    /// The page that is shown for what is not there.
    pub page_404: Option<i64>,
    /// The page that is shown while the site is closed.
    pub page_503: Option<i64>,
    /// What the user may do with this site, if not what [`User::rights`] says.
    pub rights: Option<Rights>,
    pub(crate) stamp: Stamp,
}

/// A folder of a site.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Folder {
    /// Its identifier.
    pub id: i64,
    /// The site.
    pub site_id: i64,
    /// The folder it is in.
    pub parent_id: Option<i64>,
    /// Its title.
    pub title: String,
    /// Its code, unique in its parent.
    pub code: String,
    /// Published.
    pub active: bool,
    /// In the trash.
    pub deleted: bool,
    /// Its index page.
    pub index_page: Option<i64>,
    pub(crate) stamp: Stamp,
}

/// A page of a site.
///
/// A page is **active** if it is meant to be seen, and **public** if it can be: publishing its site makes the
/// active pages public and leaves the others alone, taking the site back takes all its pages back and leaves
/// them active. Publishing the page itself makes it both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// Its identifier.
    pub id: i64,
    /// The site.
    pub site_id: i64,
    /// The folder it is in.
    pub folder_id: Option<i64>,
    /// Its title.
    pub title: String,
    /// Its code, unique in its folder.
    pub code: String,
    /// A description.
    pub description: String,
    /// The identifier that another system has given it.
    pub xml_id: String,
    /// Meant to be seen; new pages are not.
    pub active: bool,
    /// Published.
    pub public: bool,
    /// In the trash.
    pub deleted: bool,
    /// Protected from deletion.
    pub locked: bool,
    /// In the site map.
    pub sitemap: bool,
    /// A folder in the guise of a page.
    pub folder: bool,
    /// An area that the site's template includes in other pages.
    pub area: bool,
    /// The address check finds malicious content on it.
    pub malicious: bool,
    /// The application it came from.
    pub from_app: Option<String>,
    /// HTML of the customer's own, apart from what the additional fields `HEADBLOCK_*` say.
    pub custom_html: bool,
    /// Its blocks.
    pub blocks: Vec<Block>,
    /// Its view template.
    pub template: Option<i64>,
    /// Additional fields, by code.
    pub additional_fields: BTreeMap<String, serde_json::Value>,
    /// When it was last published, as time since 1970.
    pub published_at: Option<Duration>,
    pub(crate) stamp: Stamp,
}

/// A block of a page: what matters of it for publication.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Block {
    /// The application it came from.
    pub from_app: Option<String>,
    /// It holds HTML of the customer's own.
    pub custom_html: bool,
}

impl Block {
    /// A block of the vendor's.
    pub fn new() -> Self {
        Self::default()
    }

    /// A block from this application.
    pub fn from_app(code: impl Into<String>) -> Self {
        Self {
            from_app: Some(code.into()),
            ..Self::default()
        }
    }

    /// A block with HTML of the customer's own.
    pub fn with_custom_html() -> Self {
        Self {
            custom_html: true,
            ..Self::default()
        }
    }
}

/// Who made something and changed it, and when.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(crate) created_by: i64,
    pub(crate) created: Duration,
    pub(crate) modified_by: i64,
    pub(crate) modified: Duration,
}

/// A file on the portal's disk. `disk.file.get` says where it can be downloaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct File {
    /// Its name.
    pub name: String,
    /// The folder or the storage that it was uploaded to.
    pub folder_id: i64,
    /// What is in it.
    pub content: Vec<u8>,
    pub(crate) created: Duration,
}

impl State {
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            account: Account {
                closed: false,
                https_only: false,
                blocked_for_overload: false,
                manifest_available: true,
                phone_confirmed: true,
                email_confirmed: true,
                licence_expired: false,
                publishing_needs_paid_plan: false,
                market_subscription: true,
                health: Health::Well,
                domain_service: DomainService::Well,
                batch_refusals: BatchRefusals::PerCommand,
                utc_offset_minutes: 0,
            },
            plan: Plan {
                tier: Tier::Commercial,
                sites: None,
                published_sites: None,
                published_pages: None,
                custom_html: true,
            },
            user: User {
                id: 1,
                admin: true,
                may_use_rest: true,
                may_use_app: true,
                rights: Rights::ALL,
            },
            webhook: Credential::default(),
            tokens: BTreeMap::new(),
            sites: BTreeMap::new(),
            folders: BTreeMap::new(),
            pages: BTreeMap::new(),
            domains: BTreeMap::from([(1, "portal.example".to_owned())]),
            now,
            files: BTreeMap::new(),
            last_id: 1,
        }
    }

    /// Adds an ordinary site as `landing.site.add` does: not published.
    pub fn add_site(&mut self, title: &str) -> i64 {
        self.add_site_of(SiteType::Page, title)
    }

    /// Adds a site of this type.
    pub fn add_site_of(&mut self, kind: SiteType, title: &str) -> i64 {
        let id = self.next_id();
        let domain_id = if kind.is_standard() {
            self.add_domain(format!("b24-{id}.example"))
        } else {
            OWN_DOMAIN
        };
        let site = Site {
            id,
            title: title.to_owned(),
            code: format!("site{id}"),
            kind,
            domain_id,
            description: String::new(),
            xml_id: String::new(),
            active: false,
            deleted: false,
            locked: false,
            domain_provider: false,
            custom_html: false,
            additional_fields: BTreeMap::new(),
            index_page: None,
            page_404: None,
            page_503: None,
            rights: None,
            stamp: self.stamp(),
        };
        self.sites.insert(id, site);
        id
    }

    /// Adds a page to a site as `landing.landing.add` does: not active, not published.
    pub fn add_page(&mut self, site_id: i64, title: &str) -> i64 {
        let id = self.next_id();
        let page = Page {
            id,
            site_id,
            folder_id: None,
            title: title.to_owned(),
            code: format!("page{id}"),
            description: String::new(),
            xml_id: String::new(),
            active: false,
            public: false,
            deleted: false,
            locked: false,
            sitemap: false,
            folder: false,
            area: false,
            malicious: false,
            from_app: None,
            custom_html: false,
            blocks: Vec::new(),
            template: None,
            additional_fields: BTreeMap::new(),
            published_at: None,
            stamp: self.stamp(),
        };
        self.pages.insert(id, page);
        id
    }

    /// Adds a page that is active: meant to be seen, as soon as its site is published.
    pub fn add_active_page(&mut self, site_id: i64, title: &str) -> i64 {
        let id = self.add_page(site_id, title);
        self.page_mut(id).active = true;
        id
    }

    /// Adds a folder to a site as `landing.site.addFolder` does: not active.
    pub fn add_folder(&mut self, site_id: i64, title: &str) -> i64 {
        let id = self.next_id();
        let folder = Folder {
            id,
            site_id,
            parent_id: None,
            title: title.to_owned(),
            code: format!("folder{id}"),
            active: false,
            deleted: false,
            index_page: None,
            stamp: self.stamp(),
        };
        self.folders.insert(id, folder);
        id
    }

    /// Adds a domain name.
    pub fn add_domain(&mut self, name: impl Into<String>) -> i64 {
        let id = self.next_id();
        self.domains.insert(id, name.into());
        id
    }

    /// The site of this identifier.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn site_mut(&mut self, id: i64) -> &mut Site {
        self.sites
            .get_mut(&id)
            .unwrap_or_else(|| panic!("the portal has no site {id}"))
    }

    /// The folder of this identifier.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn folder_mut(&mut self, id: i64) -> &mut Folder {
        self.folders
            .get_mut(&id)
            .unwrap_or_else(|| panic!("the portal has no folder {id}"))
    }

    /// The page of this identifier.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn page_mut(&mut self, id: i64) -> &mut Page {
        self.pages
            .get_mut(&id)
            .unwrap_or_else(|| panic!("the portal has no page {id}"))
    }

    /// What the user may do with a site.
    pub(crate) fn rights(&self, site: &Site) -> Rights {
        site.rights.unwrap_or(self.user.rights)
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            created_by: self.user.id,
            created: self.now,
            modified_by: self.user.id,
            modified: self.now,
        }
    }

    /// No identifier is ever given twice, not even to things of different kinds: a mix-up shows.
    /// Adds a file, in any folder.
    pub fn add_file(&mut self, folder_id: i64, name: impl Into<String>, content: impl Into<Vec<u8>>) -> i64 {
        let id = self.next_id();
        let file = File {
            name: name.into(),
            folder_id,
            content: content.into(),
            created: self.now,
        };
        self.files.insert(id, file);
        id
    }

    fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }
}

/// The portal's own domain in [`State::domains`].
pub(crate) const OWN_DOMAIN: i64 = 1;

impl SiteType {
    /// Whether calls without a `scope` see it.
    pub(crate) fn is_standard(self) -> bool {
        matches!(self, Self::Page | Self::Store | Self::Smn)
    }

    /// Whether calls that see the one see the other.
    pub(crate) fn shares_scope(self, other: Self) -> bool {
        self == other || (self.is_standard() && other.is_standard())
    }
}

impl Page {
    /// Puts it into the trash, where nothing is published.
    pub(crate) fn trash(&mut self) {
        self.deleted = true;
        self.active = false;
        self.public = false;
    }
}

impl Stamp {
    pub(crate) fn touch(&mut self, user: i64, now: Duration) {
        self.modified_by = user;
        self.modified = now;
    }
}
