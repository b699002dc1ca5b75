//! Identifies the struct that is expanded.

use std::env;
use std::path::Path;

use proc_macro::Span;

/// The environment variables that together identify the crate. One of them is not enough, because a
/// library and a binary may share a package, a name and even a file.
const CRATE_VARIABLES: [&str; 4] = [
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION",
    "CARGO_CRATE_NAME",
    "CARGO_BIN_NAME",
];

/// Returns the crate and the position of the derive in the source of the crate. The result is the
/// same on every machine, so that builds are reproducible.
pub(crate) fn describe() -> String {
    let span = Span::call_site();
    let place = format!(
        "{}:{}:{}",
        strip_package_folder(&span.file()),
        span.line(),
        span.column()
    );
    CRATE_VARIABLES
        .map(|name| env::var(name).unwrap_or_default())
        .join(" ")
        + " "
        + &place
}

/// Removes the machine-specific part of a path: the package's folder. If the path is absolute and
/// not in this folder, as for generated code, returns only the file name.
fn strip_package_folder(file: &str) -> String {
    let path = Path::new(file);
    let folder = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let inside = match path.strip_prefix(folder) {
        Ok(inside) => inside,
        Err(_) if path.is_absolute() => path.file_name().map_or(path, Path::new),
        Err(_) => path,
    };
    inside.to_string_lossy().into_owned()
}
