//! The function without the variables of Lambda.

use std::process::Command;

use stage_config_test_support::environment;

#[test]
fn the_function_says_how_to_start_it() {
    let mut function = Command::new(env!("CARGO_BIN_EXE_api"));
    environment::clear(&mut function);
    let output = function.output().expect("the function starts");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("`AWS_LAMBDA_RUNTIME_API` are not set"),
        "{text}"
    );
    assert!(
        text.contains("cargo lambda watch") && !text.contains("panicked"),
        "{text}"
    );
}
