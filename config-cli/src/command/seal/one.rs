//! `cargo stage seal FIELD`: one value, with the public half alone.

use super::Place;
use crate::args::Seal;
use crate::problem::Problem;
use crate::{input, output};

pub(super) async fn run(place: &Place, name: &str, arguments: &Seal) -> Result<(), Problem> {
    place.key()?;
    place.check_free(name, arguments.overwrite)?;
    let value = input::value(name, place.stage(), arguments.trim).await?;

    // Nothing waits from here on, so that Ctrl-C finds either nothing done or everything.
    let _lock = place.folder.lock().await?;
    // Read anew: another command may have changed it while the value was typed.
    let key = place.key()?;
    let shown = place.folder.shown(name);
    let sealed = key.seal(name, &value).map_err(|error| Problem::of_sealed(&shown, &error))?;
    place.folder.write(name, &sealed.to_string(), arguments.overwrite)?;
    output::talk(&format!("{shown} is sealed for the stage `{}`: commit it", place.stage()));
    if std::str::from_utf8(&value).is_err() {
        output::talk(
            "note: the value is not UTF-8: a field of bytes takes it, as SecretSlice<u8>, and no SecretString",
        );
    }
    Ok(())
}
