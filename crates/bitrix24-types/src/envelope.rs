//! What surrounds every answer: `result` and `time`, or an error.

use std::fmt;

use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::decode::{Element, before_secrets};
use crate::{DateTime, Decode, Either, object};

/// A successful answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Response<T> {
    /// What the method answered.
    pub result: T,
    /// How long it took.
    pub time: Time,
    /// How many rows a list has in all, if the server counted them.
    pub total: Option<u64>,
    /// Where the next page of a list starts. That it is there says that there is a next page; `0` is a legal value.
    pub next: Option<u64>,
}

/// How long a call took, as the server tells it. Portals leave out some or all of it.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Time {
    /// When the request came, in seconds since 1970; 0 if not sent, as the other numbers.
    pub start: f64,
    /// When it was done.
    pub finish: f64,
    /// The seconds between.
    pub duration: f64,
    /// The seconds of it in which the method itself ran.
    pub processing: f64,
    /// When the request came, in the portal's time zone.
    pub date_start: Option<DateTime>,
    /// When it was done.
    pub date_finish: Option<DateTime>,
    /// How many seconds this method has run in the last ten minutes.
    pub operating: Option<f64>,
    /// When some of those seconds will no longer count, in seconds since 1970.
    pub operating_reset_at: Option<f64>,
}

/// A refusal, as the server worded it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The error code; sometimes a number, sometimes empty.
    pub code: String,
    /// What the server says about it, in the portal's language.
    pub description: String,
    /// Which fields are wrong; REST 3.0 only.
    pub validation: Vec<Validation>,
}

/// What REST 3.0 says about a wrong field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Validation {
    /// The field.
    pub field: String,
    /// What is wrong with it, in the portal's language.
    pub message: String,
}

/// An answer that could be read: it says yes or no.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<T> {
    /// The call succeeded.
    Success(Response<T>),
    /// The server refused, whatever the HTTP status was.
    Failure(Failure),
}

/// Reads an answer of either version of the API.
///
/// The HTTP status has no part in it: errors come with status 200, too.
///
/// ```
/// use bitrix24_types::{Answer, read};
///
/// let body = br#"{"result": "1688", "time": {"duration": 0.25}}"#;
/// let Answer::Success(response) = read::<i64>(body)? else { panic!() };
/// assert_eq!(response.result, 1688);
///
/// let body = br#"{"error": "ACCESS_DENIED", "error_description": "Publishing is not allowed."}"#;
/// let Answer::Failure(failure) = read::<i64>(body)? else { panic!() };
/// assert_eq!(failure.code, "ACCESS_DENIED");
/// # Ok::<(), bitrix24_types::ReadError>(())
/// ```
pub fn read<T: Decode>(body: &[u8]) -> Result<Answer<T>, ReadError> {
    // Some self-hosted portals have a PHP file that was saved with a byte order mark.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match parse::<T>(body) {
        Ok(envelope) => envelope.into_answer(),
        Err(error) => explain::<T>(body, error),
    }
}

/// Reads one value out of an answer: the result of a command of a batch.
pub(crate) fn read_value<T: Decode>(json: &[u8]) -> Result<T, ReadError> {
    let value = Element::<T>::new().deserialize(&mut serde_json::Deserializer::from_slice(json));
    value.map_err(|error| explain_value::<T>(json, &error))
}

#[cold]
fn explain_value<T: Decode>(json: &[u8], error: &serde_json::Error) -> ReadError {
    let mut json = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let problem = match Element::<T>::new().deserialize(tracked) {
        Ok(_) => error.to_string(),
        Err(error) => error.to_string(),
    };
    let path = short_path(&track.path());
    let separator = if path.starts_with('[') || path == "." {
        ""
    } else {
        "."
    };
    ReadError::Unfit {
        path: format!("result{separator}{}", path.trim_start_matches('.')),
        problem,
    }
}

fn parse<T: Decode>(body: &[u8]) -> Result<Envelope<T>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let envelope = Envelope::deserialize(&mut json)?;
    json.end()?;
    Ok(envelope)
}

/// The slow way, after something went wrong: finds out what and where.
#[cold]
fn explain<T: Decode>(body: &[u8], error: serde_json::Error) -> Result<Answer<T>, ReadError> {
    if body.trim_ascii().is_empty() {
        return Err(ReadError::Empty);
    }
    // With an error there may be a `result` that is not what a success would have, and a body whose end is missing
    // may not fit for that reason.
    let error = match parse::<()>(body) {
        Ok(Envelope {
            failure: Some(failure),
            ..
        }) => return Ok(Answer::Failure(failure)),
        Ok(_) => error,
        Err(other) => other,
    };
    match error.classify() {
        serde_json::error::Category::Eof => Err(ReadError::Cut { length: body.len() }),
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => Err(ReadError::NotJson {
            line: error.line(),
            column: error.column(),
            start: start(body),
        }),
        serde_json::error::Category::Data => {
            let mut json = serde_json::Deserializer::from_slice(body);
            let mut track = serde_path_to_error::Track::new();
            let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
            let problem = match Envelope::<T>::deserialize(tracked) {
                Ok(_) => error.to_string(),
                Err(error) => error.to_string(),
            };
            Err(ReadError::Unfit {
                path: short_path(&track.path()),
                problem,
            })
        }
    }
}

/// The start of a body that is no JSON, to recognise it by.
fn start(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(120)]);
    let words: Vec<_> = before_secrets(&text).split_whitespace().collect();
    words.join(" ").chars().take(60).collect()
}

/// A path for an error message. Keys can be data, so the end of a long one is left out.
fn short_path(path: &serde_path_to_error::Path) -> String {
    let path = path.to_string();
    match path.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path,
    }
}

/// Why an answer could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// There was no body.
    Empty,
    /// The body is something else than JSON: the page of a proxy, or a PHP error.
    NotJson {
        /// The line at which it stops being JSON, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// The first words of the body.
        start: String,
    },
    /// The body is the beginning of an answer.
    Cut {
        /// How many bytes there were.
        length: usize,
    },
    /// The body is JSON, but no answer: it has neither `result` nor `error`.
    NoAnswer,
    /// The answer is not what the method is known to answer.
    Unfit {
        /// Where, from the root of the body: `result[3].ID`.
        path: String,
        /// What was expected there, and what was found.
        problem: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the answer is empty"),
            Self::NotJson { line, column, start } => {
                write!(
                    f,
                    "the answer is not JSON at line {line}, column {column}; it starts with `{start}`"
                )
            }
            Self::Cut { length } => write!(f, "the answer was cut off after {length} bytes"),
            Self::NoAnswer => f.write_str("the answer has neither `result` nor `error`"),
            Self::Unfit { path, problem } => {
                write!(f, "the answer is not as documented: `{path}`: {problem}")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// Both forms of both versions: what is there decides.
struct Envelope<T> {
    result: Option<T>,
    failure: Option<Failure>,
    time: Time,
    total: Option<u64>,
    next: Option<u64>,
}

impl<T> Envelope<T> {
    fn into_answer(self) -> Result<Answer<T>, ReadError> {
        let Self {
            result,
            failure,
            time,
            total,
            next,
        } = self;
        match (failure, result) {
            (Some(failure), _) => Ok(Answer::Failure(failure)),
            (None, Some(result)) => Ok(Answer::Success(Response {
                result,
                time,
                total,
                next,
            })),
            (None, None) => Err(ReadError::NoAnswer),
        }
    }
}

/// `total` or `next`, of which `-1` says that nothing was counted.
pub(crate) fn counted(number: Option<i64>) -> Option<u64> {
    number.and_then(|number| number.try_into().ok())
}

/// The keys of an envelope.
enum Key {
    Result,
    Error,
    Description,
    Time,
    Total,
    Next,
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "result" => Key::Result,
                    "error" => Key::Error,
                    "error_description" => Key::Description,
                    "time" => Key::Time,
                    "total" => Key::Total,
                    "next" => Key::Next,
                    _ => Key::Other,
                })
            }
        }

        deserializer.deserialize_identifier(KeyVisitor)
    }
}

impl<'de, T: Decode> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EnvelopeVisitor(PhantomData))
    }
}

struct EnvelopeVisitor<T>(PhantomData<T>);

impl<T> EnvelopeVisitor<T> {
    /// For JSON that is no object.
    fn no_answer<E>() -> Result<Envelope<T>, E> {
        Ok(Envelope {
            result: None,
            failure: None,
            time: Time::default(),
            total: None,
            next: None,
        })
    }
}

impl<'de, T: Decode> Visitor<'de> for EnvelopeVisitor<T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope<T>, A::Error> {
        let mut result = None;
        let mut error = None;
        let mut description = String::new();
        let mut time = Time::default();
        let mut total = None;
        let mut next = None;
        while let Some(key) = map.next_key()? {
            match key {
                Key::Result => result = Some(map.next_value_seed(Element::<T>::new())?),
                Key::Error => error = Some(map.next_value_seed(Element::<Option<ErrorValue>>::new())?),
                Key::Description => {
                    description = map
                        .next_value_seed(Element::<Option<String>>::new())?
                        .unwrap_or_default();
                }
                Key::Time => {
                    let parts: Option<TimeParts> = map.next_value_seed(Element::new())?;
                    time = parts.unwrap_or_default().into();
                }
                Key::Total => total = map.next_value_seed(Element::<Option<i64>>::new())?,
                Key::Next => next = map.next_value_seed(Element::<Option<i64>>::new())?,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let failure = match error {
            None => None,
            // An error without a code is one all the same, unless a result says otherwise.
            Some(None) if result.is_some() => None,
            Some(None) => Some(Failure {
                description,
                ..Failure::default()
            }),
            Some(Some(Either::Left(code))) if code.is_empty() && result.is_some() => None,
            Some(Some(Either::Left(code))) => Some(Failure {
                code,
                description,
                validation: Vec::new(),
            }),
            Some(Some(Either::Right(parts))) => Some(parts.into()),
        };
        Ok(Envelope {
            result,
            failure,
            time,
            total: counted(total),
            next: counted(next),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Envelope<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Self::no_answer()
    }

    fn visit_unit<E: de::Error>(self) -> Result<Envelope<T>, E> {
        Self::no_answer()
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Envelope<T>, E> {
        Self::no_answer()
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Envelope<T>, E> {
        Self::no_answer()
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Envelope<T>, E> {
        Self::no_answer()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Envelope<T>, E> {
        Self::no_answer()
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Envelope<T>, E> {
        Self::no_answer()
    }
}

object! {
    pub struct TimeParts {
        start: Option<f64> = "start";
        finish: Option<f64> = "finish";
        duration: Option<f64> = "duration";
        processing: Option<f64> = "processing";
        date_start: Option<DateTime> = "date_start";
        date_finish: Option<DateTime> = "date_finish";
        operating_reset_at: Option<f64> = "operating_reset_at";
        operating: Option<f64> = "operating";
    }
}

impl From<TimeParts> for Time {
    fn from(parts: TimeParts) -> Self {
        Self {
            start: parts.start.unwrap_or_default(),
            finish: parts.finish.unwrap_or_default(),
            duration: parts.duration.unwrap_or_default(),
            processing: parts.processing.unwrap_or_default(),
            date_start: parts.date_start,
            date_finish: parts.date_finish,
            operating: parts.operating,
            operating_reset_at: parts.operating_reset_at,
        }
    }
}

/// `error` is a code in REST 2, and an object in REST 3.
type ErrorValue = Either<String, ErrorParts>;

object! {
    pub struct ErrorParts {
        code: Option<String> = "code";
        message: Option<String> = "message";
        validation: Vec<ValidationParts> = "validation";
    }
}

object! {
    pub struct ValidationParts {
        field: Option<String> = "field";
        message: Option<String> = "message";
    }
}

object! {
    pub struct FailureParts {
        error: Option<ErrorValue> = "error";
        description: Option<String> = "error_description";
    }
}

impl From<FailureParts> for Failure {
    fn from(parts: FailureParts) -> Self {
        match parts.error {
            Some(Either::Right(error)) => error.into(),
            code => Self {
                code: code.and_then(|code| code.left().cloned()).unwrap_or_default(),
                description: parts.description.unwrap_or_default(),
                validation: Vec::new(),
            },
        }
    }
}

impl From<ErrorParts> for Failure {
    fn from(parts: ErrorParts) -> Self {
        let validation = parts.validation.into_iter().map(|wrong| Validation {
            field: wrong.field.unwrap_or_default(),
            message: wrong.message.unwrap_or_default(),
        });
        Self {
            code: parts.code.unwrap_or_default(),
            description: parts.message.unwrap_or_default(),
            validation: validation.collect(),
        }
    }
}
