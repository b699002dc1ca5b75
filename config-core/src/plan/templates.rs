//! The templates that the fields of a struct use in one stage.

use crate::{
    schema::{Assignment, AssignmentKey, Schema, Sources, has_secret_source, may_read_secrets},
    stage::Stage,
};

/// The template that the fields of a struct use in the planned stage, and the nesting levels from
/// its declaration to this struct.
#[derive(Clone)]
pub(super) struct TemplateContext {
    /// The chain of the template, or `None` if the stage has none.
    pub(super) texts: Option<&'static [&'static str]>,
    /// The `{app}` of the struct that declares the template.
    pub(super) app: &'static str,
    pub(super) levels: Vec<&'static str>,
    /// Whether the template of any stage has a source that is made for secrets.
    pub(super) secret: bool,
}

impl TemplateContext {
    pub(super) fn new(schema: &'static Schema, stage: &Stage) -> Self {
        Self {
            texts: match find_sources(schema.templates, stage) {
                Some(Sources::Chain(texts)) => Some(texts),
                Some(Sources::Template) | None => None,
            },
            app: schema.app,
            levels: Vec::new(),
            secret: has_secret_source(schema.templates),
        }
    }

    /// Returns the context of a nested struct, without the templates of the nested field.
    pub(super) fn enter(&self, level: &'static str, inner: &'static Schema, stage: &Stage) -> Self {
        if !inner.inherit {
            return Self::new(inner, stage);
        }
        let mut context = self.clone();
        context.levels.push(level);
        context
    }

    /// Applies the templates of a nested field. `app` is the app of the struct that has the field.
    pub(super) fn replace(&mut self, own: &'static [Assignment], app: &'static str, stage: &Stage) {
        if own.is_empty() {
            return;
        }

        self.secret = may_read_secrets(own, self.secret);
        match find_sources(own, stage) {
            Some(Sources::Chain(texts)) => {
                self.texts = Some(texts);
                self.app = app;
                self.levels.clear();
            }
            Some(Sources::Template) => {}
            None => self.texts = None,
        }
    }
}

/// Returns the sources of a stage: those of its own key, or else those of `all`.
pub(super) fn find_sources(assignments: &'static [Assignment], stage: &Stage) -> Option<Sources> {
    let own = |key: &AssignmentKey| match key {
        AssignmentKey::Stage(name) => !stage.is_fallback() && *name == stage.name(),
        AssignmentKey::Fallback => stage.is_fallback(),
        AssignmentKey::All => false,
    };
    let find = |wanted: &dyn Fn(&AssignmentKey) -> bool| {
        assignments
            .iter()
            .find(|assignment| wanted(&assignment.key))
    };
    find(&own)
        .or_else(|| find(&|key| *key == AssignmentKey::All))
        .map(|assignment| assignment.sources)
}
