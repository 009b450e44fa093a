//! The parameters of a request: an ordered list of names and wire values.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::secret::Shown;
use crate::wire::IntoWire;
use crate::{Arg, Wire};

/// The parameters of a request, or the fields of an object in it: names and values, in the order they were set.
///
/// ```
/// use bitrix24_types::Params;
///
/// let mut params = Params::new();
/// params.set("id", 1688);
/// params.set("scope", "KNOWLEDGE");
/// assert_eq!(serde_json::to_string(&params)?, r#"{"id":1688,"scope":"KNOWLEDGE"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Params(Vec<(Cow<'static, str>, Wire)>);

impl Params {
    /// No parameters yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same parameters and this one; a parameter of the same name is replaced where it stands.
    #[must_use]
    pub fn with<T>(mut self, name: &'static str, value: impl Into<Arg<T>>) -> Self {
        self.put(Cow::Borrowed(name), value.into().into_wire());
        self
    }

    /// Sets a parameter; one of the same name is replaced where it stands.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Wire>) {
        self.put(name.into(), value.into());
    }

    fn put(&mut self, name: Cow<'static, str>, value: Wire) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// The value set under this name.
    pub fn get(&self, name: &str) -> Option<&Wire> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Names and values, in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Wire)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What requests and objects of parameters have in common: they are sets of parameters.
///
/// ```
/// use bitrix24_types::ParamSet;
/// # #[cfg(feature = "landing")] {
/// use bitrix24_types::landing::site::GetList;
///
/// // A portal may know a parameter before its documentation does.
/// let request = GetList::new().undocumented("start", 50);
/// assert_eq!(request.into_params().len(), 1);
/// # }
/// ```
pub trait ParamSet: Sized {
    /// What was set so far, to change it.
    fn as_params_mut(&mut self) -> &mut Params;

    /// What was set, alone.
    fn into_params(mut self) -> Params {
        std::mem::take(self.as_params_mut())
    }

    /// Sets a parameter that the documentation does not name.
    #[must_use]
    fn undocumented(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Wire>) -> Self {
        self.as_params_mut().set(name, value);
        self
    }
}

impl<T: ParamSet> IntoWire for T {
    fn into_wire(self) -> Wire {
        Wire::Map(self.into_params())
    }
}

impl Serialize for Params {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.iter().map(|(name, value)| (name, Shown(name, value)));
        f.debug_map().entries(shown).finish()
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<Wire>> FromIterator<(K, V)> for Params {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut params = Self::new();
        params.extend(entries);
        params
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<Wire>> Extend<(K, V)> for Params {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.set(name, value);
        }
    }
}

impl From<Params> for Value {
    fn from(params: Params) -> Self {
        let entries = params
            .0
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value.into()));
        Self::Object(entries.collect())
    }
}
