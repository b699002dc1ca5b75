//! What may stand in a header, and what must.

use super::{KEY_FILE, SealedErrorKind, error::Fault};
use stage_config_grammar::{source::check_sealed, stage::check_name};

/// What a file says of its app and stage, against what is asked for.
pub(super) fn check_same(app: &str, wanted_app: &str, stage: &str, wanted_stage: &str) -> Result<(), Fault> {
    if app != wanted_app {
        return Err(Fault::new(SealedErrorKind::WrongApp, format!("it is of the app `{app}`, not of `{wanted_app}`")));
    }
    if stage != wanted_stage {
        let detail = format!("it is of the stage `{stage}`, not of `{wanted_stage}`");
        return Err(Fault::new(SealedErrorKind::WrongStage, detail));
    }
    Ok(())
}

/// Names stand in headers, in the encryption context and in commands: none may break out of these.
pub(super) fn check_owner(app: &str, stage: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '@');
    if app.is_empty() || app.len() > 256 || !app.chars().all(plain) {
        let detail = "the app's name is empty, too long, or has other characters than letters, digits and `_-./+@`";
        return Err(Fault::new(SealedErrorKind::InvalidName, detail));
    }
    check_name(stage).map_err(|_| Fault::new(SealedErrorKind::InvalidName, "the stage's name is none"))
}

pub(super) fn check_file(name: &str) -> Result<(), Fault> {
    let checked = if name.len() > 128 { Err(()) } else { check_sealed(name).map_err(|_| ()) };
    checked.map_err(|()| {
        let detail = format!(
            "the value's name has other characters than letters, digits and `._-`, begins with `.` or `-`, is too long, or is \
             `{KEY_FILE}`"
        );
        Fault::new(SealedErrorKind::InvalidName, detail)
    })
}

pub(super) fn check_kms_key(key: &str) -> Result<(), Fault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
    if key.is_empty() || key.len() > 2048 || !key.bytes().all(plain) {
        let detail = "the KMS key is neither an id, nor an alias, nor an ARN";
        return Err(Fault::new(SealedErrorKind::InvalidName, detail));
    }
    Ok(())
}
