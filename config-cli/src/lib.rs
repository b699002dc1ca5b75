//! The part of `cargo stage` that reads the manifest out of a built artifact.
//!
//! It is a library so that the fuzz targets call the same code as the command. It is not a stable
//! API: any release may change it. The commands and their output are the interface of this package.

pub mod artifact;
