//! The authorization server: codes, tokens, rotation, expiry, and every refusal by what causes it.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::time::Duration;

use bitrix24_portal::{Clock, Fault, Portal, Scopes};
use raw::Raw;
use serde_json::{Value, json};

const ID: &str = "local.1";
const SECRET: &str = "the+secret&of=it";

struct World {
    portal: Portal,
    clock: Clock,
    http: reqwest::Client,
}

async fn world() -> World {
    let clock = Clock::fixed(Duration::from_secs(1_773_285_117));
    let portal = Portal::builder().clock(clock.clone()).start().await.unwrap();
    portal.oauth(|server| {
        server.install(ID, SECRET).return_address = "https://app.example/back?x=1".into();
    });
    let http = Raw::new(&portal).http;
    World { portal, clock, http }
}

impl World {
    /// Status and answer of a request for tokens, as a form.
    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let mut pairs = vec![("client_id", ID), ("client_secret", SECRET)];
        pairs.retain(|(name, _)| !form.iter().any(|(own, _)| own == name));
        pairs.extend(form);
        let body: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        let request = self.http.post(format!("{}/oauth/token/", self.portal.url()));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(body.join("&")).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn by_code(&self, code: &str) -> (u16, Value) {
        self.token(&[("grant_type", "authorization_code"), ("code", code)])
            .await
    }

    async fn by_refresh(&self, token: &Value) -> (u16, Value) {
        let token = token["refresh_token"].as_str().unwrap();
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            .await
    }

    async fn tokens(&self) -> Value {
        let (status, tokens) = self.by_code(&self.portal.authorize(ID)).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    /// Status and code of a call with an access token.
    async fn call(&self, tokens: &Value) -> (u16, String) {
        let token = tokens["access_token"].as_str().unwrap();
        let request = self
            .http
            .post(format!("{}/rest/landing.site.getList", self.portal.url()));
        let response = request.bearer_auth(token).json(&json!({})).send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body["error"].as_str().unwrap_or_default().to_owned())
    }
}

fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn refused((status, body): (u16, Value)) -> (u16, String) {
    assert!(!body["error_description"].as_str().unwrap().is_empty());
    (status, body["error"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_user_lets_an_application_in() {
    let world = world().await;
    let url = format!(
        "{}/oauth/authorize/?client_id={ID}&state=a%26b",
        world.portal.url()
    );
    let response = world.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    let (to, query) = location.split_once("&code=").unwrap();
    assert_eq!(to, "https://app.example/back?x=1");
    let (code, rest) = query.split_once('&').unwrap();
    let member_id = world.portal.oauth(|server| server.member_id.clone());
    assert!(rest.starts_with("state=a%26b&domain=127.0.0.1%3A"), "{rest}");
    assert!(
        rest.contains(&format!("&member_id={member_id}&scope=landing%2C")),
        "{rest}"
    );

    let (status, tokens) = world.by_code(code).await;
    assert_eq!(status, 200);
    assert_eq!(tokens["member_id"], json!(member_id));
    assert_eq!(tokens["expires_in"], json!(3600));
    assert_eq!(
        tokens["client_endpoint"],
        json!(format!("{}/rest/", world.portal.url()))
    );
    assert!(tokens.get("expires").is_none() && tokens.get("user_id").is_none());
    assert_eq!(world.call(&tokens).await, (200, String::new()));

    let unknown = format!("{}/oauth/authorize/?client_id=local.2", world.portal.url());
    assert_eq!(world.http.get(unknown).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_token_goes_anywhere_a_portal_takes_it() {
    let world = world().await;
    let tokens = world.tokens().await;
    let token = tokens["access_token"].as_str().unwrap();
    let url = format!("{}/rest/landing.site.getList", world.portal.url());
    let form = format!("auth={token}&params[select][]=ID");
    for request in [
        world.http.get(format!("{url}.json?auth={token}")),
        world.http.post(&url).json(&json!({ "auth": token })),
        world.http.post(&url).bearer_auth(token).json(&json!({})),
        world.http.post(&url).body(form),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    assert!(
        world
            .portal
            .calls()
            .iter()
            .all(|call| call.params.get("auth").is_none())
    );
    let response = world
        .http
        .post(&url)
        .json(&json!({ "auth": "other" }))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn tokens_expire_and_refresh_tokens_are_used_up() {
    let world = world().await;
    let first = world.tokens().await;
    world.clock.advance(Duration::from_secs(3_599));
    assert_eq!(world.call(&first).await.0, 200);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.call(&first).await, (401, "expired_token".into()));

    let (status, second) = world.by_refresh(&first).await;
    assert_eq!(status, 200);
    assert_eq!(second["expires"], json!(1_773_285_117 + 7_200));
    assert_eq!(second["user_id"], json!(1));
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(world.call(&second).await.0, 200);
    assert_eq!(
        refused(world.by_refresh(&first).await),
        (400, "invalid_grant".into())
    );
    assert_eq!(world.by_refresh(&second).await.0, 200);
    assert_eq!(world.portal.oauth(|server| server.refreshes()), 2);

    world.portal.expire_tokens();
    assert_eq!(world.call(&second).await, (401, "expired_token".into()));
    world
        .portal
        .oauth(|server| server.token_lifetime = Duration::ZERO);
    assert_eq!(
        world.call(&world.tokens().await).await,
        (401, "expired_token".into())
    );
}

#[tokio::test]
async fn each_refusal_has_its_cause() {
    let world = world().await;
    let code = world.portal.authorize(ID);
    let by_code = [("grant_type", "authorization_code"), ("code", &code)];
    let with = |name, value| [by_code[0], by_code[1], (name, value)];
    for (form, refusal) in [
        (with("client_id", "local.2").as_slice(), (401, "invalid_client")),
        (&with("client_secret", "x"), (401, "invalid_client")),
        (&[("grant_type", "password")], (400, "invalid_request")),
        (&[("grant_type", "authorization_code")], (400, "invalid_request")),
        (
            &[("grant_type", "refresh_token"), ("refresh_token", "x")],
            (400, "invalid_grant"),
        ),
    ] {
        assert_eq!(
            refused(world.token(form).await),
            (refusal.0, refusal.1.to_owned())
        );
    }

    world
        .portal
        .oauth(|server| server.install(ID, SECRET).scopes = Scopes::only(["landing"]));
    let (status, error) = refused(world.token(&with("scope", "landing,crm")).await);
    assert_eq!((status, &*error), (400, "invalid_scope"));
    world
        .portal
        .oauth(|server| server.install(ID, SECRET).paid = false);
    assert_eq!(refused(world.by_code(&code).await).1, "PAYMENT_REQUIRED");

    // None of these has used the code up; time does.
    world
        .portal
        .oauth(|server| server.install(ID, SECRET).paid = true);
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(refused(world.by_code(&code).await).1, "invalid_grant");
    let code = world.portal.authorize(ID);
    assert_eq!(world.by_code(&code).await.0, 200);
    assert_eq!(refused(world.by_code(&code).await).1, "invalid_grant");

    let tokens = world.tokens().await;
    world.portal.oauth(|server| server.forget_refresh_tokens());
    assert_eq!(refused(world.by_refresh(&tokens).await).1, "invalid_grant");
}

#[tokio::test]
async fn the_documented_get_works_and_is_told_from_a_form() {
    let world = world().await;
    let url = format!(
        "{}/oauth/token/?grant_type=authorization_code&client_id={ID}&client_secret={}&code={}",
        world.portal.url(),
        escape(SECRET),
        world.portal.authorize(ID),
    );
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 200);
    world.tokens().await;
    let in_url: Vec<bool> = world.portal.oauth(|server| {
        server
            .requests
            .iter()
            .map(|request| request.secrets_in_url)
            .collect()
    });
    assert_eq!(in_url, [true, false]);
}

#[tokio::test]
async fn a_fault_meets_the_token_server_only_by_name() {
    let world = world().await;
    let first = world.tokens().await;
    world.portal.inject(Fault::HtmlPage);
    assert_eq!(world.by_refresh(&first).await.0, 200);

    let second = world.tokens().await;
    world.portal.inject(Fault::DropAfter.on("oauth/token"));
    let url = format!("{}/oauth/token/", world.portal.url());
    let form = format!(
        "client_id={ID}&client_secret={}&grant_type=refresh_token&refresh_token={}",
        escape(SECRET),
        second["refresh_token"].as_str().unwrap()
    );
    let dropped = world.http.post(url).body(form).send().await;
    assert!(dropped.is_err());
    assert_eq!(refused(world.by_refresh(&second).await).1, "invalid_grant");
}
