//! `cargo stage iam`: the policy, as exact as what is known of the stage.

mod aws_facts;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::iam::{Needs, PolicyFormat, StagePattern, build_read_policy, build_write_policy, list_notes, render};
use crate::output;
use crate::progress;
use crate::session::Session;
use aws_facts::AwsFacts;

/// How long AWS is asked, credentials included. What is not known by then is assumed, and marked.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(30);

const ABOUT: &str = "\
Print the IAM policy of a stage: what its program reads, and nothing more.

From the same plan as the program's own load: the exact ARNs, with both arms of each chain, and only the actions that are \
used. A pattern in place of the stage gives the policy of all previews that it matches.

Account, region and which KMS key encrypts what come from the options, from Cargo.toml's [package.metadata.stage.STAGE], \
and from AWS where the credentials allow (sts:GetCallerIdentity, ssm:GetParameterHistory without decryption, \
secretsmanager:DescribeSecret, kms:DescribeKey); --offline asks nothing. What is not known has a placeholder or is \
assumed, and standard error says so, as do the comments of the forms that have them.";

const EXAMPLES: &str = "\
Examples:
  # For the function's role
  cargo stage iam --stage prod > policy.json
  # For all preview stages, in a SAM template
  cargo stage iam --stage 'pr-*' --format sam
  # For those who run `cargo stage set`, without asking AWS
  cargo stage iam --stage prod --for write --offline --account 111122223333 --region eu-west-1

Exit status:
  0  the policy is printed; nothing is printed where nothing needs to be allowed
  1  it could not be printed
  2  wrong usage, no such stage, or no description of a configuration";

/// Print the IAM policy of a stage: what its program reads, and nothing more
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_long_help = EXAMPLES)]
pub(crate) struct IamArguments {
    /// The stage, or a pattern of preview stages, as 'pr-*'
    #[arg(long)]
    stage: String,

    /// Whose policy it is
    #[arg(long = "for", value_name = "WHOM", value_enum, default_value_t = PolicyPurpose::Read)]
    purpose: PolicyPurpose,

    /// How it is written
    #[arg(long, value_enum, default_value_t = PolicyFormat::Json)]
    format: PolicyFormat,

    /// The KMS key of the stage's secrets, where it cannot be looked up: an id, an alias or an ARN
    ///
    /// Without it: `kms_key` of [package.metadata.stage.STAGE].
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,

    /// For `kms-env:…?context=lambda`: the name of a Lambda function (letters, digits, `-`, `_`)
    #[arg(long, value_name = "NAME", value_parser = parse_function_name)]
    function: Option<String>,

    /// Ask AWS nothing
    #[arg(long)]
    offline: bool,

    #[command(flatten)]
    artifact: ArtifactArguments,

    #[command(flatten)]
    identity: IdentityArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PolicyPurpose {
    /// The program, which loads the stage
    Read,
    /// Whoever runs `cargo stage set`
    Write,
}

/// Prints the policy.
pub(crate) async fn run(arguments: IamArguments) -> Result<ExitCode, CliError> {
    let session = Session::open(&arguments.artifact)?;
    let pattern = StagePattern::choose(session.schema, &arguments.stage)?;
    let stage = session.plan_stage(pattern.stage.name(), &arguments.identity)?.shown_as(&arguments.stage);
    let needs = Needs::from_plan(&stage.plan, &pattern);
    let mut known = AwsFacts::from_settings(&stage, arguments.kms_key.as_deref())?;
    if !arguments.offline {
        let lookable = match arguments.purpose {
            PolicyPurpose::Read => needs.lookable_reads(),
            PolicyPurpose::Write => needs.lookable_writes(),
        };
        let asking = tokio::time::timeout(LOOKUP_TIMEOUT, known.look_up(&stage, &lookable));
        let asked = progress::wait_with_progress("asking AWS which KMS keys encrypt what", asking).await;
        if asked.is_err() {
            known.add_failure_note(&format!("AWS did not answer within {} s", LOOKUP_TIMEOUT.as_secs()));
        }
    }
    let policy = match arguments.purpose {
        PolicyPurpose::Read => build_read_policy(&needs, &known.location, &known.keys, arguments.function.as_deref()),
        PolicyPurpose::Write => build_write_policy(&needs, &known.location, &known.keys),
    };
    for note in known.notes.iter().chain(&list_notes(&policy, arguments.format)) {
        output::eprint_line(&format!("note: {note}"));
    }
    for declared in pattern.find_declared(session.schema) {
        output::eprint_line(&format!(
            "note: not covered: the stage `{declared}`, which the pattern matches, but which is declared with sources of its \
             own: cargo stage iam --stage {declared}"
        ));
    }
    if policy.is_empty() {
        output::eprint_line("nothing needs to be allowed: the stage asks AWS for nothing");
        return Ok(ExitCode::SUCCESS);
    }
    output::document(&render(&policy, &arguments.stage, arguments.format))?;
    Ok(ExitCode::SUCCESS)
}

/// Letters, digits, `-` and `_`, as Lambda has it: anything else would be a pattern in the policy.
fn parse_function_name(name: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err("the name of a Lambda function has up to 64 letters, digits, `-` and `_`".to_owned());
    }
    Ok(name.to_owned())
}
