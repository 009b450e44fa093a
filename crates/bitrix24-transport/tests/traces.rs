//! What is told of calls to whoever traces.
//!
//! Alone in its program: another test that makes a call just when the traces are switched on can keep its events switched off
//! for all threads.

mod support;

use std::{
    fmt::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use bitrix24_transport::{Client, Retry, http::fake::Fake};
use serde_json::json;
use support::CODE;
use tracing::{Metadata, Subscriber, field, span};

/// All that is traced, one line each.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<String>>>);

impl Traces {
    fn note(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
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
        self.note(fields.0);
        span::Id::from_u64(1)
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
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn traces_say_how_a_call_went() {
    let traces = Traces::default();
    let _traced = tracing::subscriber::set_default(traces.clone());
    let fake = Fake::new()
        .json(503, json!({ "error": "QUERY_LIMIT_EXCEEDED" }))
        .json(200, json!({ "result": 7, "time": { "operating": 17.5 } }));
    let builder = Client::builder().webhook(&format!("https://acme.bitrix24.com/rest/1/{CODE}/"));
    let retry = Retry::new().pauses(Duration::ZERO, Duration::ZERO);
    let client = builder.http(fake).retry(retry).build().expect("a client");
    client.call_raw("some.method", ()).await.expect("an answer");
    let lines = traces.0.lock().expect("no panic").join("\n");
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
