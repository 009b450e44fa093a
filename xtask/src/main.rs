//! The commands for maintainers, nothing else.

fn main() {}
