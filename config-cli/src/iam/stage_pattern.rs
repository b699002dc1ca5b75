//! A pattern of stages, such as `pr-*`. A plan needs the name of one stage, so a text (the token)
//! replaces the `*` of the pattern. In the addresses of the plan, `*` then replaces the token
//! again.

use stage_config_core::{Schema, Stage};
use stage_config_grammar::stage::{check_name, check_pattern, matches};

use crate::error::CliError;
use crate::stage_name;

/// The stage of a policy, or the pattern of stages.
#[derive(Debug, Clone)]
pub(crate) struct StagePattern {
    /// The stage to plan.
    pub(crate) stage: Stage,
    /// The text that replaces `*` in the planned stage's name. The schema does not contain this
    /// text. It is `None` for a single stage.
    token: Option<String>,
}

impl StagePattern {
    /// Returns the pattern that matches only this stage.
    pub(crate) fn exact(stage: Stage) -> Self {
        Self { stage, token: None }
    }

    /// Checks a name or a pattern against the schema's rules for stages.
    pub(crate) fn choose(schema: &Schema, text: &str) -> Result<Self, CliError> {
        if !text.contains('*') {
            return Ok(Self {
                stage: stage_name::choose(schema, text, text)?,
                token: None,
            });
        }

        let to_error =
            |message: String| CliError::undetermined(stage_name::redact_name(&message, text));
        let pattern_error =
            |error| to_error(format!("{text:?} is not a pattern of stages: {error}"));
        check_pattern(text).map_err(pattern_error)?;

        let token = choose_token(schema, text).ok_or_else(|| {
            to_error(format!(
                "`{text}` and the `preview` patterns use almost every \
                 letter and digit, and the command needs two unused \
                 ones"
            ))
        })?;
        let name = text.replace('*', &token);
        check_name(&name).map_err(pattern_error)?;
        Ok(Self {
            stage: stage_name::choose(schema, &name, text)?,
            token: Some(token),
        })
    }

    /// Returns whether this is a pattern for several stages.
    pub(crate) fn is_pattern(&self) -> bool {
        self.token.is_some()
    }

    /// Replaces the token with `*` in a part of an address of the plan.
    pub(crate) fn restore(&self, text: &str) -> String {
        match &self.token {
            Some(token) => text.replace(token.as_str(), "*"),
            None => text.to_owned(),
        }
    }

    /// Returns the declared stages that the pattern matches. The policy does not cover them,
    /// because they have their own sources.
    pub(crate) fn find_declared<'a>(&self, schema: &'a Schema) -> Vec<&'a str> {
        let pattern = self.restore(self.stage.name());
        schema
            .stages
            .iter()
            .copied()
            .filter(|stage| self.is_pattern() && matches(&pattern, stage))
            .collect()
    }
}

/// Chooses the token: a text that only the `*` of a preview pattern matches, and that occurs in the
/// addresses of the plan only where the name of the stage is inserted. Returns `None` if the
/// patterns leave fewer than two unused letters or digits.
///
/// - No pattern contains a character of the token. So a pattern that matches the token also matches
///   any other text in its position.
/// - The last character of the token differs from the others. So the token never overlaps itself.
/// - The schema does not contain the token.
fn choose_token(schema: &Schema, pattern: &str) -> Option<String> {
    let patterns = schema.preview.unwrap_or_default().join(" ") + pattern;
    let mut unused = ('0'..='9')
        .chain('a'..='z')
        .chain('A'..='Z')
        .rev()
        .filter(|c| !patterns.contains(*c));
    let (repeated, last) = (unused.next()?, unused.next()?);

    let schema_text = format!("{schema:?}");
    (1..)
        .map(|count| repeated.to_string().repeat(count) + &last.to_string())
        .find(|token| !schema_text.contains(token))
}
