//! The names of AWS regions, and the region that a wrong name means.

use crate::suggest::find_closest;

/// Known regions, for suggestions only: a region that is not in the list may be new.
const KNOWN: [&str; 41] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "us-west-1",
    "us-west-2",
];

/// The words that may occur directly before the number. The name of every AWS region has one of
/// these words.
const DIRECTIONS: [&str; 9] = [
    "central",
    "east",
    "north",
    "northeast",
    "northwest",
    "south",
    "southeast",
    "southwest",
    "west",
];

/// Returns whether a text has the form of a region: at least two lowercase words, then a number.
///
/// ```
/// use stage_config_grammar::region::is_region;
///
/// assert!(is_region("eu-central-1") && is_region("us-gov-west-1"));
/// assert!(!is_region("eu-central-1a") && !is_region("Frankfurt"));
/// ```
#[must_use]
pub fn is_region(text: &str) -> bool {
    let mut words = text.split('-').rev();
    let ends_with_number = words
        .next()
        .is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()));
    let words: Vec<_> = words.collect();
    let is_lowercase = words
        .iter()
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
    ends_with_number && is_lowercase && words.len() >= 2
}

/// Returns the region that a wrong name most likely means. The name may be an availability zone, a
/// local zone, another spelling or a typo. Returns `None` if the name may be that of a known or new
/// region, or if the name resembles no region.
///
/// ```
/// use stage_config_grammar::region::find_meant_region;
///
/// assert_eq!(find_meant_region("eu-west-1a").as_deref(), Some("eu-west-1"));
/// assert_eq!(find_meant_region("EU_WEST_1").as_deref(), Some("eu-west-1"));
/// assert_eq!(find_meant_region("eu-west-1"), None);
/// assert_eq!(find_meant_region("Frankfurt"), None);
/// ```
#[must_use]
pub fn find_meant_region(name: &str) -> Option<String> {
    let name = name.trim();
    if is_region(name) {
        return correct_direction(name);
    }

    let separators = |letter: char| letter.is_whitespace() || matches!(letter, '_' | '.');
    let spelled = name.to_lowercase().replace(separators, "-");
    let region = strip_zone(&spelled).unwrap_or(&spelled);
    if is_region(region) {
        return Some(correct_direction(region).unwrap_or_else(|| region.to_owned()));
    }
    find_closest(region, KNOWN).map(str::to_owned)
}

/// Returns the region of an availability zone (`eu-west-1a`), or of another zone whose name begins
/// with a known region, such as the local zone `us-west-2-lax-1a`. Returns `None` for any other
/// name.
fn strip_zone(name: &str) -> Option<&str> {
    if let Some(region) = name
        .strip_suffix(|letter: char| letter.is_ascii_lowercase())
        .filter(|region| is_region(region) && !is_local_zone(region))
    {
        return Some(region);
    }
    KNOWN
        .into_iter()
        .find(|region| {
            name.strip_prefix(region)
                .is_some_and(|rest| rest.starts_with('-'))
        })
        .and_then(|region| name.get(..region.len()))
}

/// Returns whether the name is that of a local zone without its last letter, as in
/// `us-west-2-lax-1`: a part before the last part is a number.
fn is_local_zone(name: &str) -> bool {
    name.split('-')
        .rev()
        .skip(1)
        .any(|word| word.bytes().all(|b| b.is_ascii_digit()))
}

/// Returns the region with the right direction if its direction is a typo: `us-east-1` for
/// `us-esat-1`.
fn correct_direction(region: &str) -> Option<String> {
    let (words, number) = region.rsplit_once('-')?;
    let (area, direction) = words.rsplit_once('-')?;
    if DIRECTIONS.contains(&direction) {
        return None;
    }
    let meant = find_closest(direction, DIRECTIONS)?;
    Some(format!("{area}-{meant}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_region_is_a_region_and_needs_no_correction() {
        for region in KNOWN {
            assert!(is_region(region), "{region}");
            assert_eq!(find_meant_region(region), None, "{region}");
        }
        assert_eq!(find_meant_region("us-east-9"), None, "it may be new");
        assert_eq!(find_meant_region("xx-midwest-1"), None, "it may be new");
    }

    #[test]
    fn a_wrong_name_means_the_region_that_it_resembles() {
        for (name, meant) in [
            ("eu-west-1a", "eu-west-1"),
            ("ap-southeast-9b", "ap-southeast-9"),
            ("us-gov-west-1c", "us-gov-west-1"),
            ("us-west-2-lax-1a", "us-west-2"),
            ("us-east-1-wl1-bos-wlz-1", "us-east-1"),
            ("EU-WEST-1", "eu-west-1"),
            ("Eu_Central_1", "eu-central-1"),
            ("eu west 1", "eu-west-1"),
            ("eu.west.1a", "eu-west-1"),
            ("euwest1", "eu-west-1"),
            ("eu-west1", "eu-west-1"),
            ("us-esat-1", "us-east-1"),
            ("eu-centrall-1", "eu-central-1"),
            ("us-wset-2b", "us-west-2"),
            (" eu-west-1a\n", "eu-west-1"),
        ] {
            assert_eq!(find_meant_region(name).as_deref(), Some(meant), "{name}");
        }
        for name in ["", "local", "Frankfurt", "AKIAIOSFODNN7EXAMPLE", "-", "1"] {
            assert_eq!(find_meant_region(name), None, "{name}");
        }
    }
}
