//! Stage 3: what proves to the portal who is calling. So far: a webhook, whose code is in the path of the URL.
//!
//! Everything that is secret is in here, so this is also where texts are cleared of it.

use std::sync::{Arc, PoisonError, RwLock};

use bitrix24_types::Api;
use secrecy::ExposeSecret;
use url::Url;

use crate::address::{Address, Webhook};

#[derive(Debug)]
pub(crate) struct Auth {
    webhook: Webhook,
    /// Where the portal is now: it may have moved since the webhook was made.
    address: RwLock<Arc<Address>>,
}

impl Auth {
    pub(crate) fn webhook(webhook: Webhook) -> Self {
        let address = RwLock::new(Arc::new(webhook.address.clone()));
        Self { webhook, address }
    }

    pub(crate) fn user(&self) -> u64 {
        self.webhook.user
    }

    pub(crate) fn address(&self) -> Arc<Address> {
        self.address
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Takes note of a new address; false if it was known.
    pub(crate) fn moved(&self, to: &Address) -> bool {
        let mut address = self.address.write().unwrap_or_else(PoisonError::into_inner);
        if **address == *to {
            return false;
        }
        *address = Arc::new(to.clone());
        true
    }

    /// The URL that calls `method`: a secret.
    pub(crate) fn url(&self, address: &Address, api: Api, method: &str) -> Url {
        let api = match api {
            Api::V2 => "",
            Api::V3 => "api/",
        };
        let Webhook { user, code, .. } = &self.webhook;
        address.join(&format!("rest/{api}{user}/{}/{method}", code.expose_secret()))
    }

    /// Whether a text from outside quotes a secret. An error page of a web server may quote the URL.
    pub(crate) fn is_quoted_in(&self, text: &str) -> bool {
        text.contains(self.webhook.code.expose_secret())
    }

    /// The text with every secret in it blotted out.
    pub(crate) fn blot(&self, text: &str) -> String {
        text.replace(self.webhook.code.expose_secret(), "***")
    }
}
