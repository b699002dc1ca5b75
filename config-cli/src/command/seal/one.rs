//! `cargo stage seal FIELD`: one value, with the public half alone.

use super::{Place, Seal};
use crate::problem::Problem;
use crate::{input, output};

pub(super) async fn run(place: &Place, name: &str, arguments: &Seal) -> Result<(), Problem> {
    place.key()?;
    place.folder.check_free(name, arguments.overwrite)?;
    let value = input::value(name, place.stage(), arguments.trim).await?;
    place.folder.seal(&place.package, name, &value, arguments.overwrite).await?;
    let shown = place.folder.shown(name);
    output::talk(&format!("{shown} is sealed for the stage `{}`: commit it", place.stage()));
    if std::str::from_utf8(&value).is_err() {
        output::talk(
            "note: the value is not UTF-8: a field of bytes takes it, as SecretSlice<u8>, and no SecretString",
        );
    }
    Ok(())
}
