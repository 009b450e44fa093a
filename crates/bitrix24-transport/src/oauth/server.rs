//! Asking the authorization server for tokens.
//!
//! The documentation shows a GET with everything in the URL, where proxies and servers write it into their logs. A POST
//! with a form is taken as well, and is what is sent. The answer decides by its body, as everywhere in this API.

use std::{sync::Arc, time::Duration};

use bitrix24_types::Failure as Refused;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{
    app::{App, Server},
    tokens::{Tokens, unusable},
};
use crate::{
    auth::Secrets,
    error::{Error, Kind},
    http::{FailureKind, Http, Request},
};

/// The longest that is waited for an answer, unless requests may take less anyway.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What tokens are asked for with.
#[derive(Clone, Copy)]
pub(crate) enum Grant<'a> {
    Code(&'a SecretString),
    Refresh(&'a SecretString),
}

/// What it takes to ask for an application's tokens.
pub(crate) struct TokenClient {
    pub(crate) app: App,
    pub(crate) http: Arc<dyn Http>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) allow_http: bool,
}

/// No tokens came.
#[derive(Debug)]
pub(crate) struct Unsuccessful {
    pub(crate) error: Error,
    /// Whether the server has certainly not given tokens out.
    pub(crate) certain: bool,
}

impl TokenClient {
    /// Asks once. `member_id` is the portal that the tokens must be for, if that is known.
    pub(crate) async fn ask(
        &self,
        server: &Server,
        grant: Grant<'_>,
        member_id: Option<&str>,
    ) -> Result<Tokens, Unsuccessful> {
        let secrets = Secrets::of([self.app.client_secret(), grant.secret()]);
        let exchanged = self.exchange(server, grant, member_id).await;
        exchanged.map_err(|unsuccessful| Unsuccessful {
            error: unsuccessful.error.without(&secrets),
            ..unsuccessful
        })
    }

    async fn exchange(
        &self,
        server: &Server,
        grant: Grant<'_>,
        member_id: Option<&str>,
    ) -> Result<Tokens, Unsuccessful> {
        let request = Request {
            url: server.token_url(),
            headers: self.headers(),
            body: self.form(grant).into(),
            timeout: self.timeout,
        };
        let unknown = |error| Unsuccessful {
            error,
            certain: false,
        };
        let reply = match tokio::time::timeout(self.timeout, self.http.post(request)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(failure)) => {
                let (kind, what) = match failure.kind {
                    FailureKind::Connect => (Kind::Connect, "no connection to the authorization server"),
                    FailureKind::Timeout => {
                        (Kind::Timeout, "the authorization server did not answer in time")
                    }
                    FailureKind::Lost => (
                        Kind::Lost,
                        "the connection to the authorization server was lost before its answer was complete",
                    ),
                };
                return Err(Unsuccessful {
                    certain: failure.kind == FailureKind::Connect,
                    error: Error::token(kind, what).because(failure.source),
                });
            }
            Err(_) => {
                let what = "the authorization server did not answer in time";
                return Err(unknown(Error::token(Kind::Timeout, what)));
            }
        };
        let status = reply.status;
        // What the reader says about the place of a mistake would quote the answer, which may have tokens in it.
        let Ok(answer) = serde_json::from_slice::<Map<String, Value>>(&reply.body) else {
            return Err(Unsuccessful {
                error: unusable("is not JSON").with_status(status),
                certain: status.is_redirection(),
            });
        };
        if let Some(refused) = refusal(&answer) {
            return Err(refuse(status, refused, grant));
        }
        if !status.is_success() {
            return Err(unknown(unusable("says neither yes nor no").with_status(status)));
        }
        Tokens::read(&answer, server, member_id, self.allow_http)
            .map_err(|error| unknown(error.with_status(status)))
    }

    fn headers(&self) -> HeaderMap {
        HeaderMap::from_iter([
            (
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            ),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (USER_AGENT, self.user_agent.clone()),
        ])
    }

    fn form(&self, grant: Grant<'_>) -> String {
        let (kind, name) = match grant {
            Grant::Code(_) => ("authorization_code", "code"),
            Grant::Refresh(_) => ("refresh_token", "refresh_token"),
        };
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", kind)
            .append_pair("client_id", self.app.client_id())
            .append_pair("client_secret", self.app.client_secret().expose_secret())
            .append_pair(name, grant.secret().expose_secret())
            .finish()
    }
}

impl Grant<'_> {
    fn secret(&self) -> &SecretString {
        match self {
            Self::Code(secret) | Self::Refresh(secret) => secret,
        }
    }
}

fn refusal(answer: &Map<String, Value>) -> Option<Refused> {
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let mut refused = Refused::default();
    refused.code = text("error").filter(|code| !code.is_empty())?.to_owned();
    refused.description = text("error_description").unwrap_or_default().to_owned();
    Some(refused)
}

fn refuse(status: StatusCode, refused: Refused, grant: Grant<'_>) -> Unsuccessful {
    let kind = match refused.code.to_ascii_lowercase().as_str() {
        // The second is what is said of a code that is too old.
        "invalid_grant" | "expired_token" => Kind::InvalidGrant,
        "invalid_client" => Kind::InvalidClient,
        "invalid_scope" | "insufficient_scope" => Kind::InvalidScope,
        "payment_required" => Kind::PaymentRequired,
        _ => Kind::Authorization,
    };
    let what = match grant {
        Grant::Code(_) => "the authorization server gives no tokens for the code",
        Grant::Refresh(_) => "the authorization server does not refresh the tokens",
    };
    Unsuccessful {
        // A server that has broken down may have got as far as giving them out.
        certain: kind != Kind::Authorization || !status.is_server_error(),
        error: Error::grant(kind, what, status, refused),
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;
    use crate::http::fake::Fake;

    const SECRET: &str = "the+s3cr3t&of=it";
    const CODE: &str = "c0de5ecret";

    fn client(fake: &Fake) -> TokenClient {
        TokenClient {
            app: App::new("local.1", SECRET),
            http: Arc::new(fake.clone()),
            user_agent: HeaderValue::from_static("test"),
            timeout: LONGEST_WAIT,
            allow_http: false,
        }
    }

    async fn ask(fake: &Fake) -> Result<Tokens, Unsuccessful> {
        let client = client(fake);
        let server = client.app.usual_server();
        client.ask(&server, Grant::Code(&CODE.into()), None).await
    }

    fn answer() -> Value {
        json!({
            "access_token": "s1morf609228", "client_endpoint": "https://portal.bitrix24.com/rest/",
            "domain": "oauth.bitrix.info", "expires_in": 3600, "member_id": "a223c6b3",
            "refresh_token": "4f9k4jpmg13u", "scope": "app,crm", "status": "T",
            "server_endpoint": "https://oauth.bitrix.info/rest/",
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut answer = answer();
        answer[name] = value;
        answer
    }

    #[tokio::test]
    async fn reads_the_portal_from_the_endpoint_and_not_from_the_domain() {
        let tokens = ask(&Fake::new().json(200, answer())).await.expect("tokens");
        assert_eq!(tokens.portal().to_string(), "https://portal.bitrix24.com");
        assert_eq!(tokens.member_id(), "a223c6b3");
        assert_eq!(tokens.scope(), ["app", "crm"]);
        assert_eq!((tokens.status(), tokens.user_id()), (Some("T"), None));
        assert_eq!(tokens.access_token().expose_secret(), "s1morf609228");
        assert_eq!(tokens.refresh_token().expose_secret(), "4f9k4jpmg13u");
    }

    #[tokio::test]
    async fn the_end_may_be_said_in_any_of_its_forms() {
        let in_an_hour = |tokens: Tokens| {
            let left = tokens
                .expires_at()
                .expect("an end")
                .duration_since(SystemTime::now());
            (3590..=3600).contains(&left.expect("later").as_secs())
        };
        let moment = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("now")
            .as_secs()
            + 3600;
        let mut only_moment = with("expires", json!(moment));
        only_moment
            .as_object_mut()
            .expect("an object")
            .remove("expires_in");
        for answer in [
            answer(),
            with("expires_in", json!("3600")),
            with("expires", json!(7)),
            only_moment,
        ] {
            assert!(in_an_hour(
                ask(&Fake::new().json(200, answer)).await.expect("tokens")
            ));
        }
        let mut none = answer();
        none.as_object_mut().expect("an object").remove("expires_in");
        let tokens = ask(&Fake::new().json(200, none)).await.expect("tokens");
        assert_eq!((tokens.expires_at(), tokens.lifetime().as_secs()), (None, 3600));
        let tokens = ask(&Fake::new().json(200, with("user_id", json!("67"))))
            .await
            .expect("tokens");
        assert_eq!(tokens.user_id(), Some(67));
    }

    #[tokio::test]
    async fn sends_a_form_with_nothing_in_the_url() {
        let fake = Fake::new().json(200, answer());
        ask(&fake).await.expect("tokens");
        let request = &fake.requests()[0];
        assert_eq!(request.host, "oauth.bitrix.info");
        assert_eq!(request.headers[CONTENT_TYPE], "application/x-www-form-urlencoded");
        let url = client(&fake).app.usual_server().token_url();
        assert_eq!((url.path(), url.query()), ("/oauth/token/", None));
        let form = client(&fake).form(Grant::Refresh(&"r".into()));
        assert_eq!(
            form,
            "grant_type=refresh_token&client_id=local.1&client_secret=the%2Bs3cr3t%26of%3Dit&refresh_token=r"
        );
    }

    #[tokio::test]
    async fn every_refusal_is_told_from_the_others() {
        for (status, code, kind) in [
            (400, "invalid_grant", Kind::InvalidGrant),
            (200, "invalid_grant", Kind::InvalidGrant),
            (401, "expired_token", Kind::InvalidGrant),
            (401, "invalid_client", Kind::InvalidClient),
            (400, "invalid_scope", Kind::InvalidScope),
            (403, "insufficient_scope", Kind::InvalidScope),
            (402, "PAYMENT_REQUIRED", Kind::PaymentRequired),
            (400, "invalid_request", Kind::Authorization),
        ] {
            let body = json!({ "error": code, "error_description": "words" });
            let unsuccessful = ask(&Fake::new().json(status, body)).await.expect_err(code);
            let error = unsuccessful.error;
            assert_eq!(
                (error.kind(), error.code(), error.status()),
                (kind, Some(code), Some(status))
            );
            assert!(
                unsuccessful.certain && error.system().is_none() && !error.is_retryable(),
                "{code}"
            );
            let line = format!(
                "the authorization server gives no tokens for the code: {code} (status {status}): words"
            );
            assert_eq!(error.to_string(), line);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_used_is_no_answer() {
        let page = || Fake::new().reply(503, &[], "<html>");
        for (fake, certain) in [
            (Fake::new().json(500, json!({ "error": "broken" })), false),
            (Fake::new().json(400, json!({ "error": "broken" })), true),
            (page(), false),
            (
                Fake::new().reply(302, &[("location", "https://evil.example/")], ""),
                true,
            ),
            (Fake::new().json(200, json!([1])), false),
            (Fake::new().json(200, json!({ "error": "" })), false),
            (Fake::new().json(500, answer()), false),
            (Fake::new().json(200, with("access_token", json!(""))), false),
            (Fake::new().json(200, with("access_token", json!("a b"))), false),
            (Fake::new().json(200, with("refresh_token", json!(null))), false),
            (Fake::new().json(200, with("member_id", json!(null))), false),
            (Fake::new().json(200, with("client_endpoint", json!(null))), false),
            (
                Fake::new().json(
                    200,
                    with("client_endpoint", json!("http://portal.bitrix24.com/rest/")),
                ),
                false,
            ),
        ] {
            let unsuccessful = ask(&fake).await.expect_err("no tokens");
            assert_eq!(unsuccessful.error.kind(), Kind::Authorization);
            assert_eq!(unsuccessful.certain, certain, "{}", unsuccessful.error);
            assert_eq!(fake.requests().len(), 1);
        }
        assert!(ask(&page()).await.expect_err("a page").error.is_retryable());
        for (fake, kind, certain) in [
            (Fake::new().refuse(), Kind::Connect, true),
            (Fake::new().lose(), Kind::Lost, false),
        ] {
            let unsuccessful = ask(&fake).await.expect_err("no tokens");
            assert_eq!((unsuccessful.error.kind(), unsuccessful.certain), (kind, certain));
            assert!(unsuccessful.error.is_retryable());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_wait_for_ever() {
        let unsuccessful = ask(&Fake::new().hang()).await.expect_err("no tokens");
        assert_eq!(
            (unsuccessful.error.kind(), unsuccessful.certain),
            (Kind::Timeout, false)
        );
    }

    #[tokio::test]
    async fn tokens_of_another_portal_are_refused() {
        let fake = Fake::new().json(200, answer());
        let client = client(&fake);
        let server = client.app.usual_server();
        let asked = client
            .ask(&server, Grant::Refresh(&"r".into()), Some("other"))
            .await;
        assert_eq!(asked.expect_err("refused").error.kind(), Kind::Authorization);
    }

    #[tokio::test]
    async fn no_error_quotes_a_secret() {
        let escaped = "the%2Bs3cr3t%26of%3Dit";
        for body in [
            json!({ "error": "x", "error_description": format!("{CODE} {SECRET} {escaped}") }),
            json!({ "error": CODE }),
        ] {
            let error = ask(&Fake::new().json(400, body))
                .await
                .expect_err("refused")
                .error;
            let text = format!("{error} {error:?} {:?} {:?}", error.code(), error.description());
            assert!(!text.contains(CODE) && !text.contains("s3cr3t"), "{text}");
        }
    }
}
