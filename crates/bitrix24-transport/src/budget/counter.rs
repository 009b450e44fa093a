//! The leaky counter of a portal, as far as a client can know it.
//!
//! A portal adds one for each request and takes `drain` away once a second; a request that would lift the counter over
//! `threshold` is refused. A client sees nothing of that: not at which moment of the second the portal takes away, not
//! whether it does so in one step or evenly, not how long a request was under way. So the count below holds for *every*
//! such portal: a request may be sent when none of them would refuse it.
//!
//! # How
//!
//! Think of `threshold` places. A request takes one when it reaches the portal. Not knowing the moment of the steps, one
//! can be sure of a step only when a whole second has passed: in less than k seconds there may be no more than k − 1. So in
//! any span shorter than k seconds at most `threshold + (k − 1) · drain` requests may arrive. That is the same as saying: a
//! place comes back one second after it was taken, or one second after the place that was taken `drain` requests before it
//! came back, whichever is later. A counter that falls evenly is never higher than the highest of those that fall in steps.
//!
//! # What it costs not to know
//!
//! The portal's first step may come right after the first request or a second later. That difference, and the time until
//! the first answer (the request may have arrived just before it), is what n calls can take longer than with full
//! knowledge: once, not with each call. Nothing is lost after that, unless the portal gives back in a second as much
//! as it has places: then each second costs the time of an answer, and evenly it would have given back more.
//!
//! Three things can't be known at all and may bring a refusal: requests of others at the same portal, a start level that is
//! too low, a request that takes longer than [`TRANSIT`] to arrive.
//!
//! # What a refusal costs
//!
//! If the portal counts refusals, one of them takes a place, and with two a second every other call comes a second later.
//! Together with the second that it costs not to know the moment of the steps that is up to two seconds more than with full
//! knowledge. Whoever takes no further risk can't do better: what is certain is one step for each whole second.
//!
//! So after a refusal the moment is looked for. Each second one request, alone, is sent [`EARLIER`] than the count allows;
//! if it is taken, all steps are so much earlier. The first that is refused ends the search. As long as fewer requests were
//! refused than places come back in a second, that one makes no difference: all together they cost a second, and the
//! other second is gained back. It can't be gained back faster: with one refusal to spend and n seconds to go, nobody finds
//! the moment closer than an n-th of a second, and at one place a second there is none to spend.
//!
//! Nor can that one be spent on finding out whether refusals count: so they are taken to. If they don't, that is one place
//! too few for a while, which the search gains back just so. Where there are more to spend, the next refusal tells.

use std::{
    collections::{BTreeMap, VecDeque},
    iter,
    time::Duration,
};

use bitrix24_types::system::{LIMITS, RequestLimit};

/// How many requests a portal takes: at once, and each second after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    threshold: u32,
    drain: u32,
}

/// What a rate says at most: each place that is taken is kept in memory by itself.
const MOST: u32 = 100_000;

impl Rate {
    /// The cloud plans but Enterprise: 50 requests at once, then 2 a second.
    pub const STANDARD: Self = Self::of(LIMITS.standard);
    /// The Enterprise plan: 250 requests at once, then 5 a second.
    pub const ENTERPRISE: Self = Self::of(LIMITS.enterprise);

    const fn of(RequestLimit { threshold, drain }: RequestLimit) -> Self {
        Self { threshold, drain }
    }

    /// Other numbers, for self-hosted portals; both at least 1, and at most 100,000, which is as good as no limit.
    pub fn new(at_once: u32, per_second: u32) -> Self {
        Self {
            threshold: at_once.clamp(1, MOST),
            drain: per_second.clamp(1, MOST),
        }
    }

    /// How many requests the portal takes at once.
    pub fn at_once(self) -> u32 {
        self.threshold
    }

    /// How many it takes each second after that.
    pub fn per_second(self) -> u32 {
        self.drain
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// A portal takes away once in this time.
const TURN: Duration = Duration::from_secs(1);

/// A request without an answer is taken to have reached the portal after this time at the latest.
pub(super) const TRANSIT: Duration = Duration::from_millis(500);

/// A refusal comes sooner than an answer; after this time a request is likely not to be refused.
const REFUSAL: Duration = Duration::from_millis(200);

/// While the portal is unknown, one request is under way at a time; each that was not refused allows so many more.
pub(super) const RAMP: u32 = 3;

/// For so long after the first request no more are under way than half of what comes back in a second: should the portal be
/// nearly full, not many are refused together. Where answers come at once, that is long enough to find out.
const CAREFUL: Duration = Duration::from_millis(100);

/// How much sooner than the count allows a request looks for the moment of the portal's steps. Half a minute finds it.
const EARLIER: Duration = Duration::from_millis(40);

/// The longest pause after refusals in a row.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(32);

/// What a client knows of one portal's counter.
///
/// Times count from an origin of the caller's choice. A clock that goes backwards is taken to stand still.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    rate: Rate,
    now: Duration,
    /// When the places that are taken come back, earliest first. Longer than the threshold only by refusals that count.
    returns: VecDeque<Duration>,
    /// Requests that may not have reached the portal yet, by number, and when they have at the latest.
    under_way: BTreeMap<u64, Duration>,
    next: u64,
    /// How many may be waiting for a refusal at once: few, until the portal has shown that it has room.
    ramp: u32,
    paused_until: Duration,
    /// Requests from this number on were sent after the last refusal had been heard of.
    aware_from: u64,
    refusals_in_a_row: u32,
    /// Whether this portal adds its refusals to the counter, as far as is known.
    counts_refusals: bool,
    /// How much higher its counter is if it does, and we don't know it yet.
    uncounted: usize,
    search: Option<Search>,
    careful_until: Duration,
}

/// After a refusal: the search for the moment of the portal's steps.
#[derive(Clone, Debug)]
struct Search {
    /// Since this time so many places were taken, those included that were then.
    since: Duration,
    level: usize,
    /// When the portal last took a request: it had no more than all its places taken.
    served_at: Option<Duration>,
    /// The request that came sooner than was certain.
    early: Option<u64>,
}

/// A request that was let through, until [`Counter`] is told what became of it.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "tell the counter what became of the request"]
pub(crate) struct Sent(pub(super) u64);

/// When the next request may be sent. An answer can make it earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ready {
    Now,
    At(Duration),
}

impl Counter {
    /// The counter of a portal at which `level` places were taken by others just now.
    pub(crate) fn new(rate: Rate, level: u32, now: Duration) -> Self {
        let mut counter = Self {
            rate,
            now,
            returns: VecDeque::new(),
            under_way: BTreeMap::new(),
            next: 0,
            ramp: 1,
            paused_until: Duration::ZERO,
            aware_from: 0,
            refusals_in_a_row: 0,
            counts_refusals: false,
            uncounted: 0,
            search: None,
            careful_until: now,
        };
        counter.fill(level.min(rate.threshold) as usize, now);
        counter
    }

    /// When the next request may be sent.
    pub(crate) fn ready(&mut self, now: Duration) -> Ready {
        self.advance(now);
        let mut at = self.paused_until;
        let taken = self.returns.len() + self.under_way.len();
        let threshold = self.rate.threshold as usize;
        if taken >= threshold {
            // With too few places taken for that, requests under way hold them all.
            let place = self.returns.get(taken - threshold).copied();
            let place = place.unwrap_or_else(|| self.next_arrival());
            let searches = self.search.is_some() && self.under_way.is_empty();
            at = at.max(if searches {
                place.saturating_sub(EARLIER)
            } else {
                place
            });
        }
        let ramp = self.ramp as usize;
        if self.under_way.len() >= ramp {
            let arrival = self.under_way.values().nth_back(ramp - 1);
            at = at.max(arrival.map_or(self.now, |arrival| *arrival - TRANSIT + REFUSAL));
        }
        if at > self.now { Ready::At(at) } else { Ready::Now }
    }

    /// Lets a request through; ask [`ready`](Self::ready) before.
    pub(crate) fn send(&mut self, now: Duration) -> Sent {
        self.advance(now);
        let sent = Sent(self.next);
        self.next += 1;
        self.look_for_step(sent.0);
        if sent.0 == self.aware_from {
            self.careful_until = self.now + CAREFUL;
        }
        self.under_way.insert(sent.0, self.now + TRANSIT);
        sent
    }

    /// The request was never sent: its place is given back, unless it was taken to have arrived meanwhile. Then nobody
    /// knows which of the places that come back are due to it, and it comes back as the others do.
    pub(crate) fn unsent(&mut self, sent: Sent, now: Duration) {
        self.advance(now);
        self.under_way.remove(&sent.0);
    }

    /// Nobody knows what became of the request, and nobody will: it may still arrive, and is taken to do so in its time.
    pub(crate) fn lost(&mut self, _sent: Sent, now: Duration) {
        self.advance(now);
    }

    /// The portal took the request, whatever it answered.
    pub(crate) fn served(&mut self, sent: Sent, now: Duration) {
        self.advance(now);
        let was_under_way = self.under_way.remove(&sent.0).is_some();
        let aware = self.is_aware(sent.0);
        if let Some(search) = self.search.as_mut().filter(|_| aware) {
            search.served_at = Some(self.now);
            if search.early.take_if(|early| *early == sent.0).is_some() {
                // So did all steps.
                self.returns
                    .iter_mut()
                    .for_each(|turn| *turn = turn.saturating_sub(EARLIER));
                self.advance_to(self.now);
            }
        }
        if was_under_way {
            self.arrived(sent.0);
        }
        if aware {
            self.refusals_in_a_row = 0;
        }
    }

    /// The portal refused the request because of its counter, which was full, then.
    pub(crate) fn refused(&mut self, sent: Sent, now: Duration) {
        self.advance(now);
        let was_under_way = self.under_way.remove(&sent.0).is_some();
        self.ramp = 1;
        if !self.is_aware(sent.0) {
            // Requests that were under way together are refused together: that is one refusal, not many.
            if was_under_way {
                self.overfill(self.returns.len() + self.uncounted + 1);
            }
            return;
        }
        self.aware_from = self.next;
        // Refused although there was room by our count, which knew of the refusal before: either that one was counted, or
        // others are calling. If it is the others, too much caution costs one place for each refusal.
        self.counts_refusals |= self.uncounted > 0;
        if let Some(search) = self.search.take() {
            // An answer may overtake others: those are taken to have arrived as well.
            self.fill(search.level + self.under_way.len() + 1, search.since);
            self.under_way.clear();
        } else {
            let threshold = self.rate.threshold as usize;
            let level_if_counted = (self.returns.len() + self.uncounted).max(threshold) + 1;
            // When the places that are taken come back is no longer known by when we took them: others took some.
            self.fill(threshold, self.now);
            self.overfill(level_if_counted);
        }
        self.refusals_in_a_row = self.refusals_in_a_row.saturating_add(1);
        self.paused_until = self
            .paused_until
            .max(self.now + pause_after(self.refusals_in_a_row));
    }

    /// The counter was full, and stands so high if it counts refusals.
    fn overfill(&mut self, level_if_counted: usize) {
        let counted = self.takes_as_counted(level_if_counted);
        let level = if counted {
            level_if_counted
        } else {
            self.returns.len().min(self.rate.threshold as usize)
        };
        self.returns.truncate(level);
        while self.returns.len() < level {
            self.push_place();
        }
        self.uncounted = level_if_counted - level;
        self.search = (counted && self.may_spend_one(level)).then_some(Search {
            since: self.now,
            level,
            served_at: None,
            early: None,
        });
    }

    /// Whether one more refusal would cost no more than the second that those before it cost already.
    fn may_spend_one(&self, level_if_counted: usize) -> bool {
        level_if_counted < self.rate.threshold as usize + self.rate.drain as usize
    }

    /// Where no more than one refusal may be spent, it is not spent on finding out whether they are counted.
    fn takes_as_counted(&self, level_if_counted: usize) -> bool {
        let may_spend_two = self.may_spend_one(level_if_counted + 1);
        self.counts_refusals || self.may_spend_one(level_if_counted) && !may_spend_two
    }

    /// Others may have filled the counter by now.
    #[cfg(feature = "redis")]
    pub(crate) fn assume_full(&mut self, now: Duration) {
        self.advance(now);
        self.fill(self.returns.len().max(self.rate.threshold as usize), self.now);
        self.ramp = 1;
        self.search = None;
    }

    /// The counter's highest possible value, requests under way included.
    pub(crate) fn level(&mut self, now: Duration) -> usize {
        self.advance(now);
        self.returns.len() + self.under_way.len()
    }

    /// All of so many places were taken at that time.
    fn fill(&mut self, level: usize, at: Duration) {
        let turns = iter::successors(Some(at + TURN), |turn| Some(*turn + TURN));
        self.returns = turns
            .flat_map(|turn| iter::repeat_n(turn, self.rate.drain as usize))
            .take(level)
            .collect();
        self.advance_to(self.now);
    }

    /// This request is on its way. If that is sooner than its place is certain to have come back, it looks for the moment
    /// of the steps, and the others wait to hear of it.
    fn look_for_step(&mut self, number: u64) {
        let threshold = self.rate.threshold as usize;
        let first = self.returns.len().checked_sub(threshold);
        let place = first.and_then(|first| self.returns.get(first));
        let early = self.under_way.is_empty() && place.is_some_and(|place| *place > self.now);
        if let Some(search) = self.search.as_mut().filter(|_| early) {
            if let Some(served_at) = search.served_at.take() {
                (search.since, search.level) = (served_at, threshold);
            }
            search.early = Some(number);
            self.ramp = 1;
        }
    }

    /// A request has arrived just now, at the latest, and was not refused.
    fn arrived(&mut self, number: u64) {
        // A request that was under way when another was refused may be among those that filled the counter: a portal
        // that took it had no more than all its places taken.
        if self.returns.len() < self.rate.threshold as usize {
            self.push_place();
        }
        // Nor does it say anything about the room that is left.
        if self.is_aware(number) {
            self.ramp = if self.now < self.careful_until {
                self.ramp.max(self.rate.drain / 2)
            } else {
                self.ramp.saturating_add(RAMP)
            };
            if let Some(search) = &mut self.search {
                search.level += 1;
            }
        }
    }

    /// Whether this request was sent by somebody who knew of the last refusal.
    fn is_aware(&self, number: u64) -> bool {
        number >= self.aware_from
    }

    /// A place is taken just now, at the latest.
    fn push_place(&mut self) {
        let turn_before = self
            .returns
            .len()
            .checked_sub(self.rate.drain as usize)
            .map(|at| self.returns[at]);
        self.returns
            .push_back(turn_before.map_or(self.now, |turn| turn.max(self.now)) + TURN);
    }

    /// When the oldest request under way has arrived at the latest.
    fn next_arrival(&self) -> Duration {
        self.under_way.first_key_value().map_or(self.now, |(_, due)| *due)
    }

    fn advance(&mut self, now: Duration) {
        let now = now.max(self.now);
        while let Some(arrival) = self
            .under_way
            .first_entry()
            .filter(|arrival| *arrival.get() <= now)
        {
            let (number, at) = arrival.remove_entry();
            self.advance_to(at);
            // No refusal in all this time is as good as an answer.
            self.arrived(number);
        }
        self.advance_to(now);
    }

    fn advance_to(&mut self, now: Duration) {
        self.now = self.now.max(now);
        while self.returns.front().is_some_and(|turn| *turn <= self.now) {
            self.returns.pop_front();
        }
        if self.returns.is_empty() {
            // Below the places that are taken lie those that may be: they come back next.
            self.uncounted = 0;
            // From here on the count is certain, and nobody need be refused.
            self.search = None;
        }
    }
}

/// The pause after so many refusals in a row. The count alone answers the first two: the second may show that the portal
/// counts refusals. More than that means that the count is far from the truth.
fn pause_after(refusals: u32) -> Duration {
    match refusals {
        0..=2 => Duration::ZERO,
        many => LONGEST_PAUSE.min(Duration::from_secs(1 << (many - 3).min(31))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::{ProptestConfig, any},
        proptest,
    };

    use super::*;

    fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    fn counter(at_once: u32, per_second: u32) -> Counter {
        Counter::new(Rate::new(at_once, per_second), 0, ms(0))
    }

    /// Sends all that may be sent at once, each with an answer at once.
    fn send_all(counter: &mut Counter, now: Duration) -> usize {
        let mut sent = 0;
        while counter.ready(now) == Ready::Now {
            let request = counter.send(now);
            counter.served(request, now);
            sent += 1;
        }
        sent
    }

    #[test]
    fn takes_all_places_at_once_and_the_drain_each_second_after_that() {
        let mut counter = counter(50, 2);
        assert_eq!(send_all(&mut counter, ms(0)), 50);
        assert_eq!(counter.ready(ms(0)), Ready::At(ms(1000)));
        assert_eq!(send_all(&mut counter, ms(999)), 0);
        assert_eq!(send_all(&mut counter, ms(1000)), 2);
        assert_eq!(counter.ready(ms(1000)), Ready::At(ms(2000)));
        assert_eq!(send_all(&mut counter, ms(11_000)), 20);
    }

    /// What is as good as no limit must not cost what it says.
    #[test]
    fn more_than_any_portal_takes_is_kept_in_bounds() {
        let mut counter = counter(u32::MAX, u32::MAX);
        let sent = counter.send(ms(0));
        counter.refused(sent, ms(0));
        assert_eq!(counter.level(ms(0)), 100_000);
        assert_eq!((Rate::new(0, 0).at_once(), Rate::new(0, 0).per_second()), (1, 1));
    }

    #[test]
    fn a_portal_nobody_knows_gets_one_request_first_and_then_more_and_more() {
        let mut counter = counter(50, 4);
        let send = |counter: &mut Counter, now| {
            let ready = iter::from_fn(|| (counter.ready(now) == Ready::Now).then(|| counter.send(now)));
            ready.collect::<Vec<_>>()
        };
        let first = send(&mut counter, ms(0));
        assert_eq!(first.len(), 1);
        assert_eq!(counter.ready(ms(0)), Ready::At(REFUSAL));
        first.into_iter().for_each(|sent| counter.served(sent, ms(10)));
        // Where answers come at once, there is time to find out whether there is room: half a turn at a time.
        let second = send(&mut counter, ms(10));
        assert_eq!(second.len(), 2);
        second.into_iter().for_each(|sent| counter.served(sent, ms(20)));
        let third = send(&mut counter, ms(20));
        assert_eq!(third.len(), 2);
        third.into_iter().for_each(|sent| counter.served(sent, ms(100)));
        assert_eq!(send(&mut counter, ms(100)).len(), 2 + 2 * 3);
        // Calls that take long don't hold up the others.
        assert_eq!(send(&mut counter, ms(299)).len(), 0);
        assert_eq!(send(&mut counter, ms(300)).len(), 8);
    }

    #[test]
    fn the_places_of_others_are_respected() {
        let mut counter = Counter::new(Rate::new(10, 4), 7, ms(0));
        assert_eq!(counter.level(ms(0)), 7);
        assert_eq!(send_all(&mut counter, ms(0)), 3);
        assert_eq!(counter.level(ms(1000)), 6);
        assert_eq!(counter.level(ms(2000)), 2);
        assert_eq!(counter.level(ms(3000)), 0);
        let more_than_there_are = Counter::new(Rate::new(10, 4), 70, ms(0)).level(ms(0));
        assert_eq!(more_than_there_are, 10);
    }

    #[test]
    fn what_was_not_sent_gives_its_place_back() {
        let mut counter = counter(1, 1);
        for _ in 0..1000 {
            assert_eq!(counter.ready(ms(0)), Ready::Now);
            let request = counter.send(ms(0));
            counter.unsent(request, ms(0));
        }
        assert_eq!(counter.level(ms(0)), 0);
        // Too late: it was taken to have arrived, half a second after it was let through.
        let request = counter.send(ms(0));
        counter.unsent(request, ms(600));
        assert_eq!(counter.ready(ms(600)), Ready::At(ms(1500)));
    }

    #[test]
    fn what_was_lost_may_still_arrive() {
        let mut counter = counter(1, 1);
        let request = counter.send(ms(0));
        counter.lost(request, ms(10));
        assert_eq!(counter.level(ms(400)), 1);
        assert_eq!(counter.level(ms(1499)), 1);
        assert_eq!(counter.level(ms(1500)), 0);
    }

    fn refuse(counter: &mut Counter, now: Duration) {
        let request = counter.send(now);
        counter.refused(request, now);
    }

    #[test]
    fn a_refusal_fills_the_counter_and_is_taken_to_be_counted() {
        let mut counter = counter(50, 2);
        refuse(&mut counter, ms(0));
        assert_eq!(counter.level(ms(0)), 51);
        // The second place of the first turn, and a bit sooner, to look for the moment of the step.
        assert_eq!(counter.ready(ms(0)), Ready::At(ms(960)));
        let early = counter.send(ms(960));
        assert_eq!(counter.ready(ms(960)), Ready::At(ms(2000)));
        counter.served(early, ms(970));
        // The next turn is a second after this one, and again a bit sooner.
        assert_eq!(counter.ready(ms(970)), Ready::At(ms(1920)));
        let early = counter.send(ms(1920));
        counter.served(early, ms(1930));
        // Both places of the turn were there, then.
        let second = counter.send(ms(1930));
        counter.served(second, ms(1940));
        assert_eq!(counter.ready(ms(1940)), Ready::At(ms(2880)));
        // Too soon: a second after the last one was taken there has been a step, for two less this one that was refused.
        refuse(&mut counter, ms(2880));
        assert_eq!(counter.level(ms(2880)), 51);
        assert_eq!(counter.ready(ms(2880)), Ready::At(ms(2940)));
        assert_eq!(send_all(&mut counter, ms(2940)), 1);
        // The search is over.
        assert_eq!(counter.ready(ms(2940)), Ready::At(ms(3940)));
        assert_eq!(send_all(&mut counter, ms(3940)), 2);
        assert_eq!(counter.ready(ms(3940)), Ready::At(ms(4940)));
    }

    /// A portal that doesn't count refusals, or whose counter falls evenly, may take the first of a turn too soon and not
    /// the second.
    #[test]
    fn a_search_that_was_misled_goes_back_to_what_is_certain() {
        let mut counter = counter(50, 2);
        refuse(&mut counter, ms(0));
        assert_eq!(send_all(&mut counter, ms(960)), 1);
        let early = counter.send(ms(1920));
        counter.served(early, ms(1925));
        refuse(&mut counter, ms(1925));
        // Two came since 960.
        assert_eq!(counter.level(ms(1925)), 52);
        assert_eq!(counter.ready(ms(1925)), Ready::At(ms(2960)));
        assert_eq!(send_all(&mut counter, ms(2960)), 2);
    }

    #[test]
    fn one_place_a_second_leaves_no_refusal_to_spend_on_a_search() {
        let mut counter = counter(5, 1);
        refuse(&mut counter, ms(0));
        assert_eq!(
            (counter.level(ms(0)), counter.ready(ms(0))),
            (5, Ready::At(ms(1000)))
        );
        // Now it is known to count refusals.
        refuse(&mut counter, ms(1000));
        assert_eq!(
            (counter.level(ms(1000)), counter.ready(ms(1000))),
            (6, Ready::At(ms(3000)))
        );
    }

    #[test]
    fn a_search_ends_where_the_counter_is_empty() {
        let mut counter = counter(50, 2);
        refuse(&mut counter, ms(0));
        assert_eq!(counter.level(ms(30_000)), 0);
        assert_eq!(send_all(&mut counter, ms(30_000)), 50);
        assert_eq!(counter.ready(ms(30_000)), Ready::At(ms(31_000)));
    }

    #[test]
    fn one_refusal_long_after_another_shows_nothing() {
        let mut counter = counter(50, 1);
        for now in [ms(0), ms(60_000), ms(120_000)] {
            refuse(&mut counter, now);
            assert_eq!(counter.level(now), 50);
        }
    }

    #[test]
    fn requests_under_way_together_are_refused_together() {
        let mut counter = counter(50, 2);
        send_all(&mut counter, ms(0));
        let requests: Vec<_> = (0..5).map(|_| counter.send(ms(5000))).collect();
        requests
            .into_iter()
            .for_each(|request| counter.refused(request, ms(5010)));
        assert_eq!(counter.ready(ms(5010)), Ready::At(ms(6010)));
        assert_eq!(counter.refusals_in_a_row, 1);
        // Should these five have been counted, the next refusal accounts for them.
        refuse(&mut counter, ms(6010));
        assert_eq!(counter.level(ms(6010)), 50 - 2 + 5 + 1);
    }

    #[test]
    fn some_that_are_refused_together_are_taken_to_be_counted_if_that_leaves_one_to_spend() {
        let mut counter = counter(50, 5);
        let requests: Vec<_> = (0..5).map(|_| counter.send(ms(0))).collect();
        // After three there is one to spend on finding out, and one on the search; after four only that; then none.
        for (request, (level, ready)) in
            requests
                .into_iter()
                .zip([(50, 1010), (50, 1010), (50, 1010), (54, 2010), (50, 1010)])
        {
            counter.refused(request, ms(10));
            assert_eq!(
                (
                    counter.level(ms(10)) - counter.under_way.len(),
                    counter.ready(ms(10))
                ),
                (level, Ready::At(ms(ready)))
            );
        }
    }

    #[test]
    fn refusals_in_a_row_make_longer_and_longer_pauses_and_an_answer_ends_them() {
        let mut counter = counter(50, 50);
        let mut now = ms(0);
        for pause in [1, 1, 1, 2, 4, 8, 16, 32, 32, 32] {
            let request = counter.send(now);
            counter.refused(request, now);
            // The pause, or the place that is missing.
            let Ready::At(at) = counter.ready(now) else {
                panic!("no pause")
            };
            assert!(at - now >= Duration::from_secs(pause), "{pause}");
            assert!(at - now <= Duration::from_secs(pause + 1), "{pause}");
            now = at;
        }
        let request = counter.send(now);
        counter.served(request, now);
        assert_eq!(counter.ready(now), Ready::Now);
        let request = counter.send(now);
        counter.refused(request, now);
        assert_ne!(
            counter.ready(now + Duration::from_secs(2)),
            Ready::At(now + LONGEST_PAUSE)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever the clock does and whatever is told, nothing breaks, and a turn comes.
        #[test]
        fn a_turn_always_comes(
            at_once in 0..20_u32, per_second in 0..5_u32, level in 0..30_u32,
            steps in vec((0..60_000_u64, 0..4_u8, any::<bool>()), 1..200)
        ) {
            let mut counter = Counter::new(Rate::new(at_once, per_second), level, ms(0));
            let mut under_way = Vec::new();
            let mut latest = ms(0);
            for (now, fate, oldest) in steps {
                latest = latest.max(ms(now));
                if counter.ready(ms(now)) == Ready::Now {
                    under_way.push(counter.send(ms(now)));
                } else if !under_way.is_empty() {
                    let request = if oldest { under_way.remove(0) } else { under_way.remove(under_way.len() - 1) };
                    match fate {
                        0 => counter.unsent(request, ms(now)),
                        1 => counter.lost(request, ms(now)),
                        2 => counter.served(request, ms(now)),
                        _ => counter.refused(request, ms(now)),
                    }
                }
                // A clock that went backwards stood still.
                assert_eq!(counter.now, latest);
            }
            let mut turns = 0;
            while let Ready::At(at) = counter.ready(latest) {
                assert!(at > latest);
                latest = at;
                turns += 1;
                assert!(turns < 1000);
            }
        }
    }
}
