//! An argument of a setter: a wire value that is known to be a `T`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde_json::Value;

use crate::values::OpenEnum;
use crate::wire::IntoWire;
use crate::{Date, DateTime, Either, File, Id, Map, OneOrMany, OneZero, Params, Scalar, Wire, YesNo};

/// What a setter of a request takes: anything that can be sent where the API wants a `T`.
///
/// Setters are declared as `impl Into<Arg<T>>`, so plain Rust values do:
///
/// ```
/// use bitrix24_types::{Arg, Id, Map, Value, YesNo};
///
/// fn id(_: impl Into<Arg<i64>>) {}
/// fn active(_: impl Into<Arg<YesNo>>) {}
/// fn select(_: impl Into<Arg<Vec<String>>>) {}
/// fn filter(_: impl Into<Arg<Map<Value>>>) {}
///
/// id(1688);
/// id(Id::from("1688"));
/// active(true); // sent as `Y`
/// select(["ID", "TITLE"]);
/// filter([("=DELETED", "N")]);
/// id(Arg::null()); // `null`, where the API allows it
/// ```
pub struct Arg<T> {
    wire: Wire,
    kind: PhantomData<fn() -> T>,
}

impl<T> Arg<T> {
    /// `null`, which on the server usually clears a field.
    pub const fn null() -> Self {
        Self::of(Wire::Null)
    }

    /// Any value at all, for the case that the server takes more than its documentation says.
    pub fn raw(value: impl Into<Wire>) -> Self {
        Self::of(value.into())
    }

    /// The value as it will be sent.
    pub fn into_wire(self) -> Wire {
        self.wire
    }

    const fn of(wire: Wire) -> Self {
        Self {
            wire,
            kind: PhantomData,
        }
    }
}

impl<T> Clone for Arg<T> {
    fn clone(&self) -> Self {
        Self::of(self.wire.clone())
    }
}

impl<T> PartialEq for Arg<T> {
    fn eq(&self, other: &Self) -> bool {
        self.wire == other.wire
    }
}

impl<T> fmt::Debug for Arg<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.wire, f)
    }
}

/// `T: A, B, C;`: each of them can be sent where a `T` is wanted, by its own wire form.
macro_rules! args {
    ($($kind:ty: $($from:ty),+;)*) => {
        $($(impl From<$from> for Arg<$kind> {
            fn from(value: $from) -> Self {
                Self::of(value.into())
            }
        }

        impl From<$from> for Arg<OneOrMany<$kind>> {
            fn from(value: $from) -> Self {
                Self::of(value.into())
            }
        })+)*
    };
}

args! {
    i64: i8, i16, i32, i64, u8, u16, u32, Id, &Id;
    f64: f32, f64, i8, i16, i32, i64, u8, u16, u32;
    bool: bool;
    String: &str, String, &String, Cow<'static, str>;
    Id: Id, &Id, i8, i16, i32, i64, u8, u16, u32, &str, String, &String;
    Date: Date, &Date, &str, String;
    DateTime: DateTime, &DateTime, &str, String;
    File: File;
    Scalar: Scalar, bool, f32, f64, i8, i16, i32, i64, u8, u16, u32, &str, String, &String, Id, &Id;
    Map<Value>: Params, Value;
}

impl From<bool> for Arg<YesNo> {
    fn from(value: bool) -> Self {
        Self::of(Wire::Text(Cow::Borrowed(if value { "Y" } else { "N" })))
    }
}

impl From<bool> for Arg<OneZero> {
    fn from(value: bool) -> Self {
        Self::of(Wire::Int(value.into()))
    }
}

impl<T: Into<Wire>> From<T> for Arg<Value> {
    fn from(value: T) -> Self {
        Self::of(value.into())
    }
}

/// Open enums and objects of parameters.
impl<T: IntoWire> From<T> for Arg<T> {
    fn from(value: T) -> Self {
        Self::of(value.into_wire())
    }
}

impl<T: OpenEnum> From<&str> for Arg<T> {
    fn from(value: &str) -> Self {
        Self::of(value.into())
    }
}

impl<T: OpenEnum> From<String> for Arg<T> {
    fn from(value: String) -> Self {
        Self::of(value.into())
    }
}

impl<T: OpenEnum + Clone> From<&T> for Arg<T> {
    fn from(value: &T) -> Self {
        Self::of(value.clone().into_wire())
    }
}

impl From<bool> for Arg<OneOrMany<YesNo>> {
    fn from(value: bool) -> Self {
        Self::of(Arg::<YesNo>::from(value).wire)
    }
}

impl From<bool> for Arg<OneOrMany<OneZero>> {
    fn from(value: bool) -> Self {
        Self::of(Arg::<OneZero>::from(value).wire)
    }
}

impl<T: IntoWire> From<T> for Arg<OneOrMany<T>> {
    fn from(value: T) -> Self {
        Self::of(value.into_wire())
    }
}

impl<T: OpenEnum> From<&str> for Arg<OneOrMany<T>> {
    fn from(value: &str) -> Self {
        Self::of(value.into())
    }
}

impl<T: OpenEnum> From<String> for Arg<OneOrMany<T>> {
    fn from(value: String) -> Self {
        Self::of(value.into())
    }
}

impl<T, A: Into<Arg<T>>> From<Vec<A>> for Arg<OneOrMany<T>> {
    fn from(items: Vec<A>) -> Self {
        Self::of(list(items).wire)
    }
}

impl<T, A: Into<Arg<T>>, const N: usize> From<[A; N]> for Arg<OneOrMany<T>> {
    fn from(items: [A; N]) -> Self {
        Self::of(list(items).wire)
    }
}

impl<T, A: Into<Arg<T>> + Clone> From<&[A]> for Arg<OneOrMany<T>> {
    fn from(items: &[A]) -> Self {
        Self::of(list(items.iter().cloned()).wire)
    }
}

/// Where the type does not tell which of the two a value is, `Either::Left` or `Either::Right` does.
impl<A, B, X: Into<Arg<A>>, Y: Into<Arg<B>>> From<Either<X, Y>> for Arg<Either<A, B>> {
    fn from(value: Either<X, Y>) -> Self {
        match value {
            Either::Left(value) => Self::of(value.into().wire),
            Either::Right(value) => Self::of(value.into().wire),
        }
    }
}

/// `A`: a value of these is the scalar.
macro_rules! either {
    ($($kind:ty: $($from:ty),+;)*) => {
        $($(impl<B> From<$from> for Arg<Either<$kind, B>> {
            fn from(value: $from) -> Self {
                Self::of(Arg::<$kind>::from(value).wire)
            }
        })+)*
    };
}

either! {
    String: &str, String, &String;
    i64: i32, i64, u32, Id, &Id;
    Id: Id, &Id, i32, i64, u32, &str, String, &String;
}

impl<A, B: IntoWire> From<B> for Arg<Either<A, B>> {
    fn from(value: B) -> Self {
        Self::of(value.into_wire())
    }
}

impl<A, T, V: Into<Arg<T>>> From<Vec<V>> for Arg<Either<A, Vec<T>>> {
    fn from(items: Vec<V>) -> Self {
        Self::of(list(items).wire)
    }
}

impl<A, T, V: Into<Arg<T>>, const N: usize> From<[V; N]> for Arg<Either<A, Vec<T>>> {
    fn from(items: [V; N]) -> Self {
        Self::of(list(items).wire)
    }
}

impl<A, T, K: Into<String>, V: Into<Arg<T>>> From<BTreeMap<K, V>> for Arg<Either<A, Map<T>>> {
    fn from(entries: BTreeMap<K, V>) -> Self {
        Self::of(map(entries).wire)
    }
}

impl<A, T, K: Into<String>, V: Into<Arg<T>>, const N: usize> From<[(K, V); N]> for Arg<Either<A, Map<T>>> {
    fn from(entries: [(K, V); N]) -> Self {
        Self::of(map(entries).wire)
    }
}

impl<A, T, K: Into<String>, V: Into<Arg<T>>> From<Vec<(K, V)>> for Arg<Either<A, Map<T>>> {
    fn from(entries: Vec<(K, V)>) -> Self {
        Self::of(map(entries).wire)
    }
}

fn list<T, A: Into<Arg<T>>>(items: impl IntoIterator<Item = A>) -> Arg<Vec<T>> {
    Arg::of(Wire::List(
        items.into_iter().map(|item| item.into().wire).collect(),
    ))
}

impl<T, A: Into<Arg<T>>> From<Vec<A>> for Arg<Vec<T>> {
    fn from(items: Vec<A>) -> Self {
        list(items)
    }
}

impl<T, A: Into<Arg<T>>, const N: usize> From<[A; N]> for Arg<Vec<T>> {
    fn from(items: [A; N]) -> Self {
        list(items)
    }
}

impl<T, A: Into<Arg<T>> + Clone> From<&[A]> for Arg<Vec<T>> {
    fn from(items: &[A]) -> Self {
        list(items.iter().cloned())
    }
}

fn map<T, K: Into<String>, A: Into<Arg<T>>>(entries: impl IntoIterator<Item = (K, A)>) -> Arg<Map<T>> {
    Arg::of(Wire::Map(
        entries
            .into_iter()
            .map(|(name, value)| (name.into(), value.into().wire))
            .collect(),
    ))
}

impl<T, K: Into<String>, A: Into<Arg<T>>> From<BTreeMap<K, A>> for Arg<Map<T>> {
    fn from(entries: BTreeMap<K, A>) -> Self {
        map(entries)
    }
}

/// Keeps the order of the entries, which matters where they say how to sort.
impl<T, K: Into<String>, A: Into<Arg<T>>, const N: usize> From<[(K, A); N]> for Arg<Map<T>> {
    fn from(entries: [(K, A); N]) -> Self {
        map(entries)
    }
}

/// Keeps the order of the entries, which matters where they say how to sort.
impl<T, K: Into<String>, A: Into<Arg<T>>> From<Vec<(K, A)>> for Arg<Map<T>> {
    fn from(entries: Vec<(K, A)>) -> Self {
        map(entries)
    }
}
