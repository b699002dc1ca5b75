//! `guard`: compares the deterministic figures of this build with the figures recorded in
//! `figures.json`. Fails if a figure of this build is worse than the recorded figure, or if this
//! build or the file lacks a figure. `guard --renew` records the figures of this build.

mod figures;

use std::{fs, path::PathBuf};

use coldstart_endpoint::Endpoint;
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    cases::{Case, Program, Roots},
    environment::Environment,
    instructions, machine,
    measure::Bench,
    print,
    programs::{self, Programs},
};
use figures::{Figures, compare};

/// The runner compares the figures if this is its first argument.
pub(crate) const ARGUMENT: &str = "guard";

/// The packages whose programs are measured.
const PACKAGES: [&str; 3] = ["in-memory", "minimal", "stage-config"];

/// The programs whose size and number of crates are compared, and the features of stage-config that
/// each program uses.
const SIZES: [(&str, &str); 2] = [
    ("minimal", "ssm alone"),
    ("stage-config", "default features"),
];

const PARAMETERS: Case = Case {
    label: "30 parameters",
    program: Program::Rust("stage-config"),
    arguments: "30 current_thread",
    roots: Roots::One,
    values: 30,
};

/// The content of `figures.json`.
#[derive(Serialize, Deserialize)]
struct Recorded {
    platform: String,
    figures: Figures,
}

pub(crate) fn main(arguments: &[String]) -> Result<(), Error> {
    let renew = match arguments {
        [] => false,
        [option] if option == "--renew" => true,
        _ => return Err("guard has one option: --renew".into()),
    };
    let measured = measure()?;
    let platform = machine::describe_platform()?;
    let path = path();
    if renew {
        let recorded = Recorded {
            platform,
            figures: measured,
        };
        let json = serde_json::to_string_pretty(&recorded)?;
        fs::write(&path, format!("{json}\n"))?;
        return print(&format!("{} is written.\n", path.display()));
    }
    let recorded: Recorded = serde_json::from_str(&fs::read_to_string(&path)?)?;
    let comparison = compare(&recorded.figures, &measured);
    print(&comparison.table)?;
    if recorded.platform != platform {
        print(&format!(
            "The figures were recorded on another platform, so the compiled code differs.\n  recorded: {}\n  \
             this one: {platform}\n",
            recorded.platform
        ))?;
    }
    if comparison.is_worse {
        let message = "a figure is worse than the recorded figure, or missing, or not recorded. If \
                       this is intended, run `cargo run --release --manifest-path \
                       benches/coldstart/Cargo.toml -p coldstart-runner -- guard --renew`, and say \
                       why in the commit";
        return Err(message.into());
    }
    Ok(())
}

fn path() -> PathBuf {
    programs::folder().join("figures.json")
}

fn measure() -> Result<Figures, Error> {
    if !instructions::has_valgrind() {
        return Err("valgrind is missing (Debian: apt-get install valgrind)".into());
    }
    print("building the programs\n")?;
    let programs = Programs::build_packages(&PACKAGES)?;
    let scratch = programs.scratch();
    fs::create_dir_all(&scratch)?;
    let endpoint = Endpoint::start()?;
    let bench = Bench {
        environment: Environment::create(&endpoint, &scratch)?,
        endpoint,
        programs,
        rounds: 1,
        has_valgrind: true,
    };

    let mut figures = Figures::default();
    add_instructions(&bench, &mut figures)?;
    add_counts(&bench, &PARAMETERS, &mut figures)?;
    for (package, features) in SIZES {
        figures.add("crates", features, programs::count_crates(package)?);
        figures.add("bytes", features, bench.programs.measure_stripped(package)?);
    }
    Ok(figures)
}

fn add_instructions(bench: &Bench, figures: &mut Figures) -> Result<(), Error> {
    for (name, argument) in [
        ("plan and decode 100 fields", "plan_and_decode"),
        ("load 100 fields from memory", "load"),
    ] {
        let program = [bench.programs.path("in-memory"), argument.to_owned()];
        let mut command = instructions::function_command(&program, "count_this");
        bench.environment.apply(&PARAMETERS, &mut command);
        figures.add("instructions", name, instructions::count(&mut command)?);
    }
    bench.endpoint.set_latency_ms(0);
    let mut command = instructions::command(&bench.programs.command(&PARAMETERS));
    bench.environment.apply(&PARAMETERS, &mut command);
    let count = instructions::count(&mut command)?;
    figures.add("instructions", "cold start, 30 parameters", count);
    Ok(())
}

/// Adds the connections and calls of one start. The latency keeps each connection in use until the
/// last call has begun, so no call can use the connection of an earlier call, and the number of
/// connections is always the same.
fn add_counts(bench: &Bench, case: &Case, figures: &mut Figures) -> Result<(), Error> {
    bench.endpoint.set_latency_ms(50);
    let (_, counts) = bench.run(case, None)?;
    if counts.connections == 0 {
        return Err(format!("{}: the endpoint counted no connection", case.label).into());
    }
    figures.add("connections", case.label, counts.connections);
    for (operation, calls) in counts.calls {
        figures.add("calls", &format!("{operation}: {}", case.label), calls);
    }
    Ok(())
}
