//! Checks source literals: each one is parsed for every stage and field that uses it.

use std::slice;

use super::attr::SourceText;
use super::diagnostics::Diagnostics;
use stage_config_grammar::source::{Address, Placeholders, Source};

/// The name that represents all undeclared stages in the check of their sources.
pub(super) const UNDECLARED: &str = "qa1";

/// The schemes that need a cargo feature, each with this feature and whether it is enabled.
const FEATURES: [(&str, &str, bool); 5] = [
    ("ssm", "ssm", cfg!(feature = "ssm")),
    (
        "secret",
        "secrets-manager",
        cfg!(feature = "secrets-manager"),
    ),
    ("appconfig", "appconfig", cfg!(feature = "appconfig")),
    ("kms-env", "kms", cfg!(feature = "kms")),
    ("sealed", "kms", cfg!(feature = "kms")),
];

/// The stages and fields that use a source.
pub(super) struct SourceUsage<'a> {
    /// The declared stages that use the source.
    pub(super) stages: Vec<&'a str>,
    /// Whether undeclared stages use it too.
    pub(super) fallback: bool,
    /// Whether the source belongs to the key `all` of a struct that inherits, whose stages only the
    /// root knows.
    pub(super) stages_unknown: bool,
    /// For a template, the fields that use it and the replacement of `{app}`.
    pub(super) template: Option<(Vec<&'a str>, &'a str)>,
    /// `#[config(schemes(…))]`.
    pub(super) schemes: &'a [String],
}

/// How visible the value of a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SourceVisibility {
    /// `value:`, whose value is visible in the source code.
    InCode,
    /// `env:` without the option that permits plain text. The value is visible in the function's
    /// settings.
    InSettings,
    /// Any other source. A secret is allowed in it.
    Protected,
}

impl SourceVisibility {
    /// Returns why a secret is not allowed in the source, and what to do. Returns `None` if a
    /// secret is allowed.
    pub(super) fn secret_message(self) -> Option<&'static str> {
        match self {
            Self::InCode => {
                Some("`value:` is visible in the source code: keep the secret in `ssm:`")
            }
            Self::InSettings => Some(
                "`env:` is visible in the function's settings: keep the secret in `ssm:`, or add \
                 `?plaintext=allow`",
            ),
            Self::Protected => None,
        }
    }
}

/// Checks a chain, with at most one error for each literal. Returns the valid sources.
pub(super) fn check_chain<'l>(
    literals: &'l [SourceText],
    usage: &SourceUsage<'_>,
    report: &mut Diagnostics,
) -> Vec<(&'l SourceText, SourceVisibility)> {
    let mut texts: Vec<String> = Vec::new();
    let mut valid: Vec<(&SourceText, SourceVisibility)> = Vec::new();
    for literal in literals {
        let text = literal.value();
        let checked = if texts.contains(&text) {
            Err(format!("`{text}` occurs twice in this chain: keep one"))
        } else if valid
            .last()
            .is_some_and(|(_, visibility)| *visibility == SourceVisibility::InCode)
        {
            Err(
                "a `value:` source is never missing, so the sources after it are never used: move it \
                 to the end of the chain"
                    .to_owned(),
            )
        } else {
            check_text(&text, usage)
        };
        match checked {
            Ok(visibility) => valid.push((literal, visibility)),
            Err(message) => report.error(literal, literal.explain(&message)),
        }
        texts.push(text);
    }

    valid
}

/// Parses the text once for each stage and field, and stops at the first error.
fn check_text(text: &str, usage: &SourceUsage<'_>) -> Result<SourceVisibility, String> {
    let undeclared = (usage.fallback || usage.stages.is_empty()).then_some(UNDECLARED);
    let fields = match &usage.template {
        // If no field uses the template yet, parse it for a field with a plain name.
        Some((fields, _)) if fields.is_empty() => vec![Some("field")],
        Some((fields, _)) => fields.iter().copied().map(Some).collect(),
        None => vec![None],
    };

    let schemes: Vec<_> = usage.schemes.iter().map(String::as_str).collect();
    let mut visibility = SourceVisibility::Protected;
    for stage in usage.stages.iter().copied().chain(undeclared) {
        for field in &fields {
            let placeholders = Placeholders {
                stage: Some(stage),
                field: field.as_ref().map(slice::from_ref),
                app: usage.template.as_ref().map(|(_, app)| *app),
            };
            let source = Source::resolve(text, &placeholders, &schemes)
                .map_err(|error| error.to_string())?;
            check_rules(text, &source.address, usage)?;
            check_feature(&source.address)?;
            visibility = find_visibility(&source.address);
        }
    }

    Ok(visibility)
}

/// Checks the rules that depend on where a text is used, for example in a template. The grammar
/// cannot check them, because it sees only the text.
fn check_rules(text: &str, address: &Address, usage: &SourceUsage<'_>) -> Result<(), String> {
    match address {
        Address::Value(_) => Ok(()),
        Address::Secret { .. } | Address::AppConfig { .. }
            if usage.template.is_some() && !text.contains("{field}") && !text.contains('#') =>
        {
            let noun = match address {
                Address::Secret { .. } => "secret",
                _ => "configuration",
            };
            Err(format!(
                "without `{{field}}` every field would read the same value: to read one key of the \
                 {noun} for each field, write `{text}#{{field}}`"
            ))
        }
        Address::ParameterPath { .. } if usage.template.is_some() => Err(
            "a template cannot read all parameters below a path: write this source at the field, \
             in its own `#[stage(…)]`"
                .to_owned(),
        ),
        _ if usage.template.is_some() && !text.contains("{field}") => Err(
            "without `{field}` every field would read the same value: write it as in \
             `/payments/dev/{field}`"
                .to_owned(),
        ),
        Address::Sealed { name, stage } if stage.is_none() || text.contains("{stage}") => {
            if usage.fallback {
                Err(format!(
                    "an undeclared stage has no sealed files: name the stage of the file, as in \
                     `sealed:dev/{name}`"
                ))
            } else if usage.stages_unknown {
                Err(format!(
                    "each stage has its own file, but only the root knows the stages of `all`: \
                     name each stage, as in `dev = \"sealed:{name}\"`, or declare them with \
                     `#[stage(dev, prod)]` on this struct"
                ))
            } else {
                Ok(())
            }
        }
        _ => Ok(()),
    }
}

fn check_feature(address: &Address) -> Result<(), String> {
    let scheme = address.scheme();
    let by_scheme = FEATURES.iter().find(|(known, ..)| *known == scheme);
    let (subject, feature) = match by_scheme {
        Some((_, feature, false)) => (format!("`{scheme}:`"), *feature),
        _ if address.role().is_some() && !cfg!(feature = "assume-role") => {
            ("`?role=`".to_owned(), "assume-role")
        }
        _ => return Ok(()),
    };
    Err(format!(
        "{subject} needs the cargo feature `{feature}` of stage-config: add it to `features` in \
         Cargo.toml"
    ))
}

fn find_visibility(address: &Address) -> SourceVisibility {
    match address {
        Address::Value(_) => SourceVisibility::InCode,
        Address::Env {
            plaintext_allowed: false,
            ..
        } => SourceVisibility::InSettings,
        _ => SourceVisibility::Protected,
    }
}
