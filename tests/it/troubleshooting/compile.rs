//! Messages of the compiler: the ui tests of the derive record them.

use std::collections::BTreeSet;
use std::path::Path;

use stage_config_test_support::guide::read_sections;

use super::{PAGE, select};

/// Adds the lines of every recorded output in this folder and in the folders below it.
fn collect_lines(folder: &Path, lines: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect_lines(&path, lines);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "stderr")
        {
            let text = std::fs::read_to_string(&path).expect("the output is text");
            lines.extend(text.lines().map(str::to_owned));
        }
    }
}

#[test]
fn each_line_is_in_a_recorded_output_of_the_compiler() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config-derive/tests/ui");
    let mut recorded = BTreeSet::new();
    collect_lines(&folder, &mut recorded);

    let sections = read_sections(PAGE);
    for section in select(&sections, &["Compiling"]) {
        for line in section.blocks.iter().flat_map(|block| block.lines()) {
            assert!(recorded.contains(line), "{}: {line}", section.heading);
        }
    }
}
