//! A pattern of stages in place of one: planned with a stage that matches, and put back into what the plan names.

use stage_config_core::{Schema, Stage};
use stage_config_grammar::stage::{check_name, check_pattern, matches};

use crate::error::CliError;
use crate::stage_name;

/// The stage that a policy is for, or the pattern of stages.
#[derive(Debug, Clone)]
pub(crate) struct StagePattern {
    /// The stage to plan.
    pub(crate) stage: Stage,
    /// What stands for `*` in that stage's name, which nothing else in the schema holds.
    token: Option<String>,
}

impl StagePattern {
    /// Puts a name or a pattern through the schema's rules for stages.
    pub(crate) fn choose(schema: &Schema, text: &str) -> Result<Self, CliError> {
        if !text.contains('*') {
            return Ok(Self { stage: choose_stage(schema, text, text)?, token: None });
        }
        let refused = |what: String| CliError::undetermined(stage_name::redact_name(&what, text));
        let no_pattern = |error| refused(format!("{text:?} is no pattern of stages: {error}"));
        check_pattern(text).map_err(no_pattern)?;
        let token = choose_token(schema, text)
            .ok_or_else(|| refused(format!("`{text}` and the previews leave no character to plan with")))?;
        let name = text.replace('*', &token);
        check_name(&name).map_err(no_pattern)?;
        Ok(Self { stage: choose_stage(schema, &name, text)?, token: Some(token) })
    }

    /// Whether it stands for several stages.
    pub(crate) fn is_pattern(&self) -> bool {
        self.token.is_some()
    }

    /// A part of an address of the plan with the pattern in the place of the stage.
    pub(crate) fn restore(&self, text: &str) -> String {
        match &self.token {
            Some(token) => text.replace(token.as_str(), "*"),
            None => text.to_owned(),
        }
    }

    /// Declared stages that a pattern matches, which it is not for: they have sources of their own.
    pub(crate) fn find_declared<'a>(&self, schema: &'a Schema) -> Vec<&'a str> {
        let pattern = self.restore(self.stage.name());
        let alike = schema.stages.iter().copied().filter(|stage| self.is_pattern() && matches(&pattern, stage));
        alike.collect()
    }
}

fn choose_stage(schema: &Schema, name: &str, shown: &str) -> Result<Stage, CliError> {
    Stage::choose(schema, name)
        .map_err(|error| CliError::from_stage(schema.name, &stage_name::quote_name(shown), &error))
}

/// A text that only a `*` of a preview's pattern takes, and that can be found again in what the plan names.
///
/// Its characters stand in no pattern, so that a preview that takes the token takes any other text in its place. Its last
/// character differs from the others, so that it never overlaps itself; and it is longer than what the schema holds of it.
fn choose_token(schema: &Schema, pattern: &str) -> Option<String> {
    let patterns = schema.preview.unwrap_or_default().join(" ") + pattern;
    let mut free = ('0'..='9').chain('a'..='z').chain('A'..='Z').rev().filter(|c| !patterns.contains(*c));
    let (many, last) = (free.next()?, free.next()?);
    let everything = format!("{schema:?}");
    (1..).map(|count| many.to_string().repeat(count) + &last.to_string()).find(|token| !everything.contains(token))
}
