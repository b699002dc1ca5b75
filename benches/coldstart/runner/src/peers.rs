//! Installs libraries for other languages, with pinned versions from PyPI and the npm registry, and
//! returns the commands that run the scripts with these libraries.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, programs};

/// Installs the libraries into the folder.
pub(crate) fn install(scratch: &Path) -> Result<(), Error> {
    install_python(&scratch.join("python"))?;
    install_node(&scratch.join("node"))
}

pub(crate) fn python_command(scratch: &Path, script: &str) -> Vec<String> {
    let python = scratch.join("python/bin/python");
    let script = source("python").join(format!("{script}.py"));
    vec![display(&python), "-I".to_owned(), display(&script)]
}

pub(crate) fn node_command(scratch: &Path, script: &str) -> Vec<String> {
    let script = scratch.join(format!("node/dist/{script}.mjs"));
    vec!["node".to_owned(), display(&script)]
}

fn install_python(folder: &Path) -> Result<(), Error> {
    let requirements = source("python").join("requirements.txt");
    run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let python = folder.join("bin/python");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(requirements))
}

/// Installs the packages, and bundles each module into one file, as for a deployment.
fn install_node(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    for file in [
        "package.json",
        "package-lock.json",
        "common.mjs",
        "middy.mjs",
        "powertools.mjs",
    ] {
        fs::copy(source("node").join(file), folder.join(file))?;
    }
    run(Command::new("npm")
        .args(["ci", "--silent", "--no-audit", "--no-fund"])
        .current_dir(folder))?;
    // Bundled CommonJS modules call `require`, which an ES module must define.
    let banner = "import{createRequire}from'module';const require=createRequire(import.meta.url);";
    run(Command::new("node_modules/.bin/esbuild")
        .args(["middy.mjs", "powertools.mjs", "--bundle", "--minify"])
        .args(["--platform=node", "--format=esm", "--outdir=dist"])
        .args(["--out-extension:.js=.mjs", "--log-level=warning"])
        .arg(format!("--banner:js={banner}"))
        .current_dir(folder))
}

fn source(language: &str) -> PathBuf {
    programs::folder().join("peers").join(language)
}

fn display(path: &Path) -> String {
    path.display().to_string()
}

fn run(command: &mut Command) -> Result<(), Error> {
    let status = command
        .status()
        .map_err(|error| format!("cannot run {}: {error}", command.get_program().display()))?;
    if !status.success() {
        return Err(format!("failed: {command:?}").into());
    }
    Ok(())
}
