//! The tables of the bench, and the programs that each table compares.

use Program::{Node, Python, Rust};
use Roots::{Bundle, One};

/// The root certificates in the file that `SSL_CERT_FILE` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Only the root of the endpoint.
    One,
    /// The roots of the system, and the root of the endpoint.
    Bundle,
}

/// How a program is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// A program of this workspace. The text is its name without the prefix `coldstart-`.
    Rust(&'static str),
    /// A program of this workspace, built with other settings. The text is its name without the
    /// prefix `coldstart-build-`.
    Build(&'static str),
    /// A script of `peers/python`.
    Python(&'static str),
    /// A bundled module of `peers/node`.
    Node(&'static str),
}

/// A row of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) label: &'static str,
    pub(crate) program: Program,
    pub(crate) arguments: &'static str,
    pub(crate) roots: Roots,
    /// The number of values that the program reads.
    pub(crate) values: usize,
}

/// A comparison of several cases. The ratios compare each case with the first case.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) title: &'static str,
    pub(crate) latency_ms: u64,
    /// The memory size of a function. The programs get the CPU share that Lambda gives such a
    /// function.
    pub(crate) memory_mb: Option<u64>,
    /// Whether to count the instructions of the programs, which takes seconds for each.
    pub(crate) counts_instructions: bool,
    pub(crate) cases: Vec<Case>,
}

impl Table {
    /// Keeps all cases if the title contains the text. Otherwise keeps the first case, with which
    /// the ratios compare, and the cases whose label contains the text. Returns true if the title
    /// or a label contains the text.
    pub(crate) fn retain(&mut self, text: &str) -> bool {
        if self.title.contains(text) {
            return true;
        }
        let first = self.cases.first().map(|case| case.label);
        let matches = |case: &Case| case.label.contains(text);
        let has_match = self.cases.iter().any(matches);
        self.cases
            .retain(|case| matches(case) || Some(case.label) == first);
        has_match
    }
}

const FLOOR: Case = case("floor", Rust("floor"), "30", One, 30);
const OURS: Case = case("stage-config", Rust("stage-config"), "30", One, 30);
const OURS_BUNDLE: Case = case(
    "stage-config, bundle",
    Rust("stage-config"),
    "30",
    Bundle,
    30,
);
const OURS_SINGLE: Case = case(
    "stage-config, one thread",
    Rust("stage-config"),
    "30 current_thread",
    One,
    30,
);
const SMALL: Case = case("SDK, small client", Rust("sdk-small"), "30", One, 30);
const BY_HAND: Case = case("SDK, batches", Rust("by-hand"), "30", One, 30);
const BY_HAND_BUNDLE: Case = case("SDK, batches, bundle", Rust("by-hand"), "30", Bundle, 30);
const TUTORIAL: Case = case("SDK, tutorial, bundle", Rust("tutorial"), "30", Bundle, 30);
const SECRETSPEC: Case = case("secretspec, bundle", Rust("secretspec"), "30", Bundle, 30);

/// Returns the tables that a run without `--peers` measures.
pub(crate) fn tables() -> Vec<Table> {
    let all = vec![
        FLOOR,
        OURS,
        OURS_SINGLE,
        OURS_BUNDLE,
        SMALL,
        BY_HAND,
        BY_HAND_BUNDLE,
        TUTORIAL,
        SECRETSPEC,
    ];
    let few = vec![FLOOR, OURS, OURS_SINGLE, OURS_BUNDLE, SMALL, BY_HAND_BUNDLE];
    // With so little CPU, the times of the floor vary much, so the first case, which is the base of
    // the ratios, is another program.
    let few_to_sdk = vec![BY_HAND_BUNDLE, OURS_BUNDLE, OURS, OURS_SINGLE, SMALL, FLOOR];
    vec![
        Table {
            counts_instructions: true,
            ..table("Thirty parameters, 5 ms a call", 5, all.clone())
        },
        table("Thirty parameters, 0 ms a call", 0, all),
        Table {
            memory_mb: Some(512),
            ..table(
                "Thirty parameters, 5 ms a call, CPU of 512 MB",
                5,
                few.clone(),
            )
        },
        Table {
            memory_mb: Some(128),
            ..table(
                "Thirty parameters, 5 ms a call, CPU of 128 MB",
                5,
                few_to_sdk,
            )
        },
        table("Thirty secrets, 5 ms a call", 5, secrets()),
        table("Number of parameters, 5 ms a call", 5, numbers()),
        table("Kinds of values, 20 ms a call", 20, kinds()),
        table("Ten parameters and a call, 5 ms a call", 5, first_calls()),
    ]
}

/// Returns the table of `--peers`.
pub(crate) fn peers() -> Table {
    let node = |label, script| case(label, Node(script), "30", One, 30);
    let cases = vec![
        FLOOR,
        OURS,
        case("Powertools, Python", Python("powertools"), "30", Bundle, 30),
        node("Powertools, TypeScript", "powertools"),
        node("middy, Node.js", "middy"),
    ];
    table("Other languages, thirty parameters, 5 ms a call", 5, cases)
}

fn secrets() -> Vec<Case> {
    let ours = |label, kind| case(label, Rust("services"), kind, One, 30);
    let caching = |label, roots| case(label, Rust("caching"), "30", roots, 30);
    vec![
        case("floor, batches", Rust("floor"), "30 secrets", One, 30),
        ours("stage-config, batches", "thirty_secrets_in_batches"),
        ours("stage-config", "thirty_secrets"),
        caching("caching client", One),
        caching("caching client, bundle", Bundle),
    ]
}

fn numbers() -> Vec<Case> {
    let ours = |label, count, values| case(label, Rust("stage-config"), count, One, values);
    vec![
        ours("stage-config, 10", "10", 10),
        ours("stage-config, 30", "30", 30),
        ours("stage-config, 100", "100", 100),
        case("floor, 10", Rust("floor"), "10", One, 10),
        case("floor, 100", Rust("floor"), "100", One, 100),
    ]
}

fn kinds() -> Vec<Case> {
    let ours = |label, kind, values| case(label, Rust("services"), kind, One, values);
    vec![
        ours("8 secrets", "secrets", 8),
        ours("20 parameters", "parameters", 20),
        ours("2 KMS variables", "variables", 2),
        ours("all 30 together", "together", 30),
    ]
}

fn first_calls() -> Vec<Case> {
    let call = |label, arguments| case(label, Rust("first-call"), arguments, One, 11);
    vec![
        case("ten parameters alone", Rust("stage-config"), "10", One, 10),
        call("and an item, lent", "lent item"),
        call("and an item, own", "own item"),
        call("and a parameter, lent", "lent parameter"),
        call("and a parameter, own", "own parameter"),
    ]
}

const fn case(
    label: &'static str,
    program: Program,
    arguments: &'static str,
    roots: Roots,
    values: usize,
) -> Case {
    Case {
        label,
        program,
        arguments,
        roots,
        values,
    }
}

fn table(title: &'static str, latency_ms: u64, cases: Vec<Case>) -> Table {
    Table {
        title,
        latency_ms,
        memory_mb: None,
        counts_instructions: false,
        cases,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::LABEL_WIDTH;

    #[test]
    fn a_text_selects_a_whole_table_or_single_cases() {
        let mut table = peers();
        assert!(table.retain("Other languages"));
        assert_eq!(table.cases.len(), peers().cases.len());
        assert!(table.retain("middy"));
        let labels: Vec<&str> = table.cases.iter().map(|case| case.label).collect();
        assert_eq!(labels, ["floor", "middy, Node.js"]);
        assert!(!table.retain("chamber"));
    }

    #[test]
    fn labels_are_unique_in_a_table_and_fit_their_column() {
        for table in tables().into_iter().chain([peers()]) {
            let labels: BTreeSet<&str> = table.cases.iter().map(|case| case.label).collect();
            assert_eq!(labels.len(), table.cases.len(), "{}", table.title);
            assert!(labels.iter().all(|label| label.len() <= LABEL_WIDTH));
        }
    }
}
