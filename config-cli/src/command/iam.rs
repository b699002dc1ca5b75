//! `cargo stage iam`: prints the IAM policy of a stage.

mod parameter;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use stage_config_grammar::suggest::format_expected;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::aws_facts::AwsFacts;
use crate::error::CliError;
use crate::function_name::parse_plain_name;
use crate::iam::{
    Needs, Policy, PolicyFormat, StagePattern, Writer, build_check_policy, build_read_policy,
    build_write_policy, list_notes, render,
};
use crate::invocation;
use crate::output;
use crate::progress;
use crate::session::{Session, StageSession};

/// The time limit for lookups in AWS, including credentials. At the limit, each fact that is still
/// unknown is assumed, or the policy gets a placeholder for it.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(30);

const ABOUT: &str = "\
Print the IAM policy of a stage: what its program reads, and nothing more.

The policy comes from the same plan as the program's own load. It has the exact ARNs of every \
candidate of each chain, and only the actions that the load uses. A pattern instead of a stage \
prints the policy for all preview stages that it matches.

--stage-parameter prints one policy for several stages: all declared stages, or those of --stage. \
Their sources may differ only by the stage's name. The stage is a parameter of the template: \
`Stage` in SAM, the variable `stage` in Terraform, an argument in the CDK, and the deployment's \
stage in Serverless. The option sends no request to AWS, because the stages may be in several \
accounts.

The account, the region and the KMS keys come from the options, from \
[package.metadata.stage.STAGE] of Cargo.toml, and from AWS if the credentials allow it \
(sts:GetCallerIdentity, ssm:GetParameterHistory without decryption, secretsmanager:DescribeSecret, \
kms:DescribeKey). --offline sends no request. An unknown fact is assumed or gets a placeholder. \
Standard error lists such facts, and so do the comments of the formats that allow comments.";

const EXAMPLES: &str = "\
Examples:
  # For the function's role
  cargo stage iam --stage prod > policy.json
  # For all preview stages, in a SAM template
  cargo stage iam --stage 'pr-*' --format sam
  # For every stage, in a SAM template with the parameter Stage
  cargo stage iam --stage-parameter --format sam
  # For a person or job that runs `cargo stage set`, without requests to AWS
  cargo stage iam --stage prod --for write --offline --account 111122223333 --region eu-west-1

Exit status:
  0  the policy is printed, or the stage needs no permission
  1  the policy could not be printed
  2  wrong usage, an unknown stage, or no manifest";

/// Print the IAM policy of a stage: what its program reads, and nothing more
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_long_help = EXAMPLES)]
pub(crate) struct IamArguments {
    /// The stage, or a pattern for preview stages: 'pr-*'; several with --stage-parameter
    #[arg(long, required_unless_present = "stage_parameter")]
    stage: Vec<String>,

    /// Print one policy for several stages, with the stage as a parameter of the template
    #[arg(long)]
    stage_parameter: bool,

    /// Who needs the policy
    #[arg(long = "for", value_name = "WHOM", value_enum, default_value_t = PolicyPurpose::Read)]
    purpose: PolicyPurpose,

    /// Print the policy of a role that sources name in `?role=`, instead of the program's own
    #[arg(long, value_name = "ARN", conflicts_with = "purpose")]
    for_role: Option<String>,

    /// The output format
    #[arg(long, value_enum, default_value_t = PolicyFormat::Json)]
    format: PolicyFormat,

    /// The KMS key of the stage's secrets, if it cannot be looked up: an id, an alias or an ARN;
    /// with --for check, the key of the function's variables
    ///
    /// Default: `kms_key` in [package.metadata.stage.STAGE].
    #[arg(long, value_name = "KEY")]
    kms_key: Option<String>,

    /// For `kms-env:…?context=lambda`: the name of a Lambda function (letters, digits, `-`, `_`);
    /// with --for check, the only function that may be read
    #[arg(long, value_name = "NAME", value_parser = parse_plain_name)]
    function: Option<String>,

    /// Send no request to AWS
    #[arg(long)]
    offline: bool,

    #[command(flatten)]
    artifact: ArtifactArguments,

    #[command(flatten)]
    identity: IdentityArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PolicyPurpose {
    /// The program that loads the stage
    Read,
    /// The person or job that runs `cargo stage set`
    Write,
    /// The person or job that runs `cargo stage rollback`
    Rollback,
    /// The person or job that runs `cargo stage check --function`, `who` or `orphans`
    Check,
}

/// Prints the policy.
pub(crate) async fn run(arguments: IamArguments) -> Result<ExitCode, CliError> {
    match arguments.stage.as_slice() {
        _ if arguments.stage_parameter => parameter::run(&arguments),
        [stage] => run_for_stage(&arguments, stage).await,
        _ => Err(CliError::undetermined(
            "several stages share a policy only with --stage-parameter",
        )
        .with_help("name one stage, or add --stage-parameter")),
    }
}

async fn run_for_stage(arguments: &IamArguments, name: &str) -> Result<ExitCode, CliError> {
    let session = Session::open(&arguments.artifact)?;
    let pattern = StagePattern::choose(session.schema, name)?;
    let stage = session
        .plan_stage(pattern.stage.name(), &arguments.identity)?
        .with_display_name(name);
    let needs = Needs::from_plan(&stage.plan, &pattern);
    let mut facts = AwsFacts::from_settings(&stage, arguments.kms_key.as_deref())?;
    if !arguments.offline {
        look_up(arguments, &stage, &needs, &mut facts).await;
    }

    let policy = arguments.build_policy(&needs, &facts)?;
    arguments.print_role_notes(&needs, &invocation::stage_command("iam", name));
    print_notes(&facts.list_notes(), &policy, arguments.format);
    for declared in pattern.find_declared(session.schema) {
        output::eprint_line(&invocation::format_step(
            &format!(
                "note: not covered: the stage `{declared}`: the pattern matches it, but it is \
                 declared and has its own sources"
            ),
            &invocation::stage_command("iam", declared),
        ));
    }
    print_policy(&policy, name, arguments.format)
}

/// Looks up the account, the region and the KMS keys, within a time limit.
async fn look_up(
    arguments: &IamArguments,
    stage: &StageSession,
    needs: &Needs,
    facts: &mut AwsFacts,
) {
    let addresses = match arguments.purpose {
        PolicyPurpose::Read => needs.list_read_lookups(),
        PolicyPurpose::Check => BTreeSet::new(),
        PolicyPurpose::Write | PolicyPurpose::Rollback => needs.list_write_lookups(),
    };
    let lookup = tokio::time::timeout(LOOKUP_TIMEOUT, facts.look_up(stage, &addresses));
    let result = progress::wait_with_progress("looking up the KMS keys in AWS", lookup).await;
    if result.is_err() {
        facts.add_failure_note(&format!(
            "AWS did not answer within {} s",
            LOOKUP_TIMEOUT.as_secs()
        ));
    }
}

impl IamArguments {
    fn build_policy(&self, needs: &Needs, facts: &AwsFacts) -> Result<Policy, CliError> {
        let build_read = |needs: &Needs| {
            let function = self.function.as_deref();
            build_read_policy(needs, &facts.location, &facts.keys, function)
        };
        Ok(match (&self.for_role, self.purpose) {
            (Some(role), _) => {
                check_role(role, &needs.list_roles())?;
                build_read(&needs.select_role_needs(role))
            }
            (None, PolicyPurpose::Read) => build_read(&needs.select_program_needs()),
            (None, PolicyPurpose::Write) => {
                build_write_policy(Writer::Set, needs, &facts.location, &facts.keys)
            }
            (None, PolicyPurpose::Check) => {
                // Use only the key of `--kms-key`: the `kms_key` of Cargo.toml encrypts the stage's
                // secrets, and not the variables of its functions.
                let key = self.kms_key.as_deref().and(facts.keys.named.as_deref());
                build_check_policy(needs, &facts.location, self.function.as_deref(), key)
            }
            (None, PolicyPurpose::Rollback) => {
                build_write_policy(Writer::Rollback, needs, &facts.location, &facts.keys)
            }
        })
    }

    /// Prints a note for each role that the program assumes: the note suggests `command` with
    /// `--for-role`, which prints the policy of that role. The program itself has another role, so
    /// one document cannot hold both policies.
    fn print_role_notes(&self, needs: &Needs, command: &str) {
        if self.for_role.is_some() || self.purpose != PolicyPurpose::Read {
            return;
        }
        for role in needs.list_roles() {
            output::eprint_line(&invocation::format_step(
                &format!("note: the role {role} reads values with its own policy"),
                &format!("{command} --for-role {role}"),
            ));
        }
    }
}

/// Checks that sources of the stage name the role.
fn check_role(role: &str, roles: &BTreeSet<String>) -> Result<(), CliError> {
    if roles.contains(role) {
        return Ok(());
    }
    let known: Vec<&str> = roles.iter().map(String::as_str).collect();
    let help = match known.as_slice() {
        [] => "no source of the stage has `?role=`: remove `--for-role`".to_owned(),
        known => format_expected(role, known),
    };
    Err(
        CliError::undetermined("no source of the stage names this role in `?role=`")
            .with_help(help),
    )
}

fn print_notes(lookup_notes: &[String], policy: &Policy, format: PolicyFormat) {
    for note in lookup_notes.iter().chain(&list_notes(policy, format)) {
        output::eprint_line(&format!("note: {note}"));
    }
}

fn print_policy(policy: &Policy, stage: &str, format: PolicyFormat) -> Result<ExitCode, CliError> {
    if policy.is_empty() {
        output::eprint_line("no permission is needed: the stage sends no request to AWS");
        return Ok(ExitCode::SUCCESS);
    }
    output::print_document(&render(policy, stage, format))?;
    Ok(ExitCode::SUCCESS)
}
