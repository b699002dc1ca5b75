//! What may be shown of a source by verbs that show no value.

use stage_config_core::PlannedField;
use stage_config_core::manage::Unverified;
use stage_config_grammar::source::Source;

/// The text of `value:` is the value itself.
pub(crate) fn source(source: &str) -> &str {
    if source.starts_with("value:") { "value:…" } else { source }
}

/// A source of a field.
pub(crate) fn of(field: &PlannedField, one: &Source) -> String {
    source(&field.shown(one)).to_owned()
}

/// Without what would move the cursor or turn the direction of the text: an artifact may be a stranger's.
pub(crate) fn printable(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|c: char| c.is_control() || turns(c), "\u{fffd}")
}

/// What of a value is not verified, since only the program can. `type_name` is the field's.
pub(crate) fn unverified(open: Unverified, type_name: &str) -> String {
    match open {
        Unverified::Unseen => "its value".to_owned(),
        Unverified::Type => format!("`{type_name}`, which only the program can decode"),
        Unverified::InsideOfJson => "what is in the JSON".to_owned(),
        Unverified::With => "its decoding, by the program's own `with`".to_owned(),
        Unverified::Validate => "the program's own `validate`".to_owned(),
    }
}
