//! Commands of the AWS CLI in a help. Each can be pasted into a shell.

use stage_config_grammar::shell::{aws_command, quote};
use stage_config_grammar::source::Address;

/// Returns the command `aws COMMAND`, with the region that the address names. If the address names
/// no region, the AWS CLI uses the region of its environment, as the program does.
pub(super) fn aws(command: &str, address: &Address) -> String {
    aws_command(command, address.region())
}

/// Returns the command `aws secretsmanager VERB` for the secret with this name or ARN. `options`
/// are its further options.
pub(super) fn aws_secret(verb: &str, id: &str, options: &str, address: &Address) -> String {
    let separator = if options.is_empty() { "" } else { " " };
    let id = quote(id);
    let command = format!("secretsmanager {verb} --secret-id {id}{separator}{options}");
    aws(&command, address)
}
