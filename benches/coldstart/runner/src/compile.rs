//! `compile`: measures the CPU time of clean builds of programs, and of rebuilds after a change.
//! Writes the figures to `docs/performance.md`.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    Error, clean_build::CleanBuild, document, machine, print, programs, programs::Programs,
};

/// The runner measures compile times if this is its first argument.
pub(crate) const ARGUMENT: &str = "compile";

/// A line of the table.
struct Line {
    label: &'static str,
    build: CleanBuild,
    /// The folder of the package in `programs`.
    folder: &'static str,
}

/// The lines of the table. The programs of the first two lines do not use stage-config.
const LINES: [Line; 6] = [
    line("SDK, its defaults", "sdk", "by-hand", "sdk"),
    line("SDK, small client", "sdk-small", "sdk-small", "sdk_small"),
    line("`ssm` alone", "minimal", "minimal", "minimal"),
    DEFAULT,
    Line {
        label: "default features, hint",
        build: CleanBuild {
            arguments: &[
                "-Zprofile-hint-mostly-unused",
                "--config=profile.dev.package.aws-sdk-ssm.hint-mostly-unused=true",
                "--config=profile.dev.package.aws-sdk-sts.hint-mostly-unused=true",
            ],
            // Stable cargo accepts the option `-Z…` only with this variable.
            variables: &[("RUSTC_BOOTSTRAP", "1")],
            ..DEFAULT.build
        },
        ..DEFAULT
    },
    line(
        "and both other services",
        "services",
        "services",
        "stage_config_services",
    ),
];

const DEFAULT: Line = line(
    "default features",
    "stage-config",
    "stage-config",
    "stage_config",
);

const fn line(
    label: &'static str,
    package: &'static str,
    program: &'static str,
    folder: &'static str,
) -> Line {
    let build = CleanBuild {
        package,
        program,
        arguments: &[],
        variables: &[],
    };
    Line {
        label,
        build,
        folder,
    }
}

pub(crate) fn main(options: &[String]) -> Result<(), Error> {
    if !options.is_empty() {
        return Err("compile has no options".into());
    }
    let scratch = Programs::build_packages(&[])?.scratch();
    fs::create_dir_all(&scratch)?;
    let mut table = format!(
        "{:25} {:>7} {:>12} {:>14}\n",
        "", "crates", "clean, CPU s", "rebuild, CPU s"
    );
    print(&table)?;
    for line in LINES {
        let measured = line.measure(&scratch)?;
        print(&measured)?;
        table.push_str(&measured);
    }
    let path = programs::folder().join("../../docs/performance.md");
    let facts = machine::describe("cargo's default dev profile")?;
    let block = format!("{facts}\n\n```text\n{table}```");
    let document = fs::read_to_string(&path)?;
    fs::write(
        &path,
        document::replace_block(&document, "compile", &block)?,
    )?;
    print("\ndocs/performance.md is written.\n")
}

impl Line {
    /// Builds the package twice, and returns the line of the table as text.
    fn measure(&self, scratch: &Path) -> Result<String, Error> {
        let crates = programs::count_crates(self.build.package)?;
        let built = self.build.run(scratch)?;
        let clean_s = built.cpu_s;
        touch_source(self.folder)?;
        let rebuild_s = built.run_build()?;
        let label = self.label;
        Ok(format!(
            "{label:25} {crates:>7} {clean_s:>12.0} {rebuild_s:>14.1}\n"
        ))
    }
}

/// Changes the modification times of the source files, so that cargo builds the programs of this
/// folder again.
fn touch_source(folder: &str) -> Result<(), Error> {
    for entry in fs::read_dir(find_sources(folder))? {
        let file = fs::File::options().append(true).open(entry?.path())?;
        file.set_modified(SystemTime::now())?;
    }
    Ok(())
}

fn find_sources(folder: &str) -> PathBuf {
    programs::folder().join("programs").join(folder).join("src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_folder() {
        for line in LINES {
            assert!(find_sources(line.folder).is_dir(), "{}", line.label);
        }
    }
}
