//! Commands of the AWS CLI in a help. Each can be pasted into bash or zsh: the text before the
//! command ends with a colon, and this module adds no text after the command.

use crate::diagnostic::Help;
use stage_config_grammar::arn::Arn;
use stage_config_grammar::shell::{aws_command, pipe_typed_line, quote};
use stage_config_grammar::source::{Address, Source};

/// Returns the command `aws COMMAND`, with the region that the address names. If the address names
/// no region, the AWS CLI uses the region of its environment, as the program does.
pub(super) fn aws(command: &str, address: &Address) -> String {
    aws_command(command, address.region())
}

/// Returns the command `aws secretsmanager VERB` for the secret with this name or ARN.
pub(super) fn aws_secret(verb: &str, id: &str, address: &Address) -> String {
    aws(
        &format!("secretsmanager {verb} --secret-id {}", quote(id)),
        address,
    )
}

/// Returns the help to run `aws COMMAND`. The help names the credentials that the command needs,
/// if they are not those of the program.
pub(super) fn run_with_role(purpose: impl Into<String>, command: &str, address: &Address) -> Help {
    let purpose = format!("{}{}", purpose.into(), name_credentials(address));
    Help::run_to(purpose, aws(command, address))
}

/// Returns the help to store a value with `aws COMMAND`. The command reads the value from standard
/// input and not from an argument, because every user of the host can see the arguments of a
/// command.
pub(super) fn type_value(source: &Source, note: &str, command: &str) -> Help {
    let value = describe_value(source);
    let credentials = name_credentials(&source.address);
    Help::run_to(
        format!("type {value}, in one line, after this command{note}{credentials}"),
        pipe_typed_line(&aws(command, &source.address)),
    )
}

/// Describes what a user stores at the address.
pub(super) fn describe_value(source: &Source) -> String {
    match &source.key {
        Some(key) => format!("a JSON object with the key `{key}`"),
        None => "the value".to_owned(),
    }
}

/// Returns the command that encrypts a value for an environment variable.
pub(super) fn encrypt_command(
    key: Option<&str>,
    has_lambda_context: bool,
    address: &Address,
) -> String {
    let context = if has_lambda_context {
        " --encryption-context LambdaFunctionName=FUNCTION"
    } else {
        ""
    };
    let command = format!(
        "kms encrypt --key-id {}{context} --plaintext fileb:///dev/stdin --query CiphertextBlob \
         --output text",
        quote(key.unwrap_or("KEY"))
    );
    pipe_typed_line(&aws(&command, address))
}

/// Names the credentials that a command needs, if they are not those of the program.
fn name_credentials(address: &Address) -> String {
    let arn = match address {
        Address::Parameter { name, .. } => Arn::parse(name),
        _ => None,
    };
    match (address.role(), arn.and_then(|arn| arn.account)) {
        (Some(role), _) => format!(", with credentials of the account of the role {role}"),
        (None, Some(account)) => format!(", with credentials of the account {account}"),
        (None, None) => String::new(),
    }
}
