// For the generator's owner: this file was written by hand and shows exactly what to print from `spec/protocol.toml`, one
// arm an entry, in the order of that file. The types it fills (`Ran`, `Retry`, `Limits`) are in `src/system.rs`. `generated/mod.rs`
// lists the modules; `lib.rs` re-exports it whole, so that `bitrix24_types::landing` exists without an edit by hand. The list of
// methods goes to `generated/registry.rs` (see `src/registry.rs`), because `catalog` is the name of one of the vendor's scopes.
//! Errors that any method may answer with, and limits.

use crate::system::{Limits, Ran, RequestLimit, Retry};

/// An error of the system, not of a method: any call may be answered with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SystemError {
    /// `INTERNAL_SERVER_ERROR`: something failed inside the server.
    InternalServerError,
    /// `ERROR_UNEXPECTED_ANSWER`: a part of the server answered another one in a way it did not understand.
    ErrorUnexpectedAnswer,
    /// `QUERY_LIMIT_EXCEEDED`: too many requests in a short time.
    QueryLimitExceeded,
    /// `OPERATION_TIME_LIMIT`: the method has run for too long in the last ten minutes.
    OperationTimeLimit,
    /// `ERROR_BATCH_METHOD_NOT_ALLOWED`: the method cannot be called in a batch.
    ErrorBatchMethodNotAllowed,
    /// `ERROR_BATCH_LENGTH_EXCEEDED`: the batch is too long.
    ErrorBatchLengthExceeded,
    /// `NO_AUTH_FOUND`: the access token or the webhook's code is wrong.
    NoAuthFound,
    /// `INVALID_REQUEST`: the call did not use HTTPS.
    InvalidRequest,
    /// `OVERLOAD_LIMIT`: the vendor has blocked the portal's API by hand.
    OverloadLimit,
    /// `ACCESS_DENIED`: the portal's plan has no REST API.
    AccessDenied,
    /// `INVALID_CREDENTIALS`: the user behind the token or webhook lacks a permission.
    InvalidCredentials,
    /// `ERROR_MANIFEST_IS_NOT_AVAILABLE`: there is no such manifest.
    ErrorManifestIsNotAvailable,
    /// `insufficient_scope`: the token or webhook lacks the scope of the method.
    InsufficientScope,
    /// `expired_token`: the access token has expired.
    ExpiredToken,
    /// `user_access_error`: the user has no access to the application.
    UserAccessError,
    /// `PORTAL_DELETED`: the portal is closed.
    PortalDeleted,
}

impl SystemError {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::InternalServerError,
        Self::ErrorUnexpectedAnswer,
        Self::QueryLimitExceeded,
        Self::OperationTimeLimit,
        Self::ErrorBatchMethodNotAllowed,
        Self::ErrorBatchLengthExceeded,
        Self::NoAuthFound,
        Self::InvalidRequest,
        Self::OverloadLimit,
        Self::AccessDenied,
        Self::InvalidCredentials,
        Self::ErrorManifestIsNotAvailable,
        Self::InsufficientScope,
        Self::ExpiredToken,
        Self::UserAccessError,
        Self::PortalDeleted,
    ];

    /// The code as it is sent.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
            Self::ErrorUnexpectedAnswer => "ERROR_UNEXPECTED_ANSWER",
            Self::QueryLimitExceeded => "QUERY_LIMIT_EXCEEDED",
            Self::OperationTimeLimit => "OPERATION_TIME_LIMIT",
            Self::ErrorBatchMethodNotAllowed => "ERROR_BATCH_METHOD_NOT_ALLOWED",
            Self::ErrorBatchLengthExceeded => "ERROR_BATCH_LENGTH_EXCEEDED",
            Self::NoAuthFound => "NO_AUTH_FOUND",
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::OverloadLimit => "OVERLOAD_LIMIT",
            Self::AccessDenied => "ACCESS_DENIED",
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::ErrorManifestIsNotAvailable => "ERROR_MANIFEST_IS_NOT_AVAILABLE",
            Self::InsufficientScope => "insufficient_scope",
            Self::ExpiredToken => "expired_token",
            Self::UserAccessError => "user_access_error",
            Self::PortalDeleted => "PORTAL_DELETED",
        }
    }

    /// The HTTP status it is documented with.
    pub const fn status(self) -> u16 {
        match self {
            Self::InternalServerError => 500,
            Self::ErrorUnexpectedAnswer => 500,
            Self::QueryLimitExceeded => 503,
            Self::OperationTimeLimit => 429,
            Self::ErrorBatchMethodNotAllowed => 405,
            Self::ErrorBatchLengthExceeded => 400,
            Self::NoAuthFound => 401,
            Self::InvalidRequest => 400,
            Self::OverloadLimit => 503,
            Self::AccessDenied => 403,
            Self::InvalidCredentials => 403,
            Self::ErrorManifestIsNotAvailable => 404,
            Self::InsufficientScope => 403,
            Self::ExpiredToken => 401,
            Self::UserAccessError => 403,
            Self::PortalDeleted => 500,
        }
    }

    /// Whether the method ran nevertheless.
    pub const fn ran(self) -> Ran {
        match self {
            Self::InternalServerError => Ran::Unknown,
            Self::ErrorUnexpectedAnswer => Ran::Unknown,
            Self::QueryLimitExceeded => Ran::No,
            Self::OperationTimeLimit => Ran::No,
            Self::ErrorBatchMethodNotAllowed => Ran::No,
            Self::ErrorBatchLengthExceeded => Ran::No,
            Self::NoAuthFound => Ran::No,
            Self::InvalidRequest => Ran::No,
            Self::OverloadLimit => Ran::No,
            Self::AccessDenied => Ran::No,
            Self::InvalidCredentials => Ran::No,
            Self::ErrorManifestIsNotAvailable => Ran::No,
            Self::InsufficientScope => Ran::No,
            Self::ExpiredToken => Ran::No,
            Self::UserAccessError => Ran::No,
            Self::PortalDeleted => Ran::No,
        }
    }

    /// What can be done.
    pub const fn retry(self) -> Retry {
        match self {
            Self::InternalServerError => Retry::Effect,
            Self::ErrorUnexpectedAnswer => Retry::Effect,
            Self::QueryLimitExceeded => Retry::Wait,
            Self::OperationTimeLimit => Retry::Hold,
            Self::ErrorBatchMethodNotAllowed => Retry::Never,
            Self::ErrorBatchLengthExceeded => Retry::Never,
            Self::NoAuthFound => Retry::Never,
            Self::InvalidRequest => Retry::Never,
            Self::OverloadLimit => Retry::Never,
            Self::AccessDenied => Retry::Never,
            Self::InvalidCredentials => Retry::Never,
            Self::ErrorManifestIsNotAvailable => Retry::Never,
            Self::InsufficientScope => Retry::Never,
            Self::ExpiredToken => Retry::Refresh,
            Self::UserAccessError => Retry::Never,
            Self::PortalDeleted => Retry::Never,
        }
    }
}

/// The limits of the cloud service.
pub const LIMITS: Limits = Limits {
    standard: RequestLimit {
        threshold: 50,
        drain: 2,
    },
    enterprise: RequestLimit {
        threshold: 250,
        drain: 5,
    },
    operating_seconds: 480,
    request_seconds: 60,
    page: 50,
    batch: 50,
};
