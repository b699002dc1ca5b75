//! Writes the module of doctests: one item for each page that contains Rust code. The pages are the
//! README and the Markdown files in `docs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let package = env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?;
    let root = Path::new(&package).join("..").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.join("docs").display());
    println!(
        "cargo::rerun-if-changed={}",
        root.join("README.md").display()
    );

    let mut pages = vec![root.join("README.md")];
    collect_pages(&root.join("docs"), &mut pages)?;
    pages.sort();

    let mut code = String::new();
    for page in pages {
        if fs::read_to_string(&page)?.contains("```rust") {
            let name = item_name(page.strip_prefix(&root).unwrap_or(&page));
            let _ = writeln!(code, "#[doc = include_str!({page:?})]\nstruct {name};");
        }
    }
    let output = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(output.join("pages.rs"), code)
}

/// Adds the Markdown files of the folder and of the folders below it.
fn collect_pages(folder: &Path, pages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_pages(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
    Ok(())
}

/// Returns the name of the item: `docs_cli_check` for `docs/cli/check.md`. A failed doctest has
/// this name.
fn item_name(page: &Path) -> String {
    let text = page.with_extension("");
    text.to_string_lossy()
        .replace(|character: char| !character.is_alphanumeric(), "_")
}
