//! The refusals that any call can meet, whatever its method.

use crate::answer::Refusal;

/// Status, code and sentence of a system error.
#[derive(Clone, Copy)]
pub(crate) struct System(u16, &'static str, &'static str);

pub(crate) const INTERNAL_SERVER_ERROR: System = System(500, "INTERNAL_SERVER_ERROR", "The server failed");
pub(crate) const UNEXPECTED_ANSWER: System = System(
    500,
    "ERROR_UNEXPECTED_ANSWER",
    "The server got an answer that it did not expect",
);
pub(crate) const QUERY_LIMIT_EXCEEDED: System =
    System(503, "QUERY_LIMIT_EXCEEDED", "More requests than the portal takes");
pub(crate) const OPERATION_TIME_LIMIT: System = System(
    429,
    "OPERATION_TIME_LIMIT",
    "The method has worked for too long lately",
);
pub(crate) const BATCH_METHOD_NOT_ALLOWED: System = System(
    405,
    "ERROR_BATCH_METHOD_NOT_ALLOWED",
    "This method cannot be part of a batch",
);
pub(crate) const BATCH_LENGTH_EXCEEDED: System =
    System(400, "ERROR_BATCH_LENGTH_EXCEEDED", "The batch is too long");
pub(crate) const NO_AUTH_FOUND: System = System(401, "NO_AUTH_FOUND", "Wrong webhook code or access token");
pub(crate) const INVALID_REQUEST: System = System(400, "INVALID_REQUEST", "Calls need https");
pub(crate) const OVERLOAD_LIMIT: System = System(
    503,
    "OVERLOAD_LIMIT",
    "The REST API is blocked because of overload",
);
pub(crate) const ACCESS_DENIED: System = System(403, "ACCESS_DENIED", "The REST API needs a commercial plan");
pub(crate) const INVALID_CREDENTIALS: System = System(
    403,
    "INVALID_CREDENTIALS",
    "The user behind the call may not make it",
);
pub(crate) const MANIFEST_IS_NOT_AVAILABLE: System = System(
    404,
    "ERROR_MANIFEST_IS_NOT_AVAILABLE",
    "The manifest is not there",
);
pub(crate) const METHOD_NOT_FOUND: System = System(404, "ERROR_METHOD_NOT_FOUND", "There is no such method");
pub(crate) const INSUFFICIENT_SCOPE: System = System(
    403,
    "insufficient_scope",
    "The webhook or token was not given the permission for this method",
);
pub(crate) const EXPIRED_TOKEN: System = System(401, "expired_token", "The token has run out");
pub(crate) const USER_ACCESS_ERROR: System = System(
    403,
    "user_access_error",
    "The administrator keeps the user from the application",
);
pub(crate) const PORTAL_DELETED: System = System(500, "PORTAL_DELETED", "The portal is closed");

impl From<System> for Refusal {
    fn from(System(status, code, text): System) -> Self {
        Self::new(status, code, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn these_are_the_system_errors_of_the_spec() {
        let ours: BTreeSet<(u64, &str)> = [
            INTERNAL_SERVER_ERROR,
            UNEXPECTED_ANSWER,
            QUERY_LIMIT_EXCEEDED,
            OPERATION_TIME_LIMIT,
            BATCH_METHOD_NOT_ALLOWED,
            BATCH_LENGTH_EXCEEDED,
            NO_AUTH_FOUND,
            INVALID_REQUEST,
            OVERLOAD_LIMIT,
            ACCESS_DENIED,
            INVALID_CREDENTIALS,
            MANIFEST_IS_NOT_AVAILABLE,
            METHOD_NOT_FOUND,
            INSUFFICIENT_SCOPE,
            EXPIRED_TOKEN,
            USER_ACCESS_ERROR,
            PORTAL_DELETED,
        ]
        .map(|System(status, code, _)| (status.into(), code))
        .into();
        let protocol: serde_json::Value = serde_json::from_str(crate::generated::PROTOCOL).unwrap();
        let said = protocol["system_error"].as_array().unwrap();
        let said = said
            .iter()
            .map(|e| (e["status"].as_u64().unwrap(), e["code"].as_str().unwrap()));
        assert_eq!(ours, said.collect());
    }
}
