//! How durations are parsed, and how messages show durations.

use crate::suggest::find_closest;
use std::{fmt, time::Duration};

/// The units that a text may use. The first name of each line is the symbol of the unit.
const UNITS: [&[&str]; 8] = [
    &["ns", "nsec", "nanos"],
    &["us", "µs", "usec"],
    &["ms", "msec", "millis"],
    &["s", "sec", "secs", "second", "seconds"],
    &["m", "min", "mins", "minute", "minutes"],
    &["h", "hr", "hrs", "hour", "hours"],
    &["d", "day", "days"],
    &["w", "wk", "wks", "week", "weeks"],
];

/// The units of `humantime` that have no fixed length. `M` is not in the list, because it has its
/// own error, [`DurationError::Months`].
const LONG_UNITS: [&str; 7] = ["month", "months", "y", "yr", "yrs", "year", "years"];

/// Parses a duration: one number with its unit, as in `30s`, or several, as in `1h 30m`. Only `0`
/// needs no unit. The longest unit is the week.
///
/// `humantime` also reads months and years. This function refuses them, because they have no fixed
/// length, and because `M` is a month in `humantime`: `5M`, a typo of `5m`, would be five months.
///
/// ```
/// use stage_config_grammar::duration::{DurationError, parse_duration};
/// use std::time::Duration;
///
/// assert_eq!(parse_duration("1h 30m"), Ok(Duration::from_secs(5400)));
/// assert_eq!(parse_duration("5M"), Err(DurationError::Months));
/// ```
///
/// # Errors
///
/// Returns an error that contains no part of the text.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    match humantime::parse_duration(text) {
        Ok(_) if split_units(text).any(|unit| LONG_UNITS.contains(&unit)) => {
            Err(DurationError::LongUnit)
        }
        Ok(_) if split_units(text).any(|unit| unit == "M") => Err(DurationError::Months),
        Ok(duration) => Ok(duration),
        Err(_) => {
            let lower = text.to_lowercase();
            let is_known = |unit: &&str| find_symbol(unit).is_some();
            match split_units(text).find(|unit| !is_known(unit)) {
                Some(unit) if parse_lower(&lower).is_some() => {
                    let symbol = find_symbol(&unit.to_lowercase());
                    Err(symbol.map_or(DurationError::Malformed, DurationError::UpperCase))
                }
                _ => Err(DurationError::Malformed),
            }
        }
    }
}

/// Returns the text in lower case. Returns `None` if the result is not a duration, or if the text
/// is already in lower case.
///
/// ```
/// use stage_config_grammar::duration::suggest_duration;
///
/// assert_eq!(suggest_duration("5M").as_deref(), Some("5m"));
/// assert_eq!(suggest_duration("1 year"), None);
/// ```
#[must_use]
pub fn suggest_duration(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    parse_lower(&lower)
        .is_some_and(|_| lower != text)
        .then_some(lower)
}

fn parse_lower(lower: &str) -> Option<Duration> {
    let is_long = split_units(lower).any(|unit| LONG_UNITS.contains(&unit));
    humantime::parse_duration(lower).ok().filter(|_| !is_long)
}

/// The reason why a text is not a duration. It contains no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationError {
    /// The text is not a sequence of numbers with known units.
    Malformed,
    /// A unit is `M`, which `humantime` reads as months.
    Months,
    /// A unit other than `M` has no fixed length, such as `year`.
    LongUnit,
    /// A unit has an upper-case letter. The variant contains the symbol of the unit.
    UpperCase(&'static str),
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a duration with its unit, as in `30s`, `5m`, `1h 30m` or `250ms`")?;
        match self {
            Self::Malformed => Ok(()),
            Self::Months => f.write_str("; `M` would be months: write minutes as in `5m`"),
            Self::LongUnit => f.write_str("; the longest unit is the week, as in `4w`"),
            Self::UpperCase(symbol) => {
                write!(f, "; units are in lower case, as in `5{symbol}`")
            }
        }
    }
}

/// Describes what is wrong with a duration in the program's code. The message may quote parts of
/// the text.
///
/// ```
/// use stage_config_grammar::duration::describe_mistake;
///
/// assert_eq!(describe_mistake("5M"), "`M` is not a unit; did you mean `5m`?");
/// ```
#[must_use]
pub fn describe_mistake(text: &str) -> String {
    let unit = split_units(text).find(|unit| find_symbol(unit).is_none());
    let unit = match (humantime::parse_duration(text), unit) {
        (Ok(_) | Err(humantime::DurationError::UnknownUnit { .. }), Some(unit)) => unit,
        (Err(humantime::DurationError::UnknownUnit { value, .. }), None) => {
            return format!("a unit is missing, as in `{value}s` or `{value}m`");
        }
        (Err(error), _) => return error.to_string(),
        (Ok(_), None) => return "it has no unit".to_owned(),
    };
    let closest = find_closest(unit, UNITS.iter().flat_map(|unit| unit.iter().copied()));
    match (suggest_duration(text), closest) {
        (Some(right), _) => format!("`{unit}` is not a unit; did you mean `{right}`?"),
        (None, Some(right)) if !LONG_UNITS.contains(&unit) => {
            format!("`{unit}` is not a unit; did you mean `{right}`?")
        }
        _ => {
            let symbols: Vec<&str> = UNITS.iter().map(|unit| unit[0]).collect();
            format!(
                "expected one of the units {}",
                crate::suggest::format_list(&symbols)
            )
        }
    }
}

/// Returns the words of a text. In a duration they are the units.
fn split_units(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
}

/// Returns the symbol of a unit: `s` for `seconds`.
fn find_symbol(unit: &str) -> Option<&'static str> {
    UNITS
        .iter()
        .find(|names| names.contains(&unit))
        .map(|names| names[0])
}

/// Formats a duration so that [`parse_duration`] reads it, as in `36d 1h`. The longest unit is the
/// day. `humantime` would write months, which [`parse_duration`] refuses.
///
/// ```
/// use stage_config_grammar::duration::{format_duration, parse_duration};
/// use std::time::Duration;
///
/// let duration = Duration::from_millis(36 * 86_400_000 + 3_600_250);
/// assert_eq!(format_duration(duration), "36d 1h 250ms");
/// assert_eq!(parse_duration("36d 1h 250ms"), Ok(duration));
/// assert_eq!(format_duration(Duration::ZERO), "0s");
/// ```
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), u64::from(duration.subsec_nanos()));
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
        (nanos / 1_000_000, "ms"),
        (nanos / 1000 % 1000, "us"),
        (nanos % 1000, "ns"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if parts.is_empty() {
        "0s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// Adds spaces to a duration that `humantime` formatted, between a number and a word: `7 days 3h`
/// for `7days 3h`.
///
/// ```
/// use stage_config_grammar::duration::add_spaces;
///
/// assert_eq!(add_spaces("1year 2months 7days 3h 5m 2s 10ms"), "1 year 2 months 7 days 3h 5m 2s 10ms");
/// ```
#[must_use]
pub fn add_spaces(formatted: &str) -> String {
    let add_space = |part: &str| {
        let unit = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = &part[..part.len() - unit.len()];
        // `h`, `m`, `s`, `ms`, `us` and `ns` are symbols and follow their number without a space.
        if unit.len() > 2 {
            format!("{number} {unit}")
        } else {
            part.to_owned()
        }
    };
    formatted
        .split(' ')
        .map(add_space)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_up_to_weeks_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("30s", 30),
            ("5m", 300),
            ("5 minutes", 300),
            ("1h 30m", 5400),
            ("1h30m", 5400),
            ("1.5h", 5400),
            ("7d", 604_800),
            ("2w", 1_209_600),
            ("2 weeks", 1_209_600),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn every_listed_unit_is_read() {
        for unit in UNITS.into_iter().flatten() {
            assert!(parse_duration(&format!("1{unit}")).is_ok(), "{unit}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, error) in [
            ("5M", DurationError::Months),
            ("1h 30M", DurationError::Months),
            ("1.5M", DurationError::Months),
            ("5 months", DurationError::LongUnit),
            ("1month", DurationError::LongUnit),
            ("1y", DurationError::LongUnit),
            ("1yr 2M", DurationError::LongUnit),
            ("2 years", DurationError::LongUnit),
            ("5S", DurationError::UpperCase("s")),
            ("5 MS", DurationError::UpperCase("ms")),
            ("1h 5Min", DurationError::UpperCase("m")),
            ("5H", DurationError::UpperCase("h")),
            ("7D", DurationError::UpperCase("d")),
            ("1 MONTH", DurationError::Malformed),
            ("1Y", DurationError::Malformed),
            ("5x", DurationError::Malformed),
            ("30", DurationError::Malformed),
            ("", DurationError::Malformed),
            ("-5s", DurationError::Malformed),
            ("M", DurationError::Malformed),
        ] {
            assert_eq!(parse_duration(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_in_the_code_is_described() {
        for (text, expected) in [
            ("1h 30M", "`M` is not a unit; did you mean `1h 30m`?"),
            ("5S", "`S` is not a unit; did you mean `5s`?"),
            ("5 minits", "`minits` is not a unit; did you mean `mins`?"),
            (
                "1 year",
                "expected one of the units `ns`, `us`, `ms`, `s`, `m`, `h`, `d`, `w`",
            ),
            ("5", "a unit is missing, as in `5s` or `5m`"),
            ("1h 30", "a unit is missing, as in `30s` or `30m`"),
            ("", "value was empty"),
        ] {
            assert_eq!(describe_mistake(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_formatted_duration_is_read_back(seconds in 0..u64::MAX / 86_400, nanos in 0..1_000_000_000_u32) {
            let duration = Duration::new(seconds, nanos);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
    }
}
