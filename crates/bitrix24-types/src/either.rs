//! One of two: the documentation knows fields that hold either a scalar or something larger.

use serde::de::{self, MapAccess, SeqAccess};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Decode;
use crate::decode::Read;

/// A scalar `A`, or a list or object `B`.
///
/// ```
/// use bitrix24_types::{Decode, Either};
///
/// let mut json = serde_json::Deserializer::from_str(r#"["a", "b"]"#);
/// let value = Either::<i64, Vec<String>>::decode(&mut json)?;
/// assert_eq!(value.right().map(Vec::len), Some(2));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Either<A, B> {
    /// A number, text or boolean was sent.
    Left(A),
    /// A list or an object was sent.
    Right(B),
}

impl<A, B> Either<A, B> {
    /// The scalar, if it is one.
    pub fn left(&self) -> Option<&A> {
        match self {
            Self::Left(value) => Some(value),
            Self::Right(_) => None,
        }
    }

    /// The list or object, if it is one.
    pub fn right(&self) -> Option<&B> {
        match self {
            Self::Left(_) => None,
            Self::Right(value) => Some(value),
        }
    }
}

macro_rules! scalar {
    ($($shape:ident: $from:ty),*) => {
        $(fn $shape<E: de::Error>(value: $from) -> Result<Read<Self>, E> {
            A::$shape(value).map(|read: Read<A>| read.map(Self::Left))
        })*
    };
}

impl<A: Decode, B: Decode> Decode for Either<A, B> {
    const EXPECTED: &'static str = B::EXPECTED;

    scalar!(from_bool: bool, from_int: i64, from_unsigned: u64, from_float: f64, from_text: &str);

    fn from_list<'de, S: SeqAccess<'de>>(list: S) -> Result<Read<Self>, S::Error> {
        B::from_list(list).map(|read| read.map(Self::Right))
    }

    fn from_map<'de, M: MapAccess<'de>>(map: M) -> Result<Read<Self>, M::Error> {
        B::from_map(map).map(|read| read.map(Self::Right))
    }

    fn nothing<E: de::Error>(what: crate::decode::Nothing) -> Result<Self, E> {
        B::nothing(what).map(Self::Right)
    }
}

impl<'de, A: Decode, B: Decode> Deserialize<'de> for Either<A, B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::decode(deserializer)
    }
}

impl<A: Serialize, B: Serialize> Serialize for Either<A, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Left(value) => value.serialize(serializer),
            Self::Right(value) => value.serialize(serializer),
        }
    }
}
