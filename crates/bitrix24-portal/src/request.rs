//! From an HTTP request to a call: which method, on whose behalf, with which parameters.

use std::net::IpAddr;

use crate::brackets;
use crate::multipart::{self, Part};
use crate::value::{Map, Value};

/// The version of the API, which the address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Api {
    V2,
    V3,
}

/// A call as it arrived.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) api: Api,
    pub(crate) from: IpAddr,
    /// It came over https, if only as far as a proxy.
    pub(crate) https: bool,
    /// As it came, for a redirect.
    pub(crate) path_and_query: String,
    pub(crate) auth: Auth,
    /// As spelt by the caller, without `.json`.
    pub(crate) method: String,
    pub(crate) params: Value,
    /// `Idempotency-Key`, as it came.
    pub(crate) idempotency_key: Option<Vec<u8>>,
}

/// What a call says about who makes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Auth {
    Webhook { user: String, code: String },
    Token(String),
    Nothing,
}

/// What a path asks for.
#[derive(Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) api: Api,
    pub(crate) auth: Auth,
    pub(crate) method: String,
}

/// Why there is no call in a request.
#[derive(Debug, PartialEq)]
pub(crate) enum NoCall {
    /// The address is none of the REST API.
    NotRest,
    /// The answer is wanted as XML.
    Xml,
    /// The body is not what its content type says.
    Body(String),
}

impl Address {
    /// `/rest/{user}/{code}/{method}` or `/rest/{method}`, with `/rest/api/` for REST 3.0; slashes may be doubled, `.json`
    /// may follow.
    pub(crate) fn parse(path: &str) -> Result<Self, NoCall> {
        let steps = path.split('/').filter(|step| !step.is_empty()).map(unescape_path);
        let steps: Vec<String> = steps.collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let (api, steps) = match &steps[..] {
            ["rest", "api", steps @ ..] if !steps.is_empty() => (Api::V3, steps),
            ["rest", steps @ ..] => (Api::V2, steps),
            _ => return Err(NoCall::NotRest),
        };
        let (auth, method) = match *steps {
            [user, code, method] => (
                Auth::Webhook {
                    user: user.to_owned(),
                    code: code.to_owned(),
                },
                method,
            ),
            [user, code] if user.bytes().all(|byte| byte.is_ascii_digit()) => (
                Auth::Webhook {
                    user: user.to_owned(),
                    code: code.to_owned(),
                },
                "",
            ),
            [method] => (Auth::Nothing, method),
            _ => return Err(NoCall::NotRest),
        };
        let lower = method.to_ascii_lowercase();
        if lower.ends_with(".xml") {
            return Err(NoCall::Xml);
        }
        let method = if lower.ends_with(".json") {
            &method[..method.len() - ".json".len()]
        } else {
            method
        };
        Ok(Self {
            api,
            auth,
            method: method.to_owned(),
        })
    }
}

/// In a path a plus is a plus.
fn unescape_path(step: &str) -> String {
    brackets::unescape(&step.replace('+', "%2B"))
}

/// The parameters: those of the query, and over them those of the body.
pub(crate) fn params(query: &str, content_type: &str, body: &[u8]) -> Result<Value, NoCall> {
    let mut params = brackets::decode(query);
    let kind = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let sent = match kind.as_str() {
        _ if body.is_empty() => Value::Map(Map::new()),
        "application/json" => json(body)?,
        "multipart/form-data" => multipart(content_type, body)?.into(),
        // What a form is taken for when nothing is said.
        _ => brackets::decode(&String::from_utf8_lossy(body)).into(),
    };
    match sent {
        Value::Map(sent) => params.extend(sent),
        // Parameters by position.
        Value::List(sent) => {
            params.extend(
                sent.into_iter()
                    .enumerate()
                    .map(|(i, value)| (i.to_string(), value)),
            );
        }
        other => {
            return Err(NoCall::Body(format!(
                "a JSON body must be an object or a list, not {other:?}"
            )));
        }
    }
    Ok(params.into())
}

/// The parameters of REST 3.0: JSON, which for a batch is a list; the query says nothing.
pub(crate) fn params_v3(content_type: &str, body: &[u8]) -> Result<Value, NoCall> {
    if body.is_empty() {
        return Ok(Value::Map(Map::new()));
    }
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(NoCall::Body(format!(
            "the body must be application/json, not {kind:?}"
        )));
    }
    match json(body)? {
        params @ (Value::Map(_) | Value::List(_)) => Ok(params),
        other => Err(NoCall::Body(format!(
            "a JSON body must be an object or a list, not {other:?}"
        ))),
    }
}

fn json(body: &[u8]) -> Result<Value, NoCall> {
    serde_json::from_slice(body).map_err(|error| NoCall::Body(format!("the body is not JSON: {error}")))
}

/// Name and value of each part of a form; files are kept as their text.
fn multipart(content_type: &str, body: &[u8]) -> Result<Map, NoCall> {
    let parts = multipart::parts(content_type, body);
    let parts = parts.map_err(|why| NoCall::Body(format!("the multipart body {why}")))?;
    let text = |part: Part<'_>| (part.name, String::from_utf8_lossy(part.content).into_owned());
    Ok(brackets::collect(parts.into_iter().map(text)))
}

/// Takes the token out of the header or the parameters, where the address does not say who calls.
pub(crate) fn take_auth(address: Auth, bearer: Option<&str>, params: &mut Value) -> Auth {
    if address != Auth::Nothing {
        return address;
    }
    let sent = match params {
        Value::Map(params) => params.shift_remove("auth").and_then(|auth| auth.to_text()),
        _ => None,
    };
    match bearer.map(str::to_owned).or(sent) {
        Some(token) if !token.is_empty() => Auth::Token(token),
        _ => Auth::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn webhook(user: &str, code: &str) -> Auth {
        Auth::Webhook {
            user: user.to_owned(),
            code: code.to_owned(),
        }
    }

    #[test]
    fn addresses() {
        for (path, auth, method) in [
            (
                "/rest/1/abc/landing.site.add",
                webhook("1", "abc"),
                "landing.site.add",
            ),
            (
                "//rest//1///abc//landing.site.add.json",
                webhook("1", "abc"),
                "landing.site.add",
            ),
            (
                "/rest/1/abc/Landing.Site.ADD.JSON/",
                webhook("1", "abc"),
                "Landing.Site.ADD",
            ),
            ("/rest/1/a%62c/x", webhook("1", "abc"), "x"),
            ("/rest/1/abc/", webhook("1", "abc"), ""),
            ("/rest/user.current", Auth::Nothing, "user.current"),
            ("/rest/api/1/abc/x", webhook("1", "abc"), "x"),
            ("/rest//api/x.json", Auth::Nothing, "x"),
        ] {
            let api = if path.contains("/api/") { Api::V3 } else { Api::V2 };
            assert_eq!(
                Address::parse(path),
                Ok(Address {
                    api,
                    auth,
                    method: method.to_owned()
                }),
                "{path}"
            );
        }
        assert_eq!(Address::parse("/rest/1/abc/x.xml"), Err(NoCall::Xml));
        for path in [
            "/",
            "/rest",
            "/other/1/abc/x",
            "/rest/1/abc/x/y",
            "/rest/api/1/abc/x/y",
            "/api/1/abc/x",
        ] {
            assert_eq!(Address::parse(path), Err(NoCall::NotRest), "{path}");
        }
    }

    #[test]
    fn bodies() {
        let form = "application/x-www-form-urlencoded";
        let multipart = "multipart/form-data; boundary=\"xx\"";
        let parts = "--xx\r\nContent-Disposition: form-data; name=\"fields[TITLE]\"\r\n\r\na\r\nb\r\n\
                     --xx\r\ncontent-disposition: form-data; name=\"id\"\r\nContent-Type: text/plain\r\n\r\n\r\n--xx--\r\n";
        for (query, kind, body, json) in [
            ("", "", "", r#"{}"#),
            (
                "a=1&b=2",
                "application/json",
                r#"{"b":3,"c":[]}"#,
                r#"{"a":"1","b":3,"c":[]}"#,
            ),
            (
                "",
                "application/json; charset=utf-8",
                "[7,{\"x\":1}]",
                r#"{"0":7,"1":{"x":1}}"#,
            ),
            ("a=1", "application/json", "", r#"{"a":"1"}"#),
            ("", form, "f[A]=1&f[B]=2", r#"{"f":{"A":"1","B":"2"}}"#),
            ("", "", "a=1", r#"{"a":"1"}"#),
            ("", multipart, parts, r#"{"fields":{"TITLE":"a\r\nb"},"id":""}"#),
        ] {
            let params = params(query, kind, body.as_bytes()).unwrap();
            assert_eq!(params.json(), json, "{query} {kind} {body}");
        }
        for (kind, body) in [
            ("application/json", "{"),
            ("application/json", "1"),
            ("multipart/form-data", "--xx"),
            (multipart, "--xx\r\nname=x"),
            (multipart, "--xx\r\n\r\n\r\nvalue\r\n--xx--"),
            (multipart, ""),
        ] {
            let result = params("", kind, body.as_bytes());
            assert!(
                body.is_empty() || matches!(result, Err(NoCall::Body(_))),
                "{kind} {body}: {result:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_body_makes_the_portal_panic(
            query in ".*",
            kind in "(application/json|multipart/form-data; boundary=b|application/x-www-form-urlencoded|.*)",
            body in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let _ = params(&query, &kind, &body);
        }

        #[test]
        fn nor_does_one_that_looks_right(
            form in "([ab\\[\\]=&%+. 0-9]){0,60}",
            parts in "(--b|\r\n|content-disposition: form-data; name=\"|a\\[|\\]|\"|-| ){0,40}",
            json in "([\\[\\]{}\",:a0-9. ]|null|true){0,60}",
            path in "(/|rest|1|%|a|\\.json|\\.xml|é){0,12}",
        ) {
            let _ = params(&form, "", form.as_bytes());
            let _ = params("", "multipart/form-data; boundary=b", parts.as_bytes());
            let _ = params("", "application/json", json.as_bytes());
            let _ = Address::parse(&path);
        }

        #[test]
        fn what_a_form_says_is_read_back(
            keys in prop::collection::vec("[A-Z_][A-Z0-9_]{0,5}", 1..5),
            value in ".*",
        ) {
            let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let name = keys[1..].iter().fold(escape(&keys[0]), |name, key| format!("{name}%5B{}%5D", escape(key)));
            let params = params("", "", format!("{name}={}", escape(&value)).as_bytes()).unwrap();
            let found = keys.iter().fold(&params, |value, key| value.get(key));
            prop_assert_eq!(found, &Value::Text(value));
        }
    }
}
