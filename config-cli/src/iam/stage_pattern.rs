//! A pattern of stages: the plan is made for a stage that matches, and the pattern is then restored
//! in the names of the plan.

use stage_config_core::{Schema, Stage};
use stage_config_grammar::stage::{check_name, check_pattern, matches};

use crate::error::CliError;
use crate::stage_name;

/// The stage of a policy, or the pattern of stages.
#[derive(Debug, Clone)]
pub(crate) struct StagePattern {
    /// The stage to plan.
    pub(crate) stage: Stage,
    /// The text that replaces `*` in the planned stage's name. The schema does not contain it.
    token: Option<String>,
}

impl StagePattern {
    /// Checks a name or a pattern against the schema's rules for stages.
    pub(crate) fn choose(schema: &Schema, text: &str) -> Result<Self, CliError> {
        if !text.contains('*') {
            return Ok(Self { stage: stage_name::choose(schema, text, text)?, token: None });
        }
        let refused = |what: String| CliError::undetermined(stage_name::redact_name(&what, text));
        let no_pattern = |error| refused(format!("{text:?} is not a pattern of stages: {error}"));
        check_pattern(text).map_err(no_pattern)?;
        let token = choose_token(schema, text)
            .ok_or_else(|| refused(format!("`{text}` and the `preview` patterns use almost every letter and digit, and the command needs two unused ones")))?;
        let name = text.replace('*', &token);
        check_name(&name).map_err(no_pattern)?;
        Ok(Self { stage: stage_name::choose(schema, &name, text)?, token: Some(token) })
    }

    /// Returns whether this is a pattern for several stages.
    pub(crate) fn is_pattern(&self) -> bool {
        self.token.is_some()
    }

    /// Restores the pattern in a part of an address of the plan.
    pub(crate) fn restore(&self, text: &str) -> String {
        match &self.token {
            Some(token) => text.replace(token.as_str(), "*"),
            None => text.to_owned(),
        }
    }

    /// Returns the declared stages that the pattern matches but does not cover: they have their own
    /// sources.
    pub(crate) fn find_declared<'a>(&self, schema: &'a Schema) -> Vec<&'a str> {
        let pattern = self.restore(self.stage.name());
        let alike = schema.stages.iter().copied().filter(|stage| self.is_pattern() && matches(&pattern, stage));
        alike.collect()
    }
}

/// Chooses a text that only a `*` of a preview pattern matches, and that can be found again in the
/// names of the plan.
///
/// No pattern contains its characters, so a pattern that matches the token also matches any other
/// text in its position. Its last character differs from the others, so it never overlaps itself.
/// It is longer than any part of it in the schema.
fn choose_token(schema: &Schema, pattern: &str) -> Option<String> {
    let patterns = schema.preview.unwrap_or_default().join(" ") + pattern;
    let mut free = ('0'..='9').chain('a'..='z').chain('A'..='Z').rev().filter(|c| !patterns.contains(*c));
    let (many, last) = (free.next()?, free.next()?);
    let everything = format!("{schema:?}");
    (1..).map(|count| many.to_string().repeat(count) + &last.to_string()).find(|token| !everything.contains(token))
}
