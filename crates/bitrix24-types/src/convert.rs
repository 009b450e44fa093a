//! Dates to and from the date libraries, each behind the feature of its name.
//!
//! `time` is not among them: its releases that build with the oldest Rust we support have a known vulnerability.

use std::fmt;

use crate::{Date, DateTime, DateTimeParts};

/// Why a date is not one for a date library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateError {
    text: String,
    problem: &'static str,
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.text, self.problem)
    }
}

impl std::error::Error for DateError {}

const FORM: &str = "does not have a form that means the same on every portal";
const OFFSET: &str = "has no offset from UTC";
const RANGE: &str = "is outside of what the date library has";

fn error(text: &str, problem: &'static str) -> DateError {
    DateError {
        text: text.chars().take(40).collect(),
        problem,
    }
}

impl DateTime {
    fn known(&self) -> Result<DateTimeParts, DateError> {
        self.parts().ok_or_else(|| error(self.as_str(), FORM))
    }

    fn known_offset(&self) -> Result<i32, DateError> {
        self.known()?.offset.ok_or_else(|| error(self.as_str(), OFFSET))
    }
}

impl Date {
    fn known(&self) -> Result<(i32, u8, u8), DateError> {
        self.ymd().ok_or_else(|| error(self.as_str(), FORM))
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use jiff::tz::{Offset, TimeZone};
    use jiff::{Timestamp, ZonedDateTime, civil};

    use super::{DateError, RANGE, error};
    use crate::{Date, DateTime};

    /// The time on the wall, whatever the offset.
    impl TryFrom<&DateTime> for civil::DateTime {
        type Error = DateError;

        fn try_from(time: &DateTime) -> Result<Self, DateError> {
            let parts = time.known()?;
            let out_of_range = |_| error(time.as_str(), RANGE);
            Self::new(
                i16::try_from(parts.year).map_err(|_| error(time.as_str(), RANGE))?,
                parts.month as i8,
                parts.day as i8,
                parts.hour as i8,
                parts.minute as i8,
                parts.second as i8,
                parts.nanosecond as i32,
            )
            .map_err(out_of_range)
        }
    }

    /// The time in a time zone that has the offset of the text, and never another.
    impl TryFrom<&DateTime> for ZonedDateTime {
        type Error = DateError;

        fn try_from(time: &DateTime) -> Result<Self, DateError> {
            let wall = civil::DateTime::try_from(time)?;
            let offset = Offset::from_seconds(time.known_offset()?);
            let zoned = offset.and_then(|offset| wall.to_zoned_datetime(TimeZone::fixed(offset)));
            zoned.map_err(|_| error(time.as_str(), RANGE))
        }
    }

    impl TryFrom<&DateTime> for Timestamp {
        type Error = DateError;

        fn try_from(time: &DateTime) -> Result<Self, DateError> {
            ZonedDateTime::try_from(time).map(|zoned| zoned.timestamp())
        }
    }

    impl TryFrom<&Date> for civil::Date {
        type Error = DateError;

        fn try_from(date: &Date) -> Result<Self, DateError> {
            let (year, month, day) = date.known()?;
            let year = i16::try_from(year).map_err(|_| error(date.as_str(), RANGE))?;
            Self::new(year, month as i8, day as i8).map_err(|_| error(date.as_str(), RANGE))
        }
    }

    /// In whole seconds, with the offset.
    impl From<&ZonedDateTime> for DateTime {
        fn from(time: &ZonedDateTime) -> Self {
            Self::from(time.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        }
    }

    /// In whole seconds, in UTC.
    impl From<Timestamp> for DateTime {
        fn from(time: Timestamp) -> Self {
            Self::from(&time.to_zoned_datetime(TimeZone::UTC))
        }
    }

    impl From<civil::Date> for Date {
        fn from(date: civil::Date) -> Self {
            Self::from(date.to_string())
        }
    }
}

#[cfg(feature = "chrono")]
mod with_chrono {
    use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};

    use super::{DateError, RANGE, error};
    use crate::{Date, DateTime};

    /// The time on the wall, whatever the offset.
    impl TryFrom<&DateTime> for NaiveDateTime {
        type Error = DateError;

        fn try_from(time: &DateTime) -> Result<Self, DateError> {
            let parts = time.known()?;
            let date = NaiveDate::from_ymd_opt(parts.year, parts.month.into(), parts.day.into());
            let with_time = date.and_then(|date| {
                let (hour, minute, second) = (parts.hour.into(), parts.minute.into(), parts.second.into());
                date.and_hms_nano_opt(hour, minute, second, parts.nanosecond)
            });
            with_time.ok_or_else(|| error(time.as_str(), RANGE))
        }
    }

    impl TryFrom<&DateTime> for chrono::DateTime<FixedOffset> {
        type Error = DateError;

        fn try_from(time: &DateTime) -> Result<Self, DateError> {
            let wall = NaiveDateTime::try_from(time)?;
            let offset = FixedOffset::east_opt(time.known_offset()?);
            let zoned = offset.and_then(|offset| offset.from_local_datetime(&wall).single());
            zoned.ok_or_else(|| error(time.as_str(), RANGE))
        }
    }

    impl TryFrom<&DateTime> for chrono::DateTime<Utc> {
        type Error = DateError;

        fn try_from(time: &DateTime) -> Result<Self, DateError> {
            chrono::DateTime::<FixedOffset>::try_from(time).map(Self::from)
        }
    }

    impl TryFrom<&Date> for NaiveDate {
        type Error = DateError;

        fn try_from(date: &Date) -> Result<Self, DateError> {
            let (year, month, day) = date.known()?;
            Self::from_ymd_opt(year, month.into(), day.into()).ok_or_else(|| error(date.as_str(), RANGE))
        }
    }

    /// In whole seconds, with the offset.
    impl<Tz: TimeZone> From<chrono::DateTime<Tz>> for DateTime {
        fn from(time: chrono::DateTime<Tz>) -> Self {
            Self::from(time.fixed_offset().format("%Y-%m-%dT%H:%M:%S%:z").to_string())
        }
    }

    impl From<NaiveDate> for Date {
        fn from(date: NaiveDate) -> Self {
            Self::from(date.format("%Y-%m-%d").to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: &str = "2026-03-12T06:11:57+03:00";

    #[test]
    #[cfg(feature = "jiff")]
    fn jiff_there_and_back() {
        use jiff::{Timestamp, ZonedDateTime, civil};

        let time = DateTime::from(TIME);
        let zoned = ZonedDateTime::try_from(&time).unwrap();
        assert_eq!(zoned.timestamp().as_second(), time.unix_seconds().unwrap());
        assert_eq!(DateTime::from(&zoned), time);
        let timestamp = Timestamp::try_from(&time).unwrap();
        assert_eq!(
            DateTime::from(timestamp),
            DateTime::from("2026-03-12T03:11:57+00:00")
        );
        let date = Date::from("12.03.2026");
        assert_eq!(
            Date::from(civil::Date::try_from(&date).unwrap()),
            Date::from("2026-03-12")
        );
        let wall = civil::DateTime::try_from(&DateTime::from("24.08.2023 13:19:39")).unwrap();
        assert_eq!(wall.to_string(), "2023-08-24T13:19:39");
        refuses(|time| ZonedDateTime::try_from(time).map(drop));
    }

    #[test]
    #[cfg(feature = "chrono")]
    fn chrono_there_and_back() {
        use chrono::{FixedOffset, NaiveDate, NaiveDateTime, Utc};

        let time = DateTime::from(TIME);
        let fixed = chrono::DateTime::<FixedOffset>::try_from(&time).unwrap();
        assert_eq!(fixed.timestamp(), time.unix_seconds().unwrap());
        assert_eq!(DateTime::from(fixed), time);
        let utc = chrono::DateTime::<Utc>::try_from(&time).unwrap();
        assert_eq!(DateTime::from(utc), DateTime::from("2026-03-12T03:11:57+00:00"));
        let date = Date::from("12.03.2026");
        assert_eq!(
            Date::from(NaiveDate::try_from(&date).unwrap()),
            Date::from("2026-03-12")
        );
        let wall = NaiveDateTime::try_from(&DateTime::from("24.08.2023 13:19:39")).unwrap();
        assert_eq!(wall.to_string(), "2023-08-24 13:19:39");
        refuses(|time| chrono::DateTime::<FixedOffset>::try_from(time).map(drop));
    }

    fn refuses(convert: impl Fn(&DateTime) -> Result<(), DateError>) {
        for (text, problem) in [
            ("11/12/2021 08:39:53 pm", FORM),
            ("24.08.2023 13:19:39", OFFSET),
            ("2016-12-31T23:59:60+00:00", RANGE),
        ] {
            let refused = convert(&DateTime::from(text)).unwrap_err();
            assert_eq!(refused.to_string(), format!("`{text}` {problem}"));
        }
    }
}
