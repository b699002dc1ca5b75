//! Finds the name for a "did you mean …?" in `const` code. The maximum distance is the same as in
//! `stage_config_grammar::suggest`.

use crate::schema::Field;

/// The maximum length of a name that is compared.
const MAX_LENGTH: usize = 64;

/// Returns the name of the field that is most similar to `word`, or `None` if no name is similar
/// enough.
pub(super) const fn find_closest(word: &str, fields: &'static [Field]) -> Option<&'static str> {
    let allowed = if word.len() < 6 { 1 } else { word.len() / 3 };
    let (mut closest, mut least) = (None, allowed + 1);
    let mut index = 0;
    while index < fields.len() {
        let name = fields[index].name;
        let distance = osa_distance(word.as_bytes(), name.as_bytes());
        if distance < least && distance < name.len() {
            (closest, least) = (Some(name), distance);
        }
        index += 1;
    }
    closest
}

/// Returns the number of edits between two texts: insertions, deletions, substitutions and swaps of
/// adjacent characters. Ignores ASCII case. Returns `usize::MAX` if a text is longer than
/// [`MAX_LENGTH`].
const fn osa_distance(one: &[u8], other: &[u8]) -> usize {
    if one.len() > MAX_LENGTH || other.len() > MAX_LENGTH {
        return usize::MAX;
    }
    // Rows of the table: the one before the last, the last, and the current one.
    let mut rows = [[0; MAX_LENGTH + 1]; 3];
    let mut column = 0;
    while column <= other.len() {
        rows[1][column] = column;
        column += 1;
    }
    let mut row = 1;
    while row <= one.len() {
        rows[2][0] = row;
        let mut column = 1;
        while column <= other.len() {
            let differs = !one[row - 1].eq_ignore_ascii_case(&other[column - 1]);
            let mut least = rows[1][column - 1] + differs as usize;
            least = min(least, rows[1][column] + 1);
            least = min(least, rows[2][column - 1] + 1);
            if row > 1
                && column > 1
                && one[row - 1].eq_ignore_ascii_case(&other[column - 2])
                && one[row - 2].eq_ignore_ascii_case(&other[column - 1])
            {
                least = min(least, rows[0][column - 2] + 1);
            }
            rows[2][column] = least;
            column += 1;
        }
        rows = [rows[1], rows[2], rows[0]];
        row += 1;
    }
    rows[1][other.len()]
}

const fn min(one: usize, other: usize) -> usize {
    if one < other { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_distance_is_the_same_as_at_run_time(one in "[a-z_]{0,12}", other in "[a-z_]{0,12}") {
            let expected = strsim::osa_distance(&one, &other);
            prop_assert_eq!(osa_distance(one.as_bytes(), other.as_bytes()), expected);
        }
    }
}
