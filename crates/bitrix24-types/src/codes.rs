//! The error codes that the documentation lists for a method. The `codes!` macro makes the enums.

use std::borrow::Cow;
use std::fmt::{Debug, Display};

use crate::SystemError;

/// The error codes of one method, as an enum.
///
/// The same code can mean two things: `ACCESS_DENIED` with status 400 is the method's own, with 403 it says that the
/// portal's plan has no REST API. The status decides:
///
/// ```
/// # #[cfg(feature = "landing")] {
/// use bitrix24_types::{Codes, landing::site::PublicationError};
///
/// let own = PublicationError::from_code("ACCESS_DENIED", Some(400));
/// assert_eq!(own, Some(PublicationError::AccessDenied));
/// assert_eq!(PublicationError::from_code("ACCESS_DENIED", Some(403)), None);
/// assert_eq!(PublicationError::from_code("SOMETHING_NEW", Some(400)), None);
/// # }
/// ```
pub trait Codes: Clone + Debug + Display + PartialEq + Send + Sync + 'static {
    /// Status and code of everything listed; `*` stands for a part that varies.
    const LISTED: &'static [(u16, &'static str)];

    /// The variant for a code that arrived with an HTTP status, or without one of its own, as in a batch. `None` for
    /// codes that are not listed, and for the system's where the method has one of the same name.
    fn from_code(code: &str, status: Option<u16>) -> Option<Self>;

    /// The code as it arrived.
    fn code(&self) -> Cow<'static, str>;
}

/// For methods whose documentation lists no codes: there is no value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCodes {}

impl Codes for NoCodes {
    const LISTED: &'static [(u16, &'static str)] = &[];

    fn from_code(_: &str, _: Option<u16>) -> Option<Self> {
        None
    }

    fn code(&self) -> Cow<'static, str> {
        match *self {}
    }
}

impl Display for NoCodes {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

/// Which of the listed codes it is, and the text that stands for its `*`.
pub fn find<'a>(
    listed: &[(u16, &'static str)],
    code: &'a str,
    status: Option<u16>,
) -> Option<((u16, &'static str), &'a str)> {
    let named = || {
        listed
            .iter()
            .filter_map(|entry| Some((*entry, varying(entry.1, code)?)))
    };
    let exact = || named().filter(|((listed, _), _)| Some(*listed) == status);
    // `CONTROLLER_ERROR_*` can be listed beside `CONTROLLER_ERROR_BADLICENSE`: the more exact one wins.
    let best = |found: &((u16, &str), &str)| found.1.len();
    exact().min_by_key(best).or_else(|| {
        let says_nothing = matches!(status, None | Some(200..=299));
        let own = says_nothing || !SystemError::is_code(code);
        if own { named().min_by_key(best) } else { None }
    })
}

/// The part of the code that the `*` of a listed code stands for; empty if it has none.
fn varying<'a>(listed: &str, code: &'a str) -> Option<&'a str> {
    match listed.split_once('*') {
        Some((start, end)) => code.strip_prefix(start)?.strip_suffix(end),
        None => (listed == code).then_some(""),
    }
}

/// A listed code with a text in place of its `*`.
pub fn fill(listed: &str, text: &str) -> Cow<'static, str> {
    Cow::Owned(listed.replacen('*', text, 1))
}
