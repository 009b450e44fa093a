//! Who waits, and whose turn it is.
//!
//! First come, first served, but nobody waits behind somebody who can't go: callers wait in one line for each method,
//! and the one who came first among the first of all lines is next. A line whose method is held back is parked as a
//! whole. A batch, which calls several methods, waits in the line of the one that holds it up.
//!
//! A step costs the logarithm of the number of those who wait; to find the lines that are due, all that are parked are
//! looked at, which are as many as there are methods that are held back.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use super::{Claim, operating::Held};

type Method = Cow<'static, str>;

/// Says who waits; a smaller number came earlier.
pub(crate) type Number = u64;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    next: Number,
    waiting: HashMap<Number, Waiter>,
    lines: HashMap<Method, BTreeSet<Number>>,
    /// The first of each line that is not parked.
    heads: BTreeMap<Number, Method>,
    parked: HashMap<Method, Held>,
}

#[derive(Debug)]
struct Waiter {
    claim: Claim,
    line: Method,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn push(&mut self, claim: Claim) -> Number {
        let number = self.next;
        self.next += 1;
        let line = claim.first().clone();
        self.waiting.insert(
            number,
            Waiter {
                claim,
                line: line.clone(),
            },
        );
        self.line_up(number, line);
        number
    }

    /// Whose turn it is.
    pub(crate) fn first(&self) -> Option<(Number, &Claim)> {
        let (number, _) = self.heads.first_key_value()?;
        Some((*number, &self.waiting.get(number)?.claim))
    }

    /// Takes somebody out, served or not.
    pub(crate) fn remove(&mut self, number: Number) -> Option<Claim> {
        let Waiter { claim, line } = self.waiting.remove(&number)?;
        self.step_out(number, &line);
        Some(claim)
    }

    /// Makes `number` wait for `method`, and with it all who wait for that.
    pub(crate) fn park(&mut self, number: Number, method: &Method, held: Held) {
        let Some(waiter) = self.waiting.get_mut(&number) else {
            return;
        };
        if waiter.line != *method {
            let line = std::mem::replace(&mut waiter.line, method.clone());
            self.step_out(number, &line);
            self.line_up(number, method.clone());
        }
        if let Some(first) = self.lines.get(method).and_then(BTreeSet::first) {
            self.heads.remove(first);
        }
        self.parked.insert(method.clone(), held);
    }

    /// Those who wait for `method` may try again.
    pub(crate) fn release(&mut self, method: &Method) {
        if self.parked.remove(method).is_some() {
            if let Some(first) = self.lines.get(method).and_then(BTreeSet::first) {
                self.heads.insert(*first, method.clone());
            }
        }
    }

    /// All may try again.
    #[cfg(feature = "redis")]
    pub(crate) fn release_all(&mut self) {
        while let Some(method) = self.parked.keys().next().cloned() {
            self.release(&method);
        }
    }

    /// Releases the methods that are held no longer than this.
    pub(crate) fn release_due(&mut self, now: Duration) {
        let due = |held: &Held| matches!(held, Held::Until(at) if *at <= now);
        while let Some(method) = self
            .parked
            .iter()
            .find(|(_, held)| due(held))
            .map(|(method, _)| method.clone())
        {
            self.release(&method);
        }
    }

    /// When the next method is released.
    pub(crate) fn next_release(&self) -> Option<Duration> {
        let until = |held: &Held| match held {
            Held::Until(at) => Some(*at),
            Held::ForAnswer => None,
        };
        self.parked.values().filter_map(until).min()
    }

    fn line_up(&mut self, number: Number, method: Method) {
        let line = self.lines.entry(method.clone()).or_default();
        let first = line.first().copied();
        line.insert(number);
        if first.is_none_or(|first| number < first) && !self.parked.contains_key(&method) {
            if let Some(first) = first {
                self.heads.remove(&first);
            }
            self.heads.insert(number, method);
        }
    }

    fn step_out(&mut self, number: Number, method: &Method) {
        let Some(line) = self.lines.get_mut(method) else {
            return;
        };
        line.remove(&number);
        let next = line.first().copied();
        if let Some(method) = self.heads.remove(&number) {
            if let Some(next) = next {
                self.heads.insert(next, method);
            }
        }
        if next.is_none() {
            self.lines.remove(method);
            self.parked.remove(method);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::vec,
        prelude::{Just, ProptestConfig, Strategy, prop_oneof},
        proptest,
    };

    use super::*;

    const METHODS: [&str; 4] = ["a", "b", "c", "d"];

    #[derive(Clone, Debug)]
    enum Step {
        Come(Vec<usize>),
        GiveUp(usize),
        Hold(usize),
        Free(usize),
        Serve,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        vec(
            prop_oneof![
                3 => vec(0..4_usize, 1..4).prop_map(Step::Come),
                1 => (0..50_usize).prop_map(Step::GiveUp),
                1 => (0..4_usize).prop_map(Step::Hold),
                1 => (0..4_usize).prop_map(Step::Free),
                3 => Just(Step::Serve),
            ],
            1..200,
        )
    }

    fn claim(methods: &[usize]) -> Claim {
        let (first, rest) = methods.split_first().expect("a call has a method");
        rest.iter().fold(Claim::call(METHODS[*first]), |claim, method| {
            claim.and(METHODS[*method])
        })
    }

    /// Whose turn it is, and takes him out, when these methods are held.
    fn serve(queue: &mut Queue, held: &[bool; 4]) -> Option<Number> {
        while let Some((number, claim)) = queue.first() {
            let is_held =
                |(method, _): &&(Method, u32)| held[METHODS.iter().position(|name| name == method).unwrap()];
            match claim
                .methods()
                .iter()
                .find(is_held)
                .map(|(method, _)| method.clone())
            {
                Some(method) => queue.park(number, &method, Held::ForAnswer),
                None => {
                    queue.remove(number);
                    return Some(number);
                }
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A list in the order of coming, searched from the front, gives the same answers.
        #[test]
        fn first_come_first_served_of_those_who_can_go(steps in steps()) {
            let mut queue = Queue::default();
            let mut list: Vec<(Number, Vec<usize>)> = Vec::new();
            let mut held = [false; 4];
            for step in steps {
                match step {
                    Step::Come(methods) => list.push((queue.push(claim(&methods)), methods)),
                    Step::GiveUp(at) if at < list.len() => {
                        let (number, methods) = list.remove(at);
                        assert_eq!(queue.remove(number), Some(claim(&methods)));
                    }
                    Step::GiveUp(_) => {}
                    Step::Hold(method) => held[method] = true,
                    Step::Free(method) => {
                        held[method] = false;
                        queue.release(&METHODS[method].into());
                    }
                    Step::Serve => {
                        let at = list.iter().position(|(_, methods)| !methods.iter().any(|method| held[*method]));
                        let expected = at.map(|at| list.remove(at).0);
                        assert_eq!(serve(&mut queue, &held), expected);
                    }
                }
                assert_eq!(queue.len(), list.len());
            }
            for method in METHODS {
                queue.release(&method.into());
            }
            while let Some(number) = serve(&mut queue, &[false; 4]) {
                assert_eq!(number, list.remove(0).0);
            }
            assert!(list.is_empty() && queue.is_empty());
            assert!(queue.lines.is_empty() && queue.heads.is_empty() && queue.parked.is_empty());
        }
    }

    #[test]
    fn a_line_that_is_held_for_a_time_comes_back_by_itself() {
        let mut queue = Queue::default();
        let first = queue.push(Claim::call("a"));
        let second = queue.push(Claim::call("b"));
        queue.park(first, &"a".into(), Held::Until(Duration::from_secs(5)));
        assert_eq!(queue.first().map(|(number, _)| number), Some(second));
        assert_eq!(queue.next_release(), Some(Duration::from_secs(5)));
        queue.release_due(Duration::from_secs(4));
        assert_eq!(queue.first().map(|(number, _)| number), Some(second));
        queue.release_due(Duration::from_secs(5));
        assert_eq!(queue.first().map(|(number, _)| number), Some(first));
        assert_eq!(queue.next_release(), None);
    }
}
