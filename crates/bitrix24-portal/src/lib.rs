//! A simulated Bitrix24 portal to build and test against.
