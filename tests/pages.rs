//! The Rust blocks of the README and of the guide as doctests, with the crates that a reader adds.

#[cfg(doctest)]
#[allow(non_camel_case_types, reason = "the names of pages")]
mod pages {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}
