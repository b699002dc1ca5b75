//! Measures the cases of a table in rounds.

use std::{
    env,
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use coldstart_endpoint::{Counts, Endpoint};

use crate::{
    Error,
    cases::{Case, Table},
    cgroup::CpuShare,
    environment::Environment,
    instructions,
    launch::{self, Launch, Run},
    programs::Programs,
};

/// The samples of a case, one for each round.
pub(crate) struct Samples {
    pub(crate) case: Case,
    pub(crate) ready_ms: Vec<f64>,
    pub(crate) cpu_ms: Vec<f64>,
    pub(crate) peak_mb: Vec<f64>,
    pub(crate) counts: Vec<Counts>,
    /// The instructions in user space, if they were counted.
    pub(crate) instructions: Option<u64>,
}

/// A measured table.
pub(crate) struct Measured {
    pub(crate) table: Table,
    /// The samples of each case, or the reason why there are none.
    pub(crate) samples: Result<Vec<Samples>, String>,
}

/// Everything that a measurement needs.
pub(crate) struct Bench {
    pub(crate) endpoint: Endpoint,
    pub(crate) environment: Environment,
    pub(crate) programs: Programs,
    pub(crate) rounds: usize,
    pub(crate) has_valgrind: bool,
}

impl Bench {
    /// Measures each case once in every round. The order of the cases is random in each round, so
    /// that a change of the machine's speed has an effect on all cases.
    pub(crate) fn measure(&self, table: Table) -> Result<Measured, Error> {
        let share = match table.memory_mb.map(CpuShare::create).transpose() {
            Ok(share) => share,
            Err(error) => {
                let reason = format!("not measured: a cgroup needs root ({error})");
                let samples = Err(reason);
                return Ok(Measured { table, samples });
            }
        };
        let cgroup = share.as_ref().map(CpuShare::processes);
        let mut samples: Vec<Samples> =
            table.cases.iter().map(|case| Samples::new(*case)).collect();

        if table.counts_instructions && self.has_valgrind {
            self.endpoint.set_latency_ms(0);
            for samples in &mut samples {
                samples.instructions = self.count_instructions(&samples.case)?;
            }
        }
        self.endpoint.set_latency_ms(table.latency_ms);
        // The first run of each program reads its file from the disk, so it is not a sample.
        for samples in &samples {
            self.run(&samples.case, cgroup.clone())?;
        }
        let mut order: Vec<usize> = (0..samples.len()).collect();
        for _ in 0..self.rounds {
            fastrand::shuffle(&mut order);
            for index in &order {
                let samples = &mut samples[*index];
                let (run, counts) = self.run(&samples.case, cgroup.clone())?;
                samples.add(&run, counts);
            }
        }
        let samples = Ok(samples);
        Ok(Measured { table, samples })
    }

    /// Runs the case once, and returns the run and the counts of the endpoint.
    pub(crate) fn run(&self, case: &Case, cgroup: Option<PathBuf>) -> Result<(Run, Counts), Error> {
        let launch = Launch {
            command: self.programs.command(case),
            cgroup,
        };
        let mut command = Command::new(env::current_exe()?);
        command.args([launch::ARGUMENT, &serde_json::to_string(&launch)?]);
        self.environment.apply(case, &mut command);

        self.endpoint.take_counts();
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{} cannot be launched", case.label).into());
        }
        let run: Run = serde_json::from_slice(&output.stdout)?;
        check(case, &run)?;
        Ok((run, self.endpoint.take_counts()))
    }

    /// Counts the instructions of the case. Prints the reason and returns `None` if valgrind cannot
    /// run the program.
    fn count_instructions(&self, case: &Case) -> Result<Option<u64>, Error> {
        let mut command = instructions::command(&self.programs.command(case));
        self.environment.apply(case, &mut command);
        let count = instructions::count(&mut command);
        if let Err(error) = &count {
            writeln!(io::stderr(), "{}: no instructions: {error}", case.label)?;
        }
        Ok(count.ok())
    }
}

/// Checks that the program succeeded and printed the checksum of the right values.
fn check(case: &Case, run: &Run) -> Result<(), Error> {
    let keys = (0..case.values).map(coldstart_keys::key);
    let values: Vec<String> = keys.map(|key| coldstart_keys::value(&key)).collect();
    let expected = coldstart_keys::line(&values);
    let printed = run.output.trim_end();
    if !run.succeeded {
        return Err(format!("{}: the program failed", case.label).into());
    }
    if printed != expected {
        let message = format!("{}: expected `{expected}`, printed `{printed}`", case.label);
        return Err(message.into());
    }
    Ok(())
}

impl Samples {
    fn new(case: Case) -> Self {
        Self {
            case,
            ready_ms: Vec::new(),
            cpu_ms: Vec::new(),
            peak_mb: Vec::new(),
            counts: Vec::new(),
            instructions: None,
        }
    }

    fn add(&mut self, run: &Run, counts: Counts) {
        self.ready_ms.push(run.ready_ms);
        self.cpu_ms.push(run.cpu_ms);
        self.peak_mb.push(run.peak_bytes as f64 / 1e6);
        self.counts.push(counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::{Program, Roots};

    #[test]
    fn a_failed_program_and_a_wrong_sum_are_errors() {
        let case = Case {
            label: "one value",
            program: Program::Rust("floor"),
            arguments: "1",
            roots: Roots::One,
            values: 1,
        };
        let line = coldstart_keys::line(&[coldstart_keys::value("key_000")]);
        let run = |output: &str, succeeded| Run {
            ready_ms: 1.0,
            cpu_ms: 1.0,
            peak_bytes: 1,
            output: format!("{output}\n"),
            succeeded,
        };
        let problem = |run: Run| check(&case, &run).err().map(|error| error.to_string());
        assert_eq!(problem(run(&line, true)), None);
        let failed = problem(run(&line, false));
        assert_eq!(failed.as_deref(), Some("one value: the program failed"));
        for wrong in ["ok n=1 sum=0000000000000000", ""] {
            let expected = format!("one value: expected `{line}`, printed `{wrong}`");
            assert_eq!(problem(run(wrong, true)), Some(expected));
        }
    }
}
