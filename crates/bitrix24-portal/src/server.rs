//! HTTP at the edge: connections in, answers out, and nothing decided here.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, REFERER, USER_AGENT,
};
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::answer::Refusal;
use crate::brackets;
use crate::disk::Transfer;
use crate::oauth;
use crate::request::{self, Address, Api, Auth, NoCall, Request};
use crate::rest::{Arrival, Body, Reply, World, lock};
use crate::value::Value;

/// The largest body that is read.
const LARGEST_BODY: usize = 512 << 20;

/// Serves until the other end of `stop` is used or dropped.
pub(crate) async fn serve(
    listener: TcpListener,
    world: Arc<Mutex<World>>,
    mut stop: oneshot::Receiver<Infallible>,
) {
    loop {
        let accepted = poll_fn(|context| match Pin::new(&mut stop).poll(context) {
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => listener.poll_accept(context).map(Some),
        });
        match accepted.await {
            None => return,
            Some(Ok((stream, from))) => {
                lock(&world).connections += 1;
                tokio::spawn(connection(stream, from, Arc::clone(&world)));
            }
            // Out of file handles, say: a moment later there may be one.
            Some(Err(_)) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn connection(stream: TcpStream, from: SocketAddr, world: Arc<Mutex<World>>) {
    // Without it small answers may wait for each other; with it failing they only do that.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|http| answer(http, from, &world));
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // An error is a client that went away, or a connection closed on purpose. Neither concerns the next one.
    let _ = served.await;
}

/// The answer to one request; an error closes the connection.
async fn answer(
    http: hyper::Request<Incoming>,
    from: SocketAddr,
    world: &Mutex<World>,
) -> Result<Response<Content>, Closed> {
    let reply = match read(http, from).await? {
        Ok(Wanted::Call(request)) => lock(world).handle(&request),
        Ok(Wanted::Transfer(transfer)) => lock(world).transfer(&transfer),
        Ok(Wanted::Authorization(request)) => lock(world).authorization(&request),
        Err(reply) => reply,
    };
    if !reply.delay.is_zero() {
        tokio::time::sleep(reply.delay).await;
    }
    if let Some(gate) = &reply.gate {
        gate.passed().await;
    }
    write(reply)
}

/// What a request is meant for.
enum Wanted {
    Call(Request),
    Transfer(Transfer),
    Authorization(oauth::Request),
}

/// What a request wants, or what is said where that is nothing.
async fn read(http: hyper::Request<Incoming>, from: SocketAddr) -> Result<Result<Wanted, Reply>, Closed> {
    let (head, body) = http.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return Err(Closed("the body is too large or ended early"));
    };
    if head.method != Method::GET && head.method != Method::POST {
        return Ok(Err(page(405, "Calls are made with GET or POST.")));
    }
    let query = head.uri.query().unwrap_or_default();
    let path_and_query = (head.uri.path_and_query())
        .map(ToString::to_string)
        .unwrap_or_default();
    let header = |name: HeaderName| header(&head.headers, &name);
    let body = body.to_bytes();
    let params = || request::params(query, header(CONTENT_TYPE), &body);
    if let Some(endpoint) = oauth::Endpoint::of(head.uri.path()) {
        return Ok(params().map_err(|error| no_call(Api::V2, error)).map(|params| {
            Wanted::Authorization(oauth::Request {
                endpoint,
                path_and_query,
                query: brackets::decode(query),
                params,
            })
        }));
    }
    let address = match Address::parse(head.uri.path()) {
        Ok(address) => address,
        Err(NoCall::Xml) => return Ok(Err(page(501, "This portal answers in JSON only."))),
        Err(_) => {
            return Ok(Err(page(
                404,
                "Not found. Calls go to /rest/{user}/{code}/{method}.",
            )));
        }
    };
    let file = |name: &str| address.api == Api::V2 && address.method.eq_ignore_ascii_case(name);
    let transfer = file("upload") || file("download");
    let get_with_body = head.method == Method::GET && !body.is_empty();
    let params = match address.api {
        // The body is the file.
        Api::V2 if transfer => Ok(brackets::decode(query).into()),
        Api::V2 => params().map_err(|error| no_call(Api::V2, error)),
        Api::V3 if get_with_body => Err(wrong_method()),
        Api::V3 => request::params_v3(header(CONTENT_TYPE), &body).map_err(|error| no_call(Api::V3, error)),
    };
    let mut params = match params {
        Ok(params) => params,
        Err(reply) => return Ok(Err(reply)),
    };
    let bearer = header(AUTHORIZATION).strip_prefix("Bearer ");
    let auth: Auth = request::take_auth(address.auth, bearer, &mut params);
    let token = match &mut params {
        Value::Map(params) if transfer => params.shift_remove("token").and_then(|token| token.to_text()),
        _ => None,
    };
    let request = Request {
        api: address.api,
        from: from.ip(),
        https: header(HeaderName::from_static("x-forwarded-proto")).eq_ignore_ascii_case("https"),
        path_and_query,
        auth,
        method: address.method,
        params,
        idempotency_key: (head.headers.get("idempotency-key")).map(|key| key.as_bytes().to_vec()),
    };
    if !transfer {
        return Ok(Ok(Wanted::Call(request)));
    }
    Ok(Ok(Wanted::Transfer(Transfer {
        request,
        token: token.unwrap_or_default(),
        headers: [USER_AGENT, ACCEPT_LANGUAGE, REFERER]
            .into_iter()
            .all(|name| !header(name).trim().is_empty()),
        content_type: header(CONTENT_TYPE).to_owned(),
        body: body.clone(),
    })))
}

fn no_call(api: Api, error: NoCall) -> Reply {
    match error {
        NoCall::Body(why) => Reply::refusal(api, &Refusal::new(400, "INVALID_BODY", why)),
        _ => page(400, "Not a call."),
    }
}

fn wrong_method() -> Reply {
    let text = "A call with parameters is made with POST";
    Reply::refusal(
        Api::V3,
        &Refusal::rest3(400, "WRONGHTTPREQUESTMETHODEXCEPTION", text),
    )
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn page(status: u16, text: &'static str) -> Reply {
    Reply::new(status, Body::Html(text))
}

fn write(reply: Reply) -> Result<Response<Content>, Closed> {
    let (kind, bytes) = match reply.body {
        Body::Json(value) => {
            let mut bytes = Vec::new();
            if value.write(&mut bytes).is_err() {
                return Err(Closed("the answer is not JSON"));
            }
            ("application/json; charset=utf-8", Bytes::from(bytes))
        }
        Body::Html(html) => ("text/html; charset=utf-8", Bytes::from_static(html.as_bytes())),
        Body::File(content) => ("application/octet-stream", Bytes::from(content)),
    };
    let mut response = Response::builder()
        .status(StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .header(CONTENT_TYPE, kind)
        .header(CONTENT_LENGTH, bytes.len());
    if let Some((name, value)) = reply.header {
        response = response.header(name, value);
    }
    let content = match reply.arrival {
        Arrival::Never => return Err(Closed("as ordered")),
        Arrival::Whole => Content::Whole(Some(bytes)),
        Arrival::Cut => Content::Half(Some(bytes.slice(..bytes.len() / 2))),
    };
    response
        .body(content)
        .map_err(|_| Closed("an address to move to that is none"))
}

/// Why a connection was closed without an answer.
#[derive(Debug)]
struct Closed(&'static str);

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Closed {}

impl From<Closed> for io::Error {
    fn from(closed: Closed) -> Self {
        Self::other(closed)
    }
}

/// A body that may end before it should.
enum Content {
    Whole(Option<Bytes>),
    Half(Option<Bytes>),
    /// The half is out; now the connection may go.
    Sent,
}

impl HttpBody for Content {
    type Data = Bytes;
    type Error = Closed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Closed>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Half(bytes) => match bytes.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => {
                    // Only a body that has nothing to give makes the connection write what it has.
                    *self = Self::Sent;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            },
            Self::Sent => Poll::Ready(Some(Err(Closed("cut, as ordered")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(Some(bytes)) => SizeHint::with_exact(bytes.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
