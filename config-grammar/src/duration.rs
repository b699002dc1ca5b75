//! Formats durations for messages.

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
