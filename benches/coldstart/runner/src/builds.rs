//! `builds`: builds programs with different settings, measures the sizes, the build times and the
//! cold starts, and writes the figures to `docs/builds.md`.

use std::{fmt::Write as _, fs, path::Path};

use coldstart_endpoint::Endpoint;

use crate::{
    Error,
    cases::{Case, Program, Roots, Table},
    clean_build::CleanBuild,
    document,
    environment::Environment,
    instructions, machine,
    measure::Bench,
    print, programs,
    programs::Programs,
    report,
};

/// The runner measures builds if this is its first argument.
pub(crate) const ARGUMENT: &str = "builds";

const ROUNDS: usize = 15;

/// A build of a program. The built program is copied to the folder of the measured programs.
struct Build {
    label: &'static str,
    /// The name of the copy without the prefix `coldstart-build-`.
    name: &'static str,
    /// Whether the program is built in an empty target directory, to measure the build time.
    is_clean: bool,
    build: CleanBuild,
}

const PANIC: (&str, &str) = ("CARGO_PROFILE_RELEASE_PANIC", "abort");
const ONE_UNIT: (&str, &str) = ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
const THIN: (&str, &str) = ("CARGO_PROFILE_RELEASE_LTO", "thin");
const FAT: (&str, &str) = ("CARGO_PROFILE_RELEASE_LTO", "fat");

const TEMPLATE: &[(&str, &str)] = &[PANIC, ONE_UNIT, FAT];

/// The builds of the program that uses the default features of stage-config.
const BUILDS: [Build; 8] = [
    default("cargo's default", "default", &[]),
    default("panic = \"abort\"", "abort", &[PANIC]),
    default("codegen-units = 1", "one-unit", &[ONE_UNIT]),
    default("lto = \"fat\"", "fat", &[FAT]),
    default(
        "opt-level = \"s\"",
        "small",
        &[("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")],
    ),
    default(
        "static linking",
        "static",
        &[("RUSTFLAGS", "-C target-feature=+crt-static")],
    ),
    default("cargo lambda", "lambda", &[PANIC, ONE_UNIT, THIN]),
    default("the template", "template", TEMPLATE),
];

/// Other programs, for the table of sizes.
const OTHERS: [Build; 3] = [
    regular("`ssm` alone", "minimal-default", "minimal"),
    other(
        "`ssm` alone, template",
        "minimal-template",
        "minimal",
        TEMPLATE,
    ),
    regular("smallest SDK program", "sdk-default", "sdk-small"),
];

/// The builds of the program that uses the HTTP client of the SDK. This client needs AWS-LC.
const AWS_LC: [Build; 2] = [
    Build {
        build: SDK,
        ..regular("cargo's default", "lc", "sdk")
    },
    Build {
        label: "NO_JITTER_ENTROPY=1",
        name: "lc-no-jitter",
        is_clean: true,
        build: CleanBuild {
            variables: &[("AWS_LC_SYS_NO_JITTER_ENTROPY", "1")],
            ..SDK
        },
    },
];

const SDK: CleanBuild = CleanBuild {
    package: "sdk",
    program: "by-hand",
    arguments: &["--release"],
    variables: &[],
};

type Variables = &'static [(&'static str, &'static str)];

const fn default(label: &'static str, name: &'static str, variables: Variables) -> Build {
    other(label, name, "stage-config", variables)
}

const fn other(
    label: &'static str,
    name: &'static str,
    package: &'static str,
    variables: Variables,
) -> Build {
    let build = CleanBuild {
        package,
        program: package,
        arguments: &["--release"],
        variables,
    };
    Build {
        label,
        name,
        is_clean: true,
        build,
    }
}

/// Returns a build with cargo's default settings, whose program the runner has already built.
const fn regular(label: &'static str, name: &'static str, package: &'static str) -> Build {
    Build {
        is_clean: false,
        ..other(label, name, package, &[])
    }
}

pub(crate) fn main(options: &[String]) -> Result<(), Error> {
    if !options.is_empty() {
        return Err("builds has no options".into());
    }
    let programs = Programs::build_packages(&["minimal", "sdk", "sdk-small"])?;
    let scratch = programs.scratch();
    fs::create_dir_all(&scratch)?;
    let mut sizes = format!(
        "{:25} {:>6} {:>12}\n",
        "Size without symbols", "MB", "build, CPU s"
    );
    for build in BUILDS.iter().chain(&OTHERS).chain(&AWS_LC) {
        print(&format!("building: {}\n", build.label))?;
        let line = build.run(&programs, &scratch)?;
        if !build.name.starts_with("lc") {
            sizes.push_str(&line);
        }
    }

    let endpoint = Endpoint::start()?;
    let bench = Bench {
        environment: Environment::create(&endpoint, &scratch)?,
        endpoint,
        programs,
        rounds: ROUNDS,
        has_valgrind: instructions::has_valgrind(),
    };
    let measure = |table: Table| -> Result<String, Error> {
        Ok(report::format_figures(&bench.measure(table)?))
    };
    let start = measure(table("Cold start", &BUILDS, "30 current_thread"))?;
    let aws_lc = measure(table("SDK's own client, AWS-LC", &AWS_LC, "30"))?;
    let facts = machine::describe(&format!("{ROUNDS} rounds, thirty parameters, 0 ms a call"))?;
    let block = format!("{facts}\n\n```text\n{sizes}\n{start}\n{aws_lc}```");
    print(&block)?;
    let path = programs::folder().join("../../docs/builds.md");
    let document = fs::read_to_string(&path)?;
    fs::write(&path, document::replace_block(&document, "builds", &block)?)?;
    print("\ndocs/builds.md is written.\n")
}

impl Build {
    /// Builds the program, or takes the program that the runner has already built. Returns the line
    /// of this build in the table of sizes.
    fn run(&self, programs: &Programs, scratch: &Path) -> Result<String, Error> {
        let cpu_s = if self.is_clean {
            let built = self.build.run(scratch)?;
            programs.add(&self.copy_name(), &built.program)?;
            format!("{:.0}", built.cpu_s)
        } else {
            let program = programs.path(self.build.program);
            programs.add(&self.copy_name(), Path::new(&program))?;
            "-".to_owned()
        };
        let megabytes = programs.measure_stripped(&self.copy_name())? as f64 / 1e6;
        let mut line = String::new();
        writeln!(line, "{:25} {megabytes:>6.2} {cpu_s:>12}", self.label)?;
        Ok(line)
    }

    fn copy_name(&self) -> String {
        format!("build-{}", self.name)
    }
}

fn table(title: &'static str, builds: &'static [Build], arguments: &'static str) -> Table {
    let cases = builds.iter().map(|build| Case {
        label: build.label,
        program: Program::Build(build.name),
        arguments,
        roots: Roots::One,
        values: 30,
    });
    Table {
        title,
        latency_ms: 0,
        memory_mb: None,
        counts_instructions: true,
        cases: cases.collect(),
    }
}
