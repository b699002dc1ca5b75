//! `cargo stage seal NAME`: seals one value with the public half of the key pair.

use super::{SealArguments, SealContext};
use crate::error::CliError;
use crate::input::{self, Typing};
use crate::{invocation, output};
use stage_config_core::Help;

pub(super) async fn run(
    context: &SealContext,
    name: &str,
    arguments: &SealArguments,
) -> Result<(), CliError> {
    context.require_key()?;
    context.folder.check_free(name, arguments.overwrite)?;
    if let Some(similar) = context.folder.find_similar(name)? {
        let purpose = format!("note: `{name}` is a new value; to replace the existing `{similar}`");
        let seal = invocation::stage_command(&format!("seal {similar}"), context.stage());
        let help = Help::run_to(purpose, format!("{seal} --overwrite"));
        output::eprint_line(&invocation::complete(help).to_string());
    }
    // The command does not know the type of the field.
    let typing = Typing::SECRET_TEXT;
    let value = input::read_value(name, context.stage(), arguments.trim, typing).await?;
    context
        .folder
        .seal(&context.package, name, &value, arguments.overwrite)
        .await?;
    let display_path = context.folder.display_path(name);
    output::eprint_line(&format!(
        "{display_path} is sealed for the stage `{}`: commit it",
        context.stage()
    ));
    if std::str::from_utf8(&value).is_err() {
        output::eprint_line(
            "note: the value is not UTF-8: the type of its field must be bytes, such as \
             SecretSlice<u8>, and not SecretString",
        );
    }
    Ok(())
}
