//! The variables without which `Runtime::new` of `lambda_runtime` panics.

use super::runtime_api::parse_address;
use crate::{
    error::{Error, ErrorKind},
    platform::{FUNCTION_NAME, RUNTIME_API},
};
use std::{env, ffi::OsString};

/// Checks the text of a variable. An error is a description of the expected text, such as "a number
/// of MB".
type Check = fn(&str) -> Result<(), &'static str>;

/// The variables that `lambda_runtime::Config::from_env` and the client of the runtime need.
const NEEDED: [(&str, Check); 4] = [
    (FUNCTION_NAME, |_| Ok(())),
    ("AWS_LAMBDA_FUNCTION_VERSION", |_| Ok(())),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", |text| {
        let number: Result<i32, _> = text.parse();
        number.map(|_| ()).map_err(|_| "a number of MB")
    }),
    (RUNTIME_API, |text| {
        let address = parse_address(text);
        address
            .map(|_| ())
            .ok_or("an address: a host and a port, or a URL")
    }),
];

/// Returns an error if the runtime cannot be created. Emits the event of the error first.
pub(super) fn check() -> Result<(), Error> {
    let Some(detail) = describe_mistakes(|name| env::var_os(name)) else {
        return Ok(());
    };
    let error = Error::without_config(
        ErrorKind::Runtime,
        format!("the runtime of Lambda cannot start: {detail}"),
        "Lambda sets these variables; elsewhere start the program with `cargo lambda watch`",
    );
    error.emit();
    Err(error)
}

/// Describes the mistakes in the variables. Returns `None` if there is none.
fn describe_mistakes(read: impl Fn(&str) -> Option<OsString>) -> Option<String> {
    let mut missing = Vec::new();
    let mut mistakes = Vec::new();
    for (name, check) in NEEDED {
        match read(name).as_deref().map(|value| value.to_str()) {
            None => missing.push(format!("`{name}`")),
            Some(None) => mistakes.push(format!("`{name}` is not Unicode")),
            Some(Some(value)) => {
                let mistake = check(value).err();
                mistakes.extend(mistake.map(|expected| format!("`{name}` is not {expected}")));
            }
        }
    }

    match missing.as_slice() {
        [] => {}
        [name] => mistakes.push(format!("{name} is not set")),
        names => mistakes.push(format!("{} are not set", names.join(", "))),
    }
    (!mistakes.is_empty()).then(|| mistakes.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_the_runtime_needs_is_checked() {
        let all = [
            (FUNCTION_NAME, "payments"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            (RUNTIME_API, "127.0.0.1:9001"),
        ];
        let describe = |changed: &str, value: Option<&str>| {
            describe_mistakes(|name| {
                let (_, valid) = all.iter().find(|(other, _)| *other == name).unwrap();
                let value = if name == changed { value } else { Some(*valid) };
                value.map(OsString::from)
            })
        };
        assert_eq!(describe("", None), None);
        for (name, _) in all {
            assert_eq!(describe(name, None), Some(format!("`{name}` is not set")));
        }
        for address in [
            "http://127.0.0.1:9001/.rt/payments",
            "[::1]:9001",
            "localhost",
        ] {
            assert_eq!(describe(RUNTIME_API, Some(address)), None, "{address}");
        }
        for address in [
            "",
            " 127.0.0.1:9001",
            "/",
            "http://",
            "127.0.0.1:9001/path",
            "a b",
        ] {
            let found = describe(RUNTIME_API, Some(address)).expect(address);
            assert!(
                found.starts_with("`AWS_LAMBDA_RUNTIME_API` is not an address"),
                "{found}"
            );
        }
        let memory = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
        for size in ["", "128MB", "1e3"] {
            let found = describe(memory, Some(size));
            assert_eq!(found, Some(format!("`{memory}` is not a number of MB")));
        }
    }

    #[test]
    fn all_mistakes_are_described_at_once() {
        let found = describe_mistakes(|name| (name == RUNTIME_API).then(OsString::new)).unwrap();
        assert_eq!(
            found,
            "`AWS_LAMBDA_RUNTIME_API` is not an address: a host and a port, or a URL; \
             `AWS_LAMBDA_FUNCTION_NAME`, `AWS_LAMBDA_FUNCTION_VERSION`, \
             `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` are not set"
        );
    }
}
