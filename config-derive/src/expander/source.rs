//! Literal → source: every text is read as each stage and field will read it.

use std::slice;

use stage_config_grammar::source::{Address, Placeholders, Source};
use syn::LitStr;

use super::diagnostics::Diagnostics;

/// A stage that nobody declared, for the texts that serve such.
pub(super) const UNDECLARED: &str = "qa1";

/// The schemes that need a cargo feature.
const FEATURES: [(&str, &str, bool); 4] = [
    ("ssm", "ssm", cfg!(feature = "ssm")),
    ("secret", "secrets-manager", cfg!(feature = "secrets-manager")),
    ("kms-env", "kms", cfg!(feature = "kms")),
    ("sealed", "kms", cfg!(feature = "kms")),
];

/// For whom a text is read.
pub(super) struct SourceUsage<'a> {
    /// The declared stages that it serves.
    pub(super) stages: Vec<&'a str>,
    /// It serves stages that nobody declared too.
    pub(super) fallback: bool,
    /// It is the `all` of a struct that inherits, whose stages only the root knows.
    pub(super) stages_unknown: bool,
    /// The fields that take it and what `{app}` stands for, if it is a template.
    pub(super) template: Option<(Vec<&'a str>, &'a str)>,
    /// `#[config(schemes(…))]`.
    pub(super) schemes: &'a [String],
}

/// How well a source keeps what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceVisibility {
    /// `value:`, open to whoever reads the code.
    InCode,
    /// `env:` that does not say that this is meant: open to whoever reads the function's settings.
    InSettings,
    /// A secret may stand there.
    Protected,
}

impl SourceVisibility {
    /// Why a secret may not stand there, and what to do.
    pub(super) fn secret_message(self) -> Option<&'static str> {
        match self {
            Self::InCode => Some("`value:` shows it to whoever reads the code: keep it in `ssm:`"),
            Self::InSettings => Some(
                "`env:` shows it to whoever reads the function's settings: keep it in `ssm:`, or add `?plaintext=allow`",
            ),
            Self::Protected => None,
        }
    }
}

/// Checks a chain, one error a literal; gives the arms that are sound.
pub(super) fn check_chain<'l>(
    literals: &'l [LitStr],
    readers: &SourceUsage<'_>,
    report: &mut Diagnostics,
) -> Vec<(&'l LitStr, SourceVisibility)> {
    let mut texts: Vec<String> = Vec::new();
    let mut sound: Vec<(&LitStr, SourceVisibility)> = Vec::new();
    for literal in literals {
        let text = literal.value();
        let checked = if texts.contains(&text) {
            Err(format!("`{text}` stands twice in this chain: keep one"))
        } else if sound.last().is_some_and(|(_, keeping)| *keeping == SourceVisibility::InCode) {
            Err("nothing after a `value:` is ever asked for, since a text is never missing: make it the last"
                .to_owned())
        } else {
            check_text(&text, readers)
        };
        match checked {
            Ok(keeping) => sound.push((literal, keeping)),
            Err(message) => report.error(literal, message),
        }
        texts.push(text);
    }
    sound
}

/// Reads the text once for each reader, and stops at the first that cannot.
fn check_text(text: &str, readers: &SourceUsage<'_>) -> Result<SourceVisibility, String> {
    let undeclared = (readers.fallback || readers.stages.is_empty()).then_some(UNDECLARED);
    let fields = match &readers.template {
        // A template that no field takes yet is read for one with a plain name.
        Some((fields, _)) if fields.is_empty() => vec![Some("field")],
        Some((fields, _)) => fields.iter().copied().map(Some).collect(),
        None => vec![None],
    };
    let schemes: Vec<_> = readers.schemes.iter().map(String::as_str).collect();
    let mut keeping = SourceVisibility::Protected;
    for stage in readers.stages.iter().copied().chain(undeclared) {
        for field in &fields {
            let placeholders = Placeholders {
                stage: Some(stage),
                field: field.as_ref().map(slice::from_ref),
                app: readers.template.as_ref().map(|(_, app)| *app),
            };
            let source = Source::resolve(text, &placeholders, &schemes).map_err(|error| error.to_string())?;
            check_rules(text, &source.address, readers)?;
            check_feature(source.address.scheme())?;
            keeping = find_visibility(&source.address);
        }
    }
    Ok(keeping)
}

/// What the grammar cannot know: what a text is used for.
fn check_rules(text: &str, address: &Address, readers: &SourceUsage<'_>) -> Result<(), String> {
    match address {
        Address::Value(_) => Ok(()),
        _ if readers.template.is_some() && !text.contains("{field}") => {
            Err("without `{field}` every field would read the same value: write it as in `/payments/dev/{field}`"
                .to_owned())
        }
        Address::Sealed { name, stage } if stage.is_none() || text.contains("{stage}") => {
            if readers.fallback {
                Err(format!(
                    "a stage that nobody declared has no sealed files: name the stage whose file it takes, as in \
                     `sealed:dev/{name}`"
                ))
            } else if readers.stages_unknown {
                Err(format!(
                    "each stage has a file of its own, and which stages `all` stands for only the root knows: name each, as in \
                     `dev = \"sealed:{name}\"`, or declare them by `#[stage(dev, prod)]` on this struct"
                ))
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}

fn check_feature(scheme: &str) -> Result<(), String> {
    match FEATURES.iter().find(|(known, ..)| *known == scheme) {
        None | Some((.., true)) => Ok(()),
        Some((_, feature, false)) => Err(format!(
            "`{scheme}:` needs the cargo feature `{feature}` of stage-config: add it to `features` in Cargo.toml"
        )),
    }
}

fn find_visibility(address: &Address) -> SourceVisibility {
    match address {
        Address::Value(_) => SourceVisibility::InCode,
        Address::Env { plaintext_allowed: false, .. } => SourceVisibility::InSettings,
        _ => SourceVisibility::Protected,
    }
}
