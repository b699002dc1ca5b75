//! The tables in `docs/reliability.md` must list every test of the module `reliability`, except
//! inner tests and the test in this file. They must list only existing tests.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{child, environment};

const DOCUMENT: &str = include_str!("../../../docs/reliability.md");

/// Returns the names of tests in the last column of the tables.
fn list_rows() -> Vec<String> {
    let rows = DOCUMENT
        .lines()
        .filter(|line| line.starts_with('|') && line.trim_end().ends_with("` |"));
    let last = |row: &str| {
        row.trim_end_matches([' ', '|'])
            .rsplit("| ")
            .next()
            .map(|cell| cell.replace('`', ""))
    };
    rows.filter_map(last)
        .flat_map(|cell| cell.split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Returns the path of every test of this executable.
fn list_tests() -> BTreeSet<String> {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its executable"));
    command.arg("--list");
    environment::clear(&mut command);
    let listed = child::run_to_end(&mut command).assert_passed().stdout;
    listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_row_has_a_test_and_every_test_a_row() {
    let (rows, tests) = (list_rows(), list_tests());
    assert!(rows.len() >= 20, "the table is not found: {rows:?}");

    let distinct: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(distinct.len(), rows.len(), "a test has two rows: {rows:?}");

    let unknown: Vec<_> = distinct.difference(&tests).collect();
    assert!(
        unknown.is_empty(),
        "the table names tests that do not exist: {unknown:?}"
    );

    let needs_row = |name: &&String| {
        let inner = name
            .rsplit("::")
            .next()
            .is_some_and(|last| last.starts_with("inner_"));
        name.starts_with("reliability::")
            && !name.starts_with("reliability::documented::")
            && !inner
    };
    let without: Vec<_> = tests
        .iter()
        .filter(needs_row)
        .filter(|name| !distinct.contains(*name))
        .collect();
    assert!(without.is_empty(), "these tests have no row: {without:?}");
}
