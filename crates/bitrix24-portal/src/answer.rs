//! What a method answers, and the envelope it goes out in.

use std::time::Duration;

use crate::clock::Moment;
use crate::limits::Operating;
use crate::request::Api;
use crate::value::{Map, Value};

/// A method's answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Success {
    pub(crate) result: Value,
    pub(crate) total: Option<i64>,
    pub(crate) next: Option<i64>,
}

impl<T: Into<Value>> From<T> for Success {
    fn from(result: T) -> Self {
        Self {
            result: result.into(),
            total: None,
            next: None,
        }
    }
}

/// A refusal: no answer, but a status, a code and a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) text: String,
    /// The parameters it is about, where it is about their being missing or of a wrong type.
    pub(crate) fields: Vec<String>,
}

pub(crate) type Answer = Result<Success, Refusal>;

impl Refusal {
    pub(crate) fn new(status: u16, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            text: text.into(),
            fields: Vec::new(),
        }
    }

    /// The same about parameters.
    pub(crate) fn of_fields(code: &str, text: String, fields: Vec<String>) -> Self {
        Self {
            fields,
            ..Self::new(400, code, text)
        }
    }

    /// A refusal of REST 3.0, whose codes have a common beginning.
    pub(crate) fn rest3(status: u16, code: &str, text: impl Into<String>) -> Self {
        Self::new(status, format!("BITRIX_REST_V3_EXCEPTION_{code}"), text)
    }

    /// As it goes out: where REST 3.0 has a code of its own for what older methods refuse, it is that.
    pub(crate) fn envelope(&self, api: Api) -> Value {
        if api == Api::V2 {
            return self.body();
        }
        let code = match self.code.as_str() {
            "insufficient_scope" => "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION",
            "INVALID_BODY" => "BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION",
            _ if !self.fields.is_empty() => "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION",
            code => code,
        };
        let mut error = Map::from_iter([
            ("code".to_owned(), Value::from(code)),
            ("message".to_owned(), self.text.as_str().into()),
        ]);
        if !self.fields.is_empty() {
            let of =
                |field: &String| Value::from([("field", field.as_str()), ("message", self.text.as_str())]);
            error.insert(
                "validation".to_owned(),
                Value::List(self.fields.iter().map(of).collect()),
            );
        }
        [("error", Value::Map(error))].into()
    }

    /// `error` and `error_description`, without an envelope around them.
    pub(crate) fn body(&self) -> Value {
        [
            ("error", self.code.as_str()),
            ("error_description", self.text.as_str()),
        ]
        .into()
    }
}

/// A method's own refusal, which always has status 400.
pub(crate) fn refused<T>(code: impl Into<String>, text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(400, code, text))
}

/// When a call began, when it ended, and what it cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) start: Duration,
    pub(crate) finish: Duration,
    pub(crate) processing: Duration,
    /// Missing for what no method is charged for.
    pub(crate) operating: Option<Operating>,
}

impl Timing {
    /// Of what began at this moment and took no time.
    pub(crate) fn none(start: Duration) -> Self {
        Self {
            start,
            finish: start,
            processing: Duration::ZERO,
            operating: None,
        }
    }

    pub(crate) fn block(&self, utc_offset_minutes: i32) -> Value {
        let date = |time| Value::from(Moment::at(time, utc_offset_minutes).iso());
        let mut block = Map::new();
        let mut put = |name: &str, value: Value| {
            block.insert(name.to_owned(), value);
        };
        put("start", seconds(self.start));
        put("finish", seconds(self.finish));
        put("duration", seconds(self.finish.saturating_sub(self.start)));
        put("processing", seconds(self.processing));
        put("date_start", date(self.start));
        put("date_finish", date(self.finish));
        if let Some(operating) = self.operating {
            put("operating_reset_at", seconds(operating.reset_at));
            put("operating", Value::float(operating.seconds));
        }
        block.into()
    }
}

fn seconds(time: Duration) -> Value {
    Value::float(time.as_secs_f64())
}

/// The body of a success.
pub(crate) fn envelope(success: Success, time: Value) -> Value {
    let mut envelope = Map::from_iter([("result".to_owned(), success.result)]);
    if let Some(next) = success.next {
        envelope.insert("next".to_owned(), next.into());
    }
    if let Some(total) = success.total {
        envelope.insert("total".to_owned(), total.into());
    }
    envelope.insert("time".to_owned(), time);
    envelope.into()
}
