//! Reading and writing the objects of results. The `object!` macro says what the fields are; the work is here, once.

use std::borrow::Cow;
use std::fmt::{self, Debug};
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer, de};
use serde_json::Value;

use crate::decode::{Element, Nothing, Read};
use crate::secret::Shown;
use crate::{Decode, Map};

/// A struct whose fields may each be absent.
pub trait Object: Default {
    /// What the type is called.
    const NAME: &'static str;

    /// Offers each field, with its name on the wire, to be read; then the room for other keys, if there is any.
    fn read_fields<R: ReadFields>(&mut self, fields: &mut R);

    /// Hands out each field, with its name on the wire, to be written; then the other keys, if there is room for them.
    fn write_fields<W: WriteFields>(&self, fields: &mut W);
}

/// What a field of an [`Object`] can be: something that may be absent.
pub trait Field: Decode + Serialize + Debug {
    /// Whether there is nothing to write.
    fn is_absent(&self) -> bool;
}

impl<T: Decode + Serialize + Debug> Field for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Decode + Serialize + Debug> Field for Vec<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Decode + Serialize + Debug> Field for Map<T> {
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Field for Value {
    fn is_absent(&self) -> bool {
        self.is_null()
    }
}

/// Results that hold themselves have one of their fields in a box.
impl<T: Object> Object for Box<T> {
    const NAME: &'static str = T::NAME;

    fn read_fields<R: ReadFields>(&mut self, fields: &mut R) {
        (**self).read_fields(fields);
    }

    fn write_fields<W: WriteFields>(&self, fields: &mut W) {
        (**self).write_fields(fields);
    }
}

// Reading

impl<T: Object> Decode for T {
    const EXPECTED: &'static str = "an object";

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Read<Self>, A::Error> {
        from_map(map)
    }

    /// An empty object is written `[]` by the server, too. `null`, `false` and `""` are no objects.
    fn nothing<E: de::Error>(what: Nothing) -> Result<Self, E> {
        match what {
            Nothing::EmptyList | Nothing::EmptyMap => Ok(Self::default()),
            other => Err(E::custom(format_args!("expected an object, found {other}"))),
        }
    }
}

/// Reads the fields that are offered to it.
pub trait ReadFields {
    /// Reads the field, if it is its turn.
    fn field<F: Field>(&mut self, name: &'static str, field: &mut F);

    /// Keeps the key whose turn it is, if no field was its own.
    fn others(&mut self, others: &mut Map<Value>);
}

/// Reads an object; what it does not know is skipped, or kept if it has room for it.
///
/// The fields are offered in their order, again and again until the keys are used up. Servers send keys more or less in
/// the order of the documentation, so once is mostly enough, and a key is compared with one name or two.
fn from_map<'de, T: Object, A: MapAccess<'de>>(map: A) -> Result<Read<T>, A::Error> {
    let mut keys = Keys {
        map,
        key: None,
        error: None,
        used: false,
    };
    keys.advance();
    if keys.key.is_none() && keys.error.is_none() {
        return Ok(Read::Nothing(Nothing::EmptyMap));
    }
    let mut object = T::default();
    while keys.key.is_some() {
        keys.used = false;
        object.read_fields(&mut keys);
        if !keys.used {
            keys.take::<IgnoredAny>();
        }
    }
    match keys.error {
        Some(error) => Err(error),
        None => Ok(Read::Value(object)),
    }
}

/// An error waits here for the end, so that expansions need no `?`, which costs the compiler more than all the rest.
struct Keys<'de, A: MapAccess<'de>> {
    map: A,
    /// The key whose turn it is; none after the last one and after an error.
    key: Option<Cow<'de, str>>,
    error: Option<A::Error>,
    /// Whether the fields have had use for a key since the first of them was offered.
    used: bool,
}

impl<'de, A: MapAccess<'de>> Keys<'de, A> {
    fn advance(&mut self) {
        match self.map.next_key_seed(KeySeed) {
            Ok(key) => self.key = key,
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: A::Error) {
        self.key = None;
        self.error = Some(error);
    }

    /// Reads the value of the key, and the key after it.
    fn take<V: Deserialize<'de>>(&mut self) -> Option<V> {
        self.take_seed(PhantomData)
    }

    #[inline(never)]
    fn read<F: Field>(&mut self, field: &mut F) {
        if let Some(value) = self.take_seed(Element::new()) {
            *field = value;
        }
    }

    fn take_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Option<V::Value> {
        self.used = true;
        match self.map.next_value_seed(seed) {
            Ok(value) => {
                self.advance();
                Some(value)
            }
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }
}

impl<'de, A: MapAccess<'de>> ReadFields for Keys<'de, A> {
    // Inlined, the comparison is with a constant; that is what makes offering the fields again cheap.
    #[inline(always)]
    fn field<F: Field>(&mut self, name: &'static str, field: &mut F) {
        if self.key.as_deref() == Some(name) {
            self.read(field);
        }
    }

    fn others(&mut self, others: &mut Map<Value>) {
        if self.used {
            return;
        }
        if let Some(key) = self.key.take() {
            if let Some(value) = self.take() {
                others.insert(key.into_owned(), value);
            }
        }
    }
}

/// Reads a key; without a copy where that is possible.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key.to_owned()))
    }

    fn visit_string<E: de::Error>(self, key: String) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(key))
    }
}

// Writing

/// Writes the fields that are handed to it.
pub trait WriteFields {
    /// Writes the field, if it holds something.
    fn field<F: Field>(&mut self, name: &'static str, field: &F);

    /// Writes the keys that have no field.
    fn others(&mut self, others: &Map<Value>);
}

/// Writes an object under its wire names.
pub fn serialize<T: Object, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut entries = Entries {
        map: serializer.serialize_map(None)?,
        result: Ok(()),
    };
    object.write_fields(&mut entries);
    entries.result?;
    entries.map.end()
}

struct Entries<S: SerializeMap> {
    map: S,
    result: Result<(), S::Error>,
}

impl<S: SerializeMap> Entries<S> {
    fn entry<T: Serialize>(&mut self, name: &str, value: &T) {
        if self.result.is_ok() {
            self.result = self.map.serialize_entry(name, value);
        }
    }
}

impl<S: SerializeMap> WriteFields for Entries<S> {
    fn field<F: Field>(&mut self, name: &'static str, field: &F) {
        if !field.is_absent() {
            self.entry(name, field);
        }
    }

    fn others(&mut self, others: &Map<Value>) {
        for (name, value) in others {
            self.entry(name, value);
        }
    }
}

/// Prints what an object holds, under its wire names: most of the fields of most rows are absent.
pub fn debug<T: Object>(object: &T, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut printed = Printed(f.debug_struct(T::NAME));
    object.write_fields(&mut printed);
    printed.0.finish()
}

struct Printed<'a, 'b>(fmt::DebugStruct<'a, 'b>);

impl WriteFields for Printed<'_, '_> {
    fn field<F: Field>(&mut self, name: &'static str, field: &F) {
        if !field.is_absent() {
            self.0.field(name, &Shown(name, field));
        }
    }

    fn others(&mut self, others: &Map<Value>) {
        for (name, value) in others {
            self.0.field(name, &Shown(name, value));
        }
    }
}
