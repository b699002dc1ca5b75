//! Hides values in sources and messages, for verbs that show no value.

use stage_config_core::manage::UnverifiedPart;
use stage_config_grammar::source::{Address, Source};
use stage_config_grammar::suggest;

/// Returns a source for messages, without the text of `value:`, which is the value itself.
pub(crate) fn display_source(source: &Source) -> String {
    match source.address {
        Address::Value(_) => "value:…".to_owned(),
        _ => source.to_string(),
    }
}

/// Returns a chain of sources for messages.
pub(crate) fn display_chain(chain: &[Source]) -> Vec<String> {
    chain.iter().map(display_source).collect()
}

/// Returns a message like "there is no field `tabel`: expected one of …". If the word resembles no
/// known name, the message does not contain it, because it may be a value in the wrong place.
pub(crate) fn unknown_name_message(kind: &str, word: &str, known: &[&str]) -> String {
    let subject = match suggest::find_closest(word, known.iter().copied()) {
        Some(_) => format!("{kind} `{word}`"),
        None => format!("such {kind}"),
    };
    format!(
        "there is no {subject}: {}",
        suggest::format_expected(word, known)
    )
}

/// Returns the message of [`unknown_name_message`] for a field. If the word names a nested struct,
/// the message lists the fields of that struct.
pub(crate) fn unknown_field_message(word: &str, known: &[&str]) -> String {
    let is_inside = |path: &&&str| {
        path.strip_prefix(word)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    let inside: Vec<&str> = known.iter().filter(is_inside).copied().collect();
    if inside.is_empty() {
        return unknown_name_message("field", word, known);
    }
    let inside = suggest::format_list(&inside);
    format!("`{word}` is a struct: name one of its fields: {inside}")
}

/// Redacts `word` where the text quotes it, unless the word looks like a name.
pub(crate) fn redact_word(text: &str, word: &str) -> String {
    if is_name_like(word) {
        return text.to_owned();
    }
    // Messages of the library truncate a long name, so the text may quote only its beginning.
    let truncated: String = word.chars().take(80).collect();
    let forms = [
        format!("{word:?}"),
        format!("{truncated:?}"),
        format!("`{word}`"),
    ];
    forms
        .iter()
        .fold(text.to_owned(), |text, form| text.replace(form, REDACTED))
}

/// The replacement for a word that may be a value, and for the quotes around the word.
const REDACTED: &str = "`…` (not shown: it may be a value)";

/// Returns whether a word looks like a name and not like a value. A name consists of letters of one
/// case, separators and at most 4 digits, and has at most 64 bytes.
pub(crate) fn is_name_like(word: &str) -> bool {
    let consists_of = |is_letter: fn(&char) -> bool| {
        word.chars()
            .all(|c| is_letter(&c) || c.is_ascii_digit() || matches!(c, '_' | '.' | '-' | '/'))
    };
    let digits = word.chars().filter(char::is_ascii_digit).count();
    (consists_of(char::is_ascii_uppercase) || consists_of(char::is_ascii_lowercase))
        && word.len() <= 64
        && digits <= 4
}

/// Describes a part of a value that is not verified. `type_name` is the field's type.
pub(crate) fn describe_unverified(part: UnverifiedPart, type_name: &str) -> String {
    match part {
        UnverifiedPart::ExistsOnly => "its value".to_owned(),
        UnverifiedPart::Type => format!("`{type_name}`, which only the program can decode"),
        UnverifiedPart::JsonContent => "the content of the JSON".to_owned(),
        UnverifiedPart::With => "its decoding with the program's own `with`".to_owned(),
        UnverifiedPart::Validate => "the program's own `validate`".to_owned(),
    }
}
