//! Adds the stages and settings in `Cargo.toml` to a struct with `#[config(workspace)]`.
//!
//! They become attributes of the struct, so that the model does not distinguish them from the
//! attributes in the source code. A mistake in them is shown at `workspace`, and its message names
//! the file and the key.

use std::collections::BTreeSet;
use std::rc::Rc;

use stage_config_grammar::cargo_toml::{
    CargoSettings, CargoToml, StageKey, TableName, find_workspace,
};
use syn::LitStr;
use syn::spanned::Spanned as _;

use super::attr::{
    AccountEntry, AssignmentInput, AssignmentKeyInput, AssignmentKeyModel, CargoInput, KeyedValue,
    OptionKey, SourceText, SourcesInput, StructInput,
};
use super::diagnostics::Diagnostics;
use super::model::check_level;
use super::package_folder::find_package_folder;

/// Adds the settings of the package and its workspace, if the struct has `workspace`.
pub(super) fn add_settings(input: &mut StructInput, report: &mut Diagnostics) {
    // A struct with `inherit` cannot have `workspace`; the model reports this combination.
    if input.options.inherit.is_some() {
        return;
    }
    let Some(option) = &input.options.workspace else {
        return;
    };
    let key = option.key.clone();
    match read_settings() {
        Ok((settings, cargo)) => {
            input.cargo = cargo;
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

/// Reads the settings. Also returns the paths of the files that were read, and a help text that
/// says how to add a stage.
fn read_settings() -> Result<(CargoSettings, CargoInput), Vec<String>> {
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
    let add_help = format_add_help(&package, workspace.as_ref());
    if settings.is_empty() {
        let reason = match &workspace {
            Some(_) => "",
            None => {
                " (this package is in no workspace; a packaged or vendored package is never in a workspace)"
            }
        };
        return Err(one(format!(
            "`workspace` takes the stages from Cargo.toml, which has none{reason}: {add_help}"
        )));
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
    let cargo = CargoInput {
        files,
        stages: Vec::new(),
        add_help,
    };
    Ok((settings, cargo))
}

/// Returns a help text that says how to add a stage to the workspace, or to the package if the
/// package is in no workspace.
fn format_add_help(package: &CargoToml, workspace: Option<&CargoToml>) -> String {
    let (kind, file) = match workspace {
        Some(root) => ("workspace", root),
        None => ("package", package),
    };
    format!(
        "write `template = \"/{{app}}/dev/{{field}}\"` into [{kind}.metadata.stage.dev] of {}",
        file.path().display()
    )
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
            added.push(self.build_assignment(key, "template", templates));
            if let Some(table) = self.settings.list_tables(stage).first() {
                let table = (stage.to_owned(), table.name.to_string());
                self.input.cargo.stages.push(table);
            }
        }
        if let Some(fallback) = self.settings.fallback() {
            let key = AssignmentKeyModel::Fallback;
            added.push(self.build_assignment(key, "fallback", Some(fallback)));
        }
        // The stages of Cargo.toml come first, so that all structs of a workspace have them in the
        // same order.
        added.append(&mut self.input.stages.assignments);
        self.input.stages.assignments = added;

        self.add_preview();
        self.check_all();
        self.add_accounts();
        self.add_text("stage_var", self.settings.stage_var());
        self.add_text("app", self.settings.app());
    }

    /// Returns the assignment of a key. If the struct states the key too, removes the struct's own
    /// assignment of this key, so that each key occurs once.
    fn build_assignment(
        &mut self,
        key: AssignmentKeyModel,
        cargo_key: &str,
        templates: Option<(&TableName, &[String])>,
    ) -> AssignmentInput {
        let own = &mut self.input.stages.assignments;
        let position = own.iter().position(|assignment| assignment.key.name == key);
        let written = position.map(|position| own.remove(position));
        let Some((table, templates)) = templates else {
            let declaration = || self.new_assignment(key, SourcesInput::Template);
            return written.unwrap_or_else(declaration);
        };
        let stated_in: Rc<str> = format!("`{cargo_key}` in {table}").into();
        if let Some(written) = written
            && let SourcesInput::Chain(texts) = &written.sources
        {
            if !texts
                .iter()
                .map(SourceText::value)
                .eq(templates.iter().cloned())
            {
                self.report
                    .error(&written.key, contradiction_message(&stated_in));
            }
            return written;
        }
        let span = self.key.span();
        let texts = templates
            .iter()
            .map(|text| SourceText::from_cargo_toml(text, &stated_in, span));
        self.new_assignment(key, SourcesInput::Chain(texts.collect()))
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
        let literals = patterns.iter().map(|pattern| self.new_literal(pattern));
        self.input.options.preview = Some(KeyedValue {
            key: self.key.clone(),
            value: literals.collect(),
        });
        if !self.input.names_fallback() {
            self.input.options.preview = None;
            let message = format!(
                "{stated_in} sets which stages may use `fallback`, but no `fallback` is declared: write \
                 `fallback = \"/{{app}}/{{stage}}/{{field}}\"` into the same table, or \
                 `#[stage(fallback = \"…\")]` on the struct"
            );
            self.report.error(self.key, message);
        }
    }

    /// Reports a template of `all` that no stage uses, because each stage has its own template.
    fn check_all(&mut self) {
        let assignments = &self.input.stages.assignments;
        let has_chain = |key: &AssignmentKeyModel| {
            let mut with_key = assignments.iter().filter(|other| other.key.name == *key);
            with_key.any(|other| matches!(other.sources, SourcesInput::Chain(_)))
        };
        let all = assignments.iter().find(|assignment| {
            assignment.key.name == AssignmentKeyModel::All
                && matches!(assignment.sources, SourcesInput::Chain(_))
        });
        let Some(all) = all else {
            return;
        };
        let is_fallback_open =
            self.input.names_fallback() && !has_chain(&AssignmentKeyModel::Fallback);
        let mut stages = self.input.stages.iter_keys().map(|key| &key.name);
        let is_used = is_fallback_open
            || stages.any(|name| matches!(name, AssignmentKeyModel::Stage(_)) && !has_chain(name));
        if !is_used && !self.input.cargo.stages.is_empty() {
            let tables: Vec<&str> = self
                .input
                .cargo
                .stages
                .iter()
                .map(|(_, table)| table.as_str())
                .collect();
            let message = format!(
                "no stage uses `all`, because each has its own template: remove `all`, or \
                 `template` from {}",
                tables.join(", ")
            );
            self.report.error(&all.key, message);
        }
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

    /// Adds the option `app` or `stage_var`, whose value is a text.
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

/// Returns the declared stages: those that the struct names or, if the struct names none, those
/// that its fields name.
fn list_stages(input: &StructInput) -> BTreeSet<String> {
    let to_stage = |key: &AssignmentKeyInput| match &key.name {
        AssignmentKeyModel::Stage(name) => Some(name.clone()),
        _ => None,
    };
    let of_struct: BTreeSet<String> = input.stages.iter_keys().filter_map(to_stage).collect();
    if of_struct.is_empty() {
        input.iter_keys().filter_map(to_stage).collect()
    } else {
        of_struct
    }
}

fn contradiction_message(stated_in: &str) -> String {
    format!("contradicts {stated_in}: remove one of the two")
}
