//! `cargo stage seal --init`: creates a stage's key pair.

use stage_config_core::Help;
use stage_config_core::sealed::{KEY_FILE, StageKey};

use super::{SealArguments, SealContext, await_kms};
use crate::error::CliError;
use crate::{invocation, output, stage_name};

pub(super) async fn run(context: &SealContext, arguments: &SealArguments) -> Result<(), CliError> {
    check_no_key(context)?;
    let kms_key = context
        .named_kms_key(arguments)
        .ok_or_else(|| no_kms_key_error(context))?;
    let display_path = context.folder.display_path(KEY_FILE);
    let kms = context.connect_kms().await.map_err(CliError::into_failed)?;
    let creation = StageKey::create(&kms, &kms_key, &context.package.app, context.stage());
    let key = await_kms(&display_path, creation)
        .await
        .map_err(CliError::into_failed)?;

    let _lock = context.folder.lock().await?;
    check_no_key(context)?;
    context
        .folder
        .write(KEY_FILE, &key.to_string(), false)
        .await?;
    output::eprint_line(&format!(
        "{display_path} is created for the app `{}`, under the KMS key {}: commit it",
        key.app(),
        key.kms_key()
    ));
    output::eprint_line(&invocation::format_step(
        "next",
        &invocation::field_command("seal", "NAME", context.stage()),
    ));
    Ok(())
}

/// Checks that the stage has neither a key nor values, because a new key could not decrypt existing
/// values. Also checks that no other stage has a name that differs from this stage's name only in
/// case.
fn check_no_key(context: &SealContext) -> Result<(), CliError> {
    let display_path = context.folder.display_path(KEY_FILE);
    if context.folder.contains(KEY_FILE) {
        let message = format!(
            "{display_path} exists: the stage `{}` has a key",
            context.stage()
        );
        let help = Help::run_to(
            "to create a new key and reseal all values",
            invocation::stage_command("seal --rekey", context.stage()),
        );
        return Err(CliError::failed(message).with_help(help));
    }
    if let [first, ..] = context.folder.list_names()?.as_slice() {
        let message = format!(
            "{} was sealed for a key that no longer exists: {display_path} is missing",
            context.folder.display_path(first)
        );
        let help =
            "restore the key from git, or remove the values, which cannot be decrypted without it";
        return Err(CliError::failed(message).with_help(help));
    }
    stage_name::check_new(&context.package, context.stage())
}

fn no_kms_key_error(context: &SealContext) -> CliError {
    let stage = context.stage();
    let table = if stage.contains('.') {
        format!("{stage:?}")
    } else {
        stage.to_owned()
    };
    CliError::failed(format!("no KMS key is named for the stage `{stage}`")).with_help(format!(
        "give --kms-key, or write `kms_key = \"…\"` into [package.metadata.stage.{table}] of \
         Cargo.toml"
    ))
}
