//! Which commands go into one request, and what that request is.

use std::borrow::Cow;

use super::command::{Listed, put_name};
use super::{Batch, BatchError, Mistake, answer};
use super::{Found, Outcome};
use crate::system::LIMITS;
use crate::{Answer, Api, Decode, Effect, ReadError, Response};

/// How many commands a request takes.
const MOST: usize = LIMITS.batch as usize;

/// A batch as it is sent: in as many requests as it takes.
pub struct Parts {
    batch: Batch,
    api: Api,
    /// The commands of each request, in their order.
    requests: Vec<Vec<usize>>,
    /// Which request a command is in.
    request_of: Vec<usize>,
    /// Whether others refer to a command.
    named: Vec<bool>,
}

impl Batch {
    /// The requests that the batch is sent as, or what is wrong with it.
    ///
    /// Commands stay in their order. A request takes 50; commands that refer to each other stay in one request.
    pub fn parts(self) -> Result<Parts, BatchError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let mut named = vec![false; self.commands.len()];
        for &to in self.commands.iter().flat_map(|command| &command.refers) {
            named[to] = true;
        }
        let group = self.groups();
        let mut sizes = vec![0; self.commands.len()];
        for &group in &group {
            sizes[group] += 1;
        }
        let mut requests: Vec<Vec<usize>> = Vec::new();
        let mut reserved = MOST;
        let mut request_of = vec![0; self.commands.len()];
        for (place, &group) in group.iter().enumerate() {
            let is_first = group == place;
            let size = sizes[group];
            if is_first && size > MOST {
                return Err(BatchError {
                    command: place,
                    method: self.commands[place].method.to_string(),
                    mistake: Mistake::Tied(size - 1),
                });
            }
            if is_first && reserved + size > MOST {
                requests.push(Vec::new());
                reserved = 0;
            }
            if is_first {
                reserved += size;
            }
            let request = if is_first {
                requests.len() - 1
            } else {
                request_of[group]
            };
            request_of[place] = request;
            requests[request].push(place);
        }
        Ok(Parts {
            api: self.api.unwrap_or(Api::V2),
            batch: self,
            requests,
            request_of,
            named,
        })
    }

    /// For each command the first one of those that it is tied to by references.
    fn groups(&self) -> Vec<usize> {
        fn first(leaders: &[usize], mut place: usize) -> usize {
            while leaders[place] != place {
                place = leaders[place];
            }
            place
        }
        let mut leaders: Vec<usize> = (0..self.commands.len()).collect();
        for (place, command) in self.commands.iter().enumerate() {
            for &to in &command.refers {
                let (a, b) = (first(&leaders, place), first(&leaders, to));
                leaders[a.max(b)] = a.min(b);
            }
        }
        (0..leaders.len()).map(|place| first(&leaders, place)).collect()
    }
}

impl Parts {
    pub(super) fn id(&self) -> u64 {
        self.batch.id
    }

    /// The version of the API that all commands are of.
    pub fn api(&self) -> Api {
        self.api
    }

    /// Whether the requests must be sent one after the other, and no more of them once a command has failed.
    pub fn one_by_one(&self) -> bool {
        self.batch.halt == Some(true)
    }

    /// The requests.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Part<'_>> {
        (0..self.requests.len()).map(|request| Part { parts: self, request })
    }

    /// How many commands there are in all.
    pub fn commands(&self) -> usize {
        self.batch.commands.len()
    }

    /// The method of a command.
    pub fn method(&self, command: usize) -> Cow<'static, str> {
        self.batch.commands[command].method.clone()
    }

    /// What it means for a command to run twice.
    pub fn effect(&self, command: usize) -> Effect {
        self.batch.commands[command].effect
    }

    /// Which codes the documentation of a command's method lists.
    pub fn codes(&self, command: usize) -> Listed {
        self.batch.commands[command].codes
    }

    /// Which request a command is in, and where in it.
    pub fn position(&self, command: usize) -> Option<(usize, usize)> {
        let request = *self.request_of.get(command)?;
        let position = self.requests[request].binary_search(&command).ok()?;
        Some((request, position))
    }
}

/// One request of a batch.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    parts: &'a Parts,
    request: usize,
}

impl<'a> Part<'a> {
    /// The commands in it, in the order in which they run.
    pub fn commands(self) -> &'a [usize] {
        &self.parts.requests[self.request]
    }

    /// The version of the API that the request is of.
    pub fn api(self) -> Api {
        self.parts.api
    }

    /// The method of a command.
    pub fn method(self, command: usize) -> Cow<'static, str> {
        self.parts.method(command)
    }

    /// Which codes an error of the request as a whole may have from a command: those of the only one, in REST 3.0.
    pub fn sole_codes(self) -> Listed {
        match (self.parts.api, self.commands()) {
            (Api::V3, &[only]) => self.parts.codes(only),
            _ => |_, _| false,
        }
    }

    /// Whether the portal tells the time of all commands together only.
    pub fn shares_time(self) -> bool {
        self.parts.api == Api::V3
    }

    /// Whether the portal stops at the first command that fails.
    pub fn halts(self) -> bool {
        let refers = |place: &usize| !self.parts.batch.commands[*place].refers.is_empty();
        self.parts.api == Api::V3
            || (self.parts.batch.halt).unwrap_or_else(|| self.commands().iter().any(refers))
    }

    /// What it means to send it twice: what it means for the command that takes it worst.
    pub fn effect(self) -> Effect {
        let effects = || self.commands().iter().map(|&place| self.parts.effect(place));
        if effects().any(|effect| effect == Effect::Once) {
            Effect::Once
        } else if effects().any(|effect| effect == Effect::Repeat) {
            Effect::Repeat
        } else {
            Effect::Read
        }
    }

    /// The body of the request to the method `batch`, JSON.
    pub fn body(self) -> String {
        let Batch {
            commands, written, ..
        } = &self.parts.batch;
        let spans = self.commands().iter().map(|&place| commands[place].span.clone());
        let length: usize = spans.clone().map(|span| span.len() + 16).sum();
        let mut body = String::with_capacity(length + 32);
        match self.parts.api {
            Api::V2 => {
                body.push_str(if self.halts() {
                    "{\"halt\":1,\"cmd\":{"
                } else {
                    "{\"halt\":0,\"cmd\":{"
                });
                for (number, span) in spans.enumerate() {
                    body.push_str(if number > 0 { "," } else { "" });
                    body.push_str(&written[span]);
                }
                body.push_str("}}");
            }
            Api::V3 => {
                body.push('[');
                for (number, (span, &place)) in spans.zip(self.commands()).enumerate() {
                    body.push_str(if number > 0 { "," } else { "" });
                    body.push_str(&written[span]);
                    if self.parts.named[place] {
                        body.push_str(",\"as\":\"");
                        put_name(place, &mut body);
                        body.push('"');
                    }
                    body.push('}');
                }
                body.push(']');
            }
        }
        body
    }

    /// Reads the portal's answer to the request: what became of each command, in the order of [`commands`](Self::commands).
    ///
    /// A failure is one of the request as a whole.
    pub fn read(self, body: &[u8]) -> Result<Answer<Vec<Outcome>>, ReadError> {
        match self.parts.api {
            Api::V2 => answer::read_v2(body, self.commands(), self.halts()),
            Api::V3 => answer::read_v3(body, self.commands()),
        }
    }

    /// The same where all commands answer with one type: their results are read on the way, not afterwards.
    #[allow(
        clippy::type_complexity,
        reason = "it is what `read` gives, with the results read"
    )]
    pub fn read_as<T: Decode>(
        self,
        body: &[u8],
    ) -> Result<Answer<Vec<Outcome<Result<Response<T>, ReadError>>>>, ReadError> {
        if self.parts.api == Api::V2 {
            match answer::read_v2_as(body, self.commands(), self.halts()) {
                // One of the results, perhaps: they are looked at alone.
                Err(ReadError::Unfit { .. }) => {}
                read => return read,
            }
        }
        let response = match self.read(body)? {
            Answer::Success(response) => response,
            Answer::Failure(failure) => return Ok(Answer::Failure(failure)),
        };
        let typed = |outcome| match outcome {
            Outcome::Success(found) => Outcome::Success(Found::read(&found, body)),
            Outcome::Failure(failure) => Outcome::Failure(failure),
            Outcome::NotRun => Outcome::NotRun,
            Outcome::Unknown => Outcome::Unknown,
        };
        Ok(Answer::Success(Response {
            result: response.result.into_iter().map(typed).collect(),
            time: response.time,
            total: None,
            next: None,
        }))
    }
}
