//! The file of `$GITHUB_ENV`, which sets variables for the later steps of a job of GitHub Actions,
//! and the commands that mask secrets in its log.
//!
//! Each value is between two lines with a random delimiter. The runner reads the masking commands
//! from standard output, so they are printed there, before the file is written.

use std::hash::{BuildHasher as _, RandomState};

use zeroize::Zeroizing;

use super::{ExportEntry, ExportedText};

/// The beginning of a masking command. The rest of its line is the text to mask in the log.
const MASK: &str = "::add-mask::";

pub(super) fn write(entries: &[ExportEntry<'_>]) -> ExportedText {
    ExportedText {
        masks: write_masks(entries),
        ..ExportedText::new(write_variables(entries, &choose_delimiter(entries)))
    }
}

fn write_variables(entries: &[ExportEntry<'_>], delimiter: &str) -> Zeroizing<String> {
    let length =
        |entry: &ExportEntry<'_>| entry.variable.len() + entry.text.len() + 2 * delimiter.len() + 8;
    // A text that grows leaves unwiped copies in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(entries.iter().map(length).sum()));
    for entry in entries {
        for part in [
            entry.variable,
            "<<",
            delimiter,
            "\n",
            entry.text,
            "\n",
            delimiter,
            "\n",
        ] {
            text.push_str(part);
        }
    }
    text
}

/// Returns a random delimiter that no value contains, so that no value can set other variables.
fn choose_delimiter(entries: &[ExportEntry<'_>]) -> String {
    loop {
        // The keys of the hasher are random.
        let [first, second] = [(); 2].map(|()| RandomState::new().hash_one(entries.len()));
        let delimiter = format!("stage_config_{first:016x}{second:016x}");
        if !entries.iter().any(|entry| entry.text.contains(&delimiter)) {
            return delimiter;
        }
    }
}

/// Returns a command for each line of a secret, because the log is masked line by line. Blank lines
/// get no command.
fn write_masks(entries: &[ExportEntry<'_>]) -> Zeroizing<String> {
    let lines = || {
        let secrets = entries.iter().filter(|entry| entry.is_secret);
        secrets
            .flat_map(|entry| entry.text.split(['\r', '\n']))
            // The runner refuses an empty mask.
            .filter(|line| !line.trim().is_empty())
    };
    // `%` becomes three characters.
    let length = lines().map(|line| MASK.len() + 3 * line.len() + 1).sum();
    let mut masks = Zeroizing::new(String::with_capacity(length));
    for line in lines() {
        masks.push_str(MASK);
        for c in line.chars() {
            match c {
                '%' => masks.push_str("%25"),
                c => masks.push(c),
            }
        }
        masks.push('\n');
    }
    masks
}
