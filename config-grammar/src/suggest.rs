//! Builds "expected one of …; did you mean …?".

use std::fmt::Write as _;

/// Returns the known name that `word` is most likely a typo of, if there is one.
///
/// The comparison ignores case. It allows one edit for every three letters of `word`, and at least
/// one.
///
/// ```
/// use stage_config_grammar::suggest::find_closest;
///
/// assert_eq!(find_closest("secert", ["ssm", "secret"]), Some("secret"));
/// assert_eq!(find_closest("vault", ["ssm", "secret"]), None);
/// ```
pub fn find_closest<'a>(
    word: &str,
    known_names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    known_names
        .into_iter()
        .map(|name| (strsim::osa_distance(&word, &name.to_lowercase()), name))
        // If the distance is not less than the length of the name, the edits may replace every
        // letter: `x` is not a typo of `s`.
        .filter(|(distance, name)| *distance <= allowed && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Returns "expected one of `a`, `b`; did you mean `b`?", for a `word` that is not one of the
/// known names. Without a similar name, the text has no question. With only one known name, it is
/// "expected `a`".
///
/// ```
/// use stage_config_grammar::suggest::format_expected;
///
/// assert_eq!(format_expected("regoin", &["region", "key"]), "expected one of `region`, `key`; did you mean `region`?");
/// assert_eq!(format_expected("x", &["region"]), "expected `region`");
/// ```
#[must_use]
pub fn format_expected(word: &str, known_names: &[&str]) -> String {
    if let [only] = known_names {
        return format!("expected `{only}`");
    }
    let mut text = format!("expected one of {}", format_list(known_names));
    if let Some(name) = find_closest(word, known_names.iter().copied()) {
        // Writing to a String cannot fail.
        let _ = write!(text, "; did you mean `{name}`?");
    }
    text
}

/// Returns the names in backticks, separated by commas.
///
/// ```
/// assert_eq!(stage_config_grammar::suggest::format_list(&["dev", "prod"]), "`dev`, `prod`");
/// ```
#[must_use]
pub fn format_list<T: AsRef<str>>(names: &[T]) -> String {
    names
        .iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_one_edit_and_case_is_ignored() {
        assert_eq!(find_closest("dve", ["dev", "prod"]), Some("dev"));
        assert_eq!(
            find_closest("DEFUALT", ["default", "nested"]),
            Some("default")
        );
        assert_eq!(find_closest("prd", ["dev", "prod"]), Some("prod"));
    }

    #[test]
    fn the_closest_name_is_found_unless_every_letter_differs() {
        assert_eq!(
            find_closest("rename_al", ["rename", "rename_all"]),
            Some("rename_all")
        );
        assert_eq!(find_closest("x", ["s"]), None);
        assert_eq!(find_closest("", ["a", "b"]), None);
    }
}
