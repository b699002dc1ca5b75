//! Checks the names in the headers of sealed files.

use super::{KEY_FILE, SealedErrorKind, error::SealedFault};
use stage_config_grammar::{source::check_sealed_name, stage::check_name};

/// Compares the app and the stage that a file declares with those that are expected.
pub(super) fn check_same(
    app: &str,
    expected_app: &str,
    stage: &str,
    expected_stage: &str,
) -> Result<(), SealedFault> {
    if app != expected_app {
        return Err(SealedFault::new(
            SealedErrorKind::WrongApp,
            format!("it belongs to the app `{app}`, not to `{expected_app}`"),
        ));
    }
    if stage != expected_stage {
        let detail = format!("it belongs to the stage `{stage}`, not to `{expected_stage}`");
        return Err(SealedFault::new(SealedErrorKind::WrongStage, detail));
    }
    Ok(())
}

/// Checks the names of an app and a stage. Headers, the encryption context and commands contain
/// these names, so no character of a name may have a special meaning there.
pub(super) fn check_owner(app: &str, stage: &str) -> Result<(), SealedFault> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '+' | '@');
    if app.is_empty() || app.len() > 256 || !app.chars().all(plain) {
        let detail = "the app's name is empty, is too long, or has characters other than letters, \
                      digits and `_-./+@`";
        return Err(SealedFault::new(SealedErrorKind::InvalidName, detail));
    }
    check_name(stage).map_err(|_| {
        SealedFault::new(
            SealedErrorKind::InvalidName,
            "the stage's name is not valid",
        )
    })
}

pub(super) fn check_file(name: &str) -> Result<(), SealedFault> {
    let checked = if name.len() > 128 {
        Err(())
    } else {
        check_sealed_name(name).map_err(|_| ())
    };
    checked.map_err(|()| {
        let detail = format!(
            "the value's name has characters other than letters, digits and `._-`, begins with `.` \
             or `-`, is too long, or is `{KEY_FILE}`"
        );
        SealedFault::new(SealedErrorKind::InvalidName, detail)
    })
}

pub(super) fn check_kms_key(key: &str) -> Result<(), SealedFault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte);
    if key.is_empty() || key.len() > 2048 || !key.bytes().all(plain) {
        let detail = "the KMS key is neither an ID, nor an alias, nor an ARN";
        return Err(SealedFault::new(SealedErrorKind::InvalidName, detail));
    }
    Ok(())
}
