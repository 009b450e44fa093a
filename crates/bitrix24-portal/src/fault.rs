//! Things that go wrong on the way, as a test orders them.

use std::time::Duration;

/// What goes wrong with a call.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use bitrix24_portal::{Fault, Portal};
///
/// let portal = Portal::builder().start().await?;
/// portal.inject(Fault::HtmlPage);                                    // the next call, whatever it is
/// portal.inject(Fault::DropAfter.on("landing.site.add").times(2));   // the next two of this method
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection is closed without an answer. The method did not run.
    DropBefore,
    /// The connection is closed without an answer. The method ran.
    DropAfter,
    /// A proxy answers in the portal's place: 503 with an HTML page. The method did not run.
    HtmlPage,
    /// A proxy answers in the portal's place: 502 with an HTML page. The method did not run.
    BadGateway,
    /// 302 to this origin (`https://new.example`), path and query as they were. The method did not run.
    Moved(String),
    /// The answer ends in the middle. The method ran.
    CutBody,
    /// This error, under status 200. The method did not run.
    ErrorUnder200 {
        /// `error`
        code: String,
        /// `error_description`
        description: String,
    },
    /// The method runs at once; the answer takes this long.
    Slow(Duration),
}

impl Fault {
    /// Only with calls of this method.
    pub fn on(self, method: impl Into<String>) -> Injection {
        Injection::from(self).on(method)
    }

    /// With so many calls, not with one.
    pub fn times(self, times: usize) -> Injection {
        Injection::from(self).times(times)
    }
}

/// A [`Fault`] with the calls it is meant for.
#[derive(Clone, Debug)]
pub struct Injection {
    fault: Fault,
    method: Option<String>,
    left: usize,
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            method: None,
            left: 1,
        }
    }
}

impl Injection {
    /// Only with calls of this method.
    pub fn on(self, method: impl Into<String>) -> Self {
        Self {
            method: Some(method.into()),
            ..self
        }
    }

    /// With so many calls, not with one.
    pub fn times(self, times: usize) -> Self {
        Self { left: times, ..self }
    }
}

/// The faults that are still to come, in the order they were ordered in.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Injection>);

impl Faults {
    pub(crate) fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    /// The fault of this call, used up.
    pub(crate) fn take(&mut self, method: &str) -> Option<Fault> {
        self.take_where(|wanted| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(method)))
    }

    /// The same for what is not a method: a fault that was ordered for whatever comes next is not meant for it.
    pub(crate) fn take_named(&mut self, name: &str) -> Option<Fault> {
        self.take_where(|wanted| wanted == Some(name))
    }

    fn take_where(&mut self, meant: impl Fn(Option<&str>) -> bool) -> Option<Fault> {
        self.0.retain(|injection| injection.left > 0);
        let mut faults = self.0.iter_mut();
        let injection = faults.find(|injection| meant(injection.method.as_deref()))?;
        injection.left -= 1;
        Some(injection.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_the_calls_it_is_meant_for() {
        let mut faults = Faults::default();
        faults.add(Fault::DropAfter.on("b").times(2));
        faults.add(Fault::HtmlPage.into());
        faults.add(Fault::CutBody.times(0));
        assert_eq!(faults.take_named("oauth/token"), None);
        let met: Vec<_> = ["a", "B", "a", "b", "b"].map(|method| faults.take(method)).into();
        let expected = [
            Some(Fault::HtmlPage),
            Some(Fault::DropAfter),
            None,
            Some(Fault::DropAfter),
            None,
        ];
        assert_eq!(met, expected);
    }
}
