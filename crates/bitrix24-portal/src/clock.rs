//! What time it is in the portal: the machine's time, or one that a test moves by hand.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time the portal goes by: its limits, its `time` blocks, its dates.
///
/// ```
/// use std::time::Duration;
/// use bitrix24_portal::Clock;
///
/// let clock = Clock::fixed(Duration::from_secs(1_773_285_117));
/// clock.advance(Duration::from_millis(500));
/// assert_eq!(clock.now(), Duration::from_millis(1_773_285_117_500));
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    ByHand(Arc<Mutex<Duration>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at this time since 1970 until it is moved; clones move together.
    pub fn fixed(since_1970: Duration) -> Self {
        Self(Source::ByHand(Arc::new(Mutex::new(since_1970))))
    }

    /// Moves the clock on. The machine's clock does not move by hand.
    pub fn advance(&self, by: Duration) {
        if let Source::ByHand(now) = &self.0 {
            let mut now = now.lock().unwrap_or_else(PoisonError::into_inner);
            *now = now.saturating_add(by);
        }
    }

    /// The time since 1970.
    pub fn now(&self) -> Duration {
        match &self.0 {
            // A machine whose clock stands before 1970 is taken to stand at 1970.
            Source::System => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            Source::ByHand(now) => *now.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// A moment on the calendar, at an offset from UTC.
pub(crate) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    seconds: i64,
    offset_minutes: i32,
}

impl Moment {
    pub(crate) fn at(since_1970: Duration, offset_minutes: i32) -> Self {
        let local =
            i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX / 2) + i64::from(offset_minutes) * 60;
        // Days to a date of the Gregorian calendar, in eras of 400 years that begin on 1 March.
        let days = local.div_euclid(86_400) + 719_468;
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Self {
            year: days.div_euclid(146_097) * 400 + year_of_era + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            seconds: local.rem_euclid(86_400),
            offset_minutes,
        }
    }

    /// A date, or a date and a time, in either of the forms below; without an offset it is local.
    pub(crate) fn parse(text: &str, offset_minutes: i32) -> Option<Duration> {
        let (date, time) = text.trim().split_once(['T', ' ']).unwrap_or((text.trim(), ""));
        let number = |text: &str| {
            text.parse::<i64>()
                .ok()
                .filter(|_| text.bytes().all(|b| b.is_ascii_digit()))
        };
        let numbers = |text: &str, by: char| text.split(by).map(number).collect::<Option<Vec<_>>>();
        let (year, month, day) = match (numbers(date, '-').as_deref(), numbers(date, '/').as_deref()) {
            (Some(&[year, month, day]), _) | (_, Some(&[month, day, year])) => (year, month, day),
            _ => return None,
        };
        if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let (time, offset_minutes) = match time.find(['+', '-', 'Z']) {
            Some(at) if &time[at..] == "Z" => (&time[..at], 0),
            Some(at) => {
                let [hours, minutes] = numbers(&time[at + 1..], ':')?[..] else {
                    return None;
                };
                let offset = i32::try_from(hours.checked_mul(60)?.checked_add(minutes)?).ok()?;
                (
                    &time[..at],
                    if time[at..].starts_with('-') {
                        -offset
                    } else {
                        offset
                    },
                )
            }
            None => (time, offset_minutes),
        };
        let lower = time.to_ascii_lowercase();
        let (time, afternoon) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
            (Some(time), _) => (time.trim_end(), Some(0)),
            (_, Some(time)) => (time.trim_end(), Some(12)),
            _ => (lower.as_str(), None),
        };
        let (hour, minute, second) = match numbers(time, ':').as_deref() {
            Some(&[hour, minute, second]) => (hour, minute, second),
            Some(&[hour, minute]) => (hour, minute, 0),
            _ if time.is_empty() => (0, 0, 0),
            _ => return None,
        };
        let hour = afternoon.map_or(hour, |half| hour % 12 + half);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // The other way round: years that begin on 1 March, in eras of 400.
        let years = year - i64::from(month <= 2);
        let year_of_era = years.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = years.div_euclid(400) * 146_097 + day_of_era - 719_468;
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - i64::from(offset_minutes) * 60;
        u64::try_from(seconds).ok().map(Duration::from_secs)
    }

    /// `2026-03-12T06:11:57+03:00`, as the `time` block has it.
    pub(crate) fn iso(&self) -> String {
        let Self {
            year,
            month,
            day,
            seconds,
            offset_minutes,
        } = self;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let sign = if *offset_minutes < 0 { '-' } else { '+' };
        let offset = offset_minutes.abs();
        format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}",
            offset / 60,
            offset % 60
        )
    }

    /// `03/12/2026 06:11:57 am`, as sites, pages and folders have it.
    pub(crate) fn regional(&self) -> String {
        let Self {
            year,
            month,
            day,
            seconds,
            ..
        } = self;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let half = if hour < 12 { "am" } else { "pm" };
        let hour = (hour + 11) % 12 + 1;
        format!("{month:02}/{day:02}/{year:04} {hour:02}:{minute:02}:{second:02} {half}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_portal_writes_them() {
        for (seconds, offset, iso, regional) in [
            (0, 0, "1970-01-01T00:00:00+00:00", "01/01/1970 12:00:00 am"),
            (
                1_773_285_117,
                180,
                "2026-03-12T06:11:57+03:00",
                "03/12/2026 06:11:57 am",
            ),
            (
                1_773_285_117,
                -330,
                "2026-03-11T21:41:57-05:30",
                "03/11/2026 09:41:57 pm",
            ),
            (
                951_782_400,
                0,
                "2000-02-29T00:00:00+00:00",
                "02/29/2000 12:00:00 am",
            ),
            (
                4_107_542_399,
                0,
                "2100-02-28T23:59:59+00:00",
                "02/28/2100 11:59:59 pm",
            ),
            (
                4_107_542_400,
                720,
                "2100-03-01T12:00:00+12:00",
                "03/01/2100 12:00:00 pm",
            ),
        ] {
            let moment = Moment::at(Duration::from_secs(seconds), offset);
            assert_eq!(moment.iso(), iso);
            assert_eq!(moment.regional(), regional);
            for text in [iso, regional] {
                assert_eq!(
                    Moment::parse(text, offset),
                    Some(Duration::from_secs(seconds)),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn other_forms_of_a_moment() {
        for (text, seconds) in [
            ("2026-03-12", Some(1_773_273_600)),
            ("2026-03-12 01:00:00", Some(1_773_277_200)),
            ("2026-03-12T00:00:00Z", Some(1_773_273_600)),
            ("03/12/2026 12:00 am", Some(1_773_273_600)),
            ("03/12/2026 12:00:00 pm", Some(1_773_316_800)),
            ("", None),
            ("yesterday", None),
            ("2026-13-01", None),
            ("2026-03-12T25:00:00", None),
            ("2026-03-12T00:00:00+x", None),
            ("1969-12-31", None),
            ("99999999999999999999-01-01", None),
        ] {
            assert_eq!(Moment::parse(text, 0), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
