//! Stage 5: what an answer means. The body is read first, the status second: an error can come with 200, and a proxy's
//! page with any status.

use bitrix24_types::{Answer, Codes, Decode, Failure, ReadError, Response};
use bytes::Bytes;

use crate::{
    budget::Told,
    error::{Error, Lists},
    http::Reply,
};

/// What the flow has to know of an answer.
pub(crate) enum Heard {
    /// What it says about the methods of the claim.
    Success(Vec<Told>),
    /// And which codes the method's documentation lists.
    Failure(Failure, Lists),
}

/// Reads a body into the result's type and keeps it; gives back what the flow has to know.
///
/// This is the one part of a call that differs by method; behind a reference, the flow itself is compiled only once.
pub(crate) type Reader<'a> = dyn FnMut(&Bytes) -> Result<Heard, ReadError> + Send + 'a;

/// A reader that puts what it reads into `into`, for a method with these codes.
pub(crate) fn reader<T: Decode + Send, C: Codes>(
    into: &mut Option<Response<T>>,
) -> impl FnMut(&Bytes) -> Result<Heard, ReadError> + Send {
    |body| match bitrix24_types::read(body)? {
        Answer::Success(response) => {
            let told = vec![Told::new(0, &response.time)];
            *into = Some(response);
            Ok(Heard::Success(told))
        }
        Answer::Failure(failure) => Ok(Heard::Failure(failure, lists::<C>)),
    }
}

pub(crate) fn lists<C: Codes>(code: &str, status: Option<u16>) -> bool {
    C::from_code(code, status).is_some()
}

pub(crate) fn read(reply: &Reply, reader: &mut Reader<'_>) -> Result<Vec<Told>, Error> {
    match reader(&reply.body) {
        Ok(Heard::Failure(failure, lists)) => Err(Error::api(reply.status, failure).knowing(lists)),
        Ok(Heard::Success(told)) if reply.status.is_success() => Ok(told),
        Ok(Heard::Success(_)) => Err(Error::contradiction(reply.status)),
        Err(error) => Err(Error::unreadable(reply.status, error)),
    }
}
