//! Commands of the AWS CLI in a help. Each can be pasted into a shell.

use stage_config_grammar::shell::quote;
use stage_config_grammar::source::Address;

/// Returns the command `aws COMMAND`, with the region that the address names. Without a region,
/// the AWS CLI uses that of its user, as the program does.
pub(super) fn aws(command: &str, address: &Address) -> String {
    match address.region() {
        Some(region) => format!("aws {command} --region {}", quote(region)),
        None => format!("aws {command}"),
    }
}

/// Returns the command `aws secretsmanager VERB` for the secret with this name or ARN. `options`
/// are its further options.
pub(super) fn aws_secret(verb: &str, id: &str, options: &str, address: &Address) -> String {
    let separator = if options.is_empty() { "" } else { " " };
    let id = quote(id);
    let command = format!("secretsmanager {verb} --secret-id {id}{separator}{options}");
    aws(&command, address)
}
