//! The macros that generated code consists of. Each declares a type, an entry a line, with the wire name at its end.
//!
//! They say what is in a type; how it is read, written and checked stands in `object.rs`, `values.rs`, `params.rs`, `accept.rs` and
//! `codes.rs`, once. Keep expansions short: they are compiled more than a thousand times. What costs the compiler most, by
//! measurement: derives, `?`, and functions with a body for each entry; what costs least: constants and plain calls.
//!
//! Names are written from the root, as `::std::option::Option`, because generated types have the names of the vendor's things.

/// A struct of a result; every field may be absent.
///
/// ```text
/// object! {
///     /// A site.
///     pub struct Site {
///         id: Option<Id> = "ID", "the identifier.";
///         title: Option<String> = "TITLE";
///         ..extra                             // keeps keys that have no field
///     }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($field:ident: $kind:ty = $wire:literal $(, $about:literal)?;)* $(..$extra:ident)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[doc = concat!("`", $wire, "`" $(, ": ", $about)?)]
                pub $field: $kind,
            )*
            $(
                /// Keys that have no field here.
                pub $extra: $crate::Map<$crate::Value>,
            )?
        }

        impl $crate::__private::Object for $name {
            const NAME: &'static str = stringify!($name);

            fn read_fields<R: $crate::__private::ReadFields>(&mut self, fields: &mut R) {
                $(fields.field($wire, &mut self.$field);)*
                $(fields.others(&mut self.$extra);)?
            }

            fn write_fields<W: $crate::__private::WriteFields>(&self, fields: &mut W) {
                $(fields.field($wire, &self.$field);)*
                $(fields.others(&self.$extra);)?
            }
        }

        impl<'de> $crate::__private::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::Decode::decode(deserializer)
            }
        }

        impl $crate::__private::Serialize for $name {
            fn serialize<S: $crate::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::__private::serialize(self, serializer)
            }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::__private::debug(self, f)
            }
        }
    };
}

/// An open enum: the documented values, and any other.
///
/// ```text
/// values! {
///     /// A kind of site.
///     pub enum SiteType {
///         Page = "PAGE";
///         Store = "STORE";
///     }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! values {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $wire:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $wire, "`")]
                $variant,
            )*
            /// Any other value.
            Other(::std::string::String),
        }

        impl $name {
            /// The value as it goes over the wire.
            pub fn as_str(&self) -> &str {
                $crate::__private::OpenEnum::text(self)
            }
        }

        impl $crate::__private::OpenEnum for $name {
            const KNOWN: &'static [(&'static str, Self)] = &[$(($wire, Self::$variant)),*];

            fn other(text: ::std::string::String) -> Self {
                Self::Other(text)
            }

            fn as_other(&self) -> ::std::option::Option<&str> {
                if let Self::Other(text) = self {
                    ::std::option::Option::Some(text)
                } else {
                    ::std::option::Option::None
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                $crate::__private::OpenEnum::of_text(text)
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                $crate::__private::OpenEnum::of_text(&text)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::__private::IntoWire for $name {
            fn into_wire(self) -> $crate::Wire {
                $crate::__private::OpenEnum::to_wire(&self)
            }
        }

        $crate::for_registry! {
            impl $crate::registry::Accept for $name {
                fn accept(
                    value: &$crate::Value,
                ) -> ::std::result::Result<$crate::Wire, $crate::registry::Mismatch> {
                    <::std::string::String as $crate::registry::Accept>::accept(value)
                }
            }
        }

        impl $crate::Decode for $name {
            const EXPECTED: &'static str = "text";

            fn from_bool<E: $crate::__private::Error>(
                value: bool,
            ) -> ::std::result::Result<$crate::decode::Read<Self>, E> {
                $crate::__private::read_as_text(<::std::string::String as $crate::Decode>::from_bool(value))
            }

            fn from_int<E: $crate::__private::Error>(
                value: i64,
            ) -> ::std::result::Result<$crate::decode::Read<Self>, E> {
                $crate::__private::read_as_text(<::std::string::String as $crate::Decode>::from_int(value))
            }

            fn from_text<E: $crate::__private::Error>(
                text: &str,
            ) -> ::std::result::Result<$crate::decode::Read<Self>, E> {
                $crate::__private::OpenEnum::read_text(text)
            }
        }

        impl<'de> $crate::__private::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::Decode::decode(deserializer)
            }
        }

        impl $crate::__private::Serialize for $name {
            fn serialize<S: $crate::__private::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// A request: its parameters as in [`params!`], then what it calls and what comes back.
///
/// ```text
/// request! {
///     /// Publishes a site with its pages.
///     pub struct Publication(
///         id: i64 = "id", "the site to publish.";
///     ) {
///         scope: String = "scope", "which sites the call sees.";
///     }
///     "landing.site.publication" in ["landing"], V2, Repeat, "path/of/the/page" -> i64, PublicationError
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! request {
    ($(#[$meta:meta])* pub struct $name:ident($($given:tt)*) { $($optional:tt)* }
        $wire:literal in [$($scope:literal),*], $api:ident, $effect:ident, $page:literal -> $output:ty, $error:ty) => {
        $crate::params! {
            $(#[$meta])*
            #[doc = concat!("[Documentation](https://apidocs.bitrix24.com/", $page, ".html)")]
            #[must_use = "a request does nothing until it is sent"]
            pub struct $name($($given)*) { $($optional)* }
        }

        impl $crate::Method for $name {
            const NAME: &'static str = $wire;
            const SCOPES: &'static [&'static str] = &[$($scope),*];
            const API: $crate::Api = $crate::Api::$api;
            const EFFECT: $crate::Effect = $crate::Effect::$effect;
            const DOCS: &'static str = concat!("https://apidocs.bitrix24.com/", $page, ".html");
            type Output = $output;
            type Error = $error;

            fn params(&self) -> &$crate::Params {
                &self.0
            }
        }
    };
}

/// How the pages of a request are walked: its row, where in the result the rows are, what identifies one, and the facts.
///
/// ```text
/// list! {
///     List: ListTask, in tasks, by id [Id, Count, Next] {
///         rows: "tasks", id: "id", key: "ID", filter: "filter", order: "order", start: "start",
///     }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! list {
    ($name:ident: $row:ty $(, in $rows:ident)? $(, by $id:ident)? [$($way:ident),*] { $($fact:ident: $value:literal,)* }) => {
        impl $crate::List for $name {
            type Row = $row;
            const PAGING: $crate::Paging = $crate::Paging {
                $($fact: $value,)*
                ways: &[$($crate::Way::$way),*],
                ..$crate::Paging::UNKNOWN
            };

            fn rows(page: Self::Output) -> ::std::vec::Vec<Self::Row> {
                $crate::__private::Rows::rows(page$(.$rows)?)
            }

            fn id(_row: &Self::Row) -> ::std::option::Option<$crate::Id> {
                $crate::list!(@id _row $($id)?)
            }
        }
    };
    (@id $row:ident) => { ::std::option::Option::None };
    (@id $row:ident $id:ident) => { $crate::__private::RowId::row_id(&$row.$id) };
}

/// An object of parameters: what is required in parentheses, the rest in braces; `..undocumented` if other keys may be set, too.
///
/// ```text
/// params! {
///     /// The new site.
///     pub struct AddFields(
///         title: String = "TITLE", "the title.";
///     ) {
///         xml_id: String = "XML_ID";
///         ..undocumented
///     }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! params {
    ($(#[$meta:meta])* pub struct $name:ident(
        $($given:ident: $given_kind:ty = $given_wire:literal $(, $given_about:literal)?;)*
    ) {
        $($setter:ident: $kind:ty = $wire:literal $(, $about:literal)?;)* $(..$open:ident)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name($crate::Params);

        impl $name {
            /// With all that is required, and nothing else.
            ///
            $(#[doc = concat!("* `", $given_wire, "`" $(, ": ", $given_about)?)])*
            #[allow(clippy::new_without_default)]
            pub fn new($($given: impl ::std::convert::Into<$crate::Arg<$given_kind>>),*) -> Self {
                Self($crate::Params::new()$(.with($given_wire, $given))*)
            }

            $(
                #[doc = concat!("`", $wire, "`, optional" $(, ": ", $about)?)]
                pub fn $setter(self, $setter: impl ::std::convert::Into<$crate::Arg<$kind>>) -> Self {
                    Self(self.0.with($wire, $setter))
                }
            )*
        }

        impl $crate::ParamSet for $name {
            fn as_params_mut(&mut self) -> &mut $crate::Params {
                &mut self.0
            }
        }

        $crate::for_registry! {
            impl $crate::registry::Listed for $name {
                const PARAMS: &'static [$crate::registry::Param] = &[
                    $($crate::registry::Param {
                        name: $given_wire,
                        required: true,
                        accept: <$given_kind as $crate::registry::Accept>::accept,
                    },)*
                    $($crate::registry::Param {
                        name: $wire,
                        required: false,
                        accept: <$kind as $crate::registry::Accept>::accept,
                    },)*
                ];
                $($crate::params!(@open $open);)?
            }
        }
    };
    (@open $open:ident) => { const OPEN: bool = true; };
}

/// A filter: setters for its fields, none of which is required. What it is compared with is not checked, for a name may have
/// an operator in front of it.
///
/// ```text
/// filter! {
///     /// `filter` of [`List`].
///     pub struct ListFilter {
///         id: OneOrMany<Id> = "ID";
///     }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! filter {
    ($(#[$meta:meta])* pub struct $name:ident {
        $($setter:ident: $kind:ty = $wire:literal $(, $about:literal)?;)*
    }) => {
        $(#[$meta])*
        #[doc = ""]
        #[doc = "For other comparisons see [`Filter`](trait@crate::Filter)."]
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name($crate::Params);

        impl $name {
            /// Without a condition.
            pub const fn new() -> Self {
                Self($crate::Params::new())
            }

            $(
                #[doc = concat!("`", $wire, "` is this, or one of these" $(, ": ", $about)?)]
                #[must_use]
                pub fn $setter(self, $setter: impl ::std::convert::Into<$crate::Arg<$kind>>) -> Self {
                    Self(self.0.with($wire, $setter))
                }
            )*
        }

        impl $crate::ParamSet for $name {
            fn as_params_mut(&mut self) -> &mut $crate::Params {
                &mut self.0
            }
        }

        $crate::for_registry! {
            impl $crate::registry::Listed for $name {
                const PARAMS: &'static [$crate::registry::Param] = &[$($crate::registry::Param {
                    name: $wire,
                    required: false,
                    accept: <$crate::Value as $crate::registry::Accept>::accept,
                }),*];
                const OPEN: bool = true;
            }
        }

        impl $crate::Filter for $name {}
    };
}

/// The enum of a method's error codes, each with its statuses; a variant can hold the text for `*`.
///
/// ```text
/// codes! {
///     pub enum PublicationError for Publication {
///         MissingParams = 400 "MISSING_PARAMS", "`id` is missing.";
///         NotFound = 400 | 404 "NOT_FOUND";
///         PublicHtmlDisallowed(String) = 400 "PUBLIC_HTML_DISALLOWED[*]";
///     }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! codes {
    ($(#[$meta:meta])* pub enum $name:ident for $request:ident {
        $($variant:ident $(($text:ty))? = $($status:literal)|+ $code:literal $(, $about:literal)?;)*
    }) => {
        #[doc = concat!("The codes that the documentation lists for [`", stringify!($request), "`](struct@", stringify!($request), ").")]
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`, status", $(" ", $status,)+ "" $(, ": ", $about)?)]
                $variant $(($text))?,
            )*
        }

        impl $crate::Codes for $name {
            const LISTED: &'static [(&'static [u16], &'static str, Self)] =
                &[$((&[$($status),+], $code, Self::$variant $((<$text>::new()))?)),*];

            $crate::codes!(@text_mut $($variant $(($text))?)*);
        }
    };
    (@text_mut $($variant:ident)*) => {};
    (@text_mut $($variant:ident $(($text:ty))?)*) => {
        fn text_mut(&mut self) -> ::std::option::Option<&mut ::std::string::String> {
            match self {
                $($(Self::$variant(text) => ::std::option::Option::Some::<&mut $text>(text),)?)*
                #[allow(unreachable_patterns)]
                _ => ::std::option::Option::None,
            }
        }
    };
}

/// What only tools that go by names need: compiled with the feature `registry`, for it is a good part of all there is.
#[cfg(feature = "registry")]
#[doc(hidden)]
#[macro_export]
macro_rules! for_registry {
    ($($item:tt)*) => { $($item)* };
}

/// What only tools that go by names need: not compiled, as the feature `registry` is off.
#[cfg(not(feature = "registry"))]
#[doc(hidden)]
#[macro_export]
macro_rules! for_registry {
    ($($item:tt)*) => {};
}
