//! The recorded figures, and the comparison of a build with them.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

/// Units, each with the percentage by which a figure of this unit may exceed the recorded figure. A
/// figure of any other unit must not grow.
///
/// The number of instructions depends on the order in which the answers arrive, and on the code
/// that the C library selects for the processor. The size depends on the linker.
const TOLERANCES: [(&str, u64); 2] = [("bytes", 1), ("instructions", 2)];

/// The figures by unit and name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Figures(BTreeMap<String, BTreeMap<String, u64>>);

/// The comparison of two sets of figures.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) table: String,
    /// Whether a measured figure exceeds the recorded one by more than its tolerance, or only one
    /// set has the figure.
    pub(super) is_worse: bool,
}

impl Figures {
    pub(super) fn add(&mut self, unit: &str, name: &str, value: u64) {
        let figures = self.0.entry(unit.to_owned()).or_default();
        figures.insert(name.to_owned(), value);
    }

    fn get(&self, unit: &str, name: &str) -> Option<u64> {
        self.0.get(unit)?.get(name).copied()
    }

    fn names(&self) -> impl Iterator<Item = (&String, &String)> {
        let names = |(unit, figures)| BTreeMap::keys(figures).map(move |name| (unit, name));
        self.0.iter().flat_map(names)
    }
}

/// Compares the figures of a build with the recorded ones.
pub(super) fn compare(recorded: &Figures, measured: &Figures) -> Comparison {
    let mut names: Vec<_> = recorded.names().chain(measured.names()).collect();
    names.sort_unstable();
    names.dedup();
    let mut comparison = Comparison {
        table: String::new(),
        is_worse: false,
    };
    for (unit, name) in names {
        let (old, new) = (recorded.get(unit, name), measured.get(unit, name));
        let verdict = judge(unit, old, new);
        comparison.is_worse |= matches!(verdict, "WORSE" | "MISSING" | "NOT RECORDED");
        let [old, new] = [old, new].map(|value| value.map_or("-".to_owned(), |v| v.to_string()));
        let _ = writeln!(
            comparison.table,
            "{unit:<13} {name:<58} {old:>10} -> {new:>10}  {verdict}"
        );
    }
    comparison
}

/// Returns the verdict on a figure. A smaller figure is better in every unit.
fn judge(unit: &str, recorded: Option<u64>, measured: Option<u64>) -> &'static str {
    let (recorded, measured) = match (recorded, measured) {
        (Some(recorded), Some(measured)) => (recorded, measured),
        (None, _) => return "NOT RECORDED",
        (_, None) => return "MISSING",
    };
    let tolerance = TOLERANCES.iter().find(|(known, _)| *known == unit);
    let margin = tolerance.map_or(0, |(_, percent)| recorded * percent / 100);
    if measured > recorded + margin {
        "WORSE"
    } else if measured + margin < recorded {
        "better: renew the figures"
    } else {
        "ok"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(list: &[(&str, &str, u64)]) -> Figures {
        let mut figures = Figures::default();
        for (unit, name, value) in list {
            figures.add(unit, name, *value);
        }
        figures
    }

    fn is_worse(unit: &str, recorded: u64, measured: u64) -> bool {
        let [recorded, measured] =
            [recorded, measured].map(|value| figures(&[(unit, "start", value)]));
        compare(&recorded, &measured).is_worse
    }

    #[test]
    fn instructions_and_bytes_have_a_tolerance() {
        assert!(!is_worse("instructions", 1000, 1020));
        assert!(is_worse("instructions", 1000, 1021));
        assert!(!is_worse("bytes", 1000, 1010));
        assert!(is_worse("bytes", 1000, 1011));
    }

    #[test]
    fn other_figures_have_no_tolerance() {
        for unit in ["calls", "connections", "crates"] {
            assert!(!is_worse(unit, 3, 3));
            assert!(is_worse(unit, 3, 4));
        }
    }

    #[test]
    fn a_better_figure_is_accepted_and_marked() {
        let comparison = compare(
            &figures(&[("calls", "start", 4)]),
            &figures(&[("calls", "start", 3)]),
        );
        assert!(!comparison.is_worse);
        assert!(comparison.table.contains("better"), "{}", comparison.table);
    }

    #[test]
    fn a_figure_in_only_one_set_is_an_error() {
        let one = figures(&[("calls", "start", 3)]);
        let two = figures(&[("calls", "start", 3), ("calls", "other", 1)]);
        assert!(compare(&one, &two).table.contains("NOT RECORDED"));
        assert!(compare(&one, &two).is_worse);
        assert!(compare(&two, &one).table.contains("MISSING"));
        assert!(compare(&two, &one).is_worse);
    }
}
