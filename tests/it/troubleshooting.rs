//! `docs/troubleshooting.md` and its page about fields show messages as the library and the
//! compiler print them, and have a message for each kind of failure and of error.

mod compile;
mod errors;
mod failures;
mod refresh;
mod sealed_files;
mod snapshots;
mod variables;

use std::collections::BTreeSet;

use stage_config::{Error, Failure};
use stage_config_test_support::guide::{Message, Section, assert_shows, read_sections};

const PAGE: &str = include_str!("../../docs/troubleshooting.md");

/// The page with the kinds of failures of fields.
const FIELDS: &str = include_str!("../../docs/troubleshooting/fields.md");

/// The chapters of [`PAGE`] whose blocks are messages of a load, a refresh or the program's own
/// calls.
const CHAPTERS: [&str; 2] = ["INIT", "Refresh"];

/// The two enums of kinds, with their source.
const ENUMS: [(&str, &str); 2] = [
    (
        "FailureKind",
        include_str!("../../config-core/src/failure.rs"),
    ),
    ("ErrorKind", include_str!("../../config-core/src/error.rs")),
];

/// Returns the sections of these chapters.
fn select<'a>(sections: &'a [Section], chapters: &[&str]) -> Vec<&'a Section> {
    let in_chapter = |section: &&Section| chapters.contains(&section.chapter.as_str());
    let selected: Vec<&Section> = sections.iter().filter(in_chapter).collect();
    assert!(!selected.is_empty(), "the page has no chapter {chapters:?}");
    selected
}

#[tokio::test]
async fn each_block_is_a_message_of_the_library_and_each_kind_has_one() {
    let messages = [
        failures::collect().await,
        errors::collect().await,
        variables::collect(),
        sealed_files::collect().await,
        snapshots::collect().await,
        refresh::collect().await,
    ]
    .concat();
    let (sections, of_fields) = (read_sections(PAGE), read_sections(FIELDS));
    let selected = select(&sections, &CHAPTERS).into_iter().chain(&of_fields);
    assert_shows(&selected.collect::<Vec<_>>(), &messages);

    let made: BTreeSet<&str> = messages
        .iter()
        .map(|message| message.name.as_str())
        .collect();
    for kind in list_kinds() {
        assert!(made.contains(kind.as_str()), "no message has {kind}");
    }
}

/// Returns every variant of the two enums, such as `FailureKind::Missing`. A `match` cannot prove
/// that it lists all variants of a `non_exhaustive` enum of another crate.
fn list_kinds() -> Vec<String> {
    let variants = |(name, source): (&str, &str)| {
        let file = syn::parse_file(source).expect("the source is Rust");
        let item = file.items.into_iter().find_map(|item| match item {
            syn::Item::Enum(item) if item.ident == name => Some(item),
            _ => None,
        });
        let variants = item.expect("the file has the enum").variants;
        let kinds = variants
            .iter()
            .map(|variant| format!("{name}::{}", variant.ident));
        kinds.collect::<Vec<_>>()
    };
    ENUMS.into_iter().flat_map(variants).collect()
}

/// Returns the message of the failure if the error has exactly one failure, else the message of the
/// whole error.
fn describe(error: &Error) -> Message {
    match error.failures() {
        [failure] => describe_failure(failure),
        _ => describe_whole(error),
    }
}

/// Returns the message of an error with all its failures.
fn describe_whole(error: &Error) -> Message {
    Message {
        name: format!("ErrorKind::{:?}", error.kind()),
        text: make_stable(&error.to_string()),
    }
}

/// Returns the message of a failure, after a check that its kind is a heading.
fn describe_failure(failure: &Failure) -> Message {
    let heading = failure.kind().to_string();
    let has_heading = read_sections(FIELDS)
        .iter()
        .any(|section| section.heading == heading);
    assert!(has_heading, "the page has no heading {heading:?}");
    Message {
        name: format!("FailureKind::{:?}", failure.kind()),
        text: make_stable(&failure.to_string()),
    }
}

/// Replaces what differs between two runs: the number of attempts, and the working directory.
fn make_stable(text: &str) -> String {
    let folder = std::env::current_dir().expect("a test has a working directory");
    let text = text.replace(&folder.display().to_string(), "/home/me/payments");
    let Some((start, end)) = text.split_once(" before the timeout") else {
        return text;
    };
    match start.rsplit_once("; ") {
        Some((start, count)) if count.contains("attempt") => {
            format!("{start}; 5 attempts before the timeout{end}")
        }
        _ => text,
    }
}
