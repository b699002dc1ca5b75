//! `cargo stage seal --init`: a stage's key pair.

use stage_config_core::sealed::{KEY_FILE, StageKey};

use super::{Place, Seal, in_time};
use crate::problem::Problem;
use crate::{output, stage};

pub(super) async fn run(place: &Place, arguments: &Seal) -> Result<(), Problem> {
    check(place)?;
    let kms_key = place.named_kms_key(arguments).ok_or_else(|| no_kms_key(place))?;
    let shown = place.folder.shown(KEY_FILE);
    let kms = place.kms().await.map_err(Problem::into_refused)?;
    let made = StageKey::create(&kms, &kms_key, &place.package.app, place.stage());
    let key = in_time(&shown, made).await.map_err(Problem::into_refused)?;

    let _lock = place.folder.lock().await?;
    check(place)?;
    place.folder.write(KEY_FILE, &key.to_string(), false).await?;
    output::talk(&format!(
        "{shown} is made for the app `{}`, under the KMS key {}: commit it",
        key.app(),
        key.kms_key()
    ));
    output::talk(&format!("next: cargo stage seal FIELD --stage {}", place.stage()));
    Ok(())
}

/// A new key makes everything unreadable that was sealed for the old one.
fn check(place: &Place) -> Result<(), Problem> {
    let shown = place.folder.shown(KEY_FILE);
    if place.folder.holds(KEY_FILE) {
        let what = format!("{shown} exists: the stage `{}` has a key", place.stage());
        let remedy =
            format!("for a new one, with everything sealed anew: cargo stage seal --rekey --stage {}", place.stage());
        return Err(Problem::refused(what).remedy(remedy));
    }
    if let [first, ..] = place.folder.names()?.as_slice() {
        let what = format!("{} was sealed for a key that is gone: {shown} is absent", place.folder.shown(first));
        let remedy = "take the key back from git, or remove the values that nobody can read any more";
        return Err(Problem::refused(what).remedy(remedy));
    }
    stage::check_new(&place.package, place.stage())
}

fn no_kms_key(place: &Place) -> Problem {
    let stage = place.stage();
    let table = if stage.contains('.') { format!("{stage:?}") } else { stage.to_owned() };
    Problem::refused(format!("no KMS key is named for the stage `{stage}`")).remedy(format!(
        "give --kms-key, or write `kms_key = \"…\"` into [package.metadata.stage.{table}] of Cargo.toml"
    ))
}
