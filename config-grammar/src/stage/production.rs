//! Which names of stages count as production, declared or not.

use std::ops::Range;

use strsim::osa_distance;

/// Negations: with `prod` behind them they name what is not production.
const NEGATIONS: [&str; 3] = ["non", "not", "no"];
/// Words that contain `prod` and mean something else; `produce` is also in `produced`, `producer` and `reproduce`.
const HARMLESS: [&str; 2] = ["produce", "prodigy"];
/// `production`, `productie` and the like are production; `product` and `products` are not.
const PRODUCT: &str = "product";

/// These count anywhere in a name.
const ANYWHERE: [&str; 2] = ["prod", "prd"];
/// These count as whole segments: `olive` and `delivery` are other words.
const SEGMENTS: [&str; 2] = ["prelive", "live"];

/// The part of a name that makes it count as production.
///
/// The name is compared in lower case. These words are taken out: `nonprod`, `noprod` and `notprod` (also with a separator after
/// the negation, if that begins a word: `non-prod`, not `casino-prod`), `produce`, `produced`, `producer`, `prodigy`, `reproduce`,
/// and `product` unless an `i` follows (`production`, `productie`). If `prod` or `prd` is left anywhere, or if `live` or `prelive`
/// is a whole segment, the name counts as production. Segments end at `-`, `_`, `.`, at digits, and where a lower-case letter is
/// followed by an upper-case one.
///
/// ```
/// use stage_config_grammar::stage::find_production_word;
///
/// assert_eq!(find_production_word("euPROD01"), Some("PROD"));
/// assert_eq!(find_production_word("live-2"), Some("live"));
/// assert_eq!(find_production_word("nonprod-product"), None);
/// ```
#[must_use]
pub fn find_production_word(name: &str) -> Option<&str> {
    let left = blank_harmless_words(name);
    let anywhere = ANYWHERE.iter().find_map(|word| find_ranges(&left, word).next());
    let lower = name.to_ascii_lowercase();
    let is_segment = |range: &Range<usize>| is_boundary(name, range.start) && is_boundary(name, range.end);
    let range = anywhere.or_else(|| SEGMENTS.iter().find_map(|word| find_ranges(&lower, word).find(is_segment)))?;
    name.get(range)
}

/// Where a word is in a text.
fn find_ranges<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(word).map(|(start, word)| start..start + word.len())
}

/// The production word that a name is a slip of.
///
/// A slip is one edit of `production`, or `prod`, `preprod`, `live` or `prelive` with two neighbouring letters swapped, as the whole
/// name or between separators and digits.
///
/// ```
/// use stage_config_grammar::stage::find_production_typo;
///
/// assert_eq!(find_production_typo("eu-porduction"), Some("production"));
/// assert_eq!(find_production_typo("pord"), Some("prod"));
/// assert_eq!(find_production_typo("protection"), None);
/// ```
#[must_use]
pub fn find_production_typo(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let segments = lower.split(|c: char| !c.is_ascii_alphabetic());
    segments.chain([lower.as_str()]).find_map(|segment| {
        let one_edit = (osa_distance(segment, "production") == 1).then_some("production");
        one_edit.or_else(|| ["prod", "preprod", "live", "prelive"].into_iter().find(|word| is_swap(segment, word)))
    })
}

/// The name in lower case, with spaces in the place of words that do not mean production. Its bytes stand where they stood.
fn blank_harmless_words(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let mut left = String::with_capacity(lower.len());
    while let Some(c) = lower[left.len()..].chars().next() {
        match harmless_word_length(name, &lower, left.len()) {
            Some(length) => left.extend(std::iter::repeat_n(' ', length)),
            None => left.push(c),
        }
    }
    left
}

/// The length of the harmless word that begins at `start`.
fn harmless_word_length(name: &str, lower: &str, start: usize) -> Option<usize> {
    let rest = &lower[start..];
    if let Some(behind) = rest.strip_prefix(PRODUCT) {
        return (!behind.starts_with('i')).then_some(PRODUCT.len());
    }
    let negation = NEGATIONS.iter().find_map(|negation| negated_word_length(name, rest, start, negation));
    negation.or_else(|| HARMLESS.iter().find(|word| rest.starts_with(*word)).map(|word| word.len()))
}

/// The length of `negation` with `prod` behind it. Where the two are apart, the negation must begin a word: `casino-prod` is
/// production.
fn negated_word_length(name: &str, rest: &str, start: usize, negation: &str) -> Option<usize> {
    let behind = rest.strip_prefix(negation)?;
    let is_apart = is_boundary(name, start + negation.len());
    let behind = behind.strip_prefix(['-', '_', '.']).unwrap_or(behind).strip_prefix("prod")?;
    (!is_apart || is_word_start(name, start)).then_some(rest.len() - behind.len())
}

/// Whether a word begins at this byte, also `Non` in `EUNonProd`.
fn is_word_start(name: &str, at: usize) -> bool {
    let is_capital = name[at..].starts_with(|c: char| c.is_ascii_uppercase());
    is_boundary(name, at) || (is_capital && name[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Whether a segment begins or ends at this byte.
fn is_boundary(name: &str, at: usize) -> bool {
    let Some((before, after)) = name.as_bytes().split_at_checked(at) else { return true };
    match (before.last(), after.first()) {
        (Some(before), Some(after)) => {
            let is_inside = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
            !is_inside || (before.is_ascii_lowercase() && after.is_ascii_uppercase())
        }
        _ => true,
    }
}

/// Whether two neighbouring letters are swapped, and nothing else differs.
fn is_swap(text: &str, word: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    osa_distance(text, word) == 1 && sorted(text) == sorted(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_taken_out_and_what_is_left_keeps_its_place() {
        for (name, left) in [
            ("nonprod-eu", "       -eu"),
            ("Not_Prod", "        "),
            ("nonprodprod", "       prod"),
            ("reproduced", "re       d"),
            ("Products", "       s"),
            ("production", "production"),
            ("casino-prod", "casino-prod"),
            ("CASINO-PROD", "casino-prod"),
            ("casinoProd", "casinoprod"),
            ("EUNonProd", "eu       "),
            ("non--prod", "non--prod"),
            ("é-noprod", "é-      "),
        ] {
            assert_eq!(blank_harmless_words(name), left, "{name}");
        }
    }

    #[test]
    fn segments_end_at_separators_digits_and_camel_case() {
        let ends = |name: &str| (0..=name.len()).filter(|at| is_boundary(name, *at)).collect::<Vec<_>>();
        assert_eq!(ends("euLive"), [0, 2, 6]);
        assert_eq!(ends("EULive"), [0, 6]);
        assert_eq!(ends("live-2"), [0, 4, 5, 6]);
        assert_eq!(ends("1live"), [0, 1, 5]);
    }

    #[test]
    fn a_slip_is_one_edit_or_one_swap() {
        for name in ["porduction", "Poduction", "productoin", "x.prouction", "pro-duction", "pord-1", "lvie", "preilve"]
        {
            assert!(find_production_typo(name).is_some(), "{name}");
        }
        for name in
            ["protection", "reduction", "pod", "pro", "love", "alive", "relive", "preproc", "pr-1", "product", ""]
        {
            assert_eq!(find_production_typo(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_an_answer(text in ".{0,40}") {
            let word = find_production_word(&text).map(str::to_ascii_lowercase);
            prop_assert!(word.is_none_or(|word| ["prod", "prd", "live", "prelive"].contains(&word.as_str())));
            let _ = find_production_typo(&text);
        }

        #[test]
        fn case_decides_nothing_about_prod(name in "[a-zA-Z._-]{0,4}([pP][rR][oO]?[dD])[a-zA-Z._-]{0,4}") {
            let hides_it = name.to_ascii_lowercase().contains("no");
            prop_assume!(!hides_it);
            prop_assert_eq!(find_production_word(&name).is_some(), find_production_word(&name.to_ascii_lowercase()).is_some());
        }
    }
}
