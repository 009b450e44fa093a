//! Stage 5: what an answer means. The body is read first, the status second: an error can come with 200, and a proxy's
//! page with any status.

use bitrix24_types::{Answer, Decode, Failure, ReadError, Response};

use crate::{error::Error, http::Reply};

/// Reads a body into the result's type and keeps it; gives back the failure, if it is one.
///
/// This is the one part of a call that differs by method; behind a reference, the flow itself is compiled only once.
pub(crate) type Reader<'a> = dyn FnMut(&[u8]) -> Result<Option<Failure>, ReadError> + Send + 'a;

/// A reader that puts what it reads into `into`.
pub(crate) fn reader<T: Decode + Send>(
    into: &mut Option<Response<T>>,
) -> impl FnMut(&[u8]) -> Result<Option<Failure>, ReadError> + Send {
    |body| match bitrix24_types::read(body)? {
        Answer::Success(response) => {
            *into = Some(response);
            Ok(None)
        }
        Answer::Failure(failure) => Ok(Some(failure)),
    }
}

pub(crate) fn read(reply: &Reply, reader: &mut Reader<'_>) -> Result<(), Error> {
    match reader(&reply.body) {
        Ok(Some(failure)) => Err(Error::api(reply.status, failure)),
        Ok(None) if reply.status.is_success() => Ok(()),
        Ok(None) => Err(Error::contradiction(reply.status)),
        Err(error) => Err(Error::unreadable(reply.status, error)),
    }
}
