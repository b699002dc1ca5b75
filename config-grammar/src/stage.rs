//! The names of stages, and patterns for them.

mod production;

pub use production::{find_production_typo, find_production_word};

use crate::suggest::format_list;

/// The maximum length of a stage's name.
pub const MAX_LENGTH: usize = 64;

/// Names that no stage may have. `fallback` and `all` are keys of `#[stage(…)]`; `default` and
/// `global` are profiles that Figment reserves.
pub const RESERVED: [&str; 4] = ["fallback", "all", "default", "global"];

/// Checks a stage's name: it must match `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`, and must not be one of
/// [`RESERVED`]. The comparison with [`RESERVED`] ignores case.
///
/// ```
/// use stage_config_grammar::stage::check_name;
///
/// assert!(check_name("feature-x.2").is_ok());
/// assert!(check_name("../prod").is_err());
/// ```
///
/// # Errors
///
/// Returns a message if the name is not valid.
pub fn check_name(name: &str) -> Result<(), String> {
    check_characters(name, |_| false)?;
    match RESERVED
        .into_iter()
        .find(|reserved| reserved.eq_ignore_ascii_case(name))
    {
        Some(reserved) => Err(format!(
            "`{reserved}` cannot be the name of a stage, because it has a special meaning"
        )),
        None => Ok(()),
    }
}

/// Checks a pattern for names of stages, as in `preview`. The rules for the characters and the
/// length of a name apply to the pattern, which may also contain `*` at any position.
///
/// # Errors
///
/// Returns a message if the pattern is not valid.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    check_characters(pattern, |c| c == '*')
}

fn check_characters(name: &str, is_extra: fn(char) -> bool) -> Result<(), String> {
    let first = name.chars().next().ok_or("the name of a stage is empty")?;
    let length = name.chars().count();
    if length > MAX_LENGTH {
        return Err(format!(
            "the name of a stage has at most {MAX_LENGTH} characters, this one has {length}"
        ));
    }

    let allowed =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') || is_extra(c);
    if let Some(invalid) = name.chars().find(|c| !allowed(*c)) {
        let allowed = "only ASCII letters, digits, `_`, `.` and `-`";
        return Err(format!(
            "the name of a stage may contain {allowed}, not {invalid:?}"
        ));
    }

    if matches!(first, '_' | '.' | '-') {
        return Err(format!(
            "the name of a stage must begin with a letter or a digit, not with {first:?}"
        ));
    }

    Ok(())
}

/// Returns whether `name` matches `pattern`, in which `*` matches any text, including an empty one.
/// The comparison is case-sensitive.
///
/// ```
/// use stage_config_grammar::stage::matches;
///
/// assert!(matches("pr-*", "pr-17"));
/// assert!(!matches("pr-*", "prod"));
/// ```
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // The position of the last `*` in `pattern`, and the position in `name` from which the part of
    // the pattern after this `*` was last tried.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match (pattern.get(p), star) {
            (Some(b'*'), _) => {
                star = Some((p, n));
                p += 1;
            }
            (Some(c), _) if *c == name[n] => (p, n) = (p + 1, n + 1),
            (_, Some((at, tried))) => {
                star = Some((at, tried + 1));
                (p, n) = (at + 1, tried + 1);
            }
            (_, None) => return false,
        }
    }

    pattern[p..].iter().all(|c| *c == b'*')
}

/// Returns the detail of the error for an undeclared stage that matches no pattern in `preview`.
///
/// ```
/// use stage_config_grammar::stage::describe_no_preview;
///
/// assert_eq!(
///     describe_no_preview(&["pr-*"], "qa"),
///     "it is not declared, and no `preview` pattern (`pr-*`) matches it"
/// );
/// assert!(describe_no_preview(&["pr-*"], "PR-7").ends_with("; names are case-sensitive"));
/// ```
#[must_use]
pub fn describe_no_preview(patterns: &[&str], name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let differs_in_case = |pattern: &&str| matches(&pattern.to_ascii_lowercase(), &name);
    let reason = if patterns.iter().any(differs_in_case) {
        "; names are case-sensitive"
    } else {
        ""
    };
    let patterns = format_list(patterns);
    format!("it is not declared, and no `preview` pattern ({patterns}) matches it{reason}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_valid_names_are_accepted() {
        for good in [
            "dev",
            "PROD",
            "pr-1",
            "feature.x",
            "1",
            "a_b",
            &"x".repeat(64),
        ] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }

        let long = "x".repeat(65);
        for (wrong, expected) in [
            ("", "is empty"),
            (long.as_str(), "at most 64 characters, this one has 65"),
            ("_x", "must begin with a letter or a digit, not with '_'"),
            ("../prod", "not '/'"),
            ("dév", "not 'é'"),
            ("Default", "`default` cannot be the name of a stage"),
        ] {
            let error = check_name(wrong).unwrap_err();
            assert!(error.contains(expected), "{wrong}: {error}");
        }
    }

    #[test]
    fn only_valid_patterns_are_accepted() {
        for good in ["pr-*", "*", "feature*", "*-preview", "a*b*c"] {
            assert_eq!(check_pattern(good), Ok(()), "{good}");
        }
        assert!(check_pattern("pr-?").unwrap_err().contains("not '?'"));
        assert!(
            check_pattern("-pr")
                .unwrap_err()
                .contains("must begin with")
        );
    }

    #[test]
    fn patterns_are_case_sensitive_and_a_star_matches_any_text() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "x"),
            ("a*", "a"),
            ("a*c", "abbc"),
            ("*b*", "abc"),
            ("a*b*b", "abxbb"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("", "x"),
            ("a", "A"),
            ("a*c", "ab"),
            ("*b", "bc"),
            ("a*b*c", "acb"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn a_star_matches_any_part_of_a_name(name in "[a-c]{0,8}", from in 0usize..9, to in 0usize..9) {
            let (from, to) = (from.min(name.len()), to.min(name.len()));
            let (from, to) = (from.min(to), from.max(to));
            prop_assert!(matches(&name, &name));
            let pattern = format!("{}*{}", &name[..from], &name[to..]);
            prop_assert!(matches(&pattern, &name));
        }
    }
}
