//! What a parameter or an answer may hold: JSON whose maps keep their order, because the order of the commands
//! of a batch, of sort fields and of positional parameters means something.

use std::borrow::Cow;
use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Map(Map),
    /// A list of rows that is written already; only answers have it.
    Rows(Rows),
}

pub(crate) type Map = IndexMap<String, Value>;

static NULL: Value = Value::Null;

impl Value {
    /// What stands under this key; null where nothing does.
    pub(crate) fn get(&self, key: &str) -> &Value {
        self.find(key).unwrap_or(&NULL)
    }

    /// What stands under this key, if it was written at all.
    pub(crate) fn find(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(map) => map.get(key),
            Self::List(list) => key.parse().ok().and_then(|i: usize| list.get(i)),
            _ => None,
        }
    }

    /// One step of a reference into a result, which may lead into rows.
    pub(crate) fn step(&self, key: &str) -> Option<Cow<'_, Value>> {
        match self {
            Self::Rows(rows) => rows.get(key.parse().ok()?).map(Cow::Owned),
            _ => self.find(key).map(Cow::Borrowed),
        }
    }

    /// The value without rows that are written already.
    pub(crate) fn read(self) -> Value {
        match self {
            Self::Rows(rows) => Self::List((0..).map_while(|row| rows.get(row)).collect()),
            Self::List(list) => Self::List(list.into_iter().map(Self::read).collect()),
            Self::Map(map) => Self::Map(map.into_iter().map(|(key, value)| (key, value.read())).collect()),
            scalar => scalar,
        }
    }

    /// Writes it as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
            Self::Number(number) => out.extend_from_slice(number.to_string().as_bytes()),
            Self::Text(text) => serde_json::to_writer(out, text)?,
            Self::Rows(rows) => rows.write(out),
            Self::List(list) => {
                out.push(b'[');
                for (at, value) in list.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    value.write(out)?;
                }
                out.push(b']');
            }
            Self::Map(map) => {
                out.push(b'{');
                for (at, (key, value)) in map.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    serde_json::to_writer(&mut *out, key)?;
                    out.push(b':');
                    value.write(out)?;
                }
                out.push(b'}');
            }
        }
        Ok(())
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What the portal takes for «nothing»: null, empty text, `false`, zero, an empty list or map.
    pub(crate) fn is_nothing(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(flag) => !flag,
            Self::Number(number) => number.as_f64() == Some(0.0),
            Self::Text(text) => text.is_empty() || text == "0",
            Self::List(list) => list.is_empty(),
            Self::Map(map) => map.is_empty(),
            Self::Rows(rows) => rows.ends.is_empty(),
        }
    }

    /// A whole number, however it is written.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Self::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
            _ => None,
        }
    }

    /// A scalar as text; null is empty.
    pub(crate) fn to_text(&self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Bool(true) => Some("1".to_owned()),
            Self::Bool(false) => Some(String::new()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::List(_) | Self::Map(_) | Self::Rows(_) => None,
        }
    }

    /// A map the way PHP writes an array: keys 0…n−1 make a list, and so does nothing at all.
    pub(crate) fn php_array(map: Map) -> Value {
        if map.keys().enumerate().all(|(i, key)| *key == i.to_string()) {
            Self::List(map.into_values().collect())
        } else {
            Self::Map(map)
        }
    }

    /// A whole number is written without a fraction, as the portal does.
    pub(crate) fn float(number: f64) -> Value {
        match whole(number) {
            Some(int) => int.into(),
            None => Number::from_f64(number).map_or(Self::Null, Self::Number),
        }
    }
}

/// Rows of a list, written as JSON objects one after the other: a page goes out as it is, and a reference reads the
/// one row it leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    text: String,
    /// Where each row ends.
    ends: Vec<usize>,
}

impl Rows {
    /// Adds a row: `write` appends it as a JSON object.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends.push(self.text.len());
    }

    fn json(&self, row: usize) -> Option<&str> {
        let end = *self.ends.get(row)?;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..end)
    }

    fn get(&self, row: usize) -> Option<Value> {
        serde_json::from_str(self.json(row)?).ok()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        for row in 0..self.ends.len() {
            if row > 0 {
                out.push(b',');
            }
            out.extend_from_slice(self.json(row).unwrap_or_default().as_bytes());
        }
        out.push(b']');
    }
}

fn whole(number: f64) -> Option<i64> {
    // Beyond 2^53 a float no longer says which whole number was meant.
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl<K: Into<String>, V: Into<Value>, const N: usize> From<[(K, V); N]> for Value {
    fn from(entries: [(K, V); N]) -> Self {
        Self::Map(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Bool(flag),
            Json::Number(number) => Self::Number(number),
            Json::String(text) => Self::Text(text),
            Json::Array(list) => Self::List(list.into_iter().map(Into::into).collect()),
            Json::Object(map) => Self::Map(map.into_iter().map(|(key, value)| (key, value.into())).collect()),
        }
    }
}

impl From<Value> for serde_json::Value {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number),
            Value::Text(text) => Self::String(text),
            Value::List(list) => Self::Array(list.into_iter().map(Into::into).collect()),
            Value::Map(map) => {
                Self::Object(map.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
            rows @ Value::Rows(_) => rows.read().into(),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = entries.next_element()? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Value {
        /// As it goes out.
        pub(crate) fn json(&self) -> String {
            let mut out = Vec::new();
            self.write(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        }
    }

    #[test]
    fn rows_are_read_one_by_one() {
        let mut rows = Rows::default();
        rows.push(|out| out.push_str(r#"{"ID":"7"}"#));
        rows.push(|out| out.push_str(r#"{"ID":8,"é":"]"}"#));
        let rows = Value::Rows(rows);
        assert_eq!(rows.json(), r#"[{"ID":"7"},{"ID":8,"é":"]"}]"#);
        let id = |row: &str| rows.step(row).map(|row| row.get("ID").clone());
        assert_eq!(
            (id("0"), id("1"), id("2"), id("x")),
            (Some("7".into()), Some(8.into()), None, None)
        );
        assert_eq!(rows.clone().read().json(), rows.json());
        assert!(Value::Rows(Rows::default()).is_nothing() && !rows.is_nothing());
    }

    #[test]
    fn maps_keep_their_order() {
        let text = r#"{"b":1,"a":[true,null,"x"],"c":{"z":1.5,"y":{}}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value.json(), text);
    }

    #[test]
    fn a_php_array_with_keys_in_a_row_is_a_list() {
        let map =
            |keys: &[&str]| -> Map { keys.iter().map(|key| ((*key).to_owned(), Value::Null)).collect() };
        assert_eq!(Value::php_array(map(&[])), Value::List(vec![]));
        assert_eq!(
            Value::php_array(map(&["0", "1"])),
            Value::List(vec![Value::Null; 2])
        );
        for keys in [&["1"][..], &["1", "0"], &["0", "a"], &["00"]] {
            assert!(matches!(Value::php_array(map(keys)), Value::Map(_)), "{keys:?}");
        }
    }

    #[test]
    fn whole_numbers_are_understood_in_every_form() {
        for (value, expected) in [
            (Value::from(7), Some(7)),
            (Value::float(7.0), Some(7)),
            (Value::float(7.5), None),
            (" 7 ".into(), Some(7)),
            ("7.0".into(), Some(7)),
            ("7.5".into(), None),
            ("1e400".into(), None),
            ("seven".into(), None),
            ("".into(), None),
            (Value::Null, None),
            (true.into(), None),
        ] {
            assert_eq!(value.as_int(), expected, "{value:?}");
        }
    }
}
