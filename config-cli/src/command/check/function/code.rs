//! The code of a deployed function, compared with the local artifact.

use std::path::{Path, PathBuf};

use stage_config_cli::artifact::Program;
use stage_config_core::Schema;

use super::report::{Finding, FindingKind, FindingResult};
use crate::deployed::{
    CodeFailure, DeployedFunction, FunctionClients, FunctionPackage, encode_digest,
};
use crate::error::CliError;
use crate::progress::wait_with_progress;

/// The artifact on this machine that a function should run.
pub(super) struct LocalArtifact {
    pub(super) path: PathBuf,
    pub(super) program: Program,
}

impl LocalArtifact {
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        Ok(Self {
            path: path.to_owned(),
            program: Program::read(path)?,
        })
    }
}

/// The program of a function, and the finding about its code.
pub(super) struct ExaminedCode<'a> {
    pub(super) program: ExaminedProgram<'a>,
    pub(super) finding: Finding,
}

/// The program whose manifest the check compares with the function's other properties.
pub(super) enum ExaminedProgram<'a> {
    /// The local artifact, which the function runs.
    Same(&'a Program),
    /// The program that the function runs.
    Deployed(Box<Program>),
    /// The local artifact. It is not known whether the function runs it.
    Assumed(&'a Program),
    /// The code contains no executable that can be read, as for a program in another language.
    NotAProgram(CliError),
    Unknown,
}

impl ExaminedProgram<'_> {
    /// Returns the program whose manifest is used.
    pub(super) fn for_manifest(&self) -> Option<&Program> {
        match self {
            Self::Assumed(program) => Some(program),
            other => other.certain(),
        }
    }

    /// Returns the program that the function runs, if that is certain.
    pub(super) fn certain(&self) -> Option<&Program> {
        match self {
            Self::Same(program) => Some(program),
            Self::Deployed(program) => Some(program),
            Self::Assumed(_) | Self::NotAProgram(_) | Self::Unknown => None,
        }
    }
}

/// Reads the code of a function, and compares it with the local artifact if there is one.
pub(super) async fn examine<'a>(
    clients: &FunctionClients,
    function: &DeployedFunction,
    local: Option<&'a LocalArtifact>,
) -> ExaminedCode<'a> {
    if let FunctionPackage::Zip { digest, .. } = &function.package {
        let is_same =
            |local: &&LocalArtifact| encode_digest(local.program.artifact_digest()) == *digest;
        if let Some(local) = local.filter(is_same) {
            return ExaminedCode {
                finding: new_ok(&format!("the same zip as {}", local.path.display())),
                program: ExaminedProgram::Same(&local.program),
            };
        }
    }
    let activity = format!("downloading the code of {}", function.name);
    match wait_with_progress(&activity, clients.read_program(function)).await {
        Ok(program) => ExaminedCode {
            finding: compare(&program, local),
            program: ExaminedProgram::Deployed(Box::new(program)),
        },
        Err(CodeFailure::Image) => examine_image(function, local),
        Err(CodeFailure::Unread(problem)) => from_unread(&problem, local),
        Err(CodeFailure::NotAProgram(problem)) => ExaminedCode {
            program: ExaminedProgram::NotAProgram(problem.clone()),
            ..from_unread(&problem, None)
        },
    }
}

fn compare(deployed: &Program, local: Option<&LocalArtifact>) -> Finding {
    let Some(local) = local else {
        return new_ok("the code was read; `--artifact PATH` compares it with a local build");
    };
    let path = local.path.display();
    if deployed.has_same_executable(&local.program) {
        return new_ok(&format!("the same executable as {path}"));
    }
    let difference = match (deployed.decode_schemas(), local.program.decode_schemas()) {
        (Ok(deployed), Ok(local)) => find_difference(&deployed, &local),
        _ => Some("a manifest that cannot be read".to_owned()),
    };
    match difference {
        Some(difference) => Finding::new(
            FindingKind::Manifest,
            FindingResult::Wrong,
            "build",
            format!("another build than {path}, with other configurations: {difference}"),
            "deploy the artifact, or give the one that was deployed: --artifact PATH",
        ),
        None => Finding::new(
            FindingKind::Build,
            FindingResult::Warning,
            "build",
            format!("another build than {path}, with the same configurations"),
            "deploy the artifact, or give the one that was deployed: --artifact PATH",
        ),
    }
}

/// Returns the first difference between the configurations of two programs.
fn find_difference(deployed: &[&Schema], local: &[&Schema]) -> Option<String> {
    let same = |one: &Schema, other: &Schema| (one.name, one.module) == (other.name, other.module);
    for schema in local {
        let Some(other) = deployed.iter().find(|other| same(schema, other)) else {
            return Some(format!("`{}` is only in the local artifact", schema.name));
        };
        if schema != other {
            return Some(describe_change(other, schema));
        }
    }
    let is_only_deployed = |schema: &&&Schema| !local.iter().any(|other| same(schema, other));
    let removed = deployed.iter().find(is_only_deployed)?;
    Some(format!("`{}` is only in the function", removed.name))
}

fn describe_change(deployed: &Schema, local: &Schema) -> String {
    let list_paths = |schema: &Schema| -> Vec<String> {
        schema.leaves().into_iter().map(|leaf| leaf.path).collect()
    };
    let (deployed_paths, local_paths) = (list_paths(deployed), list_paths(local));
    let only = |paths: &[String], others: &[String]| -> Vec<String> {
        let missing = paths.iter().filter(|path| !others.contains(path));
        missing.take(3).map(|path| format!("`{path}`")).collect()
    };
    let added = only(&local_paths, &deployed_paths);
    let removed = only(&deployed_paths, &local_paths);
    match (added.is_empty(), removed.is_empty()) {
        (false, _) => format!(
            "the function's `{}` has no field {}",
            local.name,
            added.join(", ")
        ),
        (true, false) => format!(
            "only the function's `{}` has the field {}",
            local.name,
            removed.join(", ")
        ),
        (true, true) => format!("`{}` has other sources, types or options", local.name),
    }
}

fn new_ok(detail: &str) -> Finding {
    Finding::new(FindingKind::Build, FindingResult::Ok, "build", detail, "")
}

/// Reads the program of an image from a local archive of the same image, because the code of an
/// image cannot be downloaded from Lambda.
fn examine_image<'a>(
    function: &DeployedFunction,
    local: Option<&'a LocalArtifact>,
) -> ExaminedCode<'a> {
    let digest = match &function.package {
        FunctionPackage::Image { digest } => digest.as_deref(),
        FunctionPackage::Zip { .. } => None,
    };
    if let (Some(local), Some(digest)) = (local, digest) {
        match Program::read_image(&local.path, digest) {
            Ok(None) => {}
            Ok(Some(program)) => {
                return ExaminedCode {
                    finding: new_ok(&format!("the same image as in {}", local.path.display())),
                    program: ExaminedProgram::Deployed(Box::new(program)),
                };
            }
            Err(error) => return from_unread(&error.into(), Some(local)),
        }
    }
    let detail = match local {
        Some(local) => format!(
            "the function runs a container image, and {} may be another image; the other checks \
             use it anyway",
            local.path.display()
        ),
        None => "the function runs a container image, which Lambda does not offer for download"
            .to_owned(),
    };
    let help = match digest {
        Some(digest) => format!(
            "give the archive of the image {digest} in the format of OCI: --artifact image.tar"
        ),
        None => "give the archive of the image: --artifact image.tar".to_owned(),
    };
    let (kind, result) = (FindingKind::Unread, FindingResult::Unverified);
    ExaminedCode {
        finding: Finding::new(kind, result, "image", detail, help),
        program: assume(local),
    }
}

fn from_unread<'a>(problem: &CliError, local: Option<&'a LocalArtifact>) -> ExaminedCode<'a> {
    let suffix = match local {
        Some(local) => format!("; the rest is checked against {}", local.path.display()),
        None => String::new(),
    };
    let detail = format!("{}{suffix}", problem.message_line());
    let (kind, result) = (FindingKind::Unread, FindingResult::Unchecked);
    ExaminedCode {
        finding: Finding::new(kind, result, "", detail, problem.help()),
        program: assume(local),
    }
}

fn assume(local: Option<&LocalArtifact>) -> ExaminedProgram<'_> {
    match local {
        Some(local) => ExaminedProgram::Assumed(&local.program),
        None => ExaminedProgram::Unknown,
    }
}
