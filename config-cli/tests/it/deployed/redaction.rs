//! A check shows no secret that is in a variable of a function, in the URL of its code, or in a
//! description or reason in an answer of Lambda.

use serde_json::json;

use super::{Aws, Checked, VARIABLES, run_check};
use crate::support::planted::{DIGITS, SECRET, assert_clean};

#[test]
fn a_secret_in_a_variable_is_never_shown() {
    let names = [
        "stage",
        "LOG_LEVEL",
        "LIMIT",
        "STAGE_CONFIG_TIMEOUT",
        "STAGE_CONFIG_METRICS",
        "STAGE_CONFIG_LOCAL",
        "STAGE_CONFIG_SET__TABLE",
        "STAGE_CONFIG_SOURCE__TABLE",
        "DATABASE_PASSWORD",
    ];
    for planted in [SECRET, DIGITS] {
        for variables in [
            names.map(|name| (name, planted)).to_vec(),
            VARIABLES
                .into_iter()
                .chain(names[2..].iter().map(|name| (*name, planted)))
                .collect(),
        ] {
            let endpoint = Aws::new().with_variables(variables).start();
            for format in ["text", "json", "github", "markdown"] {
                let arguments = [
                    "--function",
                    "payments",
                    "--stage",
                    "prod",
                    "--format",
                    format,
                ];
                let ran = run_check(&endpoint, &arguments);
                assert_clean(format, &format!("{}{}", ran.stdout, ran.stderr));
            }
        }
    }
}

#[test]
fn a_secret_in_an_answer_of_lambda_is_never_shown() {
    let aws = Aws::new().with_function(|mut function| {
        function.code["Location"] = json!(format!("https://example.com/{SECRET}"));
        function
            .with("StateReason", json!(SECRET))
            .with("Description", json!(SECRET))
            .with("LastUpdateStatusReason", json!(SECRET))
            .with("LastUpdateStatus", json!("Failed"))
    });
    let checked = Checked::new(&aws.start(), &[]);
    assert_clean("an answer", &checked.function.to_string());
}
