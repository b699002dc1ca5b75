//! Adds the stages in `Cargo.toml` to a struct with `#[config(workspace)]`.
//!
//! They become attributes of the struct, so that the model does not distinguish them from those
//! that are written. A mistake in them is shown at `workspace`, and its message names the file and
//! the key.

use std::rc::Rc;

use stage_config_grammar::cargo_toml::{
    CargoSettings, CargoToml, StageKey, TableName, find_workspace,
};
use syn::LitStr;
use syn::spanned::Spanned as _;

use super::attr::{
    AccountEntry, AssignmentInput, AssignmentKeyInput, AssignmentKeyModel, KeyedValue, OptionKey,
    SourceText, SourcesInput, StructInput,
};
use super::diagnostics::Diagnostics;
use super::model::check_level;
use super::package_folder::find_package_folder;

/// Adds the settings of the package and its workspace, if the struct has `workspace`.
pub(super) fn add_settings(input: &mut StructInput, report: &mut Diagnostics) {
    // A struct with `inherit` cannot have `workspace`; the model reports it.
    if input.options.inherit.is_some() {
        return;
    }
    let Some(option) = &input.options.workspace else {
        return;
    };
    let key = option.key.clone();
    match read_settings() {
        Ok((settings, files)) => {
            input.cargo.files = files;
            let mut addition = Addition {
                settings: &settings,
                key: &key,
                input,
                report,
            };
            addition.add();
        }
        Err(mistakes) => {
            input.stages.is_broken = true;
            for mistake in mistakes {
                report.error(&key, mistake);
            }
        }
    }
}

/// Reads the settings, and returns the files that they depend on.
fn read_settings() -> Result<(CargoSettings, Vec<String>), Vec<String>> {
    let one = |mistake| vec![mistake];
    let folder = find_package_folder().ok_or_else(|| {
        one(
            "`workspace` reads Cargo.toml, but `CARGO_MANIFEST_DIR` is not set: build with cargo"
                .to_owned(),
        )
    })?;
    let package = CargoToml::read(&folder).map_err(one)?;
    let workspace = find_workspace(&package).map_err(one)?;
    let settings = CargoSettings::from_files(&package, workspace.as_ref())?;
    if settings.is_empty() {
        return Err(one(empty_message(&package, workspace.as_ref())));
    }

    let mut files = Vec::new();
    for file in [Some(&package), workspace.as_ref()].into_iter().flatten() {
        let path = file.path().to_str().ok_or_else(|| {
            one(format!(
                "the path {} is not valid UTF-8",
                file.path().display()
            ))
        })?;
        if !files.iter().any(|known| known == path) {
            files.push(path.to_owned());
        }
    }
    Ok((settings, files))
}

fn empty_message(package: &CargoToml, workspace: Option<&CargoToml>) -> String {
    let example = "template = \"/{app}/dev/{field}\"";
    match workspace {
        Some(root) => format!(
            "`workspace` takes the stages from {}, which has none: write `{example}` into \
             [workspace.metadata.stage.dev]",
            root.path().display()
        ),
        None => format!(
            "`workspace` takes the stages from {}, because this package is in no workspace (a packaged or vendored \
             package never is), but the file has none: write `{example}` into [package.metadata.stage.dev]",
            package.path().display()
        ),
    }
}

struct Addition<'a> {
    settings: &'a CargoSettings,
    /// The option `workspace`.
    key: &'a OptionKey,
    input: &'a mut StructInput,
    report: &'a mut Diagnostics,
}

impl Addition<'_> {
    fn add(&mut self) {
        let mut added = Vec::new();
        for stage in self.settings.stage_names() {
            let key = AssignmentKeyModel::Stage(stage.to_owned());
            let templates = self.settings.find_template(stage);
            added.extend(self.build_assignment(key, "template", templates));
            if let Some(table) = self.settings.list_tables(stage).first() {
                let table = (stage.to_owned(), table.name.to_string());
                self.input.cargo.stages.push(table);
            }
        }
        if let Some(fallback) = self.settings.fallback() {
            let key = AssignmentKeyModel::Fallback;
            added.extend(self.build_assignment(key, "fallback", Some(fallback)));
        }
        // The stages of Cargo.toml come first, so that all structs of a workspace have them in the
        // same order.
        added.append(&mut self.input.stages.assignments);
        self.input.stages.assignments = added;

        self.add_preview();
        self.add_accounts();
        self.add_text("stage_var", self.settings.stage_var());
        self.add_text("app", self.settings.app());
    }

    /// Returns the assignment of a key. If the struct states the key too, moves it, so that each
    /// key occurs once.
    fn build_assignment(
        &mut self,
        key: AssignmentKeyModel,
        cargo_key: &str,
        templates: Option<(&TableName, &[String])>,
    ) -> Option<AssignmentInput> {
        let own = &mut self.input.stages.assignments;
        let position = own.iter().position(|assignment| assignment.key.name == key);
        let Some((table, templates)) = templates else {
            let declaration = || self.new_assignment(key, SourcesInput::Template);
            return position.is_none().then(declaration);
        };
        let written = position.map(|position| own.remove(position));
        let stated_in: Rc<str> = format!("`{cargo_key}` in {table}").into();
        if let Some(AssignmentInput {
            key,
            sources: SourcesInput::Chain(texts),
        }) = &written
        {
            let is_same = texts
                .iter()
                .map(SourceText::value)
                .eq(templates.iter().cloned());
            if !is_same {
                self.report.error(key, contradiction_message(&stated_in));
            }
            return written;
        }
        let span = self.key.span();
        let texts = templates
            .iter()
            .map(|text| SourceText::from_cargo_toml(text, &stated_in, span));
        Some(self.new_assignment(key, SourcesInput::Chain(texts.collect())))
    }

    fn new_assignment(&self, name: AssignmentKeyModel, sources: SourcesInput) -> AssignmentInput {
        AssignmentInput {
            key: AssignmentKeyInput::new(name, self.key),
            sources,
        }
    }

    fn add_preview(&mut self) {
        let Some((table, patterns)) = self.settings.preview() else {
            return;
        };
        let stated_in = format!("`preview` in {table}");
        if let Some(option) = &self.input.options.preview {
            if !option
                .value
                .iter()
                .map(LitStr::value)
                .eq(patterns.iter().cloned())
            {
                self.report
                    .error(&option.key, contradiction_message(&stated_in));
            }
            return;
        }
        if !names_fallback(self.input) {
            let message = format!(
                "{stated_in} sets which stages may use `fallback`, but there is none: write `fallback = \
                 \"/{{app}}/{{stage}}/{{field}}\"` into the same table, or `#[stage(fallback = \"…\")]` on the struct"
            );
            self.report.error(self.key, message);
            return;
        }
        self.input.options.preview = Some(KeyedValue {
            key: self.key.clone(),
            value: patterns
                .iter()
                .map(|pattern| self.new_literal(pattern))
                .collect(),
        });
    }

    fn add_accounts(&mut self) {
        for stage in list_stages(self.input) {
            let Some((table, account)) = self.settings.find_text(&stage, StageKey::Account) else {
                continue;
            };
            let entry = AccountEntry {
                stage: AssignmentKeyInput::new(AssignmentKeyModel::Stage(stage), self.key),
                number: self.new_literal(account),
            };
            let option = self
                .input
                .options
                .account
                .get_or_insert_with(|| KeyedValue {
                    key: self.key.clone(),
                    value: Vec::new(),
                });
            let written = option
                .value
                .iter()
                .find(|written| written.stage.name == entry.stage.name);
            match written {
                Some(written) if written.number.value() != account => {
                    let stated_in = format!("`account` in {table}");
                    self.report
                        .error(&written.number, contradiction_message(&stated_in));
                }
                Some(_) => {}
                None => option.value.push(entry),
            }
        }
    }

    /// Adds an option of the struct whose value is a text.
    fn add_text(&mut self, name: &str, stated: Option<(&TableName, &str)>) {
        let Some((table, text)) = stated else {
            return;
        };
        let stated_in = format!("`{name}` in {table}");
        let literal = self.new_literal(text);
        let options = &mut self.input.options;
        let slot = if name == "app" {
            &mut options.app
        } else {
            &mut options.stage_var
        };
        match slot {
            Some(written) if written.value.value() != text => {
                self.report
                    .error(&written.value, contradiction_message(&stated_in));
            }
            Some(_) => {}
            None => {
                if name == "app"
                    && let Err(message) = check_level(text)
                {
                    self.report
                        .error(self.key, format!("{stated_in}: {message}"));
                    return;
                }
                *slot = Some(KeyedValue {
                    key: self.key.clone(),
                    value: literal,
                });
            }
        }
    }

    fn new_literal(&self, text: &str) -> LitStr {
        LitStr::new(text, self.key.span())
    }
}

/// Returns whether undeclared stages have sources, or would have them with `preview`.
fn names_fallback(input: &StructInput) -> bool {
    let is_fallback = |key: &AssignmentKeyInput| {
        matches!(
            key.name,
            AssignmentKeyModel::Fallback | AssignmentKeyModel::All
        )
    };
    input.iter_keys().any(is_fallback)
}

/// Returns the stages that the struct itself declares.
fn list_stages(input: &StructInput) -> Vec<String> {
    let stages = input.stages.iter_keys().filter_map(|key| match &key.name {
        AssignmentKeyModel::Stage(name) => Some(name.clone()),
        _ => None,
    });
    stages.collect()
}

fn contradiction_message(stated_in: &str) -> String {
    format!("contradicts {stated_in}: remove one of the two")
}
