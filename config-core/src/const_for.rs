//! A loop for `const` code, where `for` and iterators are not available.

/// Runs a block for a reference to each item of a slice. The block may `return`, but not
/// `continue`.
macro_rules! const_for {
    ($items:expr, |$item:pat_param| $body:block) => {{
        let items = $items;
        let mut index = 0;
        while index < items.len() {
            let $item = &items[index];
            $body
            index += 1;
        }
    }};
}
pub(crate) use const_for;
