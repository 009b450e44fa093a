//! A self-hosted portal as companies have them: a certificate of an own CA, and a proxy before it. What works stands in the
//! chapter «extending»; this is what does not, and how it is told.

#[path = "support/tls.rs"]
mod tls;

use bitrix24_portal::Portal;
use bitrix24_transport::{Client, Error, Executed, Kind, Retry, http::from_reqwest};
use tls::{CA, Company, HOST};

const OTHER_CA: &str = include_str!("support/company/other.pem");

struct World {
    portal: Portal,
    company: Company,
}

impl World {
    async fn new() -> Self {
        let portal = Portal::builder().start().await.expect("a portal");
        portal.on("profile").reply(7);
        let company = Company::around(&portal.url()).await;
        Self { portal, company }
    }

    /// Calls the portal under this name, with this CA and proxy.
    async fn call(&self, host: &str, ca: Option<&str>, proxy: Option<&str>) -> Result<(), Error> {
        // Another test may have been first.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(ca) = ca {
            let ca = reqwest::Certificate::from_pem(ca.as_bytes()).expect("a certificate");
            http = http.tls_certs_merge([ca]);
        }
        if let Some(proxy) = proxy {
            http = http.proxy(reqwest::Proxy::all(proxy).expect("a URL"));
        }
        let webhook = self
            .portal
            .webhook_url()
            .replace(&self.portal.url(), &format!("https://{host}"));
        let client = Client::builder()
            .webhook(&webhook)
            .http(from_reqwest(http.build().expect("a client")))
            .retry(Retry::new().attempts(1))
            .build()
            .expect("a client");
        client.call_raw("profile", ()).await.map(|_| ())
    }
}

#[tokio::test]
async fn what_is_wrong_on_the_way_is_no_connection_and_nothing_is_sent() {
    let world = World::new().await;
    let proxy = world.company.proxy.as_str();
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        format!("http://{}", listener.local_addr().expect("bound"))
    };
    for (what, host, ca, proxy) in [
        ("no CA", HOST, None, Some(proxy)),
        ("another company's CA", HOST, Some(OTHER_CA), Some(proxy)),
        (
            "a name that is not in the certificate",
            "evil.example.com",
            Some(CA),
            Some(proxy),
        ),
        ("no proxy there", HOST, Some(CA), Some(nobody.as_str())),
    ] {
        let error = world.call(host, ca, proxy).await.expect_err(what);
        assert_eq!(
            (error.kind(), error.executed(), error.is_retryable()),
            (Kind::Connect, Executed::No, true),
            "{what}: {error:?}"
        );
    }
    assert_eq!(world.portal.requests(), 0);
    world.call(HOST, Some(CA), Some(proxy)).await.expect("an answer");
    assert_eq!(world.portal.runs("profile"), 1);
}

/// What the proxy gets to see is where to, not with which code.
#[tokio::test]
async fn a_proxy_sees_no_secret() {
    let world = World::new().await;
    let Company { proxy, asked } = &world.company;
    world.call(HOST, Some(CA), Some(proxy)).await.expect("an answer");
    assert_eq!(
        *asked.lock().expect("no panic"),
        [format!("CONNECT {HOST}:443 HTTP/1.1")]
    );
}
