// A company with a portal of its own: behind TLS, with a certificate of the company's own CA, and out of reach but for a proxy.
// Also part of an example in the chapter «extending», so nothing here is about tests.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The portal's name. No name server knows it.
pub const HOST: &str = "crm.example.com";

/// The certificate of the company's CA, PEM; `company/make.sh` says how it was made.
pub const CA: &str = include_str!("company/ca.pem");
const CERTIFICATE: &str = include_str!("company/server.pem");
const KEY: &str = include_str!("company/server.key");

pub struct Company {
    /// The proxy's URL.
    pub proxy: String,
    /// What the proxy was asked for.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Company {
    /// Puts all this in front of a portal without TLS: `http://127.0.0.1:8024`.
    pub async fn around(portal: &str) -> Self {
        let portal = portal.trim_start_matches("http://").parse().expect("an address");
        let server = behind_tls(portal).await;
        let asked = Arc::default();
        let proxy = proxy(server, Arc::clone(&asked)).await;
        Self { proxy, asked }
    }
}

async fn behind_tls(portal: SocketAddr) -> SocketAddr {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they belong together");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    listen(move |client| {
        let acceptor = acceptor.clone();
        async move {
            // Not every client likes the certificate.
            let Ok(client) = acceptor.accept(client).await else {
                return;
            };
            pass(client, portal).await;
        }
    })
    .await
}

/// A proxy that leads to the portal, whatever it is asked for.
async fn proxy(portal: SocketAddr, asked: Arc<Mutex<Vec<String>>>) -> String {
    let address = listen(move |client| {
        let asked = Arc::clone(&asked);
        async move {
            let mut client = BufReader::new(client);
            let mut line = String::new();
            client.read_line(&mut line).await.expect("a request");
            asked.lock().expect("no panic").push(line.trim_end().to_owned());
            while line != "\r\n" {
                line.clear();
                client
                    .read_line(&mut line)
                    .await
                    .expect("headers and an empty line");
            }
            client
                .write_all(b"HTTP/1.1 200 OK\r\n\r\n")
                .await
                .expect("it waits for this");
            pass(client, portal).await;
        }
    });
    format!("http://{}", address.await)
}

async fn listen<W>(serve: impl Fn(TcpStream) -> W + Send + 'static) -> SocketAddr
where
    W: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client));
        }
    });
    address
}

async fn pass(mut client: impl AsyncRead + AsyncWrite + Unpin, to: SocketAddr) {
    let mut server = TcpStream::connect(to).await.expect("it listens");
    // Either side may hang up.
    let _over = copy_bidirectional(&mut client, &mut server).await;
}
