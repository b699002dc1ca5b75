//! The names and the values that the programs of the bench read, and the checksum of the values.
//! This crate has no dependencies, so a program that uses it has only one crate more.

use std::{env, io, io::Write as _};

/// Returns the key with this index: `key_007`. The key is the name of a struct's field, and the
/// last part of the name of a parameter or secret.
pub fn key(index: usize) -> String {
    format!("key_{index:03}")
}

/// Returns the name of the parameter with this index: `/coldstart/key_007`.
pub fn parameter(index: usize) -> String {
    format!("/coldstart/{}", key(index))
}

/// Returns the name of the secret with this index: `coldstart/key_007`.
pub fn secret(index: usize) -> String {
    format!("coldstart/{}", key(index))
}

/// Returns the value of a name. It depends only on the key, the last part of the name, so that all
/// stores have equal values.
pub fn value(name: &str) -> String {
    let key = name.rsplit('/').next().unwrap_or(name);
    (0..3)
        .map(|part| format!("{:016x}", hash(BASIS ^ part, key.as_bytes())))
        .collect()
}

/// Returns the FNV-1a checksum of the values, which depends on their order.
pub fn sum<V: AsRef<str>>(values: impl IntoIterator<Item = V>) -> u64 {
    values
        .into_iter()
        .fold(BASIS, |state, value| hash(state, value.as_ref().as_bytes()))
}

/// Returns the line that a program prints when it has all values.
pub fn line<V: AsRef<str>>(values: &[V]) -> String {
    format!("ok n={} sum={:016x}", values.len(), sum(values))
}

/// Prints the [`line`] of the values, and exits at once without closing the connections. A function
/// in Lambda does not close them either, because it continues to run.
pub fn finish<V: AsRef<str>>(values: &[V]) -> ! {
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{}", line(values)).and_then(|()| stdout.flush());
    std::process::exit(i32::from(written.is_err()))
}

/// Parses the first argument of the program, which is the number of values.
pub fn count_argument() -> usize {
    env::args()
        .nth(1)
        .and_then(|argument| argument.parse().ok())
        .expect("the first argument is the number of values")
}

/// Returns the values of `(name, value)` pairs in the order of the names. A service returns the
/// pairs in any order.
pub fn sort(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(_, value)| value).collect()
}

const BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn hash(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stores_have_equal_values() {
        assert_eq!(value(&parameter(7)), value(&secret(7)));
        assert_eq!(value(&parameter(7)), value("key_007"));
        assert_ne!(value(&parameter(7)), value(&parameter(8)));
        assert_eq!(value("key_007").len(), 48);
    }

    #[test]
    fn the_checksum_depends_on_each_value_and_on_the_order() {
        assert_eq!(sum(["a"]), 0xaf63_dc4c_8601_ec8c, "FNV-1a of `a`");
        assert_ne!(sum(["a", "b"]), sum(["b", "a"]));
        assert_eq!(line(&["a"]), "ok n=1 sum=af63dc4c8601ec8c");
    }

    #[test]
    fn values_are_sorted_by_key() {
        let pairs = [
            (parameter(1), "b".to_owned()),
            (parameter(0), "a".to_owned()),
        ];
        assert_eq!(sort(pairs), ["a", "b"]);
    }
}
