//! The sources that the templates of a configuration give to any field.

use super::templates::TemplateContext;
use crate::{
    schema::{FieldContent, Schema},
    stage::Stage,
};
use stage_config_grammar::source::{Placeholders, Source};

/// Returns the sources that the templates would give to a field with this name in this stage, in
/// the root and in each nested struct. In a nested struct, `{field}` is replaced by the names of
/// the nested fields that lead to the struct, followed by `field`, as in `mail/other`. Leaves out a
/// source that is invalid after the replacement.
///
/// ```
/// use stage_config::{Stage, StageConfig};
/// use stage_config_core::manage::list_template_sources;
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
/// }
///
/// let stage = Stage::choose(&Config::SCHEMA, "prod")?;
/// let sources = list_template_sources(&Config::SCHEMA, &stage, "other");
/// assert_eq!(sources[0].to_string(), "/shop/prod/other");
/// # Ok::<(), stage_config::Error>(())
/// ```
#[must_use]
pub fn list_template_sources(schema: &'static Schema, stage: &Stage, field: &str) -> Vec<Source> {
    let mut walk = TemplateWalk {
        stage,
        field,
        schemes: schema.all_schemes(),
        sources: Vec::new(),
    };
    walk.add_struct(schema, &TemplateContext::new(schema, stage));
    walk.sources
}

struct TemplateWalk<'a> {
    stage: &'a Stage,
    field: &'a str,
    schemes: Vec<&'static str>,
    sources: Vec<Source>,
}

impl TemplateWalk<'_> {
    fn add_struct(&mut self, schema: &'static Schema, templates: &TemplateContext) {
        let mut levels: Vec<&str> = templates.levels.clone();
        levels.push(self.field);
        let placeholders = Placeholders {
            stage: Some(self.stage.name()),
            field: Some(&levels),
            app: Some(templates.app),
        };
        for text in templates.texts.unwrap_or_default() {
            if let Ok(source) = Source::resolve(text, &placeholders, &self.schemes)
                && !self.sources.contains(&source)
            {
                self.sources.push(source);
            }
        }
        for field in schema.fields {
            let FieldContent::Nested {
                schema: inner,
                templates: own,
                ..
            } = &field.content
            else {
                continue;
            };
            let mut context = templates.enter(field.level, inner, self.stage);
            context.replace(own, schema.app, self.stage);
            self.add_struct(inner, &context);
        }
    }
}
