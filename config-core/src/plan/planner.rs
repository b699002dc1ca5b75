//! Chooses the sources of each field in one stage, and parses them.

use super::{
    field::PlannedField,
    templates::{TemplateContext, find_sources},
};
use crate::{
    diagnostic::Diagnostic,
    failure::{Failure, FailureKind},
    help::add_variable_hint,
    overrides::EnvOverrides,
    schema::{Field, FieldContent, FieldSpec, Schema, Secrecy, Sources},
    stage::Stage,
};
use stage_config_grammar::source::{Address, Placeholders, Source};

/// Plans all fields of a schema and collects all failures.
pub(super) struct Planner<'a> {
    stage: &'a Stage,
    has_value: &'a dyn Fn(&str) -> bool,
    overrides: &'a EnvOverrides,
    schemes: Vec<&'static str>,
    account: Option<&'static str>,
    fields: Vec<PlannedField>,
    failures: Vec<Failure>,
}

impl<'a> Planner<'a> {
    /// Plans the fields of a root struct. Returns the fields, a failure for each invalid source,
    /// and a failure for each field that reads a path although its type cannot hold a map.
    pub(super) fn plan(
        schema: &'static Schema,
        stage: &'a Stage,
        has_value: &'a dyn Fn(&str) -> bool,
        overrides: &'a EnvOverrides,
    ) -> (Vec<PlannedField>, Vec<Failure>) {
        let (schemes, fields, failures) = (schema.all_schemes(), Vec::new(), Vec::new());
        let mut planner = Self {
            stage,
            has_value,
            overrides,
            schemes,
            account: None,
            fields,
            failures,
        };
        planner.plan_struct(schema, "", &TemplateContext::new(schema, stage));
        (planner.fields, planner.failures)
    }

    fn plan_struct(&mut self, schema: &'static Schema, prefix: &str, templates: &TemplateContext) {
        let outer = self.account;
        let declared = schema
            .accounts
            .iter()
            .find(|(stage, _)| *stage == self.stage.name());
        // The account that an outer struct declares takes precedence over that of a nested struct.
        self.account = outer.or(declared.map(|(_, account)| *account));

        for field in schema.fields {
            let path = [prefix, field.name].concat();
            match &field.content {
                FieldContent::Value(value) => self.plan_field(path, field, value, templates),
                FieldContent::Nested {
                    schema: inner,
                    templates: own,
                    ..
                } => {
                    let mut context = templates.enter(field.level, inner, self.stage);
                    context.replace(own, schema.app, self.stage);
                    self.plan_struct(inner, &format!("{path}."), &context);
                }
            }
        }
        self.account = outer;
    }

    fn plan_field(
        &mut self,
        path: String,
        field: &'static Field,
        value: &'static FieldSpec,
        templates: &TemplateContext,
    ) {
        let redirect = self
            .overrides
            .find_source(&path)
            .map(|(source, _)| source.clone());
        let skipped = redirect.is_some() || (self.has_value)(&path);
        let texts = if skipped {
            None
        } else {
            self.find_source_texts(value, templates)
        };

        // The first push to an empty vector would allocate room for four sources.
        let capacity = texts.map_or(1, |(texts, _)| texts.len());
        let mut chain = Vec::with_capacity(capacity);
        chain.extend(redirect);
        if let Some(texts) = texts {
            self.extend_chain(&mut chain, &path, texts, field.level, templates);
        }

        let by_source = chain.iter().any(|source| source.address.keeps_secrets());
        let secrecy = if by_source {
            Secrecy::Yes
        } else {
            value.secrecy(templates.secret)
        };
        let variable = self
            .overrides
            .find_deciding_variable(&path)
            .map(str::to_owned);
        self.check_paths(&path, value, &chain, variable.as_deref());
        self.fields.push(PlannedField {
            path,
            spec: value,
            chain,
            account: self.account,
            secrecy,
            variable,
        });
    }

    /// Parses source texts and adds the sources to the chain, each once. Collects a failure for
    /// each invalid source.
    fn extend_chain(
        &mut self,
        chain: &mut Vec<Source>,
        path: &str,
        (texts, from_template): (&'static [&'static str], bool),
        level: &'static str,
        templates: &TemplateContext,
    ) {
        let mut levels = templates.levels.clone();
        levels.push(level);
        let placeholders = Placeholders {
            stage: Some(self.stage.name()),
            field: from_template.then_some(levels.as_slice()),
            app: from_template.then_some(templates.app),
        };
        for text in texts {
            match Source::resolve(text, &placeholders, &self.schemes) {
                Ok(source) if chain.contains(&source) => {}
                Ok(source) => chain.push(source),
                Err(error) => self.failures.push(Failure {
                    stage: self.stage.name().to_owned(),
                    source: Some((*text).to_owned()),
                    diagnostic: Diagnostic::new(
                        FailureKind::InvalidRequest,
                        path,
                        error.to_string(),
                        "change the source, or the template that it comes from",
                    ),
                }),
            }
        }
    }

    /// Collects a failure if the type of the field cannot read a path of the chain. The derive
    /// checks the sources in the code, but not those of environment overrides.
    fn check_paths(
        &mut self,
        path: &str,
        value: &FieldSpec,
        chain: &[Source],
        variable: Option<&str>,
    ) {
        let is_path = |source: &&Source| matches!(source.address, Address::ParameterPath { .. });
        let Some(source) = chain.iter().find(is_path) else {
            return;
        };
        if value.with || value.shape.kind.accepts_path() {
            return;
        }
        let detail = "the source reads all parameters below a path, and the type is not a map";
        let help = "name one parameter, or use a map such as `BTreeMap<String, String>`";
        let help = add_variable_hint(help.into(), None, variable);
        self.failures.push(Failure {
            stage: self.stage.name().to_owned(),
            source: Some(source.to_string()),
            diagnostic: Diagnostic::new(FailureKind::InvalidRequest, path, detail, help),
        });
    }

    /// Returns a field's source texts, and whether they are templates. Returns `None` if the field
    /// has no source in this stage.
    fn find_source_texts(
        &self,
        value: &FieldSpec,
        templates: &TemplateContext,
    ) -> Option<(&'static [&'static str], bool)> {
        if value.compose.is_some() || value.no_fallback && self.stage.is_fallback() {
            return None;
        }
        if !value.assignments.is_empty() {
            match find_sources(value.assignments, self.stage)? {
                Sources::Chain(texts) => return Some((texts, false)),
                Sources::Template => {}
            }
        }
        templates.texts.map(|texts| (texts, true))
    }
}
