//! `cargo stage seal --rekey`: a new key pair, and everything sealed for it.

use stage_config_core::sealed::{Kms, SealedError, SealedValue, StageKey};
use zeroize::Zeroizing;

use super::{Place, in_time, kms};
use crate::args::Seal;
use crate::folder::KEY;
use crate::output;
use crate::problem::Problem;

/// The values in clear, with their names.
type Opened = Vec<(String, Zeroizing<Vec<u8>>)>;

pub(super) async fn run(place: &Place, arguments: &Seal) -> Result<(), Problem> {
    // For all of it: a value that is sealed meanwhile would be lost with the old key.
    let _lock = place.folder.lock().await?;
    let old = place.key()?;
    let kms = kms().await.map_err(Problem::as_refused)?;
    let opened = open(place, &old, &kms).await.map_err(Problem::as_refused)?;

    let kms_key = place.named_kms_key(arguments).unwrap_or(old.kms_key());
    let made = StageKey::create(&kms, kms_key, old.app(), old.stage());
    let new = in_time("the new key", made).await.map_err(Problem::as_refused)?;
    let files = seal(&new, &opened)?;
    check(&new, &kms, &files, &opened).await.map_err(Problem::as_refused)?;

    // Nothing waits from here on: Ctrl-C finds the old files or the new ones.
    let mut texts = vec![(KEY.to_owned(), new.to_string())];
    texts.extend(files.iter().map(|(name, value)| (name.clone(), value.to_string())));
    place.folder.replace_all(&texts)?;
    let stage = place.stage();
    let shown = place.folder.shown(KEY);
    output::talk(&format!("{shown} is new, under the KMS key {}; values sealed anew: {}", new.kms_key(), files.len()));
    output::talk(&format!(
        "commit sealed/{stage}, build and deploy: programs built before keep reading their own copies"
    ));
    output::talk("git keeps the old files: whoever could decrypt them still can, unless the values themselves change");
    Ok(())
}

/// Every value of the stage. One that cannot be read stops the whole: it would be lost.
async fn open(place: &Place, key: &StageKey, kms: &Kms) -> Result<Opened, Problem> {
    let mut values = Vec::new();
    for name in place.folder.names()? {
        let shown = place.folder.shown(&name);
        let text = place.folder.read(&name)?.unwrap_or_default();
        let wrong = |error: SealedError| Problem::of_sealed(&shown, &error);
        let value = SealedValue::parse(&text).map_err(wrong)?;
        value.verify(key, &name).map_err(wrong)?;
        values.push((name, value));
    }
    let unlocked = in_time(&place.folder.shown(KEY), key.unlock(kms)).await?;
    let open = |(name, value): (String, SealedValue)| match unlocked.open(&value, &name) {
        Ok(opened) => Ok((name, opened)),
        Err(error) => Err(Problem::of_sealed(&place.folder.shown(&name), &error)),
    };
    values.into_iter().map(open).collect()
}

fn seal(key: &StageKey, opened: &Opened) -> Result<Vec<(String, SealedValue)>, Problem> {
    let seal = |(name, value): &(String, Zeroizing<Vec<u8>>)| match key.seal(name, value) {
        Ok(sealed) => Ok((name.clone(), sealed)),
        Err(error) => Err(Problem::of_sealed(&format!("`{name}`, to be sealed anew"), &error)),
    };
    opened.iter().map(seal).collect()
}

/// Reads the new files back before the old ones go: a key that KMS wraps and these credentials cannot unwrap would be the end
/// of all values.
async fn check(key: &StageKey, kms: &Kms, files: &[(String, SealedValue)], opened: &Opened) -> Result<(), Problem> {
    let unlocked = in_time("the new key", key.unlock(kms)).await?;
    for ((name, value), (_, expected)) in files.iter().zip(opened) {
        let read = unlocked.open(value, name);
        let read = read.map_err(|error| Problem::of_sealed(&format!("`{name}`, sealed anew"), &error))?;
        if read != *expected {
            return Err(Problem::refused(format!(
                "`{name}`, sealed anew, does not read as it did: nothing was changed"
            )));
        }
    }
    Ok(())
}
