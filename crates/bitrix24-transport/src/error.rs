//! What can go wrong with a call, as one type that says what, where, and whether the call may have changed something.

use std::{borrow::Cow, error, fmt, sync::Arc};

use bitrix24_types::{
    Codes, Effect, Failure as Refused, Method, ReadError, SystemError, Validation,
    system::{Ran, Retry},
};
use http::StatusCode;

use crate::{
    auth::Secrets,
    budget::NoTurn,
    http::{Failure, FailureKind},
    send::{Refusal, SendError},
};

/// Whether a method's documentation lists a code, for a status.
pub(crate) type Lists = fn(&str, Option<u16>) -> bool;

type BoxError = Box<dyn error::Error + Send + Sync>;

/// Why a call failed.
///
/// Its one-line `Display` names the method and the code; the causes below are in [`source`](error::Error::source).
/// Neither, nor `Debug`, shows a webhook's code or a token.
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: Kind,
    method: Option<Cow<'static, str>>,
    effect: Option<Effect>,
    status: Option<StatusCode>,
    /// What happened, where no answer of the portal says it.
    what: Cow<'static, str>,
    answer: Option<Refused>,
    executed: Executed,
    attempts: u32,
    source: Option<Arc<dyn error::Error + Send + Sync>>,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// What the caller gave can't be used: a webhook URL, an option, a method's name, parameters. Nothing was sent. Or the
    /// file that a download is saved to can't be written.
    Config,
    /// Called in the wrong place: an async call outside of a Tokio runtime, a blocking call inside of one. Nothing was sent.
    /// Or a runtime, or a hook of this program, has ended under the call: then [`Error::executed`] may be `Unknown`.
    Runtime,
    /// The portal's [budget](crate::budget) lives elsewhere and can't be reached. Nothing was sent.
    Budget,
    /// No connection to the portal: name not found, refused, TLS. Nothing was sent.
    Connect,
    /// The connection was lost before the answer was complete.
    Lost,
    /// The call's deadline, or the time of one request, passed.
    Timeout,
    /// The portal redirects to a place where requests are not sent to.
    Redirect,
    /// The portal answered with an error: [`Error::code`] has its code.
    Api,
    /// The answer is not one of the API: a proxy's error page, a body that was cut.
    Unreadable,
    /// The method succeeded, but its result doesn't fit the type it should have.
    Decode,
    /// The token store has no tokens for this portal: it has to be authorized first.
    NoTokens,
    /// The authorization server does not take the code or the refresh token: it was used before, is too old, or was taken
    /// back. The portal has to be authorized again.
    InvalidGrant,
    /// The authorization server does not take the application's id or secret, or the application is not installed.
    InvalidClient,
    /// The application asks for more than it was registered with.
    InvalidScope,
    /// The application, or the time it could be tried for, is not paid for.
    PaymentRequired,
    /// A refresh was begun before, and the tokens that came of it were never stored: a program that was stopped in the wrong
    /// moment, an answer that got lost. The refresh token is used up; the portal has to be authorized again.
    LostRotation,
    /// The authorization server refuses for another reason, or its answer can't be read.
    Authorization,
    /// The token store failed.
    Store,
    /// A [middleware](crate::middleware) of this program ended the call.
    Middleware,
    /// A command of a [batch](crate::batch) that was not run, because one before it failed and the batch stops there.
    NotRun,
    /// The pages of a [list](crate::list) don't fit together: going on would lose rows, bring rows twice, or never end.
    List,
}

/// Whether the method ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Executed {
    /// Certainly not: the call changed nothing and can be made again.
    No,
    /// It did: the failure is its own answer, with a code that its documentation lists, or lies in reading its answer.
    Yes,
    /// Nobody here can know: no answer came, or one with a code that the documentation has nowhere, so that the method may
    /// have begun or not. Look at the portal before making the call again, unless twice is as good as once.
    Unknown,
}

impl Error {
    fn new(kind: Kind, what: impl Into<Cow<'static, str>>, executed: Executed) -> Self {
        Self(Box::new(Inner {
            kind,
            method: None,
            effect: None,
            status: None,
            what: what.into(),
            answer: None,
            executed,
            attempts: 0,
            source: None,
        }))
    }

    pub(crate) fn because(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What the caller gave can't be used.
    pub(crate) fn config(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Config, what, Executed::No)
    }

    /// What the caller gave can't be used, and `source` says why.
    pub(crate) fn config_because(what: impl Into<Cow<'static, str>>, source: impl Into<BoxError>) -> Self {
        Self::config(what).because(source)
    }

    /// Called in the wrong place. For the blocking facade.
    #[doc(hidden)]
    pub fn runtime(what: &'static str, executed: Executed, source: Option<std::io::Error>) -> Self {
        let error = Self::new(Kind::Runtime, what, executed);
        match source {
            Some(source) => error.because(source),
            None => error,
        }
    }

    /// The deadline passed while nothing was under way; `last` is why the attempt before this one failed.
    pub(crate) fn late(last: Option<Self>) -> Self {
        let late = Self::new(
            Kind::Timeout,
            "the deadline passed before the request could be sent",
            Executed::No,
        );
        match last {
            Some(last) => late.because(last),
            None => late,
        }
    }

    /// The deadline passed while a new token was waited for.
    pub(crate) fn late_for_token() -> Self {
        Self::new(
            Kind::Timeout,
            "the deadline passed before there was a new access token",
            Executed::No,
        )
    }

    /// There is no valid token. The call itself was refused, so it never ran.
    pub(crate) fn token(kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(kind, what, Executed::No)
    }

    /// The authorization server refused.
    pub(crate) fn grant(
        kind: Kind,
        what: impl Into<Cow<'static, str>>,
        status: StatusCode,
        answer: Refused,
    ) -> Self {
        let mut error = Self::token(kind, what).with_status(status);
        error.0.answer = Some(answer);
        error
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// The deadline passed while a middleware held the call.
    pub(crate) fn late_in_middleware(executed: Executed) -> Self {
        let what = "the deadline passed while a middleware of this program held the call";
        Self::new(Kind::Timeout, what, executed)
    }

    /// A middleware ended the call.
    pub(crate) fn ended(why: BoxError, executed: Executed) -> Self {
        let what = format!(
            "a middleware of this program ended the call: {}",
            one_line(&why.to_string())
        );
        Self::new(Kind::Middleware, what, executed).because(why)
    }

    /// The same error with another kind and other words.
    pub(crate) fn rather(mut self, kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        self.0.kind = kind;
        self.0.what = what.into();
        self
    }

    /// The same error for another caller who waited for the same thing.
    pub(crate) fn again(&self) -> Self {
        Self(self.0.clone())
    }

    /// There is no permit to send the request; `last` is why the attempt before this one failed.
    pub(crate) fn no_turn(no_turn: NoTurn, last: Option<Self>) -> Self {
        match (no_turn, last) {
            // The portal has said so itself.
            (NoTurn::Held(_), Some(last)) if last.is_refusal_by_limit() => last,
            (held @ NoTurn::Held(_), last) => {
                let held = Self::new(Kind::Timeout, held.to_string(), Executed::No);
                match last {
                    Some(last) => held.because(last),
                    None => held,
                }
            }
            (NoTurn::Unavailable(away), last) => {
                let what = match last {
                    Some(last) => {
                        format!("the portal's limits can't be kept for another attempt; the last one: {last}")
                            .into()
                    }
                    None => Cow::Borrowed("the portal's limits can't be kept"),
                };
                Self::new(Kind::Budget, what, Executed::No).because(away)
            }
        }
    }

    /// The portal answered with an error. Of a code that is not the system's it takes the method's documentation to know
    /// whose it is: see [`knowing`](Self::knowing).
    pub(crate) fn api(status: StatusCode, answer: Refused) -> Self {
        let executed = match SystemError::from_code(&answer.code, Some(status.as_u16())) {
            Some(system) => match system.ran() {
                Ran::No => Executed::No,
                Ran::Unknown => Executed::Unknown,
            },
            None => Executed::Unknown,
        };
        let mut error = Self::new(Kind::Api, "", executed);
        error.0.status = Some(status);
        error.0.answer = Some(answer);
        error
    }

    /// The same, where it is known which codes the method's documentation lists: with one of these it is the method that
    /// refuses, so it ran. A server that has broken down may say anything.
    pub(crate) fn knowing(mut self, lists: Lists) -> Self {
        let may_be_its_own = self.kind() == Kind::Api
            && self.system().is_none()
            && !self.has_status(StatusCode::is_server_error);
        if may_be_its_own && self.code().is_some_and(|code| lists(code, self.status())) {
            self.0.executed = Executed::Yes;
        }
        self
    }

    /// The portal refused a command of a batch, for a method with these codes. It tells no status of its own.
    pub(crate) fn command(answer: Refused, lists: Lists) -> Self {
        let mut error = Self::api(StatusCode::OK, answer).knowing(lists);
        error.0.status = None;
        error
    }

    /// A command of a batch that stopped before it.
    pub(crate) fn not_run() -> Self {
        Self::new(
            Kind::NotRun,
            "not run, because a command before it failed and the batch stops there",
            Executed::No,
        )
    }

    /// A command that the answer to its batch does not mention.
    pub(crate) fn unmentioned() -> Self {
        Self::new(
            Kind::Unreadable,
            "the answer to the batch says nothing of this command",
            Executed::Unknown,
        )
    }

    /// The result of a command can't be read.
    pub(crate) fn unreadable_result(source: ReadError) -> Self {
        let mut error = Self::unreadable(StatusCode::OK, source);
        error.0.status = None;
        error
    }

    /// The pages of a list don't fit together.
    pub(crate) fn list(flaw: impl error::Error + Send + Sync + 'static) -> Self {
        Self::new(Kind::List, flaw.to_string(), Executed::Yes).because(flaw)
    }

    /// The same error where it is not known of which command it is.
    pub(crate) fn of_some_command(mut self) -> Self {
        if self.0.executed == Executed::Yes {
            self.0.executed = Executed::Unknown;
        }
        self
    }

    /// The answer can't be read as one of the API.
    pub(crate) fn unreadable(status: StatusCode, source: ReadError) -> Self {
        let has_result = matches!(&source, ReadError::Unfit { path, .. } if path.starts_with("result"));
        let error = if has_result && status.is_success() {
            Self::new(
                Kind::Decode,
                "the method succeeded, but its result is not as documented",
                Executed::Yes,
            )
        } else {
            Self::new(
                Kind::Unreadable,
                "the answer is not one of the API",
                Executed::Unknown,
            )
        };
        let mut error = error.because(source);
        error.0.status = Some(status);
        error
    }

    /// A body that says success under a status that says failure.
    pub(crate) fn contradiction(status: StatusCode) -> Self {
        let mut error = Self::new(
            Kind::Unreadable,
            "the answer has a result and a status that says failure",
            Executed::Unknown,
        );
        error.0.status = Some(status);
        error
    }

    /// Says of how many attempts this is the end, and that one of them may have run.
    pub(crate) fn after(mut self, attempts: u32, may_have_run: bool) -> Self {
        self.0.attempts = attempts;
        self.at_least(if may_have_run {
            Executed::Unknown
        } else {
            Executed::No
        })
    }

    /// Says that the method has come at least so far.
    pub(crate) fn at_least(mut self, executed: Executed) -> Self {
        if executed == Executed::Yes || self.0.executed == Executed::No {
            self.0.executed = executed;
        }
        self
    }

    /// Says which call it was.
    pub(crate) fn of(mut self, method: Cow<'static, str>, effect: Effect) -> Self {
        self.0.method = Some(method);
        self.0.effect = Some(effect);
        self
    }

    /// Blots out every secret that found its way into the texts of this error.
    pub(crate) fn without(mut self, secrets: &Secrets) -> Self {
        let inner = &mut *self.0;
        if let Some(answer) = &mut inner.answer {
            let fields = answer
                .validation
                .iter_mut()
                .flat_map(|wrong| [&mut wrong.field, &mut wrong.message]);
            let texts = [&mut answer.code, &mut answer.description]
                .into_iter()
                .chain(fields);
            for text in texts.filter(|text: &&mut String| secrets.are_quoted_in(text)) {
                *text = secrets.blot(text);
            }
        }
        if secrets.are_quoted_in(&inner.what) {
            inner.what = secrets.blot(&inner.what).into();
        }
        inner.source = inner.source.take().map(|source| Blotted::source(source, secrets));
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The method that was called.
    pub fn method(&self) -> Option<&str> {
        self.0.method.as_deref()
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// The error code of the answer, as sent; `None` if the portal gave none, or an empty one.
    pub fn code(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .map(|answer| answer.code.as_str())
            .filter(|code| !code.is_empty())
    }

    /// The portal's own words. They may be localised: decide by [`code`](Self::code) and [`status`](Self::status).
    pub fn description(&self) -> Option<&str> {
        self.0
            .answer
            .as_ref()
            .map(|answer| answer.description.as_str())
            .filter(|text| !text.is_empty())
    }

    /// The fields that the portal found fault with (REST 3.0).
    pub fn validation(&self) -> &[Validation] {
        self.0
            .answer
            .as_ref()
            .map(|answer| answer.validation.as_slice())
            .unwrap_or_default()
    }

    /// Whether the method ran.
    pub fn executed(&self) -> Executed {
        self.0.executed
    }

    /// How many times the request was sent, or tried to be; 0 if it never came to that.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The error code as one of those that the documentation lists for method `M`; `None` if it lists no such code, if
    /// the code means something about the portal under this status, or if the call was one of another method.
    pub fn documented<M: Method>(&self) -> Option<M::Error> {
        let name = self.method()?;
        let name = name.strip_suffix(".json").unwrap_or(name);
        let same = self.kind() == Kind::Api && name.eq_ignore_ascii_case(M::NAME);
        let code = self.code().filter(|_| same)?;
        M::Error::from_code(code, self.status())
    }

    /// The error code as one of those that any method can answer with.
    pub fn system(&self) -> Option<SystemError> {
        self.code()
            .filter(|_| self.kind() == Kind::Api)
            .and_then(|code| SystemError::from_code(code, self.status()))
    }

    /// Whether making the call again later can help and can do no harm: the cause is one that passes, and either the
    /// method never ran or running twice is as good as once.
    pub fn is_retryable(&self) -> bool {
        let harmless = match self.executed() {
            Executed::No => true,
            Executed::Yes => false,
            Executed::Unknown => matches!(self.0.effect, Some(Effect::Read | Effect::Repeat)),
        };
        harmless && self.passes()
    }

    /// Whether the cause is one that passes.
    fn passes(&self) -> bool {
        match self.kind() {
            Kind::Budget | Kind::Connect | Kind::Lost | Kind::Timeout | Kind::Store => true,
            // With 4xx it is the page of a web server that knows no such place, or wants a smaller request.
            Kind::Unreadable => !self.has_status(StatusCode::is_client_error) || self.has_status(means_later),
            Kind::Authorization => {
                let broken = self.has_status(StatusCode::is_success) && self.code().is_none();
                broken || self.has_status(StatusCode::is_server_error)
            }
            Kind::Api => match self.system().map(SystemError::retry) {
                Some(retry) => retry != Retry::Never,
                None if self.code().is_none() && self.has_status(means_later) => true,
                None => self.has_status(StatusCode::is_server_error),
            },
            Kind::Config
            | Kind::Runtime
            | Kind::Redirect
            | Kind::Decode
            | Kind::Middleware
            | Kind::NotRun
            | Kind::List => false,
            Kind::NoTokens
            | Kind::InvalidGrant
            | Kind::InvalidClient
            | Kind::InvalidScope
            | Kind::PaymentRequired
            | Kind::LostRotation => false,
        }
    }

    fn has_status(&self, class: impl Fn(&StatusCode) -> bool) -> bool {
        self.0.status.as_ref().is_some_and(class)
    }

    /// For the retry stage: whether the cause may have passed within the time of a call.
    pub(crate) fn may_pass(&self) -> bool {
        let others_were_patient =
            matches!(self.kind(), Kind::Budget | Kind::Store) || self.is_expired_token();
        self.passes() && !others_were_patient
    }

    /// For the retry stage: the limits know of it, and when there will be room again.
    pub(crate) fn is_refusal_by_limit(&self) -> bool {
        matches!(
            self.system(),
            Some(SystemError::QueryLimitExceeded | SystemError::OperationTimeLimit)
        )
    }

    /// For the retry stage: whether the method may still be running. An answer of its own, or the beginning of one, says
    /// that it has ended; a proxy's page doesn't.
    pub(crate) fn may_be_running(&self) -> bool {
        match self.kind() {
            Kind::Lost | Kind::Timeout => true,
            Kind::Unreadable => !self.has_status(StatusCode::is_success),
            _ => false,
        }
    }

    /// For the auth stage: a new token is needed.
    pub(crate) fn is_expired_token(&self) -> bool {
        self.system().map(SystemError::retry) == Some(Retry::Refresh)
    }

    /// For the auth stage: the request got past all that a portal checks before a method runs.
    pub(crate) fn came_from_the_method(&self) -> bool {
        match self.kind() {
            Kind::Api => self.system().is_none() && self.has_status(StatusCode::is_client_error),
            kind => kind == Kind::Decode,
        }
    }
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Http(failure) => failure.into(),
            SendError::Timeout => Self::new(
                Kind::Timeout,
                "the portal did not answer in time",
                Executed::Unknown,
            ),
            SendError::Redirect(refusal) => refusal.into(),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let (kind, executed) = match failure.kind {
            FailureKind::Connect => (Kind::Connect, Executed::No),
            FailureKind::Timeout => (Kind::Timeout, Executed::Unknown),
            FailureKind::Lost => (Kind::Lost, Executed::Unknown),
        };
        Self::new(kind, failure.to_string(), executed).because(failure.source)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        // A portal that redirects has not looked at the request.
        Self::new(Kind::Redirect, refusal.to_string(), Executed::No)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.method() {
            write!(f, "{method}: ")?;
        }
        f.write_str(&self.0.what)?;
        if let Some(answer) = &self.0.answer {
            let between = if self.0.what.is_empty() { "" } else { ": " };
            let code = match answer.code.as_str() {
                "" => Cow::Borrowed("error without a code"),
                code => one_line(code).into(),
            };
            write!(f, "{between}{code}")?;
        }
        if let Some(status) = self.status() {
            write!(f, " (status {status})")?;
        }
        if let Some(description) = self.description() {
            write!(f, ": {}", one_line(description))?;
        }
        for wrong in self.validation() {
            write!(f, "; {}: {}", one_line(&wrong.field), one_line(&wrong.message))?;
        }
        Ok(())
    }
}

/// Whether a client's error is one that passes: what stands before a portal says so when there is too much to do.
fn means_later(status: &StatusCode) -> bool {
    matches!(
        *status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    )
}

/// Foreign text, fit for one line of a log.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = f.debug_struct("Error");
        parts
            .field("kind", &self.0.kind)
            .field("executed", &self.0.executed);
        if let Some(method) = self.method() {
            parts.field("method", &method);
        }
        if let Some(status) = self.status() {
            parts.field("status", &status);
        }
        if !self.0.what.is_empty() {
            parts.field("what", &self.0.what);
        }
        if let Some(answer) = &self.0.answer {
            parts
                .field("code", &answer.code)
                .field("description", &answer.description);
            if !answer.validation.is_empty() {
                parts.field("validation", &answer.validation);
            }
        }
        if self.0.attempts > 1 {
            parts.field("attempts", &self.0.attempts);
        }
        if let Some(source) = &self.0.source {
            parts.field("source", source);
        }
        parts.finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A cause that quoted a secret: its words without it.
#[derive(Debug)]
struct Blotted {
    text: String,
    source: Option<Box<Blotted>>,
}

impl Blotted {
    /// The cause itself if it is clean all the way down, which it is for the HTTP layer of this crate.
    fn source(
        cause: Arc<dyn error::Error + Send + Sync>,
        secrets: &Secrets,
    ) -> Arc<dyn error::Error + Send + Sync> {
        let chain = || {
            std::iter::successors(Some(&*cause as &(dyn error::Error + 'static)), |cause| {
                cause.source()
            })
        };
        let quotes = |cause: &(dyn error::Error + 'static)| {
            secrets.are_quoted_in(&cause.to_string()) || secrets.are_quoted_in(&format!("{cause:?}"))
        };
        if !chain().any(quotes) {
            return cause;
        }
        let mut texts: Vec<String> = chain().map(|cause| secrets.blot(&cause.to_string())).collect();
        let innermost = Self {
            text: texts.pop().unwrap_or_default(),
            source: None,
        };
        Arc::new(texts.into_iter().rev().fold(innermost, |source, text| Self {
            text,
            source: Some(Box::new(source)),
        }))
    }
}

impl fmt::Display for Blotted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl error::Error for Blotted {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
