//! What became of the commands of a batch.

use std::{fmt, sync::Arc};

use bitrix24_types::{
    Api, Decode, Effect, Handle, Response,
    batch::{Outcome, Parts},
};
use bytes::Bytes;

use super::METHOD;
use crate::{
    auth::Secrets,
    error::{Error, Executed, Kind},
};

/// The answer to a batch. Each command has an outcome of its own; look at all of them, or at [`check`](Self::check).
#[must_use = "commands of a batch fail one by one"]
pub struct Reply {
    parts: Parts,
    /// For each request.
    answers: Vec<Answered>,
    secrets: Arc<Secrets>,
}

/// What came of one request.
pub(super) enum Answered {
    /// The answer's body, and what it says of each command.
    Outcomes(Bytes, Vec<Outcome>),
    Failed(Error),
    /// A command failed before it came to that.
    NotSent,
}

/// A command of a batch, by its place and its method.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Command {
    /// Which command of the batch it is, from 0; [`Handle::place`] is the same.
    pub place: usize,
    /// Its method.
    pub method: String,
    /// What it means for it to run twice.
    pub effect: Effect,
}

impl Answered {
    pub(super) fn is_all_success(&self) -> bool {
        let is_success = |outcome: &Outcome| matches!(outcome, Outcome::Success(_));
        matches!(self, Self::Outcomes(_, outcomes) if outcomes.iter().all(is_success))
    }

    /// The error of a request of which nothing ran.
    fn never_ran(&self) -> Option<&Error> {
        match self {
            Self::Failed(error) if error.executed() == Executed::No => Some(error),
            _ => None,
        }
    }
}

impl Reply {
    /// The outcomes, or the error if nothing of the batch ran.
    pub(super) fn new(parts: Parts, answers: Vec<Answered>, secrets: Arc<Secrets>) -> Result<Self, Error> {
        let is_nothing =
            |answer: &Answered| matches!(answer, Answered::NotSent) || answer.never_ran().is_some();
        if answers.iter().all(is_nothing) {
            if let Some(error) = answers.iter().find_map(Answered::never_ran) {
                return Err(error.again());
            }
        }
        Ok(Self {
            parts,
            answers,
            secrets,
        })
    }

    /// What became of this command: its result, or its error. Can be asked again; it is read from the answer each time.
    ///
    /// The error is the command's own if the portal refused it. Otherwise [`Error::executed`] tells whether it ran: not if it is
    /// of the kind [`NotRun`](Kind::NotRun) or its request was refused, and nobody knows if the answer got lost.
    pub fn take<T: Decode>(&self, handle: Handle<T>) -> Result<Response<T>, Error> {
        if !handle.is_of(&self.parts) {
            return Err(Error::config("this handle is one of another batch"));
        }
        self.outcome(handle.place(), |body, found| found.read(body))
    }

    /// The first error, in the order of the commands, if there is one. Results are not read for this.
    pub fn check(&self) -> Result<(), Error> {
        self.errors().next().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// The commands that did not succeed, in their order, and why. Results are not read for this.
    pub fn errors(&self) -> impl Iterator<Item = (Command, Error)> {
        let places = 0..self.parts.commands();
        places.filter_map(|place| {
            let error = self.outcome(place, |_, _| Ok(())).err()?;
            Some((self.command(place), error))
        })
    }

    /// The commands of which nobody knows whether they ran. Look at the portal before sending them again, unless twice is as
    /// good as once.
    pub fn unknown(&self) -> impl Iterator<Item = Command> {
        let unknown = self
            .errors()
            .filter(|(_, error)| error.executed() == Executed::Unknown);
        unknown.map(|(command, _)| command)
    }

    /// How many commands the batch has.
    pub fn len(&self) -> usize {
        self.parts.commands()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn command(&self, place: usize) -> Command {
        Command {
            place,
            method: self.parts.method(place).into_owned(),
            effect: self.parts.effect(place),
        }
    }

    fn outcome<T>(
        &self,
        place: usize,
        read: impl FnOnce(&[u8], &bitrix24_types::batch::Found) -> Result<T, bitrix24_types::ReadError>,
    ) -> Result<T, Error> {
        let Some((request, position)) = self.parts.position(place) else {
            return Err(Error::config("the batch has no such command"));
        };
        let error = match &self.answers[request] {
            Answered::Failed(error) => return Err(self.of_request(request, place, error)),
            Answered::NotSent => Error::not_run(),
            Answered::Outcomes(body, outcomes) => match &outcomes[position] {
                Outcome::Success(found) => match read(body, found) {
                    Ok(result) => return Ok(result),
                    Err(error) => Error::unreadable_result(error),
                },
                Outcome::Failure(failure) => Error::command(failure.clone(), self.parts.codes(place)),
                Outcome::NotRun => Error::not_run(),
                Outcome::Unknown => Error::unmentioned(),
            },
        };
        let error = error.without(&self.secrets);
        Err(error.of(self.parts.method(place), self.parts.effect(place)))
    }

    /// What the error of a whole request means for one of its commands.
    fn of_request(&self, request: usize, place: usize, error: &Error) -> Error {
        let (method, effect) = (self.parts.method(place), self.parts.effect(place));
        let alone = self
            .parts
            .iter()
            .nth(request)
            .is_some_and(|part| part.commands().len() == 1);
        if self.parts.api() == Api::V3 && alone {
            return error.again().of(method, effect);
        }
        // A code that is not the system's belongs to one of the commands, or to the batch: not to each command.
        let is_common = error.kind() != Kind::Api || error.system().is_some();
        let method = if is_common { method } else { METHOD.into() };
        error.again().of_some_command().of(method, effect)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("commands", &self.len())
            .field("errors", &self.errors().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
