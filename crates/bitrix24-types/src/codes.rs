//! The error codes that the documentation lists for a method. The `codes!` macro makes the enums.

use std::borrow::Cow;
use std::fmt::Debug;
use std::mem::discriminant;

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
pub trait Codes: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Everything listed: its statuses, the code, in which `*` stands for a part that varies, and the variant, in which that
    /// part is empty.
    const LISTED: &'static [(&'static [u16], &'static str, Self)];

    /// The text that a variant holds for the `*` in its code.
    #[doc(hidden)]
    fn text_mut(&mut self) -> Option<&mut String> {
        None
    }

    /// The variant for a code that arrived with an HTTP status, or without one of its own, as in a batch. `None` for
    /// codes that are not listed, and for the system's where the method has one of the same name.
    fn from_code(code: &str, status: Option<u16>) -> Option<Self> {
        let (_, listed, variant) = find(Self::LISTED, code, status)?;
        let mut variant = variant.clone();
        if let (Some(held), Some(text)) = (variant.text_mut(), varying(listed, code)) {
            text.clone_into(held);
        }
        Some(variant)
    }

    /// The code as it arrived.
    fn code(&self) -> Cow<'static, str> {
        let same = |variant: &Self| discriminant(variant) == discriminant(self);
        // A variant that is not in the list cannot be made by the macro; there would be no code to name.
        let Some((_, code, _)) = Self::LISTED.iter().find(|(_, _, variant)| same(variant)) else {
            return Cow::Borrowed("");
        };
        match self.clone().text_mut() {
            Some(text) => Cow::Owned(code.replacen('*', text, 1)),
            None => Cow::Borrowed(code),
        }
    }
}

/// For methods whose documentation lists no codes: there is no value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCodes {}

impl Codes for NoCodes {
    const LISTED: &'static [(&'static [u16], &'static str, Self)] = &[];
}

/// Statuses, code and variant.
type Row<E> = (&'static [u16], &'static str, E);

/// The listed code that an arrived one is.
fn find<'a, E>(listed: &'a [Row<E>], code: &str, status: Option<u16>) -> Option<&'a Row<E>> {
    let named = || {
        listed
            .iter()
            .filter(|(_, listed, _)| varying(listed, code).is_some())
    };
    let exact = || named().filter(|(statuses, ..)| status.is_some_and(|status| statuses.contains(&status)));
    // `CONTROLLER_ERROR_*` can be listed beside `CONTROLLER_ERROR_BADLICENSE`: the longer one says more.
    let length = |(_, listed, _): &&Row<E>| listed.len();
    exact().max_by_key(length).or_else(|| {
        let says_nothing = matches!(status, None | Some(200..=299));
        let own = says_nothing || !SystemError::is_code(code);
        if own { named().max_by_key(length) } else { None }
    })
}

/// The part of the code that the `*` of a listed code stands for; empty if it has none.
fn varying<'a>(listed: &str, code: &'a str) -> Option<&'a str> {
    match listed.split_once('*') {
        Some((start, end)) => code.strip_prefix(start)?.strip_suffix(end),
        None => (listed == code).then_some(""),
    }
}
