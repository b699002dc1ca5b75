//! The sealed files that a struct embeds.
//!
//! The macro checks that the files exist in the folder of the package that it expands in. So its
//! error for a missing file can name the command that creates the file. The compiler reads the
//! files (`include_str!`), so it recompiles the crate when a file changes.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, slice};

use super::attr::SourceText;
use super::diagnostics::Diagnostics;
use super::package_folder::find_package_folder;
use super::source::{SourceUsage, UNDECLARED};
use stage_config_grammar::source::{Address, Placeholders, SEALED_KEY_FILE, Source};
use stage_config_grammar::suggest::{find_closest, format_list};

/// The maximum number of commands in the message for one literal. When the first files exist, the
/// next compilation names the commands for the others.
const MAX_COMMANDS: usize = 6;

/// A file in `sealed/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SealedFileModel {
    pub(super) stage: String,
    pub(super) name: String,
}

/// A file, and the literal that names it.
pub(super) struct NeededFile<'l> {
    literal: &'l SourceText,
    file: SealedFileModel,
}

/// Returns the files that these literals name for one field; `field` is the replacement of
/// `{field}` in a template. If `is_read_by_root` is set, stages that only the root knows may use
/// the literals too. For these stages, a file is found only if the literal names the stage of the
/// file, as in `sealed:dev/name`.
pub(super) fn find_needed<'l>(
    literals: &'l [SourceText],
    usage: &SourceUsage<'_>,
    field: Option<&str>,
    is_read_by_root: bool,
) -> Vec<NeededFile<'l>> {
    let schemes: Vec<_> = usage.schemes.iter().map(String::as_str).collect();
    let undeclared = (usage.fallback || is_read_by_root).then_some(UNDECLARED);
    let mut all = Vec::new();
    for literal in literals {
        let text = literal.value();
        let mut files = Vec::new();
        for stage in usage.stages.iter().copied().chain(undeclared) {
            let placeholders = Placeholders {
                stage: Some(stage),
                field: field.as_ref().map(slice::from_ref),
                app: usage.template.as_ref().map(|(_, app)| *app),
            };
            let Ok(source) = Source::resolve(&text, &placeholders, &schemes) else {
                continue;
            };
            let Address::Sealed { name, stage: named } = source.address else {
                continue;
            };
            if Some(stage) == undeclared && (named.is_none() || text.contains("{stage}")) {
                // If undeclared stages use the literal, the check of the source has already refused
                // the literal. So its missing files are not reported in addition.
                if usage.fallback {
                    files.clear();
                }
                break;
            }
            let file = SealedFileModel {
                stage: named.unwrap_or_else(|| stage.to_owned()),
                name,
            };
            if !files.contains(&file) {
                files.push(file);
            }
        }
        all.extend(files.into_iter().map(|file| NeededFile { literal, file }));
    }

    all
}

/// Returns the files to embed: those that are needed, and the key pair of each of their stages. A
/// missing file is reported at the first literal that names it, and a missing key pair is reported
/// at the first literal that names a file of its stage.
pub(super) fn find_embedded(
    needed: &[NeededFile<'_>],
    report: &mut Diagnostics,
) -> Vec<SealedFileModel> {
    if needed.is_empty() {
        return Vec::new();
    }

    let Some(package) = find_package_folder() else {
        report.error(
            needed[0].literal,
            "sealed files are next to `Cargo.toml`, but `CARGO_MANIFEST_DIR` is not set: build \
             with cargo",
        );
        return Vec::new();
    };

    let sealed = package.join("sealed");
    let exists = |file: &SealedFileModel| sealed.join(&file.stage).join(&file.name).is_file();
    let mut embedded = BTreeSet::new();
    for same_literal in needed.chunk_by(|one, next| std::ptr::eq(one.literal, next.literal)) {
        let mut missing = Vec::new();
        for NeededFile { file, .. } in same_literal {
            let key = SealedFileModel {
                name: SEALED_KEY_FILE.to_owned(),
                ..file.clone()
            };
            for file in [key, file.clone()] {
                if !embedded.contains(&file) && !exists(&file) {
                    missing.push(file.clone());
                }
                embedded.insert(file);
            }
        }
        if !missing.is_empty() {
            let mut message = missing_message(&missing);
            if let Some(similar) = find_similar(&sealed, &missing, needed) {
                message.push_str(&format!("; did you mean `{similar}`?"));
            }
            report.error(&same_literal[0].literal, message);
        }
    }

    embedded.into_iter().collect()
}

/// Returns the name of a file in the folder of a stage, if the name of a missing file of this stage
/// may be a typo of it, and no source of the struct names it.
fn find_similar(
    sealed: &Path,
    missing: &[SealedFileModel],
    needed: &[NeededFile<'_>],
) -> Option<String> {
    let is_needed = |stage: &str, name: &str| {
        let mut files = needed.iter().map(|needed| &needed.file);
        name == SEALED_KEY_FILE || files.any(|file| file.stage == stage && file.name == name)
    };
    let values = missing.iter().filter(|file| file.name != SEALED_KEY_FILE);
    let mut similar = values.filter_map(|file| {
        let entries = fs::read_dir(sealed.join(&file.stage)).ok()?.flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let unused: BTreeSet<String> = names.filter(|name| !is_needed(&file.stage, name)).collect();
        find_closest(&file.name, unused.iter().map(String::as_str)).map(str::to_owned)
    });
    similar.next()
}

fn missing_message(missing: &[SealedFileModel]) -> String {
    let paths: Vec<_> = missing
        .iter()
        .map(|SealedFileModel { stage, name }| format!("sealed/{stage}/{name}"))
        .collect();
    let commands: Vec<_> = missing
        .iter()
        .take(MAX_COMMANDS)
        .map(|file| format!("`{}`", file.create_command()))
        .collect();
    let more = if missing.len() > MAX_COMMANDS {
        ", and so on"
    } else {
        ""
    };
    let verb = if missing.len() == 1 { "is" } else { "are" };
    format!(
        "{} {verb} missing in this package: run {}{more}",
        format_list(&paths),
        commands.join(", then ")
    )
}

impl SealedFileModel {
    /// Returns the command that creates the file.
    fn create_command(&self) -> String {
        let Self { stage, name } = self;
        if name == SEALED_KEY_FILE {
            format!("cargo stage seal --init --stage {stage} --kms-key KEY")
        } else {
            format!("cargo stage seal {name} --stage {stage}")
        }
    }
}
