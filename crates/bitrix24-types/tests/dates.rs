//! Dates and times: all forms that portals send, and nonsense.

use bitrix24_types::{Date, DateTime, DateTimeParts, Decode};
use proptest::prelude::*;

/// Year, month, day, hour, minute, second, nanosecond, offset.
type Numbers = (i32, u8, u8, u8, u8, u8, u32, Option<i32>);

fn numbers(parts: DateTimeParts) -> Numbers {
    let DateTimeParts {
        year,
        month,
        day,
        hour,
        minute,
        second,
        nanosecond,
        offset,
        ..
    } = parts;
    (year, month, day, hour, minute, second, nanosecond, offset)
}

#[test]
fn forms_of_a_time() {
    const HOUR: i32 = 3600;
    let table: &[(&str, Numbers, Option<i64>)] = &[
        (
            "2026-03-12T06:11:57+03:00",
            (2026, 3, 12, 6, 11, 57, 0, Some(3 * HOUR)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T06:11:57+0300",
            (2026, 3, 12, 6, 11, 57, 0, Some(3 * HOUR)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T06:11:57+03",
            (2026, 3, 12, 6, 11, 57, 0, Some(3 * HOUR)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-11T22:11:57-05:00",
            (2026, 3, 11, 22, 11, 57, 0, Some(-5 * HOUR)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T08:56:57+05:45",
            (2026, 3, 12, 8, 56, 57, 0, Some(5 * HOUR + 2700)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T03:11:57Z",
            (2026, 3, 12, 3, 11, 57, 0, Some(0)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12t03:11:57z",
            (2026, 3, 12, 3, 11, 57, 0, Some(0)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T03:11:57-00:00",
            (2026, 3, 12, 3, 11, 57, 0, Some(0)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12 03:11:57+00:00",
            (2026, 3, 12, 3, 11, 57, 0, Some(0)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T06:11:57.123456789+03:00",
            (2026, 3, 12, 6, 11, 57, 123_456_789, Some(3 * HOUR)),
            Some(1_773_285_117),
        ),
        (
            "2026-03-12T06:11:57.5Z",
            (2026, 3, 12, 6, 11, 57, 500_000_000, Some(0)),
            Some(1_773_295_917),
        ),
        (
            "2026-03-12T06:11:57.0000000001Z",
            (2026, 3, 12, 6, 11, 57, 0, Some(0)),
            Some(1_773_295_917),
        ),
        ("1970-01-01T00:00:00Z", (1970, 1, 1, 0, 0, 0, 0, Some(0)), Some(0)),
        (
            "1969-12-31T23:59:59Z",
            (1969, 12, 31, 23, 59, 59, 0, Some(0)),
            Some(-1),
        ),
        (
            "2000-02-29T00:00:00Z",
            (2000, 2, 29, 0, 0, 0, 0, Some(0)),
            Some(951_782_400),
        ),
        (
            "0000-01-01T00:00:00Z",
            (0, 1, 1, 0, 0, 0, 0, Some(0)),
            Some(-62_167_219_200),
        ),
        (
            "9999-12-31T23:59:59Z",
            (9999, 12, 31, 23, 59, 59, 0, Some(0)),
            Some(253_402_300_799),
        ),
        (
            "2016-12-31T23:59:60Z",
            (2016, 12, 31, 23, 59, 60, 0, Some(0)),
            Some(1_483_228_800),
        ),
        // Without an offset it is no moment.
        ("2024-08-29 10:30:11", (2024, 8, 29, 10, 30, 11, 0, None), None),
        ("2024-08-29T10:30:11", (2024, 8, 29, 10, 30, 11, 0, None), None),
        ("2024-08-29T10:30", (2024, 8, 29, 10, 30, 0, 0, None), None),
        ("24.08.2023 13:19:39", (2023, 8, 24, 13, 19, 39, 0, None), None),
        ("24.08.2023 13:19", (2023, 8, 24, 13, 19, 0, 0, None), None),
    ];
    for (text, expected, unix) in table {
        let time = DateTime::from(*text);
        assert_eq!(time.parts().map(numbers), Some(*expected), "{text}");
        assert_eq!(time.unix_seconds(), *unix, "{text}");
        let (year, month, day, ..) = *expected;
        assert_eq!(
            time.date().and_then(|date| date.ymd()),
            Some((year, month, day)),
            "{text}"
        );
        assert_eq!(
            time.date().map(Date::into_string),
            Some(format!("{year:04}-{month:02}-{day:02}")),
            "{text}"
        );
    }
}

#[test]
fn texts_that_are_no_known_time_are_kept_as_texts() {
    for text in [
        "11/12/2021 08:39:53 pm",
        "12/31/2021 08:39:53",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+",
        "2026-01-01T00:00:00+3",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+03:60",
        "2026-01-01T00:00:00+03:00:00",
        "2026-01-01T00:00:00 UTC",
        "2026-01-01T00:00:00 pm",
        "2026-01-01T00:00:00ZZ",
        "2026-01-01T",
        "2026-01-01T0",
        "2026-01-01T00:0",
        "2026-01-01",
        "01.02.2026",
        "+026-01-01T00:00:00Z",
        "2026-1-1T00:00:00Z",
        "１２.08.2023 13:19:39",
        "2026-01-01T１２:00:00Z",
        "2026-01-0\u{301}1T00:00:00Z",
        "1742000000",
        "now",
        "T",
        "",
    ] {
        let time = DateTime::from(text);
        assert_eq!((time.parts(), time.unix_seconds()), (None, None), "{text}");
        assert_eq!((time.as_str(), time.to_string()), (text, text.to_owned()));
    }
}

#[test]
fn forms_of_a_date() {
    for (text, expected) in [
        ("2025-12-28", Some((2025, 12, 28))),
        ("28.12.2025", Some((2025, 12, 28))),
        ("2024-02-29", Some((2024, 2, 29))),
        ("0000-01-01", Some((0, 1, 1))),
        // Some portals send a time with dates.
        ("2025-12-28T00:00:00+03:00", Some((2025, 12, 28))),
        ("2025-12-28 00:00:00", Some((2025, 12, 28))),
        ("28.12.2025 00:00:00", Some((2025, 12, 28))),
        ("12/11/2025", None),
        ("2025-02-29", None),
        ("31.04.2025", None),
        ("28.13.2025", None),
        ("2025-12-281", None),
        ("2025-12", None),
        ("2025.12.28", None),
        ("28-12-2025", None),
        ("25-12-28", None),
        ("-025-12-28", None),
        (" 2025-12-28", None),
        ("я025-12-28", None),
        ("tomorrow", None),
        ("", None),
    ] {
        assert_eq!(Date::from(text).ymd(), expected, "{text:?}");
        assert_eq!(Date::from(text).as_str(), text);
    }
}

#[test]
fn debug_shows_the_text() {
    assert_eq!(format!("{:?}", Date::from("2025-12-28")), r#"Date("2025-12-28")"#);
    assert_eq!(format!("{:?}", DateTime::from("x")), r#"DateTime("x")"#);
    assert_eq!(format!("{:>12}|", Date::from("2025-12-28")), "  2025-12-28|");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_as_it_was(text in any::<String>().prop_filter("no text is nothing", |text| !text.is_empty())) {
        let json = serde_json::to_string(&text).unwrap();
        let time = DateTime::decode(&mut serde_json::Deserializer::from_str(&json)).unwrap();
        prop_assert_eq!(time.as_str(), &*text);
        prop_assert_eq!(serde_json::to_string(&time).unwrap(), &*json);
        let date = Date::decode(&mut serde_json::Deserializer::from_str(&json)).unwrap();
        prop_assert_eq!(serde_json::to_string(&date).unwrap(), json);
        let _neither_panics = (time.parts(), time.date(), time.unix_seconds(), date.ymd());
    }

    #[test]
    fn texts_like_times_do_not_panic(text in "[0-9]{0,4}[-.я/][0-9]{1,3}[-.]?[0-9]{1,5}[Tt ]?[0-9:]{0,9}[.,]?[0-9]{0,12}[Zz+-]?[0-9:я]{0,6}") {
        let time = DateTime::from(text.clone());
        if let Some(parts) = time.parts() {
            prop_assert!((1..=12).contains(&parts.month) && (1..=31).contains(&parts.day), "{text}");
            prop_assert!(parts.hour < 24 && parts.minute < 60 && parts.second <= 60 && parts.nanosecond < 1_000_000_000);
            prop_assert_eq!(time.unix_seconds().is_some(), parts.offset.is_some());
        }
        let _ = (time.date(), Date::from(text).ymd());
    }

    /// Moments follow one another as their texts do.
    #[test]
    fn a_day_later_is_86400_seconds_more(year in 0..=9999i32, month in 1..=12u8, day in 1..=28u8, hours in -23..=23i32) {
        let offset = format!("{}{:02}:30", if hours < 0 { '-' } else { '+' }, hours.abs());
        let seconds = |day: u8, offset: &str| {
            DateTime::from(format!("{year:04}-{month:02}-{day:02}T12:00:00{offset}")).unix_seconds().unwrap()
        };
        prop_assume!(day < 28);
        prop_assert_eq!(seconds(day + 1, &offset) - seconds(day, &offset), 86_400);
        let east = i64::from(hours.abs() * 3600 + 1800) * if hours < 0 { -1 } else { 1 };
        prop_assert_eq!(seconds(day, "Z") - seconds(day, &offset), east);
    }
}
