//! Written by `cargo xtask codegen`.

#[cfg(feature = "registry")]
pub(crate) mod registry;
pub(crate) mod system;
