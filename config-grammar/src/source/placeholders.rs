//! Replaces `{stage}`, `{field}` and `{app}`.

use super::SourceError;
use super::parts::{Scheme, SourceParts};
use crate::suggest::format_expected;

/// The values of the placeholders. A text must not contain a placeholder whose value is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Placeholders<'a> {
    /// The value of `{stage}`.
    pub stage: Option<&'a str>,
    /// `{field}`: the levels of the path to the field. The path begins in the struct that has the
    /// template. If a nested field has the template, the path begins in the nested struct. The
    /// levels are joined by `/`; after `#` by `.`, in `env:` and `kms-env:` by `_`, in `appconfig:`
    /// and `sealed:` by `-`.
    pub field: Option<&'a [&'a str]>,
    /// The value of `{app}`.
    pub app: Option<&'a str>,
}

impl Placeholders<'_> {
    fn resolve(&self, name: &str, separator: &str) -> Result<String, SourceError> {
        let (value, why) = match name {
            "stage" => (
                self.stage.map(str::to_owned),
                "no stage is known here; write the stage's name",
            ),
            "field" => (
                self.field.map(|levels| levels.join(separator)),
                "only a struct's templates may use it; write the field's name",
            ),
            "app" => (
                self.app.map(str::to_owned),
                "only a struct's templates may use it; write the app's name",
            ),
            _ => return Err(self.unknown_error(name)),
        };
        value.ok_or_else(|| SourceError::new(format!("`{{{name}}}` is not allowed here: {why}")))
    }

    fn unknown_error(&self, name: &str) -> SourceError {
        let known = [
            ("{stage}", self.stage.is_some()),
            ("{field}", self.field.is_some()),
            ("{app}", self.app.is_some()),
        ];
        let known: Vec<_> = known
            .into_iter()
            .filter(|(_, allowed)| *allowed)
            .map(|(name, _)| name)
            .collect();
        let name = format!("{{{name}}}");
        if known.is_empty() {
            return SourceError::new(format!(
                "`{name}` is not allowed here: this text must not contain placeholders"
            ));
        }
        SourceError::new(format!(
            "unknown placeholder `{name}`; {}",
            format_expected(&name, &known)
        ))
    }
}

/// Replaces the placeholders. The text has already been split, so `?`, `&` and `#` in the value of
/// a placeholder have no special meaning.
pub(super) fn fill<'t>(
    parts: SourceParts<'t>,
    placeholders: &Placeholders<'_>,
) -> Result<SourceParts<'t>, SourceError> {
    let separator = match parts.scheme {
        Scheme::Value => return Ok(parts),
        Scheme::Ssm | Scheme::Secret | Scheme::Custom(_) => "/",
        Scheme::Env | Scheme::KmsEnv => "_",
        // A `/` would separate the parts of a name in AppConfig.
        Scheme::AppConfig | Scheme::Sealed => "-",
    };
    let address = fill_text(&parts.address, placeholders, separator)?;
    let key = parts
        .key
        .map(|key| fill_text(&key, placeholders, "."))
        .transpose()?;
    Ok(SourceParts {
        address: address.into(),
        key: key.map(Into::into),
        ..parts
    })
}

fn fill_text(
    text: &str,
    placeholders: &Placeholders<'_>,
    separator: &str,
) -> Result<String, SourceError> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let (name, after) = from
            .strip_prefix('{')
            .ok_or_else(|| SourceError::new(format!("a `}}` without its `{{` in `{text}`")))?
            .split_once('}')
            .ok_or_else(|| SourceError::new(format!("a `{{` without its `}}` in `{text}`")))?;
        filled.push_str(&placeholders.resolve(name, separator)?);
        rest = after;
    }

    filled.push_str(rest);
    Ok(filled)
}
