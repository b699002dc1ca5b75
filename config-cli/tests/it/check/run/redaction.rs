//! No value is in the report of the program or in the output of the command.

use std::fs;
use std::process::Command;

use super::refused::new_request;
use super::{Check, program, start_endpoint};
use crate::support::package::run_command;
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::{environment, kms, peers};

/// Values that the types and functions of the program refuse, except for the value of `key`.
const REFUSED: [(&str, &str); 4] = [
    ("mode", SECRET),
    ("share", SECRET),
    ("port", DIGITS),
    ("key", SECRET),
];

/// Values that decode. So `validate` of the nested struct `Mail` runs, and refuses the struct.
const VALIDATED: [(&str, &str); 3] = [
    ("key", SECRET),
    ("mail/host", SECRET),
    ("mail/from", "shop@example.com"),
];

#[test]
fn the_output_shows_no_value() {
    for changes in [&REFUSED[..], &VALIDATED] {
        for form in [&["--json"][..], &[]] {
            let check = Check::with_options("load", changes, form);
            let ran = check
                .env("VAULT_VALUE", SECRET)
                .env("PRINTED", SECRET)
                .run()
                .assert_code(1);
            assert_clean("the output", &format!("{}{}", ran.stdout, ran.stderr));
        }
    }
    // The message of the panic contains the value.
    let values = [("mail/host", SECRET), ("mail/from", SECRET)];
    let ran = Check::new("panic in validate", &values)
        .run()
        .assert_code(0);
    assert!(ran.stdout.contains("not finished"), "{}", ran.stdout);
    assert_clean("a panic", &format!("{}{}", ran.stdout, ran.stderr));
}

#[test]
fn the_report_contains_no_value() {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    for (index, changes) in [&REFUSED[..], &VALIDATED, &[]].into_iter().enumerate() {
        let endpoint = start_endpoint(changes);
        let report = folder.path().join(format!("report-{index}.json"));
        let mut command = Command::new(program());
        environment::clear(&mut command);
        command
            .envs(kms::env_variables(peers::moto()))
            .env("AWS_ENDPOINT_URL", &endpoint.url)
            .env("BEHAVIOUR", "load")
            .env("VAULT_VALUE", SECRET)
            .env("SELF_CHECK_LEVEL", SECRET)
            .env("STAGE_CONFIG_CHECK_RUN", new_request(1, "Config", &report));
        run_command(&mut command, b"").assert_code(0);
        let report = fs::read_to_string(report).expect("the report exists");
        assert!(report.contains("\"field\":\"mail.host\""), "{report}");
        assert_clean("the report", &report);
    }
}
