//! A portal and its callers under simulated time: nothing here reads a clock or waits.
//!
//! Times are microseconds. The portal is written from the documentation, not from the budget under test.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    ops::RangeInclusive,
    time::Duration,
};

use super::{
    Claim, Fate, Limits, Outcome, Rate, Told,
    counter::Sent,
    queue::Number,
    state::{Next, State},
};

pub(crate) const SECOND: u64 = 1_000_000;

/// How a portal keeps its counter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) rate: Rate,
    /// When in the second it takes away; evenly if nothing is said.
    pub(crate) phase: Option<u64>,
    pub(crate) counts_refusals: bool,
    /// What the counter holds at the start.
    pub(crate) level: u32,
}

/// A portal's counter, in millionths of a request.
pub(crate) struct Portal {
    kind: Kind,
    level: u64,
    at: u64,
}

impl Portal {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            level: u64::from(kind.level) * SECOND,
            at: 0,
        }
    }

    pub(crate) fn hit(&mut self, now: u64) -> bool {
        self.fall(now);
        let full = self.level + SECOND > u64::from(self.kind.rate.at_once()) * SECOND;
        if !full || self.kind.counts_refusals {
            self.level += SECOND;
        }
        !full
    }

    fn fall(&mut self, now: u64) {
        let drain = u64::from(self.kind.rate.per_second());
        let fallen = match self.kind.phase {
            None => (now - self.at) * drain,
            Some(phase) => {
                let steps = |time: u64| (time + SECOND - phase) / SECOND;
                (steps(now) - steps(self.at)) * drain * SECOND
            }
        };
        self.level = self.level.saturating_sub(fallen);
        self.at = now;
    }

    /// When a request that could have come at `from` is taken at the earliest, for somebody who can look inside.
    fn earliest(&mut self, from: u64) -> u64 {
        self.fall(from);
        let excess = (self.level + SECOND).saturating_sub(u64::from(self.kind.rate.at_once()) * SECOND);
        if excess == 0 {
            return from;
        }
        let drain = u64::from(self.kind.rate.per_second());
        match self.kind.phase {
            None => from + excess.div_ceil(drain),
            Some(phase) => {
                let steps = (from + SECOND - phase) / SECOND + excess.div_ceil(drain * SECOND);
                steps * SECOND + phase - SECOND
            }
        }
    }
}

/// When calls that become ready at these times reach the portal, if whoever sends them knows the portal's counter.
pub(crate) fn best(kind: Kind, ready: &[u64]) -> Vec<u64> {
    let (mut portal, mut last) = (Portal::new(kind), 0);
    let mut ready = ready.to_vec();
    ready.sort_unstable();
    let arrivals = ready.into_iter().map(|ready| {
        last = portal.earliest(ready.max(last));
        assert!(portal.hit(last), "the best is never refused");
        last
    });
    arrivals.collect()
}

/// What the portal knows of each method's operating time: ten baskets of a minute, each counted from its first call.
#[derive(Default)]
pub(crate) struct Baskets(HashMap<usize, VecDeque<(u64, u64)>>);

impl Baskets {
    fn used(&mut self, method: usize, now: u64) -> (u64, u64) {
        let baskets = self.0.entry(method).or_default();
        while baskets
            .front()
            .is_some_and(|(since, _)| since + 600 * SECOND <= now)
        {
            baskets.pop_front();
        }
        let resets = baskets.front().map_or(now, |(since, _)| since + 600 * SECOND);
        (baskets.iter().map(|(_, used)| used).sum(), resets)
    }

    fn add(&mut self, method: usize, from: u64, took: u64) {
        let baskets = self.0.entry(method).or_default();
        match baskets.back_mut().filter(|(since, _)| from < since + 60 * SECOND) {
            Some((_, used)) => *used += took,
            None => baskets.push_back((from, took)),
        }
    }
}

/// One call that somebody wants to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) ready: u64,
    pub(crate) method: usize,
    /// How long the portal runs it.
    pub(crate) takes: u64,
    /// What the caller does other than wait for the answer.
    pub(crate) whim: Whim,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whim {
    None,
    /// Leaves the queue after this time, if still in it.
    Impatient(u64),
    /// Has its turn, and sends nothing.
    Unsent,
    /// Sends, and gives up at once; the request arrives all the same.
    Drops,
}

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) kind: Kind,
    pub(crate) limits: Limits,
    /// The operating limit that the portal has, in microseconds.
    pub(crate) operating: Option<u64>,
    pub(crate) calls: Vec<Call>,
    /// How many calls the callers make at a time.
    pub(crate) at_once: usize,
    /// The way there and the way back.
    pub(crate) network: RangeInclusive<u64>,
    /// When somebody else calls the portal.
    pub(crate) others: Vec<u64>,
    pub(crate) seed: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Report {
    /// When the requests that the portal took have reached it, in order.
    pub(crate) taken: Vec<u64>,
    pub(crate) refused: usize,
    pub(crate) out_of_time: usize,
    /// The calls in the order in which they were let through for the first time.
    pub(crate) order: Vec<usize>,
    /// When each call was let through for the first time.
    pub(crate) let_through: HashMap<usize, u64>,
    pub(crate) level_after: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Ready,
    Other,
    Arrives {
        call: usize,
    },
    Ran {
        call: usize,
    },
    Answered {
        call: usize,
        fate: u8,
        told: Option<(u64, u64, u64)>,
    },
    Impatient {
        call: usize,
    },
}

const SERVED: u8 = 0;
const OUT_OF_TIME: u8 = 1;
const REFUSED: u8 = 2;
const LOST: u8 = 3;
const UNSENT: u8 = 4;

pub(crate) fn run(scenario: &Scenario) -> Report {
    let mut random = scenario.seed | 1;
    let mut way = move || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (from, to) = (scenario.network.start(), scenario.network.end());
        from + (random >> 33) % (to - from + 1)
    };
    let mut portal = Portal::new(scenario.kind);
    let mut baskets = Baskets::default();
    let mut state = State::new(&scenario.limits, Duration::ZERO);
    let mut report = Report::default();

    let mut events = BinaryHeap::new();
    events.extend(
        scenario
            .calls
            .iter()
            .map(|call| Reverse((call.ready, Event::Ready))),
    );
    events.extend(scenario.others.iter().map(|at| Reverse((*at, Event::Other))));
    let mut not_ready: VecDeque<usize> = (0..scenario.calls.len()).collect();
    not_ready
        .make_contiguous()
        .sort_by_key(|call| scenario.calls[*call].ready);
    let mut queued: HashMap<Number, usize> = HashMap::new();
    let mut sent: HashMap<usize, Sent> = HashMap::new();
    let (mut now, mut active, mut done) = (0, 0, 0);

    let claim = |call: usize| Claim::call(format!("method.{}", scenario.calls[call].method));
    // Whoever dropped a call is done before the call is.
    while done < scenario.calls.len() || !events.is_empty() {
        let time = Duration::from_micros(now);
        while active < scenario.at_once {
            let Some(call) = not_ready.pop_front_if(|call| scenario.calls[*call].ready <= now) else {
                break;
            };
            active += 1;
            queued.insert(state.enter(claim(call)), call);
            if let Whim::Impatient(patience) = scenario.calls[call].whim {
                events.push(Reverse((now + patience, Event::Impatient { call })));
            }
        }
        let wake = loop {
            match state.next(time) {
                Next::Go(number, permit) => {
                    let call = queued.remove(&number).expect("who goes was in the queue");
                    if report.let_through.insert(call, now).is_none() {
                        report.order.push(call);
                    }
                    sent.insert(call, permit);
                    if scenario.calls[call].whim == Whim::Unsent {
                        let event = Event::Answered {
                            call,
                            fate: UNSENT,
                            told: None,
                        };
                        events.push(Reverse((now, event)));
                    } else {
                        events.push(Reverse((now + way(), Event::Arrives { call })));
                    }
                    if scenario.calls[call].whim == Whim::Drops {
                        let event = Event::Answered {
                            call,
                            fate: LOST,
                            told: None,
                        };
                        events.push(Reverse((now, event)));
                    }
                }
                Next::Wait(at) => {
                    assert!(at > time, "no waiting for what has come: {at:?} at {time:?}");
                    break Some(u64::try_from(at.as_micros()).expect("a time of the simulation"));
                }
                Next::Rest => break None,
            }
        };
        let next = events
            .peek()
            .map(|Reverse((at, _))| *at)
            .into_iter()
            .chain(wake)
            .min();
        now = next.unwrap_or_else(|| panic!("all wait for ever: {state:?}"));
        let time = Duration::from_micros(now);
        while let Some(Reverse((at, event))) = events.pop() {
            if at > now {
                events.push(Reverse((at, event)));
                break;
            }
            match event {
                Event::Ready => {}
                Event::Other => {
                    portal.hit(now);
                }
                Event::Arrives { call } => {
                    let method = scenario.calls[call].method;
                    let out_of_time = |limit| baskets.used(method, now).0 > limit;
                    if !portal.hit(now) {
                        report.refused += 1;
                        events.push(Reverse((
                            now + way(),
                            Event::Answered {
                                call,
                                fate: REFUSED,
                                told: None,
                            },
                        )));
                    } else if scenario.operating.is_some_and(out_of_time) {
                        report.out_of_time += 1;
                        events.push(Reverse((
                            now + way(),
                            Event::Answered {
                                call,
                                fate: OUT_OF_TIME,
                                told: None,
                            },
                        )));
                    } else {
                        report.taken.push(now);
                        events.push(Reverse((now + scenario.calls[call].takes, Event::Ran { call })));
                    }
                }
                Event::Ran { call } => {
                    let Call {
                        method, takes, whim, ..
                    } = scenario.calls[call];
                    baskets.add(method, now - takes, takes);
                    if whim != Whim::Drops {
                        let (used, resets) = baskets.used(method, now);
                        let told = Some((used, resets.saturating_sub(now), now));
                        events.push(Reverse((
                            now + way(),
                            Event::Answered {
                                call,
                                fate: SERVED,
                                told,
                            },
                        )));
                    }
                }
                Event::Answered { call, fate, told } => {
                    let told = told.map(|(used, resets_in, at)| Told {
                        method: 0,
                        refused: false,
                        used: Some(Duration::from_micros(used)),
                        resets_in: Some(Duration::from_micros(resets_in)),
                        took: Duration::from_micros(scenario.calls[call].takes),
                        told_at: Some(at as f64 / 1e6),
                    });
                    let refusal = (fate == OUT_OF_TIME).then_some(Told::refusal(0));
                    let outcome = Outcome {
                        fate: [
                            Fate::Served,
                            Fate::Served,
                            Fate::Refused,
                            Fate::Lost,
                            Fate::Unsent,
                        ][usize::from(fate)],
                        told: told.into_iter().chain(refusal).collect(),
                    };
                    let permit = sent.remove(&call).expect("it was sent");
                    state.settle(permit, &claim(call), &outcome, time);
                    if fate == REFUSED || fate == OUT_OF_TIME {
                        queued.insert(state.enter(claim(call)), call);
                    } else {
                        active -= 1;
                        done += 1;
                    }
                }
                Event::Impatient { call } => {
                    if let Some(number) = queued
                        .iter()
                        .find(|(_, one)| **one == call)
                        .map(|(number, _)| *number)
                    {
                        queued.remove(&number);
                        state.leave(number);
                        active -= 1;
                        done += 1;
                    }
                }
            }
        }
    }
    report.level_after = state.level(Duration::from_micros(now));
    report
}
