//! The two addresses of the authorization server, and what they answer.

use std::time::Duration;

use super::{CODE_LIFETIME, Grant, OAuth, REFRESH_LIFETIME, TokenRequest};
use hyper::header::LOCATION;

use crate::answer::Refusal;
use crate::fault::Place;
use crate::portal::secret;
use crate::request::Api;
use crate::rest::{Body, Reply, World};
use crate::state::{Credential, Scopes};
use crate::value::{Map, Value};

/// What a request to the authorization server wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Endpoint {
    Authorize,
    Token,
}

/// A request to the authorization server.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) endpoint: Endpoint,
    pub(crate) path_and_query: String,
    /// What was in the URL.
    pub(crate) query: Map,
    /// All of it, in the URL or the body.
    pub(crate) params: Value,
}

impl Endpoint {
    pub(crate) fn of(path: &str) -> Option<Self> {
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        match steps[..] {
            ["oauth", "authorize"] => Some(Self::Authorize),
            ["oauth", "token"] => Some(Self::Token),
            _ => None,
        }
    }
}

impl Request {
    fn get(&self, name: &str) -> String {
        self.params.get(name).to_text().unwrap_or_default()
    }

    fn secrets_in_url(&self) -> bool {
        ["client_secret", "code", "refresh_token"]
            .iter()
            .any(|name| self.query.contains_key(*name))
    }
}

impl World {
    /// Answers one request to the authorization server. A fault meets it only if it is ordered for `oauth/token` or
    /// `oauth/authorize` by name.
    pub(crate) fn authorization(&mut self, request: &Request) -> Reply {
        let name = match request.endpoint {
            Endpoint::Authorize => "oauth/authorize",
            Endpoint::Token => "oauth/token",
        };
        let fault = self.faults.take_named(Place::Request, name);
        self.under(
            fault.as_ref(),
            Api::V2,
            &request.path_and_query,
            |world| match request.endpoint {
                Endpoint::Authorize => world.let_in(request),
                Endpoint::Token => world.token(request),
            },
        )
    }

    /// The user lets the application in, and is sent back to it with a code.
    fn let_in(&mut self, request: &Request) -> Reply {
        let client_id = request.get("client_id");
        let Some(app) = self.oauth.apps.get(&client_id) else {
            return Reply::new(404, Body::Html("There is no such application here."));
        };
        let (back, scope) = (app.return_address.clone(), scope_text(&app.scopes));
        let domain = host(&self.oauth.client_endpoint).to_owned();
        let server = host(&self.oauth.origin).to_owned();
        let (code, member_id) = (
            self.oauth.code(&client_id, self.clock.now()),
            self.oauth.member_id.clone(),
        );
        let state = request.get("state");
        let mut location = back;
        location.push(if location.contains('?') { '&' } else { '?' });
        let pairs = [
            ("code", &code),
            ("state", &state),
            ("domain", &domain),
            ("member_id", &member_id),
            ("scope", &scope),
            ("server_domain", &server),
        ];
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        location.push_str(&pairs.join("&"));
        Reply {
            header: Some((LOCATION, location)),
            ..Reply::new(302, Body::Html(""))
        }
    }

    fn token(&mut self, request: &Request) -> Reply {
        let given = self.grant(request);
        self.oauth.requests.push(TokenRequest {
            grant_type: request.get("grant_type"),
            secrets_in_url: request.secrets_in_url(),
            refusal: given.as_ref().err().map(|refusal| refusal.code.clone()),
        });
        match given {
            Ok(tokens) => Reply::new(200, Body::Json(tokens.into())),
            Err(refusal) => Reply::refusal(Api::V2, &refusal),
        }
    }

    fn grant(&mut self, request: &Request) -> Result<Map, Refusal> {
        let now = self.clock.now();
        let client_id = request.get("client_id");
        let app = (self.oauth.apps.get(&client_id))
            .filter(|app| app.secret == request.get("client_secret"))
            .ok_or_else(|| Refusal::new(401, "invalid_client", "Unknown application, or a wrong secret"))?;
        let (paid, scopes) = (app.paid, app.scopes.clone());
        let refreshing = match request.get("grant_type").as_str() {
            "authorization_code" => false,
            "refresh_token" => true,
            _ => return Err(Refusal::new(400, "invalid_request", "Unknown grant_type")),
        };
        let (grants, name) = match refreshing {
            false => (&mut self.oauth.codes, "code"),
            true => (&mut self.oauth.refresh_tokens, "refresh_token"),
        };
        let key = request.get(name);
        if key.is_empty() {
            return Err(Refusal::new(400, "invalid_request", format!("{name} is missing")));
        }
        if !grants
            .get(&key)
            .is_some_and(|grant| grant.app == client_id && grant.until > now)
        {
            return Err(Refusal::new(
                400,
                "invalid_grant",
                format!("The {name} is not valid"),
            ));
        }
        let wanted = request.get("scope");
        if wanted
            .split([',', ' '])
            .any(|scope| !scope.is_empty() && !scopes.include(scope))
        {
            return Err(Refusal::new(
                400,
                "invalid_scope",
                "More than the application may have",
            ));
        }
        if !paid {
            return Err(Refusal::new(402, "PAYMENT_REQUIRED", "Payment required"));
        }
        grants.remove(&key);
        Ok(self.give(&client_id, scopes, refreshing, now))
    }

    /// A new pair of tokens, as the answer to a request.
    fn give(&mut self, app: &str, scopes: Scopes, refreshing: bool, now: Duration) -> Map {
        let (access, refresh) = (secret() + &secret(), secret() + &secret());
        let end = now + self.oauth.token_lifetime;
        let scope = scope_text(&scopes);
        let credential = Credential {
            scopes,
            expires_at: Some(end),
            ..Credential::default()
        };
        self.state.tokens.insert(access.clone(), credential);
        let oauth = &mut self.oauth;
        oauth.owners.insert(access.clone(), app.to_owned());
        let grant = Grant {
            app: app.to_owned(),
            until: now + REFRESH_LIFETIME,
        };
        oauth.refresh_tokens.insert(refresh.clone(), grant);

        let seconds = |time: Duration| Value::from(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        let mut answer = Map::new();
        let mut put = |name: &str, value: Value| {
            answer.insert(name.to_owned(), value);
        };
        put("access_token", access.into());
        put("client_endpoint", oauth.client_endpoint.clone().into());
        put("domain", host(&oauth.origin).to_owned().into());
        if refreshing {
            put("expires", seconds(end));
        }
        put("expires_in", seconds(oauth.token_lifetime));
        put("member_id", oauth.member_id.clone().into());
        put("refresh_token", refresh.into());
        put("scope", scope.into());
        put("server_endpoint", format!("{}/rest/", oauth.origin).into());
        put("status", "L".to_owned().into());
        if refreshing {
            put("user_id", self.state.user.id.into());
        }
        answer
    }
}

impl OAuth {
    /// A code for an application that a user has let in.
    pub(super) fn code(&mut self, client_id: &str, now: Duration) -> String {
        let code = secret() + &secret();
        let grant = Grant {
            app: client_id.to_owned(),
            until: now + CODE_LIFETIME,
        };
        self.codes.insert(code.clone(), grant);
        code
    }
}

fn scope_text(scopes: &Scopes) -> String {
    match scopes {
        Scopes::All => "landing,crm,task,user".to_owned(),
        Scopes::Only(scopes) => scopes.iter().cloned().collect::<Vec<_>>().join(","),
    }
}

/// `portal.example:8024` of `https://portal.example:8024/rest/`.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
