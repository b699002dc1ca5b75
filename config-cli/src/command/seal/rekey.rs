//! `cargo stage seal --rekey`: creates a new key pair and reseals all values for it.

use stage_config_core::sealed::{
    KEY_FILE, KmsClient, SealedError, SealedValue, StageKey, UnlockedKey,
};

use super::{SealArguments, SealContext, await_kms};
use crate::error::CliError;
use crate::{invocation, output};

/// The sealed values with their names.
type SealedValues = Vec<(String, SealedValue)>;

pub(super) async fn run(context: &SealContext, arguments: &SealArguments) -> Result<(), CliError> {
    // Hold the lock until the end. Otherwise, a value that another command seals in the meantime
    // would be lost with the old key.
    let _lock = context.folder.lock().await?;
    let old = context.require_key()?;
    let old_values = read_values(context, &old)?;
    let kms = context.connect_kms().await.map_err(CliError::into_failed)?;
    let unlocked = unlock(&context.folder.display_path(KEY_FILE), &old, &kms).await?;

    let kms_key = context
        .named_kms_key(arguments)
        .unwrap_or_else(|| old.kms_key().to_owned());
    let creation = StageKey::create(&kms, &kms_key, old.app(), old.stage());
    let new = await_kms("the new key", creation)
        .await
        .map_err(CliError::into_failed)?;
    let new_values = reseal_values(context, &old_values, &unlocked, &new)?;
    // Check that KMS can unwrap the new key. Otherwise, all values would be lost.
    let unlocked_new = unlock("the new key", &new, &kms).await?;
    check_resealed(&old_values, &unlocked, &new_values, &unlocked_new)?;

    // Nothing below waits for KMS: Ctrl-C leaves either the old files or the new ones.
    let mut files = vec![(KEY_FILE.to_owned(), new.to_string())];
    files.extend(
        new_values
            .iter()
            .map(|(name, value)| (name.clone(), value.to_string())),
    );
    context.folder.replace_all(&files).await?;

    let stage = context.stage();
    let key_path = context.folder.display_path(KEY_FILE);
    output::eprint_line(&format!(
        "{key_path} is a new key, under the KMS key {}; resealed values: {}",
        new.kms_key(),
        new_values.len()
    ));
    output::eprint_line(&format!(
        "commit sealed/{stage}, build and deploy: programs that are already built keep reading \
         their own copies"
    ));
    if context.folder.has_snapshot() {
        output::eprint_line(&invocation::format_step(
            "the snapshot of the stage is sealed for the old key pair",
            &invocation::stage_command("snapshot", stage),
        ));
    }
    output::eprint_line(
        "git keeps the old files, and a person who could decrypt them still can: replace the \
         values themselves, for example with new passwords",
    );
    Ok(())
}

/// Reads every value of the stage. One unreadable value is an error, because that value would be
/// lost.
fn read_values(context: &SealContext, key: &StageKey) -> Result<SealedValues, CliError> {
    let mut values = Vec::new();
    for name in context.folder.list_names()? {
        let display_path = context.folder.display_path(&name);
        let text = context.folder.read(&name)?.unwrap_or_default();
        let to_error = |error: SealedError| CliError::from_sealed(&display_path, &error);
        let value = SealedValue::parse(&text).map_err(to_error)?;
        value.verify(key, &name).map_err(to_error)?;
        values.push((name, value));
    }
    Ok(values)
}

async fn unlock(subject: &str, key: &StageKey, kms: &KmsClient) -> Result<UnlockedKey, CliError> {
    await_kms(subject, key.unlock(kms))
        .await
        .map_err(CliError::into_failed)
}

fn reseal_values(
    context: &SealContext,
    values: &SealedValues,
    unlocked: &UnlockedKey,
    new: &StageKey,
) -> Result<SealedValues, CliError> {
    let reseal = |(name, value): &(String, SealedValue)| match unlocked.reseal(value, name, new) {
        Ok(sealed) => Ok((name.clone(), sealed)),
        Err(error) => Err(CliError::from_sealed(
            &context.folder.display_path(name),
            &error,
        )),
    };
    values.iter().map(reseal).collect()
}

/// Checks that each new value decrypts to the same bytes as the old value, before the old files are
/// removed.
fn check_resealed(
    old: &SealedValues,
    unlocked: &UnlockedKey,
    new: &SealedValues,
    unlocked_new: &UnlockedKey,
) -> Result<(), CliError> {
    for ((name, old), (_, new)) in old.iter().zip(new) {
        let subject = format!("the resealed value `{name}`");
        let to_error = |error: SealedError| CliError::from_sealed(&subject, &error);
        if unlocked.open(old, name).map_err(to_error)?
            != unlocked_new.open(new, name).map_err(to_error)?
        {
            return Err(CliError::failed(format!(
                "{subject} differs from the old value: nothing was changed"
            )));
        }
    }
    Ok(())
}
