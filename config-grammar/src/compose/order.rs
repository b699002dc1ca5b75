//! The order in which fields are composed.

use std::collections::HashSet;

/// Sorts composed fields, so that each field comes after those of its parts that are composed too.
/// Each entry of `fields` is the name of a composed field with the names of its parts. Returns the
/// positions of the fields in `fields`.
///
/// # Errors
///
/// Returns the positions of the fields in cycles, and of the fields that have such a field as a
/// part, directly or through other fields.
///
/// ```
/// use stage_config_grammar::compose::sort_by_parts;
///
/// let (url, host) = (("url", vec!["host", "port"]), ("host", vec!["domain"]));
/// assert_eq!(sort_by_parts(&[url, host]), Ok(vec![1, 0]));
/// assert_eq!(sort_by_parts(&[("a", vec!["a"])]), Err(vec![0]));
/// ```
pub fn sort_by_parts<T: AsRef<str>>(fields: &[(T, Vec<T>)]) -> Result<Vec<usize>, Vec<usize>> {
    let mut sorted = Vec::new();
    let mut waiting: Vec<usize> = (0..fields.len()).collect();
    while !waiting.is_empty() {
        let names: HashSet<&str> = waiting
            .iter()
            .map(|&index| fields[index].0.as_ref())
            .collect();
        let needs_other = |index: &usize| {
            let mut parts = fields[*index].1.iter();
            parts.any(|part| names.contains(part.as_ref()))
        };
        let (later, ready): (Vec<_>, Vec<_>) = waiting.iter().copied().partition(needs_other);
        if ready.is_empty() {
            return Err(later);
        }
        sorted.extend(ready);
        waiting = later;
    }
    Ok(sorted)
}
