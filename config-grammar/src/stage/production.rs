//! Decides which names of stages, declared or undeclared, mean production, and which are typos of
//! such names.

use std::ops::Range;

use strsim::osa_distance;

/// Negations. A negation followed by `prod` does not mean production.
const NEGATIONS: [&str; 3] = ["non", "not", "no"];
/// Words that contain `prod` with another meaning. `produced`, `producer` and `reproduce` contain
/// `produce`, so they do not mean production either.
const HARMLESS: [&str; 2] = ["produce", "prodigy"];
/// `production`, `productie` and similar words mean production; `product` and `products` do not.
const PRODUCT: &str = "product";

/// These words mean production at any position in a name.
const ANYWHERE: [&str; 2] = ["prod", "prd"];
/// These words mean production only as whole segments, since `olive` and `delivery` are other
/// words.
const SEGMENTS: [&str; 2] = ["prelive", "live"];

/// Returns the part of a name that means production, if there is one.
///
/// The comparison ignores case. A name means production if it contains `prod` or `prd`, or if
/// `live` or `prelive` is a whole segment. Segments end at `-`, `_`, `.`, at digits, and between a
/// lowercase and an uppercase letter. These words do not mean production:
///
/// - `nonprod`, `noprod` and `notprod`. A separator may follow the negation if the negation begins
///   a word: `non-prod` does not mean production, but `casino-prod` does.
/// - `produce`, `produced`, `producer`, `prodigy` and `reproduce`.
/// - `product`, unless an `i` follows it. `production` and `productie` mean production.
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
    let remaining = blank_harmless_words(name);
    let anywhere = ANYWHERE
        .iter()
        .find_map(|word| find_ranges(&remaining, word).next());
    let lower = name.to_ascii_lowercase();
    let is_segment =
        |range: &Range<usize>| is_boundary(name, range.start) && is_boundary(name, range.end);
    let range = anywhere.or_else(|| {
        SEGMENTS
            .iter()
            .find_map(|word| find_ranges(&lower, word).find(is_segment))
    })?;
    name.get(range)
}

/// Returns the positions of a word in a text.
fn find_ranges<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(word)
        .map(|(start, word)| start..start + word.len())
}

/// A text that differs from one of these words by one edit is a typo of the word. A typo of
/// [`PRODUCTION`] is also found if it is joined to other words.
const LONG_WORDS: [&str; 2] = [PRODUCTION, "preproduction"];
const PRODUCTION: &str = "production";
/// One of these words with two adjacent letters swapped is a typo of the word.
const SHORT_WORDS: [&str; 5] = ["prod", "prd", "preprod", "live", "prelive"];

/// Returns the production word that a name is a typo of, if there is one. The caller must exclude
/// the names that mean production themselves, with [`find_production_word`].
///
/// A name is a typo if the whole name, or a segment of it, is in the list below. A segment ends at
/// a character that is not a letter. It may also end between a lowercase and an uppercase letter:
/// for `my-euPord`, the segments `my`, `euPord`, `eu` and `Pord` are tried.
///
/// - `production` or `preproduction` with one edit: one letter is added, missing or wrong, or two
///   adjacent letters are swapped.
/// - `prod`, `prd`, `preprod`, `live` or `prelive`, with two adjacent letters swapped.
/// - The letters of `prod` or `prd` in another order that begins with `p`, also after `pre`.
///
/// A typo of `production` may also be a part of a segment, if the typo begins with `p` or only
/// swaps two adjacent letters (`euporduction`).
///
/// ```
/// use stage_config_grammar::stage::find_production_typo;
///
/// assert_eq!(find_production_typo("eu-porduction"), Some("production"));
/// assert_eq!(find_production_typo("euPord"), Some("prod"));
/// assert_eq!(find_production_typo("pdr"), Some("prd"));
/// assert_eq!(find_production_typo("protection"), None);
/// ```
#[must_use]
pub fn find_production_typo(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let segments = list_words(&lower)
        .chain(list_segments(name, &lower))
        .chain([lower.as_str()]);
    let segment = segments.into_iter().find_map(find_segment_typo);
    segment.or_else(|| has_joined_typo(name).then_some(PRODUCTION))
}

/// Lists the parts between characters that are not letters.
fn list_words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|c: char| !c.is_ascii_alphabetic())
}

/// Lists the segments. A change from lower to upper case also begins a segment.
fn list_segments<'a>(name: &'a str, lower: &'a str) -> impl Iterator<Item = &'a str> {
    let ends = (1..=name.len()).filter(|at| lower.is_char_boundary(*at) && is_boundary(name, *at));
    ends.scan(0, |start, end| {
        Some(&lower[std::mem::replace(start, end)..end])
    })
}

fn find_segment_typo(segment: &str) -> Option<&'static str> {
    let long = LONG_WORDS
        .into_iter()
        .find(|word| osa_distance(segment, word) == 1);
    let short = || SHORT_WORDS.into_iter().find(|word| is_swap(segment, word));
    let last = segment.strip_prefix("pre").unwrap_or(segment);
    let reordered = || {
        ANYWHERE
            .into_iter()
            .find(|word| last.starts_with('p') && is_reordered(last, word))
    };
    long.or_else(short).or_else(reordered)
}

/// Returns whether a typo of `production` is joined to other words.
fn has_joined_typo(name: &str) -> bool {
    let remaining = blank_harmless_words(name);
    let anywhere = list_words(&remaining)
        .any(|word| (0..word.len()).any(|start| begins_with_typo(&word[start..])));
    // This second search does not blank `product`. It accepts a typo only at the end of a word,
    // because `product` followed by other letters is another word.
    let remaining = blank_words(name, |lower, start| negation_length(name, lower, start));
    anywhere
        || list_words(&remaining)
            .any(|word| (0..word.len()).any(|start| is_joined_typo(&word[start..])))
}

fn begins_with_typo(text: &str) -> bool {
    let length = PRODUCTION.len();
    (length - 1..=length + 1).any(|length| text.get(..length).is_some_and(is_joined_typo))
}

/// Returns whether the text is a typo that is also found inside a segment. `introduction` is not
/// such a typo: it contains `roduction`, which is `production` with one edit, but does not begin
/// with `p`.
fn is_joined_typo(text: &str) -> bool {
    text.starts_with('p') && osa_distance(text, PRODUCTION) == 1 || is_swap(text, PRODUCTION)
}

/// Returns the name in lowercase, with spaces instead of the words that do not mean production.
/// Positions do not change.
fn blank_harmless_words(name: &str) -> String {
    blank_words(name, |lower, start| {
        harmless_word_length(name, lower, start)
    })
}

/// Returns the name in lowercase, with spaces instead of each word for which `word_length` returns
/// a length.
fn blank_words(name: &str, word_length: impl Fn(&str, usize) -> Option<usize>) -> String {
    let lower = name.to_ascii_lowercase();
    let mut remaining = String::with_capacity(lower.len());
    while let Some(c) = lower[remaining.len()..].chars().next() {
        match word_length(&lower, remaining.len()) {
            Some(length) => remaining.extend(std::iter::repeat_n(' ', length)),
            None => remaining.push(c),
        }
    }
    remaining
}

/// Returns the length of the harmless word that begins at `start`.
fn harmless_word_length(name: &str, lower: &str, start: usize) -> Option<usize> {
    let rest = &lower[start..];
    if let Some(after) = rest.strip_prefix(PRODUCT) {
        return (!after.starts_with('i')).then_some(PRODUCT.len());
    }
    let harmless = || {
        HARMLESS
            .iter()
            .find(|word| rest.starts_with(*word))
            .map(|word| word.len())
    };
    negation_length(name, lower, start).or_else(harmless)
}

/// Returns the length of `nonprod` or a similar word, if it begins at `start`.
fn negation_length(name: &str, lower: &str, start: usize) -> Option<usize> {
    NEGATIONS
        .iter()
        .find_map(|negation| negated_word_length(name, &lower[start..], start, negation))
}

/// Returns the length of `negation` followed by `prod`. If a boundary separates them, the negation
/// must begin a word: `casino-prod` means production.
fn negated_word_length(name: &str, rest: &str, start: usize, negation: &str) -> Option<usize> {
    let after = rest.strip_prefix(negation)?;
    let is_apart = is_boundary(name, start + negation.len());
    let after = after
        .strip_prefix(['-', '_', '.'])
        .unwrap_or(after)
        .strip_prefix("prod")?;
    (!is_apart || is_word_start(name, start)).then_some(rest.len() - after.len())
}

/// Returns whether a word begins at this byte, such as `Non` in `EUNonProd`.
fn is_word_start(name: &str, at: usize) -> bool {
    let is_capital = name[at..].starts_with(|c: char| c.is_ascii_uppercase());
    is_boundary(name, at)
        || (is_capital && name[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Returns whether a segment begins or ends at this byte.
fn is_boundary(name: &str, at: usize) -> bool {
    let Some((before, after)) = name.as_bytes().split_at_checked(at) else {
        return true;
    };
    match (before.last(), after.first()) {
        (Some(before), Some(after)) => {
            let is_inside = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
            !is_inside || (before.is_ascii_lowercase() && after.is_ascii_uppercase())
        }
        _ => true,
    }
}

/// Returns whether the texts differ only by two swapped adjacent letters.
fn is_swap(text: &str, word: &str) -> bool {
    is_reordered(text, word) && osa_distance(text, word) == 1
}

/// Returns whether a text has the letters of a word in another order.
fn is_reordered(text: &str, word: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    text != word && text.len() == word.len() && sorted(text) == sorted(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn harmless_words_become_spaces() {
        for (name, remaining) in [
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
            assert_eq!(blank_harmless_words(name), remaining, "{name}");
        }
    }

    #[test]
    fn segments_end_at_separators_digits_and_camel_case() {
        let ends = |name: &str| {
            (0..=name.len())
                .filter(|at| is_boundary(name, *at))
                .collect::<Vec<_>>()
        };
        assert_eq!(ends("euLive"), [0, 2, 6]);
        assert_eq!(ends("EULive"), [0, 6]);
        assert_eq!(ends("live-2"), [0, 4, 5, 6]);
        assert_eq!(ends("1live"), [0, 1, 5]);
    }

    #[test]
    fn typos_of_production_words_are_found() {
        for name in [
            // One edit of the long words.
            "porduction",
            "Poduction",
            "productoin",
            "x.prouction",
            "pro-duction",
            "preporduction",
            "preproductoin",
            "perproduction",
            // Joined to other words.
            "euporduction",
            "euPorduction",
            "porductioneu",
            "EUPORDUCTION",
            "myPoductionEu",
            "eurpoduction",
            "euproducton",
            // Swaps, and the letters of `prod` and `prd` in another order.
            "pord-1",
            "lvie",
            "preilve",
            "pdr",
            "rpd",
            "pdro",
            "podr",
            "pdor",
            "prepodr",
            "prepdr",
            "euPord",
            "PdrEu",
            "eu-rpd2",
            "appLvie",
        ] {
            assert!(find_production_typo(name).is_some(), "{name}");
        }
    }

    #[test]
    fn common_names_neither_mean_production_nor_are_typos() {
        let names = "protection reduction introduction induction pod pods podman airpod airpods \
                     podcast pro love alive relive preproc pr-1 product products product-info \
                     productone productteam byproduct nonproduction non-production notproduction \
                     test dev demo pr-12 perf drp dr drop drops dropbox adopt dpr dor dorp levi \
                     evil veil vile level preview predrop predeploy prepare preload staging stage \
                     uat qa qa2 int integration sandbox sbx ephemeral canary blue green loadtest \
                     hotfix release rc rc1 beta alpha trial training tst acc acceptance cert dev2 \
                     devEu euDev main trunk nightly pilot playground poc spike local ci e2e smoke \
                     backup pdf pdp ppr rdp rdpGateway rapid porting portal pond period";
        for name in names.split_whitespace().chain([""]) {
            assert_eq!(find_production_typo(name), None, "{name}");
            assert_eq!(find_production_word(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_text_causes_a_panic(text in ".{0,40}") {
            let word = find_production_word(&text).map(str::to_ascii_lowercase);
            prop_assert!(word.is_none_or(|word| ["prod", "prd", "live", "prelive"].contains(&word.as_str())));
            let _ = find_production_typo(&text);
        }

        #[test]
        fn the_case_of_prod_has_no_effect(name in "[a-zA-Z._-]{0,4}([pP][rR][oO]?[dD])[a-zA-Z._-]{0,4}") {
            let may_be_negated = name.to_ascii_lowercase().contains("no");
            prop_assume!(!may_be_negated);
            prop_assert_eq!(find_production_word(&name).is_some(), find_production_word(&name.to_ascii_lowercase()).is_some());
        }
    }
}
