//! Things that go wrong on the way, as a test orders them.

use std::time::Duration;

use tokio::sync::watch;

use crate::answer::Refusal;

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
/// portal.inject(Fault::ShortPage(49).on("crm.deal.list").after(3));  // its fourth
/// # Ok(())
/// # }
/// ```
///
/// Most happen to an HTTP request, and a batch is one, whatever its commands. [`Fault::Refused`] and what happens to pages of
/// lists ([`Portal::table`](crate::Portal::table)) happens to methods, as calls of their own or as commands of a batch. A fault
/// waits for a call that it can do something to; [`Portal::faults_left`](crate::Portal::faults_left) says whether it has come.
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
    /// The method runs at once; the answer comes when the gate is opened.
    Held(Gate),
    /// The method does not run, but refuses; in a batch, that is the error of this command.
    Refused {
        /// The status, where it is a call of its own.
        status: u16,
        /// `error`
        code: String,
        /// `error_description`
        description: String,
    },
    /// A page of a list as if there were no filter: a cursor that does not move.
    IgnoredFilter,
    /// A page of a list with at most so many rows; there are more, and `next` says so.
    ShortPage(usize),
    /// A page of a list with the rows of the page before it; the first page is empty then.
    RepeatedPage,
    /// A page of a list with its rows the wrong way round.
    OutOfOrder,
    /// A page of a list whose `next` leads to itself; pages without a count have no `next`.
    NextStands,
    /// A page of a list with this `total`, whether it was to be counted or not.
    Total(i64),
}

/// What answers wait at until a test opens it, so that what happens meanwhile needs no clock. Clones are the same gate.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use bitrix24_portal::{Fault, Gate, Portal};
///
/// let portal = Portal::builder().start().await?;
/// let gate = Gate::new();
/// portal.inject(Fault::Held(gate.clone()).on("landing.site.add"));
/// // … a call of landing.site.add has no answer yet, whatever else is called …
/// gate.open();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    /// A gate that is closed.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Lets all through who wait, and all who come.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    /// Waits until it is open.
    pub(crate) async fn passed(&self) {
        let mut state = self.0.subscribe();
        // The other end of the channel is in `self`, so it can't be closed meanwhile.
        let _is_open = state.wait_for(|open| *open).await.is_ok();
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}

/// Where a fault happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Request,
    Method,
    Page,
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

    /// Only after so many calls that it could have met.
    pub fn after(self, calls: usize) -> Injection {
        Injection::from(self).after(calls)
    }

    /// What a method says that refuses.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused {
                status,
                code,
                description,
            } => Some(Refusal::new(*status, code, description)),
            _ => None,
        }
    }

    fn place(&self) -> Place {
        match self {
            Self::DropBefore
            | Self::DropAfter
            | Self::HtmlPage
            | Self::BadGateway
            | Self::Moved(_)
            | Self::CutBody
            | Self::ErrorUnder200 { .. }
            | Self::Slow(_)
            | Self::Held(_) => Place::Request,
            Self::Refused { .. } => Place::Method,
            Self::IgnoredFilter
            | Self::ShortPage(_)
            | Self::RepeatedPage
            | Self::OutOfOrder
            | Self::NextStands
            | Self::Total(_) => Place::Page,
        }
    }
}

/// A [`Fault`] with the calls it is meant for.
#[derive(Clone, Debug)]
pub struct Injection {
    fault: Fault,
    method: Option<String>,
    /// How many calls it lets pass first.
    pass: usize,
    left: usize,
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            method: None,
            pass: 0,
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

    /// Only after so many calls that it could have met.
    pub fn after(self, calls: usize) -> Self {
        Self { pass: calls, ..self }
    }
}

/// The faults that are still to come, in the order they were ordered in.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Injection>);

impl Faults {
    pub(crate) fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    /// The fault that happens to this call at this place, used up.
    pub(crate) fn take(&mut self, place: Place, method: &str) -> Option<Fault> {
        self.take_if(place, method, |_| true)
    }

    /// The same, of those that would do something to the call; the others stay.
    pub(crate) fn take_if(
        &mut self,
        place: Place,
        method: &str,
        does_something: impl Fn(&Fault) -> bool,
    ) -> Option<Fault> {
        self.take_where(|fault, wanted| {
            fault.place() == place
                && wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
                && does_something(fault)
        })
    }

    /// The fault that happens to what is not a method: one that was ordered for whatever comes next is not meant for it.
    pub(crate) fn take_named(&mut self, place: Place, name: &str) -> Option<Fault> {
        self.take_where(|fault, wanted| {
            fault.place() == place && wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(name))
        })
    }

    /// How many times one is still to happen.
    pub(crate) fn left(&self) -> usize {
        self.0.iter().map(|injection| injection.left).sum()
    }

    fn take_where(&mut self, meant: impl Fn(&Fault, Option<&str>) -> bool) -> Option<Fault> {
        self.0.retain(|injection| injection.left > 0);
        let met = |injection: &&mut Injection| meant(&injection.fault, injection.method.as_deref());
        for injection in self.0.iter_mut().filter(met) {
            if injection.pass > 0 {
                injection.pass -= 1;
                continue;
            }
            injection.left -= 1;
            return Some(injection.fault.clone());
        }
        None
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
        assert_eq!(faults.take_named(Place::Request, "oauth/token"), None);
        assert_eq!(faults.take(Place::Method, "b"), None);
        let met: Vec<_> = ["a", "B", "a", "b", "b"]
            .map(|method| faults.take(Place::Request, method))
            .into();
        let expected = [
            Some(Fault::HtmlPage),
            Some(Fault::DropAfter),
            None,
            Some(Fault::DropAfter),
            None,
        ];
        assert_eq!(met, expected);
    }

    #[test]
    fn a_fault_lets_calls_pass_that_come_before_its_own() {
        let mut faults = Faults::default();
        faults.add(Fault::ShortPage(1).on("a").after(2).times(2));
        faults.add(Fault::OutOfOrder.after(4));
        let met: Vec<_> = ["a", "b", "a", "a", "a", "a", "a"]
            .map(|method| faults.take(Place::Page, method))
            .into();
        let short = Some(Fault::ShortPage(1));
        assert_eq!(
            met,
            [
                None,
                None,
                None,
                short.clone(),
                short,
                None,
                Some(Fault::OutOfOrder)
            ]
        );
    }
}
