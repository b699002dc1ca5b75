//! The folder of the package that the macro expands in.

use std::path::PathBuf;

/// Returns the folder of the package, or `None` if cargo does not run the compiler.
#[cfg(not(test))]
pub(super) fn find_package_folder() -> Option<PathBuf> {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)
}

#[cfg(test)]
thread_local! {
    /// The folder that the tests of this thread use as the package. The sealed files of the unit
    /// tests are in `tests`.
    pub(crate) static TEST_FOLDER: std::cell::RefCell<PathBuf> =
        std::cell::RefCell::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests").into());
}

#[cfg(test)]
pub(super) fn find_package_folder() -> Option<PathBuf> {
    Some(TEST_FOLDER.with_borrow(Clone::clone))
}
