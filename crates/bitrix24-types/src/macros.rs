//! The four macros that generated code consists of besides its types.
//!
//! They say what is in a type; how it is read, written and checked stands in `object.rs`, `values.rs`, `accept.rs` and `codes.rs`.
//! Keep expansions short: they are compiled more than a thousand times.

/// Reading and writing for a struct of optional fields that derives `Clone`, `Debug`, `Default` and `PartialEq`.
///
/// ```text
/// object!(SiteRow { id: "ID", title: "TITLE" });
/// object!(Deal { id: "ID", ..extra });            // `pub extra: Map<Value>` keeps the keys without a field
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    // As generated code has it: with the struct itself.
    ($(#[$meta:meta])* pub struct $name:ident {
        $($field:ident: $kind:ty = $wire:literal $(, $about:literal)?;)* $(..$extra:ident)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
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

        $crate::object!($name { $($field: $wire,)* $(..$extra)? });
    };
    ($name:ident { $($field:ident: $wire:literal),* $(,)? }) => {
        $crate::object!(@ $name [$($field $wire)*] false |_object, _key, _value| {}, |_object, _map| {});
    };
    ($name:ident { $($field:ident: $wire:literal,)* ..$extra:ident }) => {
        $crate::object!(@ $name [$($field $wire)*] true
            |object, key, value| { object.$extra.insert(key, value); },
            |object, map| { for (key, value) in &object.$extra { map.serialize_entry(key, value)?; } });
    };
    (@ $name:ident [$($field:ident $wire:literal)*] $keeps:literal
        |$object:ident, $key:ident, $value:ident| $keep:block, |$written:ident, $map:ident| $write:block) => {
        impl $crate::__private::Object for $name {
            const NAMES: &'static [&'static str] = &[$($wire),*];
            const KEEPS_OTHERS: bool = $keeps;

            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn read_field<'de, D: $crate::__private::Deserializer<'de>>(
                &mut self,
                mut place: usize,
                value: D,
            ) -> ::std::result::Result<(), D::Error> {
                // The compiler makes a jump table of it; a `match` would need counted arms.
                $(
                    if place == 0 {
                        self.$field = $crate::Decode::decode(value)?;
                        return ::std::result::Result::Ok(());
                    }
                    place = place.wrapping_sub(1);
                )*
                ::std::result::Result::Ok(())
            }

            fn keep(&mut self, $key: ::std::string::String, $value: $crate::Value) {
                let $object = self;
                $keep
            }

            #[allow(unused_variables)]
            fn write_fields<S: $crate::__private::SerializeMap>(&self, $map: &mut S) -> ::std::result::Result<(), S::Error> {
                $($crate::__private::write_field($map, $wire, &self.$field)?;)*
                let $written = self;
                $write
                ::std::result::Result::Ok(())
            }
        }

        impl $crate::Decode for $name {
            const EXPECTED: &'static str = "an object";

            fn from_map<'de, A: $crate::__private::MapAccess<'de>>(
                map: A,
            ) -> ::std::result::Result<$crate::decode::Read<Self>, A::Error> {
                $crate::__private::from_map(map)
            }

            fn nothing<E: $crate::__private::Error>(what: $crate::decode::Nothing) -> ::std::result::Result<Self, E> {
                $crate::__private::nothing(what)
            }
        }

        impl<'de> $crate::__private::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::Decode::decode(deserializer)
            }
        }

        impl $crate::__private::Serialize for $name {
            fn serialize<S: $crate::__private::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::__private::serialize(self, serializer)
            }
        }
    };
}

/// Everything for an open enum, `#[non_exhaustive] pub enum SiteType { Page, Store, Other(String) }`, that derives `Clone`,
/// `Debug`, `PartialEq`, `Eq` and `Hash`.
///
/// ```text
/// values!(SiteType { Page: "PAGE", Store: "STORE" });
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! values {
    // As generated code has it: with the enum itself.
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

        $crate::values!($name { $($variant: $wire),* });
    };
    ($name:ident { $($variant:ident: $wire:literal),* $(,)? }) => {
        impl $name {
            /// The value as it goes over the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl $crate::__private::OpenEnum for $name {
            fn known(text: &str) -> ::std::option::Option<Self> {
                match text {
                    $($wire => ::std::option::Option::Some(Self::$variant),)*
                    _ => ::std::option::Option::None,
                }
            }

            fn other(text: ::std::string::String) -> Self {
                Self::Other(text)
            }

            fn into_text(self) -> ::std::borrow::Cow<'static, str> {
                ::std::borrow::Cow::Borrowed(match self {
                    $(Self::$variant => $wire,)*
                    Self::Other(text) => return ::std::borrow::Cow::Owned(text),
                })
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
                $crate::Wire::Text($crate::__private::OpenEnum::into_text(self))
            }
        }

        impl $crate::Accept for $name {
            fn accept(value: &$crate::Value) -> ::std::result::Result<$crate::Wire, $crate::Mismatch> {
                <::std::string::String as $crate::Accept>::accept(value)
            }
        }

        impl $crate::Decode for $name {
            const EXPECTED: &'static str = "text";

            fn from_bool<E: $crate::__private::Error>(value: bool) -> ::std::result::Result<$crate::decode::Read<Self>, E> {
                $crate::__private::read_as_text(::std::string::String::from_bool(value))
            }

            fn from_int<E: $crate::__private::Error>(value: i64) -> ::std::result::Result<$crate::decode::Read<Self>, E> {
                $crate::__private::read_as_text(::std::string::String::from_int(value))
            }

            fn from_text<E: $crate::__private::Error>(text: &str) -> ::std::result::Result<$crate::decode::Read<Self>, E> {
                $crate::__private::OpenEnum::read_text(text)
            }
        }

        impl<'de> $crate::__private::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::Decode::decode(deserializer)
            }
        }

        impl $crate::__private::Serialize for $name {
            fn serialize<S: $crate::__private::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
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

/// Everything but the setters for a request or an object of parameters, `pub struct AddFields(Params)`.
///
/// ```text
/// params!(AddFields { "TITLE" !: String, "XML_ID": String });       // `!`: required
/// params!(DealFields { "TITLE": String, .. });                      // `..`: other keys may be set, too
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! params {
    // As generated code has it: with the struct itself, what is required in parentheses, the rest in braces.
    ($(#[$meta:meta])* pub struct $name:ident($($given:tt)*) {
        $($setter:ident: $kind:ty = $wire:literal $(, $about:literal)?;)*
    }) => {
        $crate::params!(@struct [$(#[$meta])*] $name($($given)*) {
            $($setter: $kind = $wire $(, $about)?;)*
        });
    };
    ($(#[$meta:meta])* pub struct $name:ident($($given:tt)*) {
        $($setter:ident: $kind:ty = $wire:literal $(, $about:literal)?;)* ..
    }) => {
        $crate::params!(@struct [$(#[$meta])*] $name($($given)*) {
            $($setter: $kind = $wire $(, $about)?;)*
        } ..);
    };
    (@struct [$(#[$meta:meta])*] $name:ident(
        $($given:ident: $given_kind:ty = $given_wire:literal $(, $given_about:literal)?;)*
    ) {
        $($setter:ident: $kind:ty = $wire:literal $(, $about:literal)?;)*
    } $($open:tt)?) => {
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

        $crate::params!($name { $($given_wire !: $given_kind,)* $($wire: $kind,)* $($open)? });
    };
    // A `!` cannot be captured as such; what never follows it can, and tells whether it is there.
    ($name:ident { $($wire:literal $(! $($never:lifetime)?)?: $kind:ty),* $(,)? }) => {
        $crate::params!(@ $name false [$($wire [$(! $($never)?)?] $kind)*]);
    };
    ($name:ident { $($wire:literal $(! $($never:lifetime)?)?: $kind:ty,)* .. }) => {
        $crate::params!(@ $name true [$($wire [$(! $($never)?)?] $kind)*]);
    };
    (@required) => { false };
    (@required !) => { true };
    (@ $name:ident $open:literal [$($wire:literal [$($required:tt)?] $kind:ty)*]) => {
        impl $crate::ParamSet for $name {
            fn as_params(&self) -> &$crate::Params {
                &self.0
            }

            fn as_params_mut(&mut self) -> &mut $crate::Params {
                &mut self.0
            }

            fn into_params(self) -> $crate::Params {
                self.0
            }
        }

        impl $crate::__private::IntoWire for $name {
            fn into_wire(self) -> $crate::Wire {
                $crate::Wire::Map(self.0)
            }
        }

        impl $crate::Accept for $name {
            fn accept(value: &$crate::Value) -> ::std::result::Result<$crate::Wire, $crate::Mismatch> {
                const LISTED: &[$crate::__private::Param] = &[$($crate::__private::Param {
                    name: $wire,
                    required: $crate::params!(@required $($required)?),
                    accept: <$kind as $crate::Accept>::accept,
                }),*];
                $crate::__private::accept_object(value, LISTED, $open)
            }
        }
    };
}

/// The enum of a method's error codes, which is `#[non_exhaustive]` and derives `Clone`, `Debug`, `PartialEq` and `Eq`. Each
/// code has the status it is listed with; `(_)` marks the variants that carry the text for `*`.
///
/// ```text
/// codes!(PublicationError { MissingParams: 400 "MISSING_PARAMS", PublicHtmlDisallowed(_): 400 "PUBLIC_HTML_DISALLOWED[*]" });
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! codes {
    // As generated code has it: with the enum itself.
    ($(#[$meta:meta])* pub enum $name:ident for $request:ident {
        $($variant:ident $(($varies:tt))? = $($status:literal)|+ $code:literal $(, $about:literal)?;)*
    }) => {
        #[doc = concat!("The codes that the documentation lists for [`", stringify!($request), "`](struct@", stringify!($request), ").")]
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`, status", $(" ", $status,)+ "" $(, ": ", $about)?)]
                $variant $(($crate::codes!(@text_of $varies)))?,
            )*
        }

        $crate::codes!(@flat $name $([$variant $(($varies))?] [$($status)+] $code;)*);
    };
    // One row for each status.
    (@flat $name:ident $($variant:tt [$($status:literal)+] $code:literal;)*) => {
        $crate::codes!(@rows $name { $($($variant $status $code,)+)* });
    };
    (@rows $name:ident { $([$variant:ident $(($varies:tt))?] $status:literal $code:literal,)* }) => {
        $crate::codes!($name { $($variant $(($varies))?: $status $code),* });
    };
    (@text_of $varies:tt) => { ::std::string::String };
    ($name:ident { $($variant:ident $(($varies:tt))?: $status:literal $code:literal),* $(,)? }) => {
        impl $crate::Codes for $name {
            const LISTED: &'static [(u16, &'static str)] = &[$(($status, $code)),*];

            fn from_code(code: &str, status: ::std::option::Option<u16>) -> ::std::option::Option<Self> {
                let (listed, _text) = $crate::__private::find(Self::LISTED, code, status)?;
                match listed {
                    $(($status, $code) => ::std::option::Option::Some($crate::codes!(@make $variant $(($varies))? _text)),)*
                    _ => ::std::option::Option::None,
                }
            }

            fn code(&self) -> ::std::borrow::Cow<'static, str> {
                #[allow(unreachable_patterns)]
                match self {
                    $($crate::codes!(@pattern $variant $(($varies))? _text) => $crate::codes!(@code $($varies)? $code _text),)*
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(&$crate::Codes::code(self))
            }
        }
    };
    (@make $variant:ident $text:ident) => { Self::$variant };
    (@make $variant:ident ($varies:tt) $text:ident) => { Self::$variant($text.to_owned()) };
    (@pattern $variant:ident $text:ident) => { Self::$variant };
    (@pattern $variant:ident ($varies:tt) $text:ident) => { Self::$variant($text) };
    (@code $code:literal $text:ident) => { ::std::borrow::Cow::Borrowed($code) };
    (@code $varies:tt $code:literal $text:ident) => { $crate::__private::fill($code, $text) };
}
