//! The policies in the templates are what `cargo stage iam` prints for the built function.

use crate::stage::{iam, read};
use crate::templates::folder;

/// The line of the SAM template after which the policy begins. The policy ends at the end of the
/// file.
const SAM_START: &str = "      # cargo stage iam --stage-parameter --format sam\n";

#[test]
fn the_policies_are_those_of_cargo_stage_iam() {
    for (format, file) in [
        ("cdk", "cdk/policy.ts"),
        ("json", "sst/policy.json"),
        ("serverless", "serverless/policy.yml"),
        ("terraform", "terraform/policy.tf"),
    ] {
        assert_eq!(
            read(&folder(file)),
            iam(&["--stage-parameter", "--format", format]),
            "write it again: cargo stage iam --stage-parameter --format {format} > {file}"
        );
    }

    let template = read(&folder("sam/template.yaml"));
    let (_, policy) = template
        .split_once(SAM_START)
        .expect("the line is in the template");
    let expected: String = iam(&["--stage-parameter", "--format", "sam"])
        .lines()
        .map(|line| format!("      {line}\n"))
        .collect();
    assert_eq!(policy, expected, "write the end of sam/template.yaml again");
}
