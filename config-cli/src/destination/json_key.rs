//! The keys of a JSON text.

/// Returns whether one JSON key contains or equals the other. `None` means the whole document,
/// which contains every key.
pub(super) fn keys_overlap(one: Option<&str>, other: Option<&str>) -> bool {
    let contains = |outer: &str, inner: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    match (one, other) {
        (Some(one), Some(other)) => one == other || contains(one, other) || contains(other, one),
        _ => true,
    }
}
