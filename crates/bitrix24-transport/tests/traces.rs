//! What is told of calls to whoever traces.
//!
//! Alone in its program: another test that makes a call just when the traces are switched on can keep its events switched off
//! for all threads.

#[path = "support/deals.rs"]
mod deals;
mod support;

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use bitrix24_transport::{Client, Retry, http::fake::Fake, list::Way};
use deals::Deals;
use serde_json::json;
use support::CODE;
use tracing::{Instrument, Metadata, Subscriber, field, span};

/// All that is traced, one line each.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    /// All spans, in the order of their numbers.
    spans: Vec<&'static Metadata<'static>>,
    /// The numbers of those that were entered.
    inside: Vec<u64>,
}

impl Traces {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.0.lock().expect("no panic")
    }

    fn note(&self, line: String) {
        self.seen().lines.push(line);
    }
}

impl Seen {
    fn current(&self) -> Option<(u64, &'static Metadata<'static>)> {
        let number = *self.inside.last()?;
        Some((number, self.spans[number as usize - 1]))
    }
}

struct Fields(String);

impl field::Visit for Fields {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes all");
    }
}

impl Subscriber for Traces {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("bitrix24_transport")
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(format!("span {}", span.metadata().name()));
        span.record(&mut fields);
        let mut seen = self.seen();
        if let Some((_, metadata)) = seen.current() {
            fields.0 += &format!(" in {}", metadata.name());
        }
        seen.lines.push(fields.0);
        seen.spans.push(span.metadata());
        span::Id::from_u64(seen.spans.len() as u64)
    }

    fn current_span(&self) -> tracing_core::span::Current {
        let current = self.seen().current();
        current.map_or_else(tracing_core::span::Current::none, |(number, metadata)| {
            tracing_core::span::Current::new(span::Id::from_u64(number), metadata)
        })
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields("record".to_owned());
        values.record(&mut fields);
        self.note(fields.0);
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields("event".to_owned());
        event.record(&mut fields);
        self.note(fields.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, span: &span::Id) {
        self.seen().inside.push(span.into_u64());
    }

    fn exit(&self, span: &span::Id) {
        assert_eq!(self.seen().inside.pop(), Some(span.into_u64()));
    }
}

#[tokio::test(start_paused = true)]
async fn traces_say_how_a_call_went_and_who_made_it() {
    let traces = Traces::default();
    let _traced = tracing::subscriber::set_default(traces.clone());
    how_a_call_went(&traces).await;
    who_asked_for_a_page(&traces).await;
}

async fn how_a_call_went(traces: &Traces) {
    let fake = Fake::new()
        .json(503, json!({ "error": "QUERY_LIMIT_EXCEEDED" }))
        .json(200, json!({ "result": 7, "time": { "operating": 17.5 } }));
    let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
    let retry = Retry::new().pauses(Duration::ZERO, Duration::ZERO);
    let client = builder.http(fake).retry(retry).build().expect("a client");
    client.call_raw("some.method", ()).await.expect("an answer");
    let lines = traces.seen().lines.join("\n");
    for part in [
        "span bitrix24 method=\"some.method\" portal=\"acme.bitrix24.com\"",
        "record attempts=2",
        "record status=200",
        "attempt=1 waited=0ns took=0ns status=503 kind=Api code=\"QUERY_LIMIT_EXCEEDED\" replayed=false again=Limit pause=0ns",
        "attempt=2 waited=",
        "status=200 operating=17.5 replayed=false",
    ] {
        assert!(lines.contains(part), "no «{part}» in\n{lines}");
    }
}

/// Also of a page that comes while the rows of another are used.
async fn who_asked_for_a_page(traces: &Traces) {
    let fake = Fake::new()
        .json(200, json!({ "result": [{ "ID": 1 }], "next": 1, "total": 2 }))
        .json(200, json!({ "result": [{ "ID": 2 }], "total": 2 }));
    let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
    let client = builder.http(fake).build().expect("a client");
    let export = tracing::info_span!(target: "bitrix24_transport::traces", "export");
    let rows = client.list(Deals::new()).by(Way::Next).try_collect();
    assert_eq!(rows.instrument(export).await.expect("both").len(), 2);
    let seen = traces.seen();
    let calls = seen
        .lines
        .iter()
        .filter(|line| line.contains("span bitrix24 method=\"crm.deal.list\""));
    let inside = calls.map(|line| line.ends_with(" in export"));
    assert_eq!(inside.collect::<Vec<_>>(), [true, true], "{:#?}", seen.lines);
}
