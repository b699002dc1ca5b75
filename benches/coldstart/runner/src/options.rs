//! The options of the command line.

use crate::Error;

pub(crate) const USAGE: &str = "\
coldstart-runner [OPTIONS]
coldstart-runner guard [--renew]
coldstart-runner builds
coldstart-runner compile

Without a command, measures cold starts, and writes docs/performance.md and
docs/pictures/cold-start-programs.svg. `guard` compares deterministic figures with figures.json.
`builds` measures settings of cargo, and writes docs/builds.md. `compile`
measures compile times, and writes them to docs/performance.md.

  --rounds N     measures each case N times (15)
  --latency MS   sets the duration of each call, in all tables; writes no file
  --peers        also measures libraries for Python and Node.js, which it installs
  --only TEXT    measures only the tables or programs whose name contains TEXT;
                 measures such a program together with the first program of its
                 table, with which the ratios compare; writes no file
  --no-write     prints the tables, and writes no file
";

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    pub(crate) latency_ms: Option<u64>,
    pub(crate) peers: bool,
    pub(crate) only: Option<String>,
    pub(crate) write: bool,
}

impl Options {
    /// Parses the arguments after the name of the program.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let mut options = Self {
            rounds: 15,
            latency_ms: None,
            peers: false,
            only: None,
            write: true,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let message = format!("{argument} needs a value\n\n{USAGE}");
                arguments.next().ok_or(message)
            };
            match argument.as_str() {
                "--rounds" => options.rounds = value()?.parse()?,
                "--latency" => options.latency_ms = Some(value()?.parse()?),
                "--peers" => options.peers = true,
                "--only" => options.only = Some(value()?),
                "--no-write" => options.write = false,
                _ => return Err(format!("unknown option {argument}\n\n{USAGE}").into()),
            }
        }
        if options.rounds == 0 {
            return Err("--rounds is at least 1".into());
        }
        // A part of the tables, or another latency, must not replace the published figures.
        options.write &= options.only.is_none() && options.latency_ms.is_none();
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Error> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_parsed() {
        let options = parse("--rounds 3 --latency 20 --peers").expect("valid options");
        assert_eq!((options.rounds, options.latency_ms), (3, Some(20)));
        assert!(options.peers);
        assert_eq!(parse("").expect("no options").rounds, 15);
    }

    #[test]
    fn only_a_whole_run_writes_files() {
        assert!(parse("--rounds 30 --peers").expect("valid options").write);
        for part in ["--only secrets", "--latency 5", "--no-write"] {
            assert!(!parse(part).expect("valid options").write, "{part}");
        }
    }

    #[test]
    fn mistakes_are_errors() {
        for line in ["--round 3", "--rounds", "--rounds many", "--rounds 0"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
