//! A client of a few lines, for the tests of the portal: it knows nothing but HTTP and JSON.
#![allow(dead_code, reason = "every test file uses a part of it")]

use bitrix24_portal::Portal;
use serde_json::{Value, json};

pub struct Raw {
    pub http: reqwest::Client,
    pub webhook: String,
}

impl Raw {
    pub fn new(portal: &Portal) -> Self {
        Self {
            http: http(),
            webhook: portal.webhook_url(),
        }
    }

    /// Status and body.
    pub async fn call(&self, method: &str, params: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{method}", self.webhook)).json(&params);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The result of a call that succeeds.
    pub async fn ok(&self, method: &str, params: Value) -> Value {
        let (status, mut body) = self.call(method, params.clone()).await;
        assert_eq!(status, 200, "{method} {params}: {body}");
        assert!(body["time"]["start"].is_number(), "{body}");
        body["result"].take()
    }

    /// Status and code of a call that is refused.
    pub async fn refusal(&self, method: &str, params: Value) -> (u16, String) {
        let (status, body) = self.call(method, params.clone()).await;
        let code = body["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{method} {params}: {body}"));
        assert!(
            body["error_description"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{body}"
        );
        (status, code.to_owned())
    }

    pub async fn publish(&self, site: i64) -> (u16, String) {
        self.refusal("landing.site.publication", json!({"id": site}))
            .await
    }
}

/// An HTTP client that follows no redirects.
pub fn http() -> reqwest::Client {
    // Together with the transport crate, reqwest is built with TLS but without a provider for it, which it misses even
    // for plain HTTP.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.build().unwrap()
}
