//! An async client for the Bitrix24 REST API.
