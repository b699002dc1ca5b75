//! `compile`: measures how long clean builds of programs take, and writes it to
//! `docs/performance.md`.

use std::{fmt::Write as _, fs};

use crate::{
    Error, clean_build::CleanBuild, document, machine, print, programs, programs::Programs,
};

/// The first argument of the runner that makes it measure compile times.
pub(crate) const ARGUMENT: &str = "compile";

/// The lines of the table. The first two are programs without this library.
const BUILDS: [(&str, CleanBuild); 6] = [
    ("SDK, its defaults", dev("sdk", "by-hand")),
    ("SDK, small client", dev("sdk-small", "sdk-small")),
    ("`ssm` alone", dev("minimal", "minimal")),
    ("default features", dev("stage-config", "stage-config")),
    (
        "default features, hint",
        CleanBuild {
            arguments: &[
                "-Zprofile-hint-mostly-unused",
                "--config=profile.dev.package.aws-sdk-ssm.hint-mostly-unused=true",
                "--config=profile.dev.package.aws-sdk-sts.hint-mostly-unused=true",
            ],
            // The option is not stable yet.
            variables: &[("RUSTC_BOOTSTRAP", "1")],
            ..dev("stage-config", "stage-config")
        },
    ),
    ("and both other services", dev("services", "services")),
];

const fn dev(package: &'static str, program: &'static str) -> CleanBuild {
    CleanBuild {
        package,
        program,
        arguments: &[],
        variables: &[],
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
    for (label, build) in BUILDS {
        print(&format!("{label}\n"))?;
        let crates = programs::count_crates(build.package)?;
        let built = build.run(&scratch)?;
        let rebuild = match build.package {
            // It has more than one program.
            "sdk" => "-".to_owned(),
            _ => {
                built.touch_source()?;
                format!("{:.1}", built.build_again()?)
            }
        };
        writeln!(
            table,
            "{label:25} {crates:>7} {:>12.0} {rebuild:>14}",
            built.cpu_s
        )?;
    }
    print(&table)?;
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
