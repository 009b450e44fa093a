//! Dates, kept as they were sent, and what dates with and without a time have in common.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Decode;
use crate::decode::Read;

/// A date, as it was sent: usually `2025-12-28`.
///
/// ```
/// use bitrix24_types::Date;
///
/// assert_eq!(Date::from("2025-12-28").ymd(), Some((2025, 12, 28)));
/// assert_eq!(Date::from("28.12.2025").ymd(), Some((2025, 12, 28)));
/// assert_eq!(Date::from("12/11/2025").ymd(), None); // December or November? The portal's settings decide.
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Date(String);

impl Date {
    /// Year, month and day, if the text has a form that means the same on every portal. A time after it is ignored:
    /// some portals send one with dates, too.
    pub fn ymd(&self) -> Option<(i32, u8, u8)> {
        let (date, rest) = civil_date(&self.0)?;
        let alone = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
        alone.then_some((date.year, date.month, date.day))
    }
}

/// What [`Date`] and [`DateTime`](crate::DateTime) have in common: they are texts.
macro_rules! text_type {
    ($name:ident, $expected:literal) => {
        impl $name {
            /// The text as it was sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text as it was sent.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }

        impl Decode for $name {
            const EXPECTED: &'static str = $expected;

            /// Some methods send Unix time; the digits are kept.
            fn from_int<E: de::Error>(value: i64) -> Result<Read<Self>, E> {
                Ok(Read::Value(Self(value.to_string())))
            }

            /// The same, with a fraction of the second.
            fn from_float<E: de::Error>(value: f64) -> Result<Read<Self>, E> {
                Ok(Read::Value(Self(value.to_string())))
            }

            /// Every text is kept, so that one odd date does not cost the whole answer.
            fn from_text<E: de::Error>(text: &str) -> Result<Read<Self>, E> {
                Ok(Read::text(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::decode(deserializer)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;

text_type!(Date, "a date");

/// A day in the Gregorian calendar.
#[derive(Clone, Copy)]
pub(crate) struct Civil {
    pub year: i32,
    pub month: u8,
    pub day: u8,
}

impl Civil {
    fn new(year: &str, month: &str, day: &str) -> Option<Self> {
        let (year, month, day): (i32, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// Howard Hinnant's `days_from_civil`: years start in March, so that the leap day is the last day of one.
    pub fn days_since_1970(self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The date at the start of a text, `2023-08-24` or `24.08.2023`, and what comes after it.
pub(crate) fn civil_date(text: &str) -> Option<(Civil, &str)> {
    let (date, rest) = text.split_at_checked(10)?;
    let bytes = date.as_bytes();
    let digits = |at: &[usize]| {
        bytes
            .iter()
            .enumerate()
            .all(|(i, byte)| at.contains(&i) || byte.is_ascii_digit())
    };
    let civil = if bytes[4] == b'-' && bytes[7] == b'-' && digits(&[4, 7]) {
        Civil::new(&date[..4], &date[5..7], &date[8..])
    } else if bytes[2] == b'.' && bytes[5] == b'.' && digits(&[2, 5]) {
        Civil::new(&date[6..], &date[3..5], &date[..2])
    } else {
        None
    };
    Some((civil?, rest))
}
