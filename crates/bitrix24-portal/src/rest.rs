//! From a call to its answer, in the order in which a portal looks at it: the portal, the limits, the caller,
//! the plan, the method, its parameters, and at last what the method does.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::header::{HeaderName, LOCATION};

use crate::answer::{Answer, Refusal, Timing, envelope, refused};
use crate::calls::Call;
use crate::check;
use crate::clock::Clock;
use crate::disk::{self, Link};
use crate::fault::{Fault, Faults, Gate, Place};
use crate::idempotency::{Answers, Key};
use crate::landing;
use crate::limits::{Limits, Usage};
use crate::oauth::OAuth;
use crate::request::{Api, Auth, Request};
use crate::script::Scripts;
use crate::shape;
use crate::spec::{Access, Effect, Method, Spec};
use crate::state::{Credential, Health, Scopes, State, Tier};
use crate::system;
use crate::table;
use crate::value::Value;

/// Everything a portal is, apart from its socket.
pub(crate) struct World {
    spec: &'static Spec,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    usage: Usage,
    /// Where it is.
    pub(crate) origin: String,
    /// The addresses for files that were given out, by their tokens; those to get files from also the other way round.
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) downloads: BTreeMap<i64, String>,
    /// The secret part of the webhook's address.
    pub(crate) code: String,
    pub(crate) state: State,
    pub(crate) oauth: OAuth,
    pub(crate) scripts: Scripts,
    /// By lower-case name of the list method.
    pub(crate) tables: BTreeMap<String, table::Data>,
    pub(crate) faults: Faults,
    /// The answers to writes of REST 3.0 that had a key.
    kept: Answers,
    pub(crate) calls: Vec<Call>,
    /// Whether a call is forgotten once it is answered.
    pub(crate) forgets: bool,
    pub(crate) connections: usize,
    /// How long methods work, by lower-case name.
    pub(crate) costs: BTreeMap<String, Duration>,
}

/// The portal, for the moment. A panic in a test's closure leaves a state that is no worse than the test made it.
pub(crate) fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer on its way out.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Body,
    /// A header of its own: where a redirect leads, what a file is called, that an answer is given once more.
    pub(crate) header: Option<(HeaderName, String)>,
    /// How long it is held back.
    pub(crate) delay: Duration,
    /// And until when.
    pub(crate) gate: Option<Gate>,
    pub(crate) arrival: Arrival,
}

#[derive(Debug)]
pub(crate) enum Body {
    Json(Value),
    Html(&'static str),
    File(Vec<u8>),
}

/// How much of an answer arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Arrival {
    Whole,
    /// It ends in the middle.
    Cut,
    /// The connection is closed without it.
    Never,
}

impl Reply {
    pub(crate) fn new(status: u16, body: Body) -> Self {
        Self {
            status,
            body,
            header: None,
            delay: Duration::ZERO,
            gate: None,
            arrival: Arrival::Whole,
        }
    }

    /// An error.
    pub(crate) fn refusal(api: Api, refusal: &Refusal) -> Self {
        Self::new(refusal.status, Body::Json(refusal.envelope(api)))
    }
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What a proxy says in the portal's place.
const PROXY_PAGE: &str =
    "<html><head><title>503 Service Temporarily Unavailable</title></head><body><h1>503</h1></body></html>";

const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";

/// Who calls, and what they may use.
pub(crate) struct Caller {
    /// What operating time is counted under.
    pub(crate) key: String,
    pub(crate) scopes: Scopes,
    /// What it called with.
    pub(crate) auth: Auth,
}

/// What came of one method: its answer, how long it worked, whether it ran at all.
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    pub(crate) ran: bool,
    pub(crate) timing: Timing,
}

impl Outcome {
    /// What did not run.
    fn refused(refusal: Refusal, start: Duration) -> Self {
        Self {
            answer: Err(refusal),
            ran: false,
            timing: Timing::none(start),
        }
    }
}

impl World {
    /// A portal nobody has called yet, at this origin.
    pub(crate) fn new(spec: &'static Spec, clock: Clock, limits: Limits, code: String, origin: &str) -> Self {
        Self {
            spec,
            state: State::new(clock.now()),
            oauth: OAuth::new(origin),
            origin: origin.to_owned(),
            links: BTreeMap::new(),
            clock,
            limits,
            usage: Usage::default(),
            code,
            scripts: Scripts::default(),
            tables: BTreeMap::new(),
            faults: Faults::default(),
            forgets: false,
            downloads: BTreeMap::new(),
            kept: Answers::default(),
            calls: Vec::new(),
            connections: 0,
            costs: BTreeMap::new(),
        }
    }

    /// Answers one HTTP request, or what becomes of it on the way.
    pub(crate) fn handle(&mut self, request: &Request) -> Reply {
        self.on_the_way(request, |world, call| world.answer(request, call))
    }

    /// Notes a request, and answers it under the fault that it meets.
    pub(crate) fn on_the_way(
        &mut self,
        request: &Request,
        answer: impl FnOnce(&mut Self, usize) -> Reply,
    ) -> Reply {
        let call = self.record(&request.method, &request.params, false);
        let fault = self.faults.take(Place::Request, &request.method);
        let reply = self.under(fault.as_ref(), request.api, &request.path_and_query, |world| {
            answer(world, call)
        });
        self.calls[call].status = Some(reply.status).filter(|_| reply.arrival != Arrival::Never);
        if self.forgets {
            self.calls.clear();
        }
        reply
    }

    /// What becomes of a request and its answer under a fault.
    pub(crate) fn under(
        &mut self,
        fault: Option<&Fault>,
        api: Api,
        path_and_query: &str,
        answer: impl FnOnce(&mut Self) -> Reply,
    ) -> Reply {
        let mut reply = match fault {
            Some(Fault::DropBefore) => Reply {
                arrival: Arrival::Never,
                ..Reply::new(503, Body::Html(""))
            },
            Some(Fault::HtmlPage) => Reply::new(503, Body::Html(PROXY_PAGE)),
            Some(Fault::BadGateway) => Reply::new(502, Body::Html(BAD_GATEWAY)),
            Some(Fault::Moved(origin)) => {
                let location = format!("{}{}", origin.trim_end_matches('/'), path_and_query);
                Reply {
                    header: Some((LOCATION, location)),
                    ..Reply::new(302, Body::Html(""))
                }
            }
            Some(Fault::ErrorUnder200 { code, description }) => {
                Reply::refusal(api, &Refusal::new(200, code, description))
            }
            // What is left happens to the answer, or further inside.
            _ => answer(self),
        };
        match fault {
            Some(Fault::DropAfter) => reply.arrival = Arrival::Never,
            Some(Fault::CutBody) => reply.arrival = Arrival::Cut,
            Some(Fault::Slow(delay)) => reply.delay = *delay,
            Some(Fault::Held(gate)) => reply.gate = Some(gate.clone()),
            _ => {}
        }
        reply
    }

    /// Answers one HTTP request, which has been noted under this number.
    fn answer(&mut self, request: &Request, call: usize) -> Reply {
        let api = request.api;
        let start = self.clock.now();
        self.state.now = start;
        let caller = match self.admit(request, start) {
            Ok(caller) => caller,
            Err(refusal) => return Reply::refusal(api, &refusal),
        };
        let key = match self.key(request, &caller) {
            Ok(key) => key,
            Err(refusal) => return Reply::refusal(api, &refusal),
        };
        match key
            .as_ref()
            .map_or(Ok(None), |key| self.kept.find(key, &request.params, start))
        {
            Ok(None) => {}
            Ok(Some(before)) => {
                let reply = Reply::new(200, Body::Json(before));
                return Reply {
                    header: Some((REPLAYED, "true".to_owned())),
                    ..reply
                };
            }
            Err(refusal) => return Reply::refusal(api, &refusal),
        }
        let Outcome {
            answer,
            ran,
            mut timing,
        } = self.dispatch(request, &caller, start);
        self.calls[call].ran = ran;
        if self.state.account.health == Health::AnswersNonsense {
            return Reply::refusal(api, &system::UNEXPECTED_ANSWER.into());
        }
        match answer {
            Ok(success) => {
                timing.finish = timing.finish.max(self.clock.now());
                let time = timing.block(self.state.account.utc_offset_minutes);
                let body = envelope(success, time);
                if let Some(key) = key {
                    self.kept.keep(key, request.params.clone(), body.clone(), start);
                }
                Reply::new(200, Body::Json(body))
            }
            Err(refusal) => Reply::refusal(api, &refusal),
        }
    }

    /// Runs what was called: a method, or a batch of them.
    fn dispatch(&mut self, request: &Request, caller: &Caller, start: Duration) -> Outcome {
        let Request {
            api, method, params, ..
        } = request;
        if !method.eq_ignore_ascii_case("batch") {
            return self.call(caller, *api, method, params, start);
        }
        let fault = self.faults.take_named(Place::Method, "batch");
        match (fault.as_ref().and_then(Fault::refusal), api) {
            (Some(refusal), _) => Outcome::refused(refusal, start),
            (None, Api::V2) => self.batch(caller, params, start),
            (None, Api::V3) => self.batch3(caller, params, start),
        }
    }

    /// The key of a write of REST 3.0. Elsewhere nobody looks for one.
    fn key(&self, request: &Request, caller: &Caller) -> Result<Option<Key>, Refusal> {
        let writes = match self.spec.method(Api::V3, &request.method) {
            Some(method) => method.effect != Effect::Read,
            None => !request.method.eq_ignore_ascii_case("batch"),
        };
        match &request.idempotency_key {
            Some(key) if request.api == Api::V3 && writes => {
                Key::new(&caller.key, &request.method, key).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What is looked at once for every HTTP request.
    pub(crate) fn admit(&mut self, request: &Request, now: Duration) -> Result<Caller, Refusal> {
        let account = &self.state.account;
        if account.closed {
            return Err(system::PORTAL_DELETED.into());
        }
        if account.https_only && !request.https {
            return Err(system::INVALID_REQUEST.into());
        }
        if account.blocked_for_overload {
            return Err(system::OVERLOAD_LIMIT.into());
        }
        if !self.usage.admit(&self.limits, request.from, now) {
            return Err(system::QUERY_LIMIT_EXCEEDED.into());
        }
        if account.health == Health::ServerFails {
            return Err(system::INTERNAL_SERVER_ERROR.into());
        }
        let (key, credential) = self.credential(&request.auth)?;
        if credential.expires_at.is_some_and(|end| end <= now) {
            return Err(system::EXPIRED_TOKEN.into());
        }
        let caller = Caller {
            key,
            scopes: credential.scopes.clone(),
            auth: request.auth.clone(),
        };
        if !self.state.user.may_use_rest {
            return Err(system::INVALID_CREDENTIALS.into());
        }
        if !self.state.user.may_use_app {
            return Err(system::USER_ACCESS_ERROR.into());
        }
        if self.state.plan.tier == Tier::Free {
            return Err(system::ACCESS_DENIED.into());
        }
        if !self.state.account.manifest_available {
            return Err(system::MANIFEST_IS_NOT_AVAILABLE.into());
        }
        Ok(caller)
    }

    fn credential(&self, auth: &Auth) -> Result<(String, &Credential), Refusal> {
        let known = match auth {
            Auth::Webhook { user, code } if *user == self.state.user.id.to_string() && *code == self.code => {
                Some(("webhook".to_owned(), &self.state.webhook))
            }
            Auth::Token(token) => {
                self.state
                    .tokens
                    .get(token)
                    .map(|credential| match self.oauth.owner(token) {
                        Some(app) => (format!("app {app}"), credential),
                        None => (format!("token {token}"), credential),
                    })
            }
            _ => None,
        };
        let alive = known.filter(|(_, credential)| !credential.deleted);
        alive.ok_or_else(|| system::NO_AUTH_FOUND.into())
    }

    /// Runs one method, by itself or as a command of a batch.
    pub(crate) fn call(
        &mut self,
        caller: &Caller,
        api: Api,
        name: &str,
        params: &Value,
        start: Duration,
    ) -> Outcome {
        let method = self.spec.method(api, name);
        let lower = name.to_ascii_lowercase();
        let mut timing = Timing::none(start);
        if let Err(refusal) = self.may_run(caller, (api, name), method, params, start) {
            return Outcome::refused(refusal, start);
        }
        let answer = match (self.scripts.next(name), self.tables.get_mut(&lower), method) {
            (Some(scripted), ..) => scripted,
            (None, Some(table), _) => match api {
                Api::V2 => table.answer(name, params, &mut self.faults),
                Api::V3 => table.answer3(name, params, &mut self.faults),
            },
            (None, None, Some(method)) => {
                let known = match api {
                    Api::V2 => landing::run(&mut self.state, &lower, params)
                        .or_else(|| self.disk(caller, &lower, params)),
                    Api::V3 => None,
                };
                known.unwrap_or_else(|| self.documented(method))
            }
            (None, None, None) => Err(no_such_method(api)),
        };
        timing.processing = self.costs.get(&lower).copied().unwrap_or_default();
        timing.finish = start + timing.processing;
        timing.operating = Some(self.usage.worked((&caller.key, &lower), start, timing.processing));
        Outcome {
            answer,
            ran: true,
            timing,
        }
    }

    /// The answer of a method whose behaviour is not known: what its page shows.
    fn documented(&self, method: &Method) -> Answer {
        match &method.access {
            Access::Right(right) if method.scopes.iter().any(|scope| scope == "landing") => {
                if !landing::may(&self.state, right) {
                    return refused("ACCESS_DENIED", format!("This needs the right {right:?}"));
                }
            }
            Access::Any
            | Access::Admin
            | Access::Right(_)
            | Access::Role(_)
            | Access::To(_)
            | Access::Unknown => {}
        }
        Ok(shape::example(self.spec, &method.result).into())
    }

    /// What is looked at before a method runs.
    fn may_run(
        &mut self,
        caller: &Caller,
        (api, name): (Api, &str),
        method: Option<&Method>,
        params: &Value,
        now: Duration,
    ) -> Result<(), Refusal> {
        let lower = name.to_ascii_lowercase();
        if method.is_none() && !self.scripts.has(name) && !self.tables.contains_key(&lower) {
            return Err(no_such_method(api));
        }
        if let Some(method) = method {
            let scopes = &method.scopes;
            if !scopes.is_empty() && !scopes.iter().any(|scope| caller.scopes.include(scope)) {
                return Err(system::INSUFFICIENT_SCOPE.into());
            }
        }
        if !self.usage.may_run(&self.limits, (&caller.key, &lower), now) {
            return Err(system::OPERATION_TIME_LIMIT.into());
        }
        if self.state.account.health == Health::ModuleFails {
            return Err(match method {
                Some(method) if method.lists("SYSTEM_ERROR") => {
                    Refusal::new(400, "SYSTEM_ERROR", "The module failed")
                }
                _ => system::INTERNAL_SERVER_ERROR.into(),
            });
        }
        if let Some(refusal) = self
            .faults
            .take(Place::Method, name)
            .as_ref()
            .and_then(Fault::refusal)
        {
            return Err(refusal);
        }
        let Some(method) = method else { return Ok(()) };
        if matches!(method.access, Access::Admin) && !self.state.user.admin {
            return refused("ACCESS_DENIED", "This is for administrators");
        }
        check::check(api, method, params, disk::can_do_without(&lower))
    }

    /// Notes a call for [`Portal::calls`](crate::Portal::calls), and says under which number.
    pub(crate) fn record(&mut self, method: &str, params: &Value, in_batch: bool) -> usize {
        let params = params.clone().into();
        self.calls.push(Call {
            method: method.to_owned(),
            params,
            status: None,
            ran: false,
            in_batch,
        });
        self.calls.len() - 1
    }
}

fn no_such_method(api: Api) -> Refusal {
    match api {
        Api::V2 => system::METHOD_NOT_FOUND.into(),
        Api::V3 => Refusal::rest3(400, "METHODNOTFOUNDEXCEPTION", "There is no such method"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Field, Kind};
    use serde_json::json;

    fn world() -> World {
        World::new(
            Spec::get().unwrap(),
            Clock::fixed(Duration::from_secs(1)),
            Limits::none(),
            "code".into(),
            "http://portal.example",
        )
    }

    fn answer(world: &mut World, method: &str, params: serde_json::Value) -> Answer {
        answer_of(world, (Api::V2, method), params)
    }

    fn answer_of(world: &mut World, (api, method): (Api, &str), params: serde_json::Value) -> Answer {
        let caller = Caller {
            key: "webhook".to_owned(),
            scopes: Scopes::All,
            auth: Auth::Nothing,
        };
        world
            .call(&caller, api, method, &params.into(), Duration::from_secs(1))
            .answer
    }

    fn code(answer: Answer) -> String {
        answer.map_or_else(|refusal| refusal.code, |success| format!("{:?}", success.result))
    }

    /// A value that a parameter takes.
    fn good(field: &Field) -> serde_json::Value {
        good_of(&field.kind, &field.fields)
    }

    fn good_of(kind: &Kind, fields: &[Field]) -> serde_json::Value {
        match kind {
            Kind::Object => fields
                .iter()
                .filter(|f| f.required)
                .map(|f| (f.name.clone(), good(f)))
                .collect(),
            Kind::Named(_) | Kind::Map(_) => json!({}),
            Kind::List(_) => json!([]),
            Kind::YesNo => json!("Y"),
            Kind::Date | Kind::DateTime => json!("2026-01-02"),
            Kind::OneOf(kinds) => good_of(&kinds[0], fields),
            _ => json!(1),
        }
    }

    /// A value that it does not take, if there is one.
    fn bad(kind: &Kind) -> Option<serde_json::Value> {
        match kind {
            Kind::Any => None,
            Kind::OneOf(kinds) if kinds.contains(&Kind::Any) || kinds.contains(&Kind::Bool) => None,
            Kind::OneOf(_) | Kind::File => Some(json!(true)),
            Kind::List(_) | Kind::Map(_) | Kind::Object | Kind::Named(_) => Some(json!("x")),
            _ => Some(json!([[true]])),
        }
    }

    #[test]
    fn the_parameters_of_every_method_are_checked() {
        let mut checked = 0;
        for (api, name, method) in Spec::get().unwrap().methods() {
            let required: Vec<&Field> = method.params.iter().filter(|param| param.required).collect();
            let complete: serde_json::Map<_, _> = required
                .iter()
                .map(|param| (param.name.clone(), good(param)))
                .collect();
            for missing in &required {
                if disk::can_do_without(name).contains(&missing.name.as_str()) {
                    continue;
                }
                let mut params = complete.clone();
                params.remove(&missing.name);
                let answer = answer_of(&mut world(), (api, name), params.into());
                assert_eq!(
                    code(answer),
                    "MISSING_PARAMS",
                    "{} without {}",
                    name,
                    missing.name
                );
            }
            for param in &method.params {
                if api == Api::V3 && check::LIST_PARAMETERS.contains(&param.name.as_str()) {
                    continue;
                }
                let Some(bad) = bad(&param.kind) else { continue };
                let mut params = complete.clone();
                params.insert(param.name.clone(), bad);
                let answer = answer_of(&mut world(), (api, name), params.into());
                assert_eq!(code(answer), "TYPE_ERROR", "{} with {}", name, param.name);
                checked += 1;
            }
            let answer = answer_of(&mut world(), (api, name), complete.into());
            let refused_for_its_shape = answer.err().map(|refusal| refusal.code);
            assert!(
                !matches!(
                    refused_for_its_shape.as_deref(),
                    Some("MISSING_PARAMS" | "TYPE_ERROR")
                ),
                "{} with all it needs: {refused_for_its_shape:?}",
                name
            );
        }
        assert!(checked > 100);
    }

    #[test]
    fn methods_without_a_behaviour_answer_what_their_page_shows_to_those_who_may() {
        let mut world = world();
        let params = json!({"lid": 1});
        let blocks = answer(&mut world, "landing.block.getList", params.clone()).unwrap();
        assert!(
            matches!(&blocks.result, Value::List(rows) if rows.len() == 1),
            "{blocks:?}"
        );
        assert_eq!(
            answer(&mut world, "landing.block.getlist", params.clone()),
            Ok(blocks)
        );
        world.state.user.rights.view = false;
        assert_eq!(
            code(answer(&mut world, "landing.block.getList", params)),
            "ACCESS_DENIED"
        );
    }

    #[test]
    fn methods_that_nobody_knows_are_no_methods_until_they_are_scripted() {
        let mut world = world();
        assert_eq!(
            code(answer(&mut world, "crm.lamp.get", json!({}))),
            "ERROR_METHOD_NOT_FOUND"
        );
        world.scripts.add("crm.lamp.get", Ok("scripted".into()));
        assert_eq!(
            answer(&mut world, "CRM.Lamp.get", json!({})),
            Ok("scripted".into())
        );
    }

    #[test]
    fn methods_of_rest_3_are_checked_and_named_by_their_version() {
        let line = concat!(
            r#"{"name":"tasks.task.get","api":3,"scopes":["tasks"],"access":"any","effect":"read","#,
            r#""params":[{"name":"id","type":"int","required":true},{"name":"tags","type":"string[]"}],"#,
            r#""result":{"type":"object","fields":[{"name":"item","type":"any"}]}}"#,
        );
        let spec = Box::leak(Box::new(Spec::read(&[("tasks.json", line)], "[]").unwrap()));
        let limits = Limits::none();
        let mut world = World::new(
            spec,
            Clock::fixed(Duration::ZERO),
            limits,
            "code".into(),
            "http://portal.example",
        );
        let mut call = |api, scopes: Scopes, params: serde_json::Value| {
            let caller = Caller {
                key: "webhook".to_owned(),
                scopes,
                auth: Auth::Nothing,
            };
            let answer = world
                .call(&caller, api, "tasks.task.get", &params.into(), Duration::ZERO)
                .answer;
            let body = answer.map_or_else(|refusal| refusal.envelope(api), |success| success.result);
            serde_json::Value::from(body)
        };
        assert_eq!(
            call(Api::V3, Scopes::All, json!({"id": 1})),
            json!({"item": null})
        );
        assert_eq!(
            call(Api::V2, Scopes::All, json!({"id": 1}))["error"],
            "ERROR_METHOD_NOT_FOUND"
        );
        let validation = "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION";
        for (params, field) in [(json!({}), "id"), (json!({"id": 1, "tags": "id"}), "tags")] {
            let error = call(Api::V3, Scopes::All, params)["error"].take();
            assert_eq!(
                (&error["code"], &error["validation"][0]["field"]),
                (&json!(validation), &json!(field))
            );
        }
        let scopes = Scopes::only(["crm"]);
        let error = call(Api::V3, scopes, json!({"id": 1}))["error"].take();
        assert_eq!(
            error["code"],
            "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION"
        );
    }
}
