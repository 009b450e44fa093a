//! A blocking client for the Bitrix24 REST API.
