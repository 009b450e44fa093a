//! Everything that is traced, logged or printed, to be searched for secrets.

use std::{
    error,
    fmt::{self, Write},
    sync::Mutex,
};

use bitrix24_transport::Error;
use tracing::{Event, Metadata, Subscriber, field, span};

/// All that was traced or logged in this process, at the finest level.
static SEEN: Mutex<String> = Mutex::new(String::new());

struct Capture;

struct Fields<'a>(&'a mut String);

impl field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a string takes all");
    }
}

fn note(what: impl FnOnce(&mut String)) {
    let mut seen = SEEN.lock().expect("no panic");
    what(&mut seen);
    seen.push('\n');
}

impl Subscriber for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        note(|seen| {
            seen.push_str(span.metadata().target());
            span.record(&mut Fields(seen));
        });
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        note(|seen| values.record(&mut Fields(seen)));
    }

    fn event(&self, event: &Event<'_>) {
        note(|seen| {
            seen.push_str(event.metadata().target());
            event.record(&mut Fields(seen));
        });
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        note(|seen| write!(seen, "{} {}", record.target(), record.args()).expect("a string takes all"));
    }

    fn flush(&self) {}
}

/// From now on all of it is kept. Once in a process.
pub fn start() {
    tracing::subscriber::set_global_default(Capture).expect("the first subscriber");
    log::set_logger(&Capture).expect("the first logger");
    log::set_max_level(log::LevelFilter::Trace);
}

/// What there was so far.
pub fn seen() -> String {
    SEEN.lock().expect("no panic").clone()
}

/// All that an error can be made to say.
pub fn all_of(error: &Error) -> String {
    let mut text = format!(
        "{error} {error:?} {error:#?} {:?} {:?}",
        error.code(),
        error.description()
    );
    let mut source = error::Error::source(error);
    while let Some(cause) = source {
        write!(text, "\n{cause} {cause:?} {cause:#?}").expect("a string takes all");
        source = cause.source();
    }
    text
}
