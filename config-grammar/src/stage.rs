//! The names of stages, and patterns for them.

mod production;

pub use production::{find_production_typo, find_production_word};

use std::fmt;

/// The maximum length of a stage's name.
pub const MAX_LENGTH: usize = 64;

/// Names that no stage may have. Two are keys of attributes, and two are profiles that Figment
/// reserves.
pub const RESERVED: [&str; 4] = ["fallback", "all", "default", "global"];

/// The error of an invalid name or pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StageNameError {
    /// The text is empty.
    Empty,
    /// The text has more than [`MAX_LENGTH`] characters.
    TooLong {
        /// The number of characters.
        length: usize,
    },
    /// The first character is neither a letter nor a digit.
    Start(char),
    /// A character that is not allowed in a name.
    Character(char),
    /// One of [`RESERVED`].
    Reserved(&'static str),
}

impl fmt::Display for StageNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the name of a stage is empty"),
            Self::TooLong { length } => {
                write!(f, "the name of a stage has at most {MAX_LENGTH} characters, this one has {length}")
            }
            Self::Start(c) => write!(f, "the name of a stage must begin with a letter or a digit, not with {c:?}"),
            Self::Character(c) => {
                write!(f, "the name of a stage may contain only letters, digits, `_`, `.` and `-`, not {c:?}")
            }
            Self::Reserved(name) => {
                write!(f, "`{name}` cannot be the name of a stage, because it has a special meaning")
            }
        }
    }
}

impl std::error::Error for StageNameError {}

/// Checks a stage's name: `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`, and not one of [`RESERVED`] in any
/// case.
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
/// Returns what is wrong with the name.
pub fn check_name(name: &str) -> Result<(), StageNameError> {
    check_characters(name, |_| false)?;
    match RESERVED.into_iter().find(|reserved| reserved.eq_ignore_ascii_case(name)) {
        Some(reserved) => Err(StageNameError::Reserved(reserved)),
        None => Ok(()),
    }
}

/// Checks a pattern of `preview`: the characters of a name, and `*` at any position.
///
/// # Errors
///
/// Returns what is wrong with the pattern.
pub fn check_pattern(pattern: &str) -> Result<(), StageNameError> {
    check_characters(pattern, |c| c == '*')
}

fn check_characters(name: &str, also: fn(char) -> bool) -> Result<(), StageNameError> {
    let first = name.chars().next().ok_or(StageNameError::Empty)?;
    let length = name.chars().count();
    if length > MAX_LENGTH {
        return Err(StageNameError::TooLong { length });
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') || also(c);
    if let Some(invalid) = name.chars().find(|c| !allowed(*c)) {
        return Err(StageNameError::Character(invalid));
    }
    if matches!(first, '_' | '.' | '-') {
        return Err(StageNameError::Start(first));
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
    // The position of the last star, and the position in `name` from which the rest of the pattern
    // was last tried.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names() {
        for good in ["dev", "PROD", "pr-1", "feature.x", "1", "a_b", &"x".repeat(64)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        assert_eq!(check_name(""), Err(StageNameError::Empty));
        assert_eq!(check_name(&"x".repeat(65)), Err(StageNameError::TooLong { length: 65 }));
        assert_eq!(check_name("_x"), Err(StageNameError::Start('_')));
        assert_eq!(check_name("../prod"), Err(StageNameError::Character('/')));
        assert_eq!(check_name("dév"), Err(StageNameError::Character('é')));
        assert_eq!(check_name("Default"), Err(StageNameError::Reserved("default")));
    }

    #[test]
    fn patterns() {
        for good in ["pr-*", "*", "feature*", "*-preview", "a*b*c"] {
            assert_eq!(check_pattern(good), Ok(()), "{good}");
        }
        assert_eq!(check_pattern("pr-?"), Err(StageNameError::Character('?')));
        assert_eq!(check_pattern("-pr"), Err(StageNameError::Start('-')));
    }

    #[test]
    fn stars() {
        for (pattern, name) in [("*", ""), ("*", "x"), ("a*", "a"), ("a*c", "abbc"), ("*b*", "abc"), ("a*b*b", "abxbb")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("", "x"), ("a", "A"), ("a*c", "ab"), ("*b", "bc"), ("a*b*c", "acb")] {
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
