//! What the portal says became of each command. Results stay where they are in the body and are read later, each into its
//! own type, straight from the bytes.

use std::marker::PhantomData;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::command::place_of;
use crate::decode::{Element, Read};
use crate::envelope::{FailureParts, TimeParts, counted, read_value};
use crate::{Answer, Decode, Either, Failure, ReadError, Response, Time, read};

/// What became of a command: its success is a [`Found`], or, with [`Part::read_as`](super::Part::read_as), what it was read into.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<S = Found> {
    /// It succeeded.
    Success(S),
    /// It was refused, in these words.
    Failure(Failure),
    /// An earlier command failed, and the portal stopped there.
    NotRun,
    /// The answer says nothing of it.
    Unknown,
}

/// The result of a command, still as bytes of the answer's body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// Where it is in the body.
    pub span: Range<usize>,
    /// How long the command took; in REST 3.0 all of the batch.
    pub time: Time,
    /// How many rows a list has in all, if the server counted them.
    pub total: Option<u64>,
    /// Where the next page of a list starts.
    pub next: Option<u64>,
}

impl Found {
    /// Reads the result into its type. `body` is the one that this was found in.
    pub fn read<T: Decode>(&self, body: &[u8]) -> Result<Response<T>, ReadError> {
        let json = body.get(self.span.clone()).unwrap_or_default();
        Ok(Response {
            result: read_value(json)?,
            time: self.time.clone(),
            total: self.total,
            next: self.next,
        })
    }
}

/// Reads an answer of REST 2, and leaves the results where they are.
pub(super) fn read_v2(
    body: &[u8],
    commands: &[usize],
    halts: bool,
) -> Result<Answer<Vec<Outcome>>, ReadError> {
    read_five(body, commands, halts, |raw: Raw, about| {
        let About { time, total, next } = about;
        let span = raw.span_in(body)?;
        Some(Found {
            span,
            time,
            total,
            next,
        })
    })
}

/// Reads an answer of REST 2 to commands that all answer with the same type.
#[allow(
    clippy::type_complexity,
    reason = "it is what `read_v2` gives, with the results read"
)]
pub(super) fn read_v2_as<T: Decode>(
    body: &[u8],
    commands: &[usize],
    halts: bool,
) -> Result<Answer<Vec<Outcome<Result<Response<T>, ReadError>>>>, ReadError> {
    read_five(body, commands, halts, |result: T, about| {
        let About { time, total, next } = about;
        Some(Ok(Response {
            result,
            time,
            total,
            next,
        }))
    })
}

/// What an answer says about a result.
struct About {
    time: Time,
    total: Option<u64>,
    next: Option<u64>,
}

/// Reads an answer of REST 2: five maps, in which only those commands are that they have something to say of.
fn read_five<R: Value, S>(
    body: &[u8],
    commands: &[usize],
    halts: bool,
    success: impl Fn(R, About) -> Option<S>,
) -> Result<Answer<Vec<Outcome<S>>>, ReadError> {
    let response = match read::<Five<R>>(body)? {
        Answer::Success(response) => response,
        Answer::Failure(failure) => return Ok(Answer::Failure(failure)),
    };
    let Five {
        result,
        error,
        total,
        next,
        time,
    } = response.result;
    let mut times = placed(time, commands);
    let mut totals = placed(total, commands);
    let mut nexts = placed(next, commands);
    let mut results = placed(result, commands);
    let mut errors = placed(error, commands);
    let mut stopped = false;
    let mut outcome = |position: usize| {
        let refused = match errors[position].take() {
            Some(Some(Either::Left(code))) => Some(Failure {
                code,
                ..Failure::default()
            }),
            Some(Some(Either::Right(parts))) => Some(parts.into()),
            Some(None) if results[position].is_none() => Some(Failure::default()),
            _ => None,
        };
        if let Some(failure) = refused {
            stopped |= halts;
            return Outcome::Failure(failure);
        }
        let about = About {
            time: times[position].take().flatten().unwrap_or_default().into(),
            total: counted(totals[position].take().flatten()),
            next: counted(nexts[position].take().flatten()),
        };
        match results[position].take().and_then(|result| success(result, about)) {
            Some(success) => Outcome::Success(success),
            None if stopped => Outcome::NotRun,
            None => Outcome::Unknown,
        }
    };
    Ok(Answer::Success(Response {
        result: (0..commands.len()).map(&mut outcome).collect(),
        time: response.time,
        total: None,
        next: None,
    }))
}

/// Reads an answer of REST 3.0: the results in the order of the commands. If one fails, the answer is its error.
pub(super) fn read_v3(body: &[u8], commands: &[usize]) -> Result<Answer<Vec<Outcome>>, ReadError> {
    let response = match read::<Entries<Raw>>(body)? {
        Answer::Success(response) => response,
        Answer::Failure(failure) => return Ok(Answer::Failure(failure)),
    };
    let time = response.time;
    let outcome = |raw: Option<Raw>| match raw.and_then(|raw| raw.span_in(body)) {
        Some(span) => Outcome::Success(Found {
            span,
            time: time.clone(),
            total: None,
            next: None,
        }),
        None => Outcome::Unknown,
    };
    let results = placed(response.result, commands);
    Ok(Answer::Success(Response {
        result: results.into_iter().map(outcome).collect(),
        time,
        total: None,
        next: None,
    }))
}

/// The entries by their commands' positions in the request.
fn placed<T>(entries: Entries<T>, commands: &[usize]) -> Vec<Option<T>> {
    let mut placed: Vec<Option<T>> = commands.iter().map(|_| None).collect();
    for (name, value) in entries.0 {
        let position = match name {
            Name::Command(place) => commands.binary_search(&place).ok(),
            Name::Position(position) => Some(position),
            Name::Other => None,
        };
        if let Some(slot) = position.and_then(|position| placed.get_mut(position)) {
            *slot = Some(value);
        }
    }
    placed
}

/// What a batch of REST 2 answers.
struct Five<R> {
    result: Entries<R>,
    error: Entries<Option<Either<String, FailureParts>>>,
    total: Entries<Option<i64>>,
    next: Entries<Option<i64>>,
    time: Entries<Option<TimeParts>>,
}

impl<R> Default for Five<R> {
    fn default() -> Self {
        Self {
            result: Entries::default(),
            error: Entries::default(),
            total: Entries::default(),
            next: Entries::default(),
            time: Entries::default(),
        }
    }
}

impl<R: Value> Decode for Five<R> {
    const EXPECTED: &'static str = "the results of a batch";

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Read<Self>, A::Error> {
        let mut five = Self::default();
        let mut known = false;
        while let Some(key) = map.next_key::<Part>()? {
            known |= key != Part::Other;
            match key {
                Part::Result => five.result = map.next_value_seed(Element::new())?,
                Part::Error => five.error = map.next_value_seed(Element::new())?,
                Part::Total => five.total = map.next_value_seed(Element::new())?,
                Part::Next => five.next = map.next_value_seed(Element::new())?,
                Part::Time => five.time = map.next_value_seed(Element::new())?,
                Part::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if known {
            Ok(Read::Value(five))
        } else {
            Err(A::Error::custom(
                "expected the results of a batch, found something else",
            ))
        }
    }
}

#[derive(PartialEq)]
enum Part {
    Result,
    Error,
    Total,
    Next,
    Time,
    Other,
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(Text(|key: &str| match key {
            "result" => Self::Result,
            "result_error" => Self::Error,
            "result_total" => Self::Total,
            "result_next" => Self::Next,
            "result_time" => Self::Time,
            _ => Self::Other,
        }))
    }
}

/// Values by the names of commands. PHP writes them as a list if the names are 0, 1, …, or if there are none.
struct Entries<T>(Vec<(Name, T)>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Value> Decode for Entries<T> {
    const EXPECTED: &'static str = "values by the names of commands";

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Read<Self>, A::Error> {
        let mut entries = Vec::new();
        while let Some(name) = map.next_key()? {
            entries.push((name, map.next_value_seed(Seed::<T>(PhantomData))?));
        }
        Ok(Read::Value(Self(entries)))
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Read<Self>, A::Error> {
        let mut entries = Vec::new();
        while let Some(value) = list.next_element_seed(Seed::<T>(PhantomData))? {
            entries.push((Name::Position(entries.len()), value));
        }
        Ok(Read::Value(Self(entries)))
    }

    fn nothing<E: serde::de::Error>(_: crate::decode::Nothing) -> Result<Self, E> {
        Ok(Self::default())
    }
}

/// The name of a command in an answer.
enum Name {
    Command(usize),
    Position(usize),
    Other,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(Text(|name: &str| match (place_of(name), name.parse()) {
            (Some(place), _) => Self::Command(place),
            (None, Ok(position)) => Self::Position(position),
            (None, Err(_)) => Self::Other,
        }))
    }
}

/// Reads a text, and makes something of it.
struct Text<F>(F);

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(self.0(text))
    }
}

/// What can stand in an entry.
trait Value: Sized {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl<T: Decode> Value for T {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer)
    }
}

struct Seed<T>(PhantomData<T>);

impl<'de, T: Value> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer)
    }
}

/// JSON that is left where it is: where it begins in memory, and how long it is.
struct Raw {
    start: usize,
    length: usize,
}

impl Raw {
    /// Its place in the body that it was read from.
    fn span_in(&self, body: &[u8]) -> Option<Range<usize>> {
        let start = self.start.checked_sub(body.as_ptr().addr())?;
        let end = start.checked_add(self.length)?;
        (end <= body.len()).then_some(start..end)
    }
}

impl Value for Raw {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self {
            start: json.as_ptr().addr(),
            length: json.len(),
        })
    }
}
