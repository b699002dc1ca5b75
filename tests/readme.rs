//! The Rust blocks of the README as doctests, with the crates that a reader adds.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
