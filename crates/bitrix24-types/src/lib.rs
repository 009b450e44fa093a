//! The Bitrix24 REST API as typed values: requests, results and error codes. No I/O.
