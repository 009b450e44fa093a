//! A simulated portal with a site to publish, and both clients for it.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{future::IntoFuture, time::Duration};

use bitrix24_blocking::{Client, Error, budget, types::landing::site::Publication};
use bitrix24_portal::{Clock, Limits, Portal};
use serde_json::Value;

/// The portal's time stands still.
pub const NOW: Duration = Duration::from_secs(1_780_000_000);

/// A portal with a site that has an active page, and both clients for it.
pub struct World {
    pub portal: Portal,
    pub site: i64,
    pub page: i64,
    pub blocking: Client,
    pub transport: bitrix24_transport::Client,
}

impl World {
    pub fn new() -> Self {
        let builder = Portal::builder().clock(Clock::fixed(NOW)).limits(Limits::none());
        let portal = builder.start_blocking().expect("a portal");
        let (site, page) = portal.state(|state| {
            let site = state.add_site("Spring");
            (site, state.add_active_page(site, "Home"))
        });
        // The portal's clock stands still, so a method that is held back would be held for ever.
        let limits = budget::Limits::default().operating(None);
        let blocking = Client::builder()
            .limits(limits)
            .webhook(&portal.webhook_url())
            .build();
        let transport = bitrix24_transport::Client::builder()
            .limits(limits)
            .webhook(&portal.webhook_url())
            .build();
        let (blocking, transport) = (blocking.expect("a client"), transport.expect("a client"));
        Self {
            portal,
            site,
            page,
            blocking,
            transport,
        }
    }

    /// Publishes the site with either client; no request is repeated, so that each is one answer.
    pub fn publish(&self) -> Error {
        let request = Publication::new(self.site);
        let blocking = self
            .blocking
            .prepare(request.clone())
            .no_retry()
            .send()
            .map(|_| ());
        same(
            blocking,
            wait(self.transport.call(request).no_retry()).map(|_| ()),
        )
    }

    /// Calls by name with either client, for parameters that the types don't let through.
    pub fn raw(&self, method: &str, params: &Value) -> Error {
        let blocking = self
            .blocking
            .prepare_raw(method, params)
            .no_retry()
            .send()
            .map(|_| ());
        same(
            blocking,
            wait(self.transport.call_raw(method, params).no_retry()).map(|_| ()),
        )
    }

    pub fn published(&self) -> bool {
        self.portal
            .state(|state| state.sites.get(&self.site).is_some_and(|site| site.active))
    }
}

pub fn wait<T>(call: impl IntoFuture<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(call.into_future())
}

/// The error that both clients agree on.
pub fn same(blocking: Result<(), Error>, transport: Result<(), Error>) -> Error {
    let blocking = blocking.expect_err("a refusal");
    assert_eq!(
        format!("{blocking:?}"),
        format!("{:?}", transport.expect_err("a refusal"))
    );
    blocking
}
