//! Examples live beside this file; run one with `cargo run --example NAME`.

// The code in the README is compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
