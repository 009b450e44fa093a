//! Why a walk ended before the list did.

use std::{error, fmt};

use super::checkpoint::Checkpoint;
use crate::error::Error;

/// A walk that ended before the list did: why, and where to go on.
pub struct Interrupted(Box<(Error, Option<Checkpoint>)>);

impl Interrupted {
    /// For the blocking facade.
    #[doc(hidden)]
    pub fn new(error: Error, checkpoint: Option<Checkpoint>) -> Self {
        Self(Box::new((error, checkpoint)))
    }

    /// Why.
    pub fn error(&self) -> &Error {
        &self.0.0
    }

    /// Where to go on: every row before it was handed out. `None` if the walk could not begin.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.0.1.as_ref()
    }

    /// Both, to be taken apart.
    pub fn into_parts(self) -> (Error, Option<Checkpoint>) {
        *self.0
    }
}

impl From<Interrupted> for Error {
    fn from(interrupted: Interrupted) -> Self {
        interrupted.0.0
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (error, checkpoint) = &*self.0;
        match checkpoint {
            Some(checkpoint) => write!(f, "the list ended after {} rows: {error}", checkpoint.rows()),
            None => fmt::Display::fmt(error, f),
        }
    }
}

impl fmt::Debug for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupted")
            .field("error", self.error())
            .field("checkpoint", &self.checkpoint())
            .finish()
    }
}

impl error::Error for Interrupted {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(self.error())
    }
}
