//! Where a portal is, and how a webhook URL is read: into an address without secrets and a code that is one.
//!
//! Nothing here repeats what it was given: a text that is not quite a webhook URL may still hold the code.

use std::fmt;

use secrecy::SecretString;
use url::{Host, Url};

use crate::error::Error;

/// The address of a portal: scheme, host, port and, for some self-hosted portals, a folder. Holds no secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Without credentials, query and fragment; the path is the folder and ends with a slash.
    url: Url,
}

impl Address {
    /// The address at this URL, the path of which is the folder.
    pub(crate) fn of(mut url: Url) -> Self {
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Self { url }
    }

    /// The address that a user gives for a portal, `acme.bitrix24.com`; may come from anywhere.
    pub(crate) fn of_portal(text: &str) -> Result<Self, Error> {
        let no_portal = |why| {
            Err(Error::config(format!(
                "this is not the address of a portal, `acme.bitrix24.com`: {why}"
            )))
        };
        let text = text.trim();
        let text = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let url = match parse_url(&text) {
            Ok(url) => url,
            Err(_) => return no_portal("no host can be read from it"),
        };
        if !is_safe(&url, false) {
            return no_portal("it does not start with `https://`");
        }
        if !is_plain(&url) {
            return no_portal("there is more in it than host, port and folder");
        }
        Ok(Self::of(url))
    }

    /// The portal of a REST endpoint, `https://acme.bitrix24.com/rest/`.
    pub(crate) fn of_endpoint(text: &str, allow_http: bool) -> Option<Self> {
        let mut url = parse_url(text).ok()?;
        let folder = url.path().trim_end_matches('/').strip_suffix("/rest")?.to_owned();
        if !is_safe(&url, allow_http) || !is_plain(&url) {
            return None;
        }
        url.set_path(&format!("{folder}/"));
        Some(Self::of(url))
    }

    /// The host's name or IP address.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The port, if it is not the usual one of the scheme.
    pub fn port(&self) -> Option<u16> {
        self.url.port()
    }

    /// Whether this is a portal in the vendor's cloud: `name.bitrix24.com`, or another of its zones.
    pub fn is_cloud(&self) -> bool {
        is_cloud_host(self.host())
    }

    /// Whether the way to this portal is encrypted.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the portal runs on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// The URL of something below this address, `rest/profile`.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", self.url.path()));
        url
    }

    /// This portal at the host and port of `url`, where a redirect led.
    pub(crate) fn at(&self, url: &Url) -> Self {
        let mut moved = url.clone();
        moved.set_path(self.url.path());
        moved.set_query(None);
        moved.set_fragment(None);
        Self { url: moved }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// An inbound webhook: a portal, the user it acts as, and the code that lets it.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) address: Address,
    pub(crate) user: u64,
    pub(crate) code: SecretString,
}

/// What is wrong with a webhook URL, in one sentence that does not quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("the webhook URL is empty")]
    Empty,
    #[error("the webhook URL has white space or control characters in it: remove them")]
    Space,
    #[error("the webhook URL does not start with `https://`")]
    Scheme,
    #[error("the webhook URL has no valid host after `https://`")]
    Host,
    #[error("the webhook URL starts with `http://`, but portals in the cloud answer only to `https://`")]
    CloudOverHttp,
    #[error(
        "the webhook URL starts with `http://`, which would send its code in clear text: write `https://`, \
         or allow http for a portal in your own network with `Client::builder().allow_http(true)`"
    )]
    ClearText,
    #[error("the webhook URL has a user name or a password before its host: only the code belongs into it")]
    Credentials,
    #[error(
        "the webhook URL is a call with an OAuth token (`auth=`), not a webhook: those hold user and code in the path"
    )]
    Token,
    #[error("the webhook URL goes on after its path: leave out everything from the `?` or `#` on")]
    Query,
    #[error(
        "the webhook URL is only the address of a portal: a webhook looks like `https://portal/rest/1/code/`, \
         and the portal shows it under Developer resources"
    )]
    OnlyPortal,
    #[error(
        "the webhook URL is another page of the portal: a webhook has `/rest/` in its path, \
         `https://portal/rest/1/code/`"
    )]
    NoRest,
    #[error("the webhook URL ends after `/rest/`: the user's number and the code are missing")]
    EndsEarly,
    #[error("the webhook URL has no user's number between `/rest/` and the code")]
    NoUser,
    #[error("the webhook URL has an empty code after the user's number")]
    NoCode,
    #[error(
        "the webhook URL has a code with characters that codes never have: it is a placeholder or damaged"
    )]
    BadCode,
    #[error(
        "the webhook URL goes on after the code: it ends with the code, a slash, and at most a method's name"
    )]
    TooLong,
}

impl Webhook {
    /// Reads `https://portal/rest/1/code/`; a method's name at the end, as the portal's own examples have it, is
    /// left out. `allow_http` lets `http://` through to hosts that are not this machine.
    pub(crate) fn parse(text: &str, allow_http: bool) -> Result<Self, Mistake> {
        let url = parse_url(text)?;
        check_scheme(&url, allow_http)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Mistake::Credentials);
        }
        if url.query_pairs().any(|(name, _)| name == "auth") {
            return Err(Mistake::Token);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Mistake::Query);
        }
        let (folder, user, code) = parse_path(url.path())?;
        let mut address = url.clone();
        address.set_path(&folder);
        Ok(Self {
            address: Address { url: address },
            user,
            code: SecretString::from(code),
        })
    }
}

fn parse_url(text: &str) -> Result<Url, Mistake> {
    if text.is_empty() {
        return Err(Mistake::Empty);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Mistake::Space);
    }
    // `Url` forgives `https:/host`, `https:///host` and backslashes; each of these is a typing error here.
    let (scheme, rest) = text.split_once("://").ok_or(Mistake::Scheme)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(Mistake::Scheme);
    }
    if rest.is_empty() || rest.starts_with(['/', '?', '#']) || rest.contains('\\') {
        return Err(Mistake::Host);
    }
    Url::parse(text).map_err(|_| Mistake::Host)
}

fn check_scheme(url: &Url, allow_http: bool) -> Result<(), Mistake> {
    if url.scheme() == "https" || is_loopback(url) {
        Ok(())
    } else if url.host_str().is_some_and(is_cloud_host) {
        Err(Mistake::CloudOverHttp)
    } else if allow_http {
        Ok(())
    } else {
        Err(Mistake::ClearText)
    }
}

/// Whether nobody on the way can read along.
fn is_safe(url: &Url, allow_http: bool) -> bool {
    check_scheme(url, allow_http).is_ok()
}

/// Whether there is nothing in a URL but scheme, host, port and path.
fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none()
}

/// `/folder/rest/1/code/method` → (`/folder/`, 1, `code`).
fn parse_path(path: &str) -> Result<(String, u64, String), Mistake> {
    let steps: Vec<&str> = path.split('/').collect();
    let Some(rest) = steps.iter().position(|step| *step == "rest") else {
        return Err(if steps.iter().all(|step| step.is_empty()) {
            Mistake::OnlyPortal
        } else {
            Mistake::NoRest
        });
    };
    let mut folder = String::from("/");
    for step in steps[..rest].iter().filter(|step| !step.is_empty()) {
        folder.push_str(step);
        folder.push('/');
    }

    let mut after = &steps[rest + 1..];
    if after.first() == Some(&"api") {
        after = &after[1..]; // the form for REST 3.0; the client makes either form itself
    }
    if after.iter().all(|step| step.is_empty()) {
        return Err(Mistake::EndsEarly);
    }
    let user = match after[0].parse::<u64>() {
        Ok(user) if user > 0 && after[0].bytes().all(|b| b.is_ascii_digit()) => user,
        _ => return Err(Mistake::NoUser),
    };
    let code = after.get(1).copied().unwrap_or_default();
    if code.is_empty() || is_method_like(code) {
        return Err(Mistake::NoCode);
    }
    if !code
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    {
        return Err(Mistake::BadCode);
    }
    match after[2..] {
        [] | [_] | [_, ""] => Ok((folder, user, code.to_owned())),
        _ => Err(Mistake::TooLong),
    }
}

/// Codes have no dots; `profile.json` and `crm.deal.list` have.
fn is_method_like(step: &str) -> bool {
    step.contains('.') && step.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// `name.bitrix24.zone`, where the zone is one label of letters (`com`, `de`) or one under a country (`com.br`).
pub(crate) fn is_cloud_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let letters = |label: &str| label.len() >= 2 && label.bytes().all(|b| b.is_ascii_alphabetic());
    match labels.as_slice() {
        [name, "bitrix24", zone] => !name.is_empty() && letters(zone),
        [name, "bitrix24", "com" | "co", country] => {
            !name.is_empty() && country.len() == 2 && letters(country)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const CODE: &str = "c0de5ecret";

    fn parse(text: &str) -> Result<Webhook, Mistake> {
        Webhook::parse(text, false)
    }

    #[test]
    fn reads_the_forms_that_portals_hand_out() {
        for (text, address) in [
            (
                "https://acme.bitrix24.com/rest/7/c0de5ecret/",
                "https://acme.bitrix24.com",
            ),
            (
                "https://acme.bitrix24.com/rest/7/c0de5ecret",
                "https://acme.bitrix24.com",
            ),
            (
                "HTTPS://Acme.Bitrix24.com/rest/7/c0de5ecret/",
                "https://acme.bitrix24.com",
            ),
            (
                "https://acme.bitrix24.com/rest/7/c0de5ecret/profile.json",
                "https://acme.bitrix24.com",
            ),
            (
                "https://acme.bitrix24.com/rest/7/c0de5ecret/profile/",
                "https://acme.bitrix24.com",
            ),
            (
                "https://acme.bitrix24.com/rest/api/7/c0de5ecret/",
                "https://acme.bitrix24.com",
            ),
            (
                "https://crm.example.com:8443/rest/7/c0de5ecret/",
                "https://crm.example.com:8443",
            ),
            (
                "https://example.com/intranet/rest/7/c0de5ecret/",
                "https://example.com/intranet",
            ),
            ("https://example.com//rest/7/c0de5ecret/", "https://example.com"),
            (
                "http://127.0.0.1:8024/rest/7/c0de5ecret/",
                "http://127.0.0.1:8024",
            ),
            (
                "http://localhost:8024/rest/7/c0de5ecret/",
                "http://localhost:8024",
            ),
            ("http://[::1]:8024/rest/7/c0de5ecret/", "http://[::1]:8024"),
        ] {
            let webhook = parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
            assert_eq!(webhook.address.to_string(), address, "{text}");
            assert_eq!((webhook.user, webhook.code.expose_secret()), (7, CODE), "{text}");
        }
    }

    #[test]
    fn names_each_mistake_without_quoting_it() {
        use Mistake::*;
        for (text, mistake) in [
            ("", Empty),
            ("   ", Space),
            ("https://acme.bitrix24.com/rest/7/c0de5ecret/\n", Space),
            (" https://acme.bitrix24.com/rest/7/c0de5ecret/", Space),
            ("https://acme.bitrix24.com/rest/7/c0de 5ecret/", Space),
            ("c0de5ecret", Scheme),
            ("acme.bitrix24.com/rest/7/c0de5ecret/", Scheme),
            ("htps://acme.bitrix24.com/rest/7/c0de5ecret/", Scheme),
            ("https:/acme.bitrix24.com/rest/7/c0de5ecret/", Scheme),
            ("https//acme.bitrix24.com/rest/7/c0de5ecret/", Scheme),
            ("\"https://acme.bitrix24.com/rest/7/c0de5ecret/\"", Scheme),
            ("ftp://acme.bitrix24.com/rest/7/c0de5ecret/", Scheme),
            ("https://", Host),
            ("https:///rest/7/c0de5ecret/", Host),
            ("https://acme..bitrix24.com\\rest\\7\\c0de5ecret", Host),
            ("https://acme<>.com/rest/7/c0de5ecret/", Host),
            ("https://acme.com:port/rest/7/c0de5ecret/", Host),
            ("http://acme.bitrix24.com/rest/7/c0de5ecret/", CloudOverHttp),
            ("http://acme.bitrix24.com.br/rest/7/c0de5ecret/", CloudOverHttp),
            ("http://crm.example.com/rest/7/c0de5ecret/", ClearText),
            (
                "https://user:c0de5ecret@acme.bitrix24.com/rest/7/c0de5ecret/",
                Credentials,
            ),
            ("https://acme.bitrix24.com/rest/profile?auth=c0de5ecret", Token),
            (
                "https://acme.bitrix24.com/rest/7/c0de5ecret/crm.deal.get?ID=42",
                Query,
            ),
            ("https://acme.bitrix24.com/rest/7/c0de5ecret/#top", Query),
            ("https://acme.bitrix24.com", OnlyPortal),
            ("https://acme.bitrix24.com/", OnlyPortal),
            ("https://acme.bitrix24.com/marketplace/app/c0de5ecret/", NoRest),
            ("https://acme.bitrix24.com/7/c0de5ecret/", NoRest),
            ("https://acme.bitrix24.com/rest/", EndsEarly),
            ("https://acme.bitrix24.com/rest", EndsEarly),
            ("https://acme.bitrix24.com/rest/api/", EndsEarly),
            ("https://acme.bitrix24.com/rest/c0de5ecret/", NoUser),
            ("https://acme.bitrix24.com/rest//c0de5ecret/", NoUser),
            ("https://acme.bitrix24.com/rest/0/c0de5ecret/", NoUser),
            ("https://acme.bitrix24.com/rest/+7/c0de5ecret/", NoUser),
            ("https://acme.bitrix24.com/rest/profile.json", NoUser),
            ("https://acme.bitrix24.com/rest/7/", NoCode),
            ("https://acme.bitrix24.com/rest/7", NoCode),
            ("https://acme.bitrix24.com/rest/7//", NoCode),
            ("https://acme.bitrix24.com/rest/7//profile.json", NoCode),
            ("https://acme.bitrix24.com/rest/7/profile.json", NoCode),
            ("https://acme.bitrix24.com/rest/7/<code>/", BadCode),
            ("https://acme.bitrix24.com/rest/7/***/", BadCode),
            (
                "https://acme.bitrix24.com/rest/7/c0de5ecret/crm/deal/get",
                TooLong,
            ),
        ] {
            let found = parse(text).expect_err(text);
            assert_eq!(found, mistake, "{text}");
            let sentence = found.to_string();
            assert!(sentence.starts_with("the webhook URL"), "{sentence}");
            assert!(
                !sentence.contains(CODE) && !sentence.contains("acme"),
                "{sentence}"
            );
        }
    }

    #[test]
    fn http_must_be_allowed_and_never_goes_to_the_cloud() {
        assert!(Webhook::parse("http://crm.example.com/rest/7/c0de5ecret/", true).is_ok());
        let cloud = Webhook::parse("http://acme.bitrix24.com/rest/7/c0de5ecret/", true);
        assert_eq!(cloud.expect_err("refused"), Mistake::CloudOverHttp);
    }

    #[test]
    fn tells_cloud_hosts_from_those_that_look_alike() {
        for host in [
            "acme.bitrix24.com",
            "b24-xyz.bitrix24.de",
            "acme.bitrix24.com.br",
            "acme.bitrix24.co.uk",
        ] {
            assert!(is_cloud_host(host), "{host}");
        }
        for host in [
            "bitrix24.com",
            ".bitrix24.com",
            "acme.bitrix24.com.evil.org",
            "acme.bitrix24.evil.org",
            "acme.bitrix24.com.evil",
            "acme.notbitrix24.com",
            "acme-bitrix24.com",
            "acme.bitrix24.1",
        ] {
            assert!(!is_cloud_host(host), "{host}");
        }
    }

    #[test]
    fn reads_endpoints() {
        for (text, address) in [
            ("https://acme.bitrix24.com/rest/", "https://acme.bitrix24.com"),
            ("https://acme.bitrix24.com/rest", "https://acme.bitrix24.com"),
            (
                "https://crm.example.com:8443/b24/rest/",
                "https://crm.example.com:8443/b24",
            ),
            ("http://127.0.0.1:8024/rest/", "http://127.0.0.1:8024"),
        ] {
            let found = Address::of_endpoint(text, false).expect(text);
            assert_eq!(found.to_string(), address);
            assert_eq!(found.join("rest/x").as_str(), format!("{address}/rest/x"));
        }
        for text in [
            "",
            "acme.bitrix24.com",
            "https://acme.bitrix24.com/",
            "https://acme.bitrix24.com/rest/1/code/",
            "https://acme.bitrix24.com/interest/",
            "https://me@acme.bitrix24.com/rest/",
            "https://acme.bitrix24.com/rest/?x",
            "http://acme.bitrix24.com/rest/",
            "http://crm.example.com/rest/",
        ] {
            assert!(Address::of_endpoint(text, false).is_none(), "{text}");
        }
        assert!(Address::of_endpoint("http://crm.example.com/rest/", true).is_some());
        assert!(Address::of_endpoint("http://acme.bitrix24.com/rest/", true).is_none());
    }

    #[test]
    fn shows_no_code() {
        let webhook = parse("https://acme.bitrix24.com/rest/7/c0de5ecret/").expect("a webhook");
        assert!(!format!("{webhook:?} {:#?}", webhook.address).contains(CODE));
    }
}
