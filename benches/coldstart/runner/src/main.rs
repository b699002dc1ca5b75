//! Measures cold starts of whole processes against a local endpoint, and writes
//! `docs/performance.md` and `docs/pictures/cold-start-programs.svg`. With the argument `guard`,
//! `builds` or `compile`, the runner measures other things. See `README.md`.

mod builds;
mod cases;
mod cgroup;
mod clean_build;
mod compile;
mod document;
mod environment;
mod guard;
mod instructions;
mod launch;
mod machine;
mod measure;
mod options;
mod peers;
mod plot;
mod programs;
mod report;
mod statistics;

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use coldstart_endpoint::{Endpoint, Error};

use crate::{
    cases::Table,
    environment::Environment,
    measure::{Bench, Measured},
    options::Options,
    programs::Programs,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.as_slice() {
        [first, launch] if first == launch::ARGUMENT => launch::main(launch),
        [first, options @ ..] if first == guard::ARGUMENT => guard::main(options),
        [first, options @ ..] if first == builds::ARGUMENT => builds::main(options),
        [first, options @ ..] if first == compile::ARGUMENT => compile::main(options),
        _ => run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is nothing to do if the message cannot be printed.
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<(), Error> {
    let options = Options::parse(arguments)?;
    let tables = select(&options)?;
    print("building the programs\n")?;
    let programs = Programs::build(&tables)?;
    let scratch = programs.scratch();
    fs::create_dir_all(&scratch)?;
    if options.peers {
        peers::install(&scratch)?;
    }

    let endpoint = Endpoint::start()?;
    let bench = Bench {
        environment: Environment::create(&endpoint, &scratch)?,
        endpoint,
        programs,
        rounds: options.rounds,
        has_valgrind: instructions::has_valgrind(),
    };
    let mut results = Vec::new();
    for table in tables {
        let measured = bench.measure(table)?;
        print(&format!("\n{}", report::format_figures(&measured)))?;
        print(&format!("\n{}", report::format_counts(&measured)))?;
        results.push(measured);
    }
    if options.write {
        write_documents(&options, &results)?;
    }
    Ok(())
}

/// Returns the tables that the options select.
fn select(options: &Options) -> Result<Vec<Table>, Error> {
    let mut tables = cases::tables();
    if options.peers {
        tables.push(cases::peers());
    }
    if let Some(only) = &options.only {
        tables.retain_mut(|table| table.retain(only));
        if tables.is_empty() {
            return Err(format!("no table or program has `{only}` in its name").into());
        }
    }
    for table in &mut tables {
        table.latency_ms = options.latency_ms.unwrap_or(table.latency_ms);
    }
    Ok(tables)
}

fn write_documents(options: &Options, results: &[Measured]) -> Result<(), Error> {
    if let Some(reason) = results
        .iter()
        .find_map(|result| result.samples.as_ref().err())
    {
        return Err(format!("a table has no figures, so no file is written: {reason}").into());
    }
    let docs: PathBuf = programs::folder().join("../../docs");
    let path = docs.join("performance.md");
    let machine = machine::describe(&format!(
        "{} rounds, cargo's default release profile",
        options.rounds
    ))?;
    let (peers, own) = match results.split_last() {
        Some((peers, own)) if options.peers => (Some(peers), own),
        _ => (None, results),
    };

    let mut document = fs::read_to_string(&path)?;
    let block = format_block(&machine, own);
    document = document::replace_block(&document, "coldstart", &block)?;
    if let Some(peers) = peers {
        let machine = format!("{machine}\n{}", machine::describe_peers()?);
        let block = format_block(&machine, std::slice::from_ref(peers));
        document = document::replace_block(&document, "coldstart peers", &block)?;
    }
    fs::write(&path, document)?;

    let drawn: Vec<&Measured> = own.iter().take(3).collect();
    fs::write(
        docs.join("pictures/cold-start-programs.svg"),
        plot::draw_figure(&drawn),
    )?;
    print("\ndocs/performance.md and docs/pictures/cold-start-programs.svg are written.\n")
}

/// Returns the facts of the measurement and the tables, as Markdown.
fn format_block(machine: &str, results: &[Measured]) -> String {
    let figures: Vec<String> = results.iter().map(report::format_figures).collect();
    let counts: Vec<String> = results.iter().map(report::format_counts).collect();
    format!(
        "{machine}\n\n```text\n{}```\n\nConnections and calls of one start:\n\n```text\n{}```",
        figures.join("\n"),
        counts.join("\n")
    )
}

/// Prints a text and flushes it at once, because the next figures take minutes.
fn print(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
