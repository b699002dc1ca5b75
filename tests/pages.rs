//! The Rust blocks of the README and of the guide as doctests. The dependencies of this package
//! include the crates that a reader of these pages adds to a program.

#[cfg(doctest)]
#[allow(non_camel_case_types, reason = "the names of pages")]
mod pages {
    include!(concat!(env!("OUT_DIR"), "/pages.rs"));
}
