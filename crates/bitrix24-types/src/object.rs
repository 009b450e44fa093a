//! Reading and writing the objects of results. The `object!` macro says what the fields are; the work is here, once.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer, de};
use serde_json::Value;

use crate::Map;
use crate::decode::{Nothing, Read};

/// A struct of optional fields.
pub trait Object: Default {
    /// The names of the fields on the wire.
    const NAMES: &'static [&'static str];

    /// Whether keys without a field are kept.
    const KEEPS_OTHERS: bool;

    /// Reads the value of the field that stands at this place in `NAMES`.
    fn read_field<'de, D: Deserializer<'de>>(&mut self, place: usize, value: D) -> Result<(), D::Error>;

    /// Keeps the value of a key without a field; called only if it `KEEPS_OTHERS`.
    fn keep(&mut self, key: String, value: Value);

    /// Writes the fields that hold something.
    fn write_fields<S: SerializeMap>(&self, map: &mut S) -> Result<(), S::Error>;
}

/// What a field of an [`Object`] can be: something that may be absent.
pub trait Field: Serialize {
    /// Whether there is nothing to write.
    fn is_absent(&self) -> bool;
}

impl<T: Serialize> Field for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Serialize> Field for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Serialize> Field for Map<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Field for Value {
    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

/// Reads an object; what it does not know is skipped, or kept if it has room for it.
pub fn from_map<'de, T: Object, A: MapAccess<'de>>(mut map: A) -> Result<Read<T>, A::Error> {
    let mut object = T::default();
    let mut empty = true;
    let mut expected = 0;
    while let Some(key) = map.next_key_seed(KeySeed {
        names: T::NAMES,
        expected,
        keep: T::KEEPS_OTHERS,
    })? {
        empty = false;
        match key {
            Key::Field(place) => {
                expected = place + 1;
                map.next_value_seed(FieldSeed {
                    object: &mut object,
                    place,
                })?;
            }
            Key::Kept(key) => {
                let value = map.next_value()?;
                object.keep(key, value);
            }
            Key::Unknown => {
                map.next_value::<IgnoredAny>()?;
            }
        }
    }
    Ok(if empty {
        Read::Nothing(Nothing::EmptyMap)
    } else {
        Read::Value(object)
    })
}

/// An empty object is written `[]` by the server, too. `null`, `false` and `""` are no objects.
pub fn nothing<T: Object, E: de::Error>(what: Nothing) -> Result<T, E> {
    match what {
        Nothing::EmptyList | Nothing::EmptyMap => Ok(T::default()),
        other => Err(E::custom(format_args!("expected an object, found {other}"))),
    }
}

/// Writes an object under its wire names.
pub fn serialize<T: Object, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    object.write_fields(&mut map)?;
    map.end()
}

/// Writes one field, if it holds something.
pub fn write_field<F: Field, S: SerializeMap>(map: &mut S, name: &str, value: &F) -> Result<(), S::Error> {
    if value.is_absent() {
        Ok(())
    } else {
        map.serialize_entry(name, value)
    }
}

enum Key {
    Field(usize),
    Kept(String),
    Unknown,
}

/// Finds the field of a key. Servers send keys in a fixed order, so the field after the last one is tried first.
struct KeySeed {
    names: &'static [&'static str],
    expected: usize,
    keep: bool,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
        if self.names.get(self.expected) == Some(&key) {
            return Ok(Key::Field(self.expected));
        }
        Ok(match self.names.iter().position(|name| *name == key) {
            Some(place) => Key::Field(place),
            None if self.keep => Key::Kept(key.to_owned()),
            None => Key::Unknown,
        })
    }
}

struct FieldSeed<'a, T> {
    object: &'a mut T,
    place: usize,
}

impl<'de, T: Object> DeserializeSeed<'de> for FieldSeed<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.object.read_field(self.place, deserializer)
    }
}
