//! `cargo stage seal --rekey`: a new key pair, and everything sealed for it.

use stage_config_core::sealed::{KEY_FILE, Kms, SealedError, SealedValue, StageKey, UnlockedKey};

use super::{Place, Seal, in_time};
use crate::output;
use crate::problem::Problem;

/// The sealed values with their names.
type Values = Vec<(String, SealedValue)>;

pub(super) async fn run(place: &Place, arguments: &Seal) -> Result<(), Problem> {
    // For all of it: a value that is sealed meanwhile would be lost with the old key.
    let _lock = place.folder.lock().await?;
    let old = place.key()?;
    let old_values = read(place, &old)?;
    let kms = place.kms().await.map_err(Problem::into_refused)?;
    let unlocked = unlock(&place.folder.shown(KEY_FILE), &old, &kms).await?;

    let kms_key = place.named_kms_key(arguments).unwrap_or_else(|| old.kms_key().to_owned());
    let made = StageKey::create(&kms, &kms_key, old.app(), old.stage());
    let new = in_time("the new key", made).await.map_err(Problem::into_refused)?;
    let new_values = reseal(place, &old_values, &unlocked, &new)?;
    // A key that KMS wraps, and that these credentials cannot unwrap, would be the end of all values.
    let unlocked_new = unlock("the new key", &new, &kms).await?;
    compare(&old_values, &unlocked, &new_values, &unlocked_new)?;

    // Nothing waits from here on: Ctrl-C finds the old files or the new ones.
    let mut files = vec![(KEY_FILE.to_owned(), new.to_string())];
    files.extend(new_values.iter().map(|(name, value)| (name.clone(), value.to_string())));
    place.folder.replace_all(&files).await?;
    let stage = place.stage();
    let shown = place.folder.shown(KEY_FILE);
    output::talk(&format!(
        "{shown} is new, under the KMS key {}; values sealed anew: {}",
        new.kms_key(),
        new_values.len()
    ));
    output::talk(&format!(
        "commit sealed/{stage}, build and deploy: programs built before keep reading their own copies"
    ));
    if place.folder.has_snapshot() {
        output::talk(&format!(
            "the snapshot of the stage is sealed for the old key pair: cargo stage snapshot --stage {stage}"
        ));
    }
    output::talk("git keeps the old files: whoever could decrypt them still can, unless the values themselves change");
    Ok(())
}

/// Every value of the stage. One that cannot be read stops the whole: it would be lost.
fn read(place: &Place, key: &StageKey) -> Result<Values, Problem> {
    let mut values = Vec::new();
    for name in place.folder.names()? {
        let shown = place.folder.shown(&name);
        let text = place.folder.read(&name)?.unwrap_or_default();
        let wrong = |error: SealedError| Problem::of_sealed(&shown, &error);
        let value = SealedValue::parse(&text).map_err(wrong)?;
        value.verify(key, &name).map_err(wrong)?;
        values.push((name, value));
    }
    Ok(values)
}

async fn unlock(what: &str, key: &StageKey, kms: &Kms) -> Result<UnlockedKey, Problem> {
    in_time(what, key.unlock(kms)).await.map_err(Problem::into_refused)
}

fn reseal(place: &Place, values: &Values, unlocked: &UnlockedKey, new: &StageKey) -> Result<Values, Problem> {
    let reseal = |(name, value): &(String, SealedValue)| match unlocked.reseal(value, name, new) {
        Ok(sealed) => Ok((name.clone(), sealed)),
        Err(error) => Err(Problem::of_sealed(&place.folder.shown(name), &error)),
    };
    values.iter().map(reseal).collect()
}

/// Reads the new files back before the old ones go.
fn compare(old: &Values, unlocked: &UnlockedKey, new: &Values, unlocked_new: &UnlockedKey) -> Result<(), Problem> {
    for ((name, old), (_, new)) in old.iter().zip(new) {
        let what = format!("`{name}`, sealed anew");
        let wrong = |error: SealedError| Problem::of_sealed(&what, &error);
        if unlocked.open(old, name).map_err(wrong)? != unlocked_new.open(new, name).map_err(wrong)? {
            return Err(Problem::refused(format!("{what}, does not read as it did: nothing was changed")));
        }
    }
    Ok(())
}
