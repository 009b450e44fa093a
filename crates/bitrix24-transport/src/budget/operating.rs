//! The operating time of each method: how long it has run for this application in the last ten minutes.
//!
//! Before it runs a method, the portal looks at the sum, and refuses with `OPERATION_TIME_LIMIT` if that is over the
//! limit. Answers carry the sum and the moment when its oldest minute no longer counts; what is left then, they don't
//! say. So a method is held back when the sum, with all that is under way, is over the limit, until answers are back or
//! that moment has come; then one call goes ahead, and the others wait for what its answer says.
//!
//! What a call under way will cost is judged by what calls of the method took lately. A call that takes far longer than
//! those before it can still bring a refusal; no client can know that.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use super::{Claim, Told};

/// Whatever a method has run no longer counts after this time.
const WINDOW: Duration = Duration::from_secs(600);

/// Time is counted by the minute; the next one to be forgotten may help, if nobody says when it is.
const BASKET: Duration = Duration::from_secs(60);

/// No answer is under way for longer, so none can be overtaken by one that was heard so long ago.
const OVERTAKEN: Duration = Duration::from_secs(75);

/// Of what the costliest call took lately, so much is remembered after the next one.
const MEMORY: f64 = 0.9;

/// The operating time of a portal's methods, as far as answers have told.
#[derive(Clone, Debug)]
pub(crate) struct Operating {
    /// In seconds. Without a limit nothing is held back.
    limit: Option<f64>,
    accounts: HashMap<Cow<'static, str>, Account>,
}

/// What is known of one method.
#[derive(Clone, Debug, Default)]
struct Account {
    /// The sum in seconds, as of the latest answer.
    used: f64,
    /// When the portal gave that answer, by its own clock, in seconds.
    told_at: f64,
    /// When that answer came; until one has told something, nothing is known.
    heard_at: Option<Duration>,
    /// When the oldest part of the sum no longer counts.
    resets_at: Duration,
    /// Whether the portal has refused a call since, whatever the sum.
    refused: bool,
    /// What a call took lately at most, in seconds.
    cost: f64,
    /// Calls under way.
    running: u32,
}

/// Until when a method is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Until a call under way is answered.
    ForAnswer,
    /// Until this time.
    Until(Duration),
}

/// The state of one method, for those who want to look at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MethodState {
    pub(crate) used: f64,
    pub(crate) running: u32,
    pub(crate) held: Option<Held>,
}

impl Operating {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit: limit.map(|limit| limit.as_secs_f64()),
            accounts: HashMap::new(),
        }
    }

    /// The first method of the claim that must wait, and for what.
    pub(crate) fn held<'a>(&self, claim: &'a Claim, now: Duration) -> Option<(&'a Cow<'static, str>, Held)> {
        let limit = self.limit?;
        claim.methods().iter().find_map(|(method, calls)| {
            let account = self.accounts.get(method)?;
            Some((method, account.held(limit, *calls, now)?))
        })
    }

    /// The calls of the claim are on their way.
    pub(crate) fn begin(&mut self, claim: &Claim) {
        if self.limit.is_none() {
            return;
        }
        for (method, calls) in claim.methods() {
            match self.accounts.get_mut(method) {
                Some(account) => account.running += calls,
                None => {
                    let account = Account {
                        running: *calls,
                        ..Account::default()
                    };
                    self.accounts.insert(method.clone(), account);
                }
            }
        }
    }

    /// The calls of the claim are over, whatever became of them, and the answer said this.
    pub(crate) fn end(&mut self, claim: &Claim, told: &[Told], now: Duration) {
        if self.limit.is_none() {
            return;
        }
        for (at, (method, calls)) in claim.methods().iter().enumerate() {
            let Some(account) = self.accounts.get_mut(method) else {
                continue;
            };
            account.running = account.running.saturating_sub(*calls);
            for told in told.iter().filter(|told| told.method == at) {
                account.learn(told, now);
            }
            if account.running == 0 && account.heard_at.is_none() {
                // Nothing was learned: names that don't exist, or a portal that doesn't tell, leave nothing behind.
                self.accounts.remove(method);
            }
        }
    }

    /// All methods of which something is known.
    pub(crate) fn methods(&self, now: Duration) -> impl Iterator<Item = (&str, MethodState)> {
        self.accounts.iter().map(move |(method, account)| {
            let held = self.limit.and_then(|limit| account.held(limit, 1, now));
            (
                &**method,
                MethodState {
                    used: account.used_at(now),
                    running: account.running,
                    held,
                },
            )
        })
    }
}

impl Account {
    fn held(&self, limit: f64, calls: u32, now: Duration) -> Option<Held> {
        // The portal looks before it runs a call, so the last one may go over the limit.
        let before_the_last = self.used_at(now) + self.cost * f64::from(self.running + calls - 1);
        let refused = self.refused && self.is_fresh(now);
        if before_the_last <= limit && !refused {
            None
        } else if self.running > 0 {
            Some(Held::ForAnswer)
        } else if now < self.resets_at {
            Some(Held::Until(self.resets_at))
        } else {
            // Somebody has to find out what is left of the sum.
            None
        }
    }

    fn used_at(&self, now: Duration) -> f64 {
        if self.is_fresh(now) { self.used } else { 0.0 }
    }

    fn is_fresh(&self, now: Duration) -> bool {
        self.heard_at
            .is_some_and(|heard_at| now.saturating_sub(heard_at) < WINDOW)
    }

    fn learn(&mut self, told: &Told, now: Duration) {
        self.cost = told.took.as_secs_f64().max(self.cost * MEMORY);
        // Answers may overtake each other. Of two that were given at once the higher is the later. The portal's clock may be
        // set back as well, and that must not make us deaf.
        let long_ago = |heard_at| now.saturating_sub(heard_at) > OVERTAKEN;
        let news = |used: &f64| {
            self.heard_at.is_some_and(long_ago)
                || told
                    .told_at
                    .is_none_or(|told_at| (told_at, *used) >= (self.told_at, self.used))
        };
        if let Some(used) = told.used.map(|used| used.as_secs_f64()).filter(news) {
            self.used = used;
            self.told_at = told.told_at.unwrap_or(self.told_at);
            self.heard_at = Some(now);
            self.refused = false;
            self.resets_at = now + told.resets_in.unwrap_or(BASKET).min(WINDOW);
        }
        if told.refused {
            self.used = self.used_at(now);
            self.refused = true;
            self.heard_at = Some(now);
            match told.resets_in {
                Some(wait) => self.resets_at = now + wait.min(WINDOW),
                None if self.resets_at <= now => self.resets_at = now + BASKET,
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(480);

    fn seconds(time: u64) -> Duration {
        Duration::from_secs(time)
    }

    fn told(used: u64, took: u64, resets_in: u64, told_at: u64) -> Told {
        Told {
            method: 0,
            refused: false,
            used: Some(seconds(used)),
            resets_in: Some(seconds(resets_in)),
            took: seconds(took),
            told_at: Some(told_at as f64),
        }
    }

    fn held(operating: &Operating, claim: &Claim, now: u64) -> Option<Held> {
        operating.held(claim, seconds(now)).map(|(_, held)| held)
    }

    #[test]
    fn as_many_go_as_can_run_below_the_limit() {
        let (mut operating, claim) = (Operating::new(Some(LIMIT)), Claim::call("crm.item.list"));
        operating.begin(&claim);
        operating.end(&claim, &[told(400, 20, 300, 0)], seconds(0));
        // 400 + 4 · 20 = 480: a fifth may run while four are under way, a sixth may not.
        for _ in 0..5 {
            assert_eq!(held(&operating, &claim, 0), None);
            operating.begin(&claim);
        }
        assert_eq!(held(&operating, &claim, 0), Some(Held::ForAnswer));
        assert_eq!(held(&operating, &Claim::call("crm.deal.list"), 0), None);
        // They took less than before, so there is room for one more.
        operating.end(&claim, &[told(405, 5, 290, 10)], seconds(10));
        assert_eq!(held(&operating, &claim, 10), None);
    }

    #[test]
    fn a_method_that_is_used_up_waits_for_the_reset_and_then_one_call_finds_out() {
        let (mut operating, claim) = (Operating::new(Some(LIMIT)), Claim::call("crm.item.list"));
        operating.begin(&claim);
        operating.end(&claim, &[told(500, 20, 60, 0)], seconds(0));
        assert_eq!(held(&operating, &claim, 59), Some(Held::Until(seconds(60))));
        assert_eq!(held(&operating, &claim, 60), None);
        operating.begin(&claim);
        assert_eq!(held(&operating, &claim, 61), Some(Held::ForAnswer));
        operating.end(&claim, &[told(485, 20, 30, 80)], seconds(80));
        assert_eq!(held(&operating, &claim, 80), Some(Held::Until(seconds(110))));
        operating.begin(&claim);
        operating.end(&claim, &[told(300, 20, 30, 130)], seconds(130));
        assert_eq!(held(&operating, &claim, 130), None);
    }

    #[test]
    fn a_refusal_holds_the_method_until_the_known_reset_or_for_a_minute() {
        let (mut operating, claim) = (Operating::new(Some(LIMIT)), Claim::call("crm.item.list"));
        operating.begin(&claim);
        operating.end(&claim, &[Told::refusal(0)], seconds(0));
        assert_eq!(held(&operating, &claim, 0), Some(Held::Until(seconds(60))));
        operating.begin(&claim);
        operating.end(&claim, &[Told::refusal(0)], seconds(61));
        assert_eq!(held(&operating, &claim, 61), Some(Held::Until(seconds(121))));
        operating.begin(&claim);
        operating.end(&claim, &[told(100, 1, 400, 122)], seconds(122));
        operating.begin(&claim);
        operating.end(&claim, &[Told::refusal(0)], seconds(130));
        assert_eq!(held(&operating, &claim, 130), Some(Held::Until(seconds(522))));
    }

    #[test]
    fn answers_that_overtake_each_other_and_old_ones_do_no_harm() {
        let (mut operating, claim) = (Operating::new(Some(LIMIT)), Claim::call("crm.item.list"));
        operating.begin(&claim);
        operating.begin(&claim);
        operating.end(&claim, &[told(490, 20, 600, 11)], seconds(12));
        operating.end(&claim, &[told(470, 20, 600, 10)], seconds(13));
        assert_eq!(held(&operating, &claim, 13), Some(Held::Until(seconds(612))));
        // After ten minutes all is forgotten by the portal, whatever it said of the reset.
        operating.begin(&claim);
        operating.end(
            &claim,
            &[Told {
                resets_in: Some(Duration::MAX),
                ..told(500, 20, 0, 20)
            }],
            seconds(20),
        );
        assert_eq!(held(&operating, &claim, 619), Some(Held::Until(seconds(620))));
        assert_eq!(held(&operating, &claim, 620), None);
    }

    #[test]
    fn a_portals_clock_that_goes_back_makes_nobody_deaf() {
        let (mut operating, claim) = (Operating::new(Some(LIMIT)), Claim::call("crm.item.list"));
        operating.begin(&claim);
        operating.begin(&claim);
        operating.end(&claim, &[told(10, 1, 600, 5_000)], seconds(0));
        // This one may have been under way before the clock was set.
        operating.end(&claim, &[told(490, 1, 600, 4_000)], seconds(75));
        assert_eq!(held(&operating, &claim, 75), None);
        operating.begin(&claim);
        operating.end(&claim, &[told(490, 1, 600, 1_400)], seconds(76));
        assert_eq!(held(&operating, &claim, 76), Some(Held::Until(seconds(676))));
        // From here on it goes by the new clock.
        operating.begin(&claim);
        operating.end(&claim, &[told(10, 1, 600, 1_401)], seconds(77));
        assert_eq!(held(&operating, &claim, 77), None);
    }

    #[test]
    fn a_batch_waits_for_each_of_its_methods_and_tells_of_each() {
        let mut operating = Operating::new(Some(LIMIT));
        let batch = Claim::call("batch")
            .and("crm.deal.list")
            .and("crm.Item.list")
            .and("crm.item.list");
        operating.begin(&batch);
        let items = Told {
            method: 2,
            ..told(460, 15, 60, 0)
        };
        operating.end(&batch, &[items, Told::refusal(1)], seconds(0));
        assert_eq!(
            held(&operating, &Claim::call("crm.deal.list"), 0),
            Some(Held::Until(seconds(60)))
        );
        // A second call still finds 475 seconds, a third would find 490.
        assert_eq!(held(&operating, &Claim::call("crm.item.list"), 0), None);
        let two = Claim::call("batch").and("crm.item.list").and("crm.item.list");
        assert_eq!(held(&operating, &two, 0), None);
        let three = two.clone().and("crm.item.list");
        assert_eq!(
            operating.held(&three, seconds(0)).map(|(method, _)| &**method),
            Some("crm.item.list")
        );
        assert_eq!(held(&operating, &Claim::call("batch"), 0), None);
        // And `batch` itself, should the portal charge it.
        operating.begin(&batch);
        operating.end(&batch, &[told(481, 15, 60, 0)], seconds(0));
        assert_eq!(
            held(&operating, &Claim::call("BATCH"), 0),
            Some(Held::Until(seconds(60)))
        );
    }

    #[test]
    fn names_of_which_nothing_was_learned_are_forgotten() {
        let mut operating = Operating::new(Some(LIMIT));
        for number in 0..100 {
            let claim = Claim::call(format!("no.such.method.{number}"));
            operating.begin(&claim);
            operating.end(&claim, &[], seconds(0));
        }
        assert!(operating.accounts.is_empty());
    }

    #[test]
    fn without_a_limit_nothing_is_held_back() {
        let (mut operating, claim) = (Operating::new(None), Claim::call("crm.item.list"));
        operating.begin(&claim);
        operating.end(&claim, &[told(100_000, 60, 60, 0), Told::refusal(0)], seconds(0));
        assert_eq!(held(&operating, &claim, 0), None);
    }
}
