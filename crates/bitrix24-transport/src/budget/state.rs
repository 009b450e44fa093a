//! All that decides who may send a request when. No clock, no waiting, no locks: times are passed in.

use std::time::Duration;

use super::{
    Claim, Fate, Limits, Outcome,
    counter::{Counter, Ready, Sent},
    operating::{Held, MethodState, Operating},
    queue::{Number, Queue},
};

/// The budget of a portal: its counter, its methods' operating times, and those who wait for them.
#[derive(Debug)]
pub(crate) struct State {
    counter: Counter,
    operating: Operating,
    queue: Queue,
}

/// What happens next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The turn of this one has come: the request is counted as sent.
    Go(Number, Sent),
    /// Nobody can go before this time, unless an answer comes.
    Wait(Duration),
    /// Nobody can go before an answer comes, or nobody is there.
    Rest,
}

impl State {
    pub(crate) fn new(limits: &Limits, now: Duration) -> Self {
        Self {
            counter: Counter::new(limits.rate, limits.level, now),
            operating: Operating::new(limits.operating),
            queue: Queue::default(),
        }
    }

    /// How long the request will certainly be held back, if that is longer than its patience.
    pub(crate) fn too_long(&self, claim: &Claim, now: Duration) -> Option<Duration> {
        let (_, held) = self.operating.held(claim, now)?;
        let Held::Until(at) = held else { return None };
        let wait = at.saturating_sub(now);
        claim.patience.filter(|patience| wait > *patience).map(|_| wait)
    }

    /// Lets the request through at once, if nobody waits and nothing holds it back.
    pub(crate) fn try_now(&mut self, claim: &Claim, now: Duration) -> Option<Sent> {
        let free = self.queue.is_empty()
            && self.operating.held(claim, now).is_none()
            && self.counter.ready(now) == Ready::Now;
        free.then(|| self.send(claim, now))
    }

    /// Takes a place in the queue.
    pub(crate) fn enter(&mut self, claim: Claim) -> Number {
        self.queue.push(claim)
    }

    /// Gives up a place in the queue.
    pub(crate) fn leave(&mut self, number: Number) {
        self.queue.remove(number);
    }

    /// Call this until nobody can go: after somebody entered or left, after an answer, and when the time has come.
    pub(crate) fn next(&mut self, now: Duration) -> Next {
        if self.queue.is_empty() {
            return Next::Rest;
        }
        self.queue.release_due(now);
        while let Some((number, claim)) = self.queue.first() {
            if let Some((method, held)) = self.operating.held(claim, now) {
                let method = method.clone();
                self.queue.park(number, &method, held);
                continue;
            }
            if let Ready::At(at) = self.counter.ready(now) {
                return Next::Wait(at);
            }
            let Some(claim) = self.queue.remove(number) else {
                continue;
            };
            return Next::Go(number, self.send(&claim, now));
        }
        self.queue.next_release().map_or(Next::Rest, Next::Wait)
    }

    /// What became of a request that was let through.
    pub(crate) fn settle(&mut self, sent: Sent, claim: &Claim, outcome: &Outcome, now: Duration) {
        match outcome.fate {
            Fate::Unsent => self.counter.unsent(sent, now),
            Fate::Lost => self.counter.lost(sent, now),
            Fate::Refused => self.counter.refused(sent, now),
            Fate::Served => self.counter.served(sent, now),
        }
        self.operating.end(claim, &outcome.told, now);
        if self.queue.is_empty() {
            return;
        }
        for (method, _) in claim.methods() {
            self.queue.release(method);
        }
    }

    /// Which method of the claim must wait, and for what.
    #[cfg(all(test, feature = "redis"))]
    pub(crate) fn held(&self, claim: &Claim, now: Duration) -> Option<(usize, Held)> {
        let (method, held) = self.operating.held(claim, now)?;
        let at = claim.methods().iter().position(|(name, _)| name == method)?;
        Some((at, held))
    }

    #[cfg(all(test, feature = "redis"))]
    pub(crate) fn ready(&mut self, now: Duration) -> Ready {
        self.counter.ready(now)
    }

    #[cfg(feature = "redis")]
    pub(crate) fn assume_full(&mut self, now: Duration) {
        self.counter.assume_full(now);
    }

    pub(crate) fn level(&mut self, now: Duration) -> usize {
        self.counter.level(now)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn methods(&self, now: Duration) -> impl Iterator<Item = (&str, MethodState)> {
        self.operating.methods(now)
    }

    fn send(&mut self, claim: &Claim, now: Duration) -> Sent {
        self.operating.begin(claim);
        self.counter.send(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        option,
        prelude::{Just, ProptestConfig, Strategy, any, prop_oneof},
        proptest,
    };

    use super::*;
    use crate::budget::{
        Rate,
        simulation::{Call, Kind, Report, SECOND, Scenario, Whim, best, run},
    };

    /// A quarter of the usual number, for a case is a simulation of minutes; `PROPTEST_CASES` still makes it more.
    fn fewer_cases() -> ProptestConfig {
        let usual = ProptestConfig::default();
        ProptestConfig {
            cases: usual.cases.div_ceil(4),
            failure_persistence: None,
            ..usual
        }
    }

    fn calls(number: usize) -> Vec<Call> {
        vec![
            Call {
                ready: 0,
                method: 0,
                takes: 3_000,
                whim: Whim::None
            };
            number
        ]
    }

    fn scenario(kind: Kind, calls: Vec<Call>, at_once: usize) -> Scenario {
        Scenario {
            kind,
            limits: Limits::new(kind.rate).level(kind.level).operating(None),
            operating: None,
            calls,
            at_once,
            network: 100..=2_000,
            others: Vec::new(),
            seed: 1,
        }
    }

    /// Every portal that the documentation allows: in steps or evenly, counting refusals or not, some used already.
    fn kinds() -> impl Strategy<Value = Kind> {
        let rate = prop_oneof![
            Just(Rate::STANDARD),
            Just(Rate::ENTERPRISE),
            // A portal that gives back more in a second than it has places is faster if it does so evenly, and nothing
            // tells that it does.
            (1..300_u32, 1..60_u32)
                .prop_map(|(at_once, per_second)| Rate::new(at_once.max(per_second), per_second)),
        ];
        (rate, option::of(1..=SECOND), any::<bool>(), 0.0..1.0).prop_map(
            |(rate, phase, counts_refusals, level)| {
                let level = (f64::from(rate.at_once()) * level) as u32;
                Kind {
                    rate,
                    phase,
                    counts_refusals,
                    level,
                }
            },
        )
    }

    fn arrivals() -> impl Strategy<Value = Vec<Call>> {
        let at = prop_oneof![Just(0), 0..SECOND, 0..20 * SECOND];
        let call = (at, 0..4_usize, 500..5_000_u64).prop_map(|(ready, method, takes)| Call {
            ready,
            method,
            takes,
            whim: Whim::None,
        });
        vec(call, 1..400)
    }

    /// The most that calls may come later than with full knowledge.
    fn allowed(best: u64, scenario: &Scenario) -> u64 {
        let answer =
            2 * scenario.network.end() + scenario.calls.iter().map(|call| call.takes).max().unwrap_or(0);
        let rounds = (scenario.calls.len() / scenario.at_once) as u64 + 6;
        best + best / 50 + SECOND + rounds * answer
    }

    /// How far off the moment of the steps may be that was found by a refusal.
    const FOUND: u64 = 40_000;

    fn check_times(report: &Report, scenario: &Scenario) {
        let ready: Vec<_> = scenario.calls.iter().map(|call| call.ready).collect();
        let best = best(scenario.kind, &ready);
        assert_eq!(report.taken.len(), best.len());
        for (ours, best) in report.taken.iter().zip(best) {
            assert!(
                *ours <= allowed(best, scenario),
                "at {ours}, with full knowledge at {best}"
            );
        }
    }

    proptest! {
        #![proptest_config(fewer_cases())]

        #[test]
        fn never_refused_and_hardly_later_than_with_full_knowledge(
            kind in kinds(), calls in arrivals(), at_once in 4..100_usize, seed in any::<u64>()
        ) {
            let scenario = Scenario { seed, ..scenario(kind, calls, at_once) };
            let report = run(&scenario);
            assert_eq!(report.refused, 0);
            check_times(&report, &scenario);
        }

        #[test]
        fn what_was_given_up_is_counted_right(
            kind in kinds(),
            calls in arrivals(),
            whims in vec(whims(), 400),
            at_once in 4..100_usize,
            seed in any::<u64>()
        ) {
            let calls = calls.into_iter().zip(whims).map(|(call, whim)| Call { whim, ..call }).collect();
            let report = run(&Scenario { seed, ..scenario(kind, calls, at_once) });
            assert_eq!(report.refused, 0);
        }

        #[test]
        fn a_counter_that_is_full_at_the_start_recovers(
            kind in kinds(), calls in arrivals(), at_once in 4..100_usize, seed in any::<u64>()
        ) {
            let kind = Kind { level: kind.rate.at_once(), ..kind };
            let limits = Limits::new(kind.rate).operating(None);
            let scenario = Scenario { limits, seed, ..scenario(kind, calls, at_once) };
            let report = run(&scenario);
            // One finds out that the counter is full, one more that refusals count, and one when the steps are. If the
            // portal took a few before it was full, then three were under way for each of these.
            let drain = kind.rate.per_second() as usize;
            assert!(report.refused <= 3 + 3 * drain, "{} refusals", report.refused);
            let ready: Vec<_> = scenario.calls.iter().map(|call| call.ready).collect();
            // Refusals that leave one to spend on the search are taken to be counted; what that costs is gained back by and by.
            let counted = if kind.counts_refusals { report.refused } else { usize::from(report.refused + 1 >= drain) };
            let own_fault = counted.div_ceil(drain) as u64 * SECOND + FOUND;
            for (ours, best) in report.taken.iter().zip(best(kind, &ready)) {
                assert!(*ours <= allowed(best, &scenario) + own_fault, "at {ours}, with full knowledge at {best}");
            }
        }

        #[test]
        fn others_at_the_same_portal_cost_few_refusals_and_no_standstill(
            kind in kinds(),
            calls in arrivals(),
            others in vec(0..60 * SECOND, 0..60),
            at_once in 4..100_usize,
            seed in any::<u64>()
        ) {
            let foreign = others.len();
            let report = run(&Scenario { others, seed, ..scenario(kind, calls, at_once) });
            // Those under way together, and one more for the search that follows.
            assert!(report.refused <= 1 + 5 * foreign, "{} refusals, {foreign} foreign requests", report.refused);
        }
    }

    fn whims() -> impl Strategy<Value = Whim> {
        prop_oneof![
            Just(Whim::None),
            (0..5 * SECOND).prop_map(Whim::Impatient),
            Just(Whim::Unsent),
            Just(Whim::Drops),
        ]
    }

    #[test]
    fn the_known_numbers() {
        // (rate, calls, at a time, seconds at best for a counter that steps at the end of each second)
        let table = [
            (Rate::STANDARD, 60, 16, 5.0),
            (Rate::STANDARD, 60, 60, 5.0),
            (Rate::STANDARD, 250, 16, 100.0),
            (Rate::new(50, 20), 250, 16, 10.0),
            (Rate::ENTERPRISE, 400, 64, 30.0),
        ];
        for (rate, number, at_once, seconds) in table {
            for phase in [None, Some(1), Some(10_000), Some(333_333), Some(SECOND)] {
                for counts_refusals in [false, true] {
                    let kind = Kind {
                        rate,
                        phase,
                        counts_refusals,
                        level: 0,
                    };
                    let scenario = scenario(kind, calls(number), at_once);
                    let report = run(&scenario);
                    assert_eq!(report.refused, 0);
                    assert_eq!(report.taken.len(), number);
                    let ready = vec![0; number];
                    let (best, ours) = (*best(kind, &ready).last().unwrap(), *report.taken.last().unwrap());
                    assert!(best as f64 / 1e6 <= seconds, "{best}");
                    // A second for the phase that nobody knows, and the first answers.
                    assert!(
                        ours <= best + SECOND + 4 * 7_000,
                        "{kind:?}: {ours}, at best {best}"
                    );
                }
            }
        }
    }

    /// The portal is fuller than its callers know, and a refusal tells them. That costs no more than a second either: not
    /// knowing the moment of its steps costs nothing any more once that is found.
    #[test]
    fn a_start_level_that_nobody_knows() {
        let table = [
            (Rate::STANDARD, 59, 16),
            (Rate::STANDARD, 60, 16),
            (Rate::STANDARD, 60, 60),
            (Rate::STANDARD, 250, 16),
            (Rate::new(50, 20), 250, 16),
            (Rate::new(50, 20), 600, 16),
            (Rate::ENTERPRISE, 250, 16),
            (Rate::ENTERPRISE, 400, 64),
        ];
        let phases = [1, 10_000, 333_333, 500_000, 800_000, 970_000, SECOND];
        for (rate, number, at_once) in table {
            let (full, drain) = (rate.at_once(), rate.per_second() as usize);
            for level in [full, full - 1, full - 2, full - 3, full / 2] {
                for phase in phases.map(Some).into_iter().chain([None]) {
                    for counts_refusals in [false, true] {
                        let kind = Kind {
                            rate,
                            phase,
                            counts_refusals,
                            level,
                        };
                        let limits = Limits::new(rate).operating(None);
                        let report = run(&Scenario {
                            limits,
                            ..scenario(kind, calls(number), at_once)
                        });
                        let ours = *report.taken.last().unwrap();
                        let best = *best(kind, &vec![0; number]).last().unwrap();
                        // Nothing tells that a counter falls evenly: its places are counted by whole seconds.
                        let best = if phase.is_none() {
                            best.next_multiple_of(SECOND)
                        } else {
                            best
                        };
                        let mut late = SECOND;
                        if level == full / 2 {
                            // There are places for a while, and then all requests under way are refused.
                            late += report.refused.div_ceil(drain) as u64 * SECOND;
                        } else {
                            assert!(report.refused <= drain, "{kind:?}: {} refused", report.refused);
                        }
                        if level < full {
                            // That costs the second; and what there was no time to gain back.
                            late += SECOND.saturating_sub(best / 25);
                        }
                        assert!(
                            ours <= best + late + FOUND + 4 * 7_000,
                            "{number} calls, {kind:?}: {ours}, at best {best}, {} refused",
                            report.refused
                        );
                    }
                }
            }
        }
    }

    /// Calls of method 0, which take 20 seconds each, and of methods 1 to 3, which take next to nothing.
    fn heavy_and_light(heavy: usize, light: usize) -> Vec<Call> {
        let heavy = (0..heavy).map(|_| Call {
            ready: 0,
            method: 0,
            takes: 20 * SECOND,
            whim: Whim::None,
        });
        let light = (0..light).map(|at| Call {
            ready: 1,
            method: 1 + at % 3,
            takes: 3_000,
            whim: Whim::None,
        });
        heavy.chain(light).collect()
    }

    #[test]
    fn a_method_is_held_back_before_it_is_refused_and_the_others_go_on() {
        let kind = Kind {
            rate: Rate::ENTERPRISE,
            phase: None,
            counts_refusals: false,
            level: 0,
        };
        let scenario = Scenario {
            limits: Limits::new(kind.rate),
            operating: Some(480 * SECOND),
            ..scenario(kind, heavy_and_light(60, 200), usize::MAX)
        };
        let report = run(&scenario);
        assert_eq!((report.refused, report.out_of_time), (0, 0));
        let went = |call: usize| report.let_through[&call] / SECOND;
        // Nothing is known of the method at first, so all 60 go at once: the portal adds up only what is done.
        assert!((0..60).all(|call| went(call) < 2));
        assert!((60..260).all(|call| went(call) < 10));
    }

    #[test]
    fn a_method_goes_on_when_some_of_its_time_no_longer_counts() {
        let kind = Kind {
            rate: Rate::ENTERPRISE,
            phase: None,
            counts_refusals: false,
            level: 0,
        };
        let scenario = Scenario {
            limits: Limits::new(kind.rate),
            operating: Some(480 * SECOND),
            ..scenario(kind, heavy_and_light(60, 0), 4)
        };
        let report = run(&scenario);
        assert_eq!((report.refused, report.out_of_time), (0, 0));
        let went: Vec<_> = (0..60).map(|call| report.let_through[&call] / SECOND).collect();
        // Four at a time, 20 seconds each: 24 of them make 480 seconds, and one goes over that. The first minute's are
        // forgotten ten minutes later; one call finds out, and so on.
        assert!(went[..25].iter().all(|at| *at <= 120), "{went:?}");
        assert!(went[25..].iter().all(|at| *at >= 600), "{went:?}");
        assert!(went[..50].iter().all(|at| *at <= 600 + 120), "{went:?}");
    }

    proptest! {
        #![proptest_config(fewer_cases())]

        #[test]
        fn operating_times_are_kept(
            limit in 1..500_u64,
            costs in [10_000..60 * SECOND, 1_000..SECOND, 1_000..10_000_u64],
            ready in vec((0..900 * SECOND, 0..3_usize), 1..200),
            at_once in 1..40_usize,
            seed in any::<u64>()
        ) {
            let kind = Kind { rate: Rate::ENTERPRISE, phase: Some(1), counts_refusals: false, level: 0 };
            // What a method costs is known from its first call on.
            let firsts = (0..3).map(|method| (0, method));
            let rest = ready.into_iter().map(|(ready, method)| (61 * SECOND + ready, method));
            let call = |(ready, method): (u64, usize)| Call { ready, method, takes: costs[method], whim: Whim::None };
            let scenario = Scenario {
                limits: Limits::new(kind.rate).operating(Duration::from_secs(limit)),
                operating: Some(limit * SECOND),
                seed,
                ..scenario(kind, firsts.chain(rest).map(call).collect(), at_once)
            };
            let report = run(&scenario);
            assert_eq!((report.refused, report.out_of_time), (0, 0));
        }

        #[test]
        fn a_portal_with_a_lower_limit_than_ours_is_believed(
            limit in 1..400_u64, number in 1..60_usize, at_once in 1..20_usize, seed in any::<u64>()
        ) {
            let kind = Kind { rate: Rate::ENTERPRISE, phase: Some(1), counts_refusals: false, level: 0 };
            let scenario = Scenario {
                limits: Limits::new(kind.rate),
                operating: Some(limit * SECOND),
                seed,
                ..scenario(kind, heavy_and_light(number, 60), at_once)
            };
            let report = run(&scenario);
            // Those that were under way together are refused together; then one call finds out each minute at most.
            let minutes = report.taken.last().unwrap() / (60 * SECOND) + 1;
            assert!(report.out_of_time as u64 <= at_once as u64 * (1 + minutes), "{}", report.out_of_time);
        }
    }
}
