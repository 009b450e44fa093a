//! Dates with a time, kept as they were sent.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::date::{Civil, civil_date, text_type};
use crate::decode::Read;
use crate::{Date, Decode};

/// A date and time, as it was sent, with its offset from UTC.
///
/// The text is kept: portals use several forms, some of which cannot be read without knowing the portal's settings
/// (`11/12/2021 08:39:53 pm`), and converting to UTC would lose the offset. [`parts`](Self::parts) reads what can be read.
///
/// ```
/// use bitrix24_types::DateTime;
///
/// let time = DateTime::from("2026-03-12T06:11:57+03:00");
/// let parts = time.parts().unwrap();
/// assert_eq!((parts.year, parts.hour, parts.offset), (2026, 6, Some(3 * 3600)));
/// assert_eq!(time.unix_seconds(), Some(1_773_285_117));
/// assert_eq!(time.to_string(), "2026-03-12T06:11:57+03:00");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DateTime(String);

text_type!(DateTime, "a date and time");

/// The numbers in a [`DateTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DateTimeParts {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
    /// The second; 60 in a leap second.
    pub second: u8,
    /// The fraction of the second.
    pub nanosecond: u32,
    /// Seconds east of UTC, if the text says so.
    pub offset: Option<i32>,
}

impl DateTime {
    /// The numbers, if the text has one of the forms that mean the same on every portal: ISO 8601 (`T` or a space
    /// between date and time, offset optional) and `24.08.2023 13:19:39`.
    pub fn parts(&self) -> Option<DateTimeParts> {
        let (Civil { year, month, day }, rest) = civil_date(&self.0)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let (hour, rest) = two_digits(rest, 23)?;
        let (minute, rest) = two_digits(rest.strip_prefix(':')?, 59)?;
        let (second, rest) = match rest.strip_prefix(':') {
            Some(rest) => two_digits(rest, 60)?,
            None => (0, rest),
        };
        let (nanosecond, rest) = match rest.strip_prefix('.') {
            Some(rest) => fraction(rest)?,
            None => (0, rest),
        };
        let offset = offset(rest)?;
        Some(DateTimeParts {
            year,
            month,
            day,
            hour,
            minute,
            second,
            nanosecond,
            offset,
        })
    }

    /// The date in it, without the time.
    pub fn date(&self) -> Option<Date> {
        let (date, _) = civil_date(&self.0)?;
        Some(Date::from(date.to_string()))
    }

    /// Seconds since 1970 in UTC, if the text has an offset.
    pub fn unix_seconds(&self) -> Option<i64> {
        let parts = self.parts()?;
        let days = Civil {
            year: parts.year,
            month: parts.month,
            day: parts.day,
        }
        .days_since_1970();
        let time = i64::from(parts.hour) * 3600 + i64::from(parts.minute) * 60 + i64::from(parts.second);
        Some(days * 86_400 + time - i64::from(parts.offset?))
    }
}

fn two_digits(text: &str, most: u8) -> Option<(u8, &str)> {
    let (digits, rest) = text.split_at_checked(2)?;
    let number = if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().ok()?
    } else {
        return None;
    };
    (number <= most).then_some((number, rest))
}

/// Digits after the point, as nanoseconds; what is finer is cut off.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let kept = &digits[..end.min(9)];
    let number: u32 = kept.parse().ok()?;
    Some((number * 10u32.pow(9 - kept.len() as u32), rest))
}

/// `Some(None)` for no offset, `None` for text that is none.
fn offset(text: &str) -> Option<Option<i32>> {
    let sign = match text.chars().next() {
        None => return Some(None),
        Some('Z' | 'z') if text.len() == 1 => return Some(Some(0)),
        Some('+') => 1,
        Some('-') => -1,
        Some(_) => return None,
    };
    let (hours, rest) = two_digits(&text[1..], 23)?;
    let (minutes, rest) = match rest {
        "" => (0, rest),
        _ => two_digits(rest.strip_prefix(':').unwrap_or(rest), 59)?,
    };
    rest.is_empty()
        .then(|| Some(sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60)))
}
