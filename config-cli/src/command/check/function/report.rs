//! The result of checking deployed functions, as `--json` prints it.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use stage_config_core::{Diagnostic, Help};
use stage_config_grammar::arn::Arn;

use crate::command::check::report::CheckResult;
use crate::error::CliError;
use crate::iam::join_first;
use crate::invocation;

/// Version 1 of the JSON. The version changes only if a key or word is removed or its meaning
/// changes.
#[derive(Debug, Serialize)]
pub(super) struct FunctionReport {
    pub(super) version: u32,
    pub(super) result: CheckResult,
    pub(super) functions: Vec<FunctionCheck>,
}

/// The result of one function in one stage.
#[derive(Debug, Serialize)]
pub(super) struct FunctionCheck {
    /// The name from the command line, the stack, the tag or Cargo.toml.
    pub(super) function: String,
    /// The ARN of what was checked. `None` if the function could not be read.
    pub(super) arn: Option<String>,
    /// The version of the function, as in `7` or `$LATEST`.
    pub(super) function_version: Option<String>,
    pub(super) stage: String,
    /// The configurations that the function loads.
    pub(super) configurations: Vec<String>,
    pub(super) result: CheckResult,
    /// Why the function could not be checked, or not completely.
    pub(super) problem: Option<CliError>,
    /// In the order of the table: the worst first.
    pub(super) findings: Vec<Finding>,
}

/// One finding about a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) part: FunctionPart,
    pub(super) result: FindingResult,
    #[serde(flatten)]
    pub(super) diagnostic: FindingDiagnostic,
    /// The resource of a permission: an ARN, or `*`. For a permission that cannot be simulated, the
    /// address of the value, or the role in `?role=`.
    pub(super) resource: Option<String>,
}

/// Findings that differ only in the resource.
pub(super) struct FindingGroup<'a> {
    pub(super) first: &'a Finding,
    resources: BTreeSet<String>,
}

/// What was found, with its subject: a variable, a setting, an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FindingDiagnostic(pub(super) Diagnostic<FindingKind>);

/// `Diagnostic` itself omits the subject.
impl Serialize for FindingDiagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct WithSubject<'a> {
            subject: &'a str,
            #[serde(flatten)]
            diagnostic: &'a Diagnostic<FindingKind>,
        }
        let with_subject = WithSubject {
            subject: &self.0.subject,
            diagnostic: &self.0,
        };
        with_subject.serialize(serializer)
    }
}

/// The part of a function that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FunctionPart {
    Code,
    Variables,
    Settings,
    Role,
}

/// The result of one finding, ordered from worst to best, which is the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FindingResult {
    /// The function does not work in the stage, a variable changes what it loads, or its
    /// configurations differ from those of the local artifact.
    Wrong,
    /// The command could not check this part: for example, a request failed.
    Unchecked,
    /// The command cannot determine the result.
    Unverified,
    /// The function works, but its owner should know.
    Warning,
    Ok,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FindingKind {
    /// The code was read, or is the same as the local artifact, or is another build with the same
    /// configurations.
    Build,
    /// The configurations of the code differ from those of the local artifact.
    Manifest,
    /// The code could not be read, or contains no executable that can be read.
    Unread,
    /// An alias that also routes to another version, or may do so.
    Routing,
    /// The variable that names the stage, or a configuration that has no valid plan for the stage.
    Stage,
    /// A variable that changes what the program loads, or that `cargo stage check --run` sets.
    Leftover,
    /// A variable that a source names, that sets an option of the load, or that is not known; or a
    /// configuration whose variables could not be checked.
    Variable,
    /// The variables that Lambda could not decrypt.
    Encrypted,
    Timeout,
    Memory,
    SnapStart,
    Architecture,
    /// A creation or an update that has failed or is in progress.
    Update,
    /// A permission that the program needs, or a role that could not be examined.
    Grant,
    /// A permission that the program does not need.
    Surplus,
    /// The key that encrypts a value.
    Key,
    /// A role that the program assumes.
    AssumedRole,
    /// A value that one of the program's own stores reads.
    Store,
}

impl FindingKind {
    fn part(self) -> FunctionPart {
        match self {
            Self::Build | Self::Manifest | Self::Unread | Self::Routing => FunctionPart::Code,
            Self::Stage | Self::Leftover | Self::Variable | Self::Encrypted => {
                FunctionPart::Variables
            }
            Self::Timeout | Self::Memory | Self::SnapStart | Self::Architecture | Self::Update => {
                FunctionPart::Settings
            }
            Self::Grant | Self::Surplus | Self::Key | Self::AssumedRole | Self::Store => {
                FunctionPart::Role
            }
        }
    }
}

impl FunctionPart {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Variables => "variables",
            Self::Settings => "settings",
            Self::Role => "role",
        }
    }
}

impl FindingResult {
    /// Returns the word for a table.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Wrong => "WRONG",
            Self::Unchecked => "unchecked",
            Self::Unverified => "not verified",
            Self::Warning => "warning",
            Self::Ok => "ok",
        }
    }
}

impl Finding {
    /// Creates a finding. The commands in its help get the options of the command that was run.
    pub(super) fn new(
        kind: FindingKind,
        result: FindingResult,
        subject: impl Into<String>,
        detail: impl Into<String>,
        help: impl Into<Help>,
    ) -> Self {
        let help = invocation::complete(help.into());
        Self {
            part: kind.part(),
            result,
            diagnostic: FindingDiagnostic(Diagnostic::new(kind, subject, detail, help)),
            resource: None,
        }
    }

    /// Sets the resource of the finding.
    #[must_use]
    pub(super) fn with_resource(self, resource: &str) -> Self {
        Self {
            resource: Some(resource.to_owned()),
            ..self
        }
    }

    pub(super) fn help(&self) -> &Help {
        &self.diagnostic.0.help
    }
}

impl FindingGroup<'_> {
    /// Returns `SUBJECT: DETAIL`, with the resources.
    pub(super) fn message(&self) -> String {
        let message = self.first.diagnostic.0.message();
        if self.resources.is_empty() {
            message
        } else {
            format!("{message}: {}", join_first(self.resources.clone()))
        }
    }
}

impl FunctionCheck {
    /// Returns the findings for a person. Findings that differ only in the resource are one group.
    pub(super) fn group_findings(&self) -> Vec<FindingGroup<'_>> {
        let mut groups: Vec<FindingGroup<'_>> = Vec::new();
        for finding in &self.findings {
            let is_same = |group: &&mut FindingGroup<'_>| {
                let resource = finding.resource.clone();
                let first = Finding {
                    resource,
                    ..group.first.clone()
                };
                finding.resource.is_some() && first == *finding
            };
            let resource = finding.resource.as_deref();
            let resource = resource.map(|resource| self.shorten(resource));
            match groups.iter_mut().find(is_same) {
                Some(group) => group.resources.extend(resource),
                None => groups.push(FindingGroup {
                    first: finding,
                    resources: resource.into_iter().collect(),
                }),
            }
        }
        groups
    }

    /// Shortens the ARN of a parameter or a secret to the form of a source, if the ARN names the
    /// account and the region of the function. A table with many ARNs does not fit a terminal.
    fn shorten(&self, resource: &str) -> String {
        let own = self.arn.as_deref().and_then(Arn::parse);
        let Some((own, arn)) = own.zip(Arn::parse(resource)) else {
            return resource.to_owned();
        };
        let is_here = (own.region, own.account) == (arn.region, arn.account);
        match (arn.service, arn.resource.strip_prefix("parameter/")) {
            ("ssm", Some(name)) if is_here => format!("/{name}"),
            ("secretsmanager", _) if is_here => arn.resource.to_owned(),
            _ => resource.to_owned(),
        }
    }

    /// Creates the result of a function that is not checked yet.
    pub(super) fn new(function: String, stage: &str) -> Self {
        Self {
            function,
            arn: None,
            function_version: None,
            stage: stage.to_owned(),
            configurations: Vec::new(),
            result: CheckResult::Complete,
            problem: None,
            findings: Vec::new(),
        }
    }

    /// Returns the result of a function that could not be checked at all.
    pub(super) fn from_problem(function: String, stage: &str, problem: CliError) -> Self {
        Self::new(function, stage).with_problem(problem)
    }

    /// Sets why the function could not be checked completely. The findings remain.
    #[must_use]
    pub(super) fn with_problem(self, problem: CliError) -> Self {
        Self {
            result: self.result.max(CheckResult::Unchecked),
            problem: Some(problem.complete_help()),
            ..self
        }
    }

    /// Sets the findings, the worst first, and the result that follows from them.
    #[must_use]
    pub(super) fn with_findings(mut self, mut findings: Vec<Finding>, is_strict: bool) -> Self {
        findings.sort_by_key(|finding| (finding.result, finding.part));
        let results = findings.iter().map(|finding| match finding.result {
            FindingResult::Wrong => CheckResult::Incomplete,
            FindingResult::Unchecked => CheckResult::Unchecked,
            FindingResult::Unverified if is_strict => CheckResult::Unverified,
            _ => CheckResult::Complete,
        });
        self.result = results
            .max()
            .unwrap_or(CheckResult::Complete)
            .max(self.result);
        self.findings = findings;
        self
    }

    /// Counts the rows of the table with this result.
    pub(super) fn count(&self, result: FindingResult) -> usize {
        let groups = self.group_findings();
        let same = groups.iter().filter(|group| group.first.result == result);
        same.count()
    }

    /// Returns a title such as `payments:live (version 7, prod)`.
    pub(super) fn title(&self) -> String {
        match &self.function_version {
            Some(version) => format!("{} (version {version}, {})", self.function, self.stage),
            None => format!("{} ({})", self.function, self.stage),
        }
    }
}

impl FunctionReport {
    pub(super) fn new(functions: Vec<FunctionCheck>) -> Self {
        let results = functions.iter().map(|function| function.result);
        Self {
            version: 1,
            result: results.max().unwrap_or(CheckResult::Complete),
            functions,
        }
    }

    /// Returns a line with the number of functions, and the number of rows of the tables for each
    /// result except ok. The problem of a function counts as not checked.
    pub(super) fn summary(&self) -> String {
        let count = |result| -> usize {
            let functions = self.functions.iter();
            functions.map(|function| function.count(result)).sum()
        };
        let unread = self.functions.iter().filter(|one| one.problem.is_some());
        let strict = match self.result {
            CheckResult::Unverified => "; with --strict, an unverified finding is an error",
            _ => "",
        };
        format!(
            "functions: {}, wrong: {}, not checked: {}, not verified: {}, warnings: {}{strict}",
            self.functions.len(),
            count(FindingResult::Wrong),
            count(FindingResult::Unchecked) + unread.count(),
            count(FindingResult::Unverified),
            count(FindingResult::Warning),
        )
    }
}
