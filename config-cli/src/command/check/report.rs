//! The result of a check, as `--json` prints it.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use stage_config_core::schema::Secrecy;
use stage_config_core::{Diagnostic, FailureKind, Help};

use crate::error::CliError;

/// Version 2 of the JSON. The version changes only if a key or word is removed or its meaning
/// changes.
#[derive(Debug, Serialize)]
pub(super) struct CheckReport {
    pub(super) version: u32,
    pub(super) config: &'static str,
    pub(super) package: &'static str,
    /// The depth of the check: `values`, `existence` or `offline`.
    pub(super) depth: &'static str,
    pub(super) result: CheckResult,
    pub(super) stages: Vec<StageCheck>,
    pub(super) shared_secrets: Vec<SharedSecret>,
    /// Warnings about the configuration, independent of the checked stages.
    pub(super) warnings: Vec<CheckWarning>,
    /// For each stage, the command with which the program verifies the rest. Empty if `--run`
    /// cannot run the program.
    #[serde(skip)]
    pub(super) run_commands: BTreeMap<String, Help>,
}

/// The result of the whole check or of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckResult {
    /// No problem is known.
    Complete,
    /// No problem is known, but something is not verified and `--strict` is set.
    Unverified,
    /// A request failed or a stage could not be checked, and no problem is known.
    Unchecked,
    /// A problem is known. Other requests may have failed.
    Incomplete,
}

#[derive(Debug, Serialize)]
pub(super) struct StageCheck {
    pub(super) stage: String,
    /// Whether the stage is undeclared and uses the fallback sources.
    pub(super) fallback: bool,
    pub(super) result: CheckResult,
    /// Why the stage could not be checked at all, why the program of `--run` could not be started,
    /// or why a load of the program fails before it tries any field.
    pub(super) problem: Option<CliError>,
    /// The result of running the program. `None` without `--run`, or if the stage could not be
    /// checked at all.
    pub(super) run: Option<RunCheck>,
    /// The unverified parts of whole structs, and the whole stage if the program of `--run` has not
    /// verified it.
    pub(super) unverified: Vec<UnverifiedItem>,
    /// The number of unverified values for each verifier, including structs that are validated as a
    /// whole.
    pub(super) unverified_values: UnverifiedCounts,
    /// Problems that do not make a load fail but should be known before a deployment.
    pub(super) warnings: Vec<CheckWarning>,
    /// The help for several fields at once.
    #[serde(skip)]
    pub(super) help: Vec<Help>,
    pub(super) fields: Vec<FieldCheck>,
}

#[derive(Debug, Serialize)]
pub(super) struct FieldCheck {
    pub(super) field: String,
    #[serde(rename = "type")]
    pub(super) type_name: &'static str,
    /// Whether the value must be hidden. For a field of unknown secrecy, the value that was read
    /// decides.
    pub(super) secret: bool,
    pub(super) secrecy: Secrecy,
    pub(super) result: FieldResult,
    /// The chain, in order of priority.
    pub(super) sources: Vec<String>,
    /// The source that has the value or that failed, if it is known; or the template of a composed
    /// field.
    pub(super) source: Option<String>,
    /// The version of the value.
    pub(super) value_version: Option<String>,
    /// The default that applies, as written in the struct. `None` if no default applies or if the
    /// field is secret.
    pub(super) default: Option<&'static str>,
    pub(super) failure: Option<FieldFailure>,
    pub(super) unverified: Vec<UnverifiedItem>,
    pub(super) warnings: Vec<CheckWarning>,
}

/// The result of a field, in the order of the table: the problems first, the absent values last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldResult {
    /// A load does not accept the field: for example, the value is missing, denied or undecodable.
    /// Or a secret is stored in plain text, which a load accepts.
    Wrong,
    /// The store did not answer the request.
    Unchecked,
    /// This command cannot determine whether the value exists, or whether a load accepts the field.
    Unknown,
    /// The value exists, and not all of it could be verified.
    Exists,
    /// The value exists, and a load accepts it.
    Ok,
    /// No source has a value, and the default applies.
    Default,
    /// No source has a value, and the field is optional.
    Absent,
}

/// The problem of a field, or why it could not be checked.
pub(super) type FieldFailure = Diagnostic<FieldFailureKind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldFailureKind {
    /// A failure of a load.
    Load(FailureKind),
    /// A secret that is stored in plain text. A load accepts it.
    Plaintext,
}

/// An unverified part of a field or struct, or an unverified stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct UnverifiedItem {
    pub(super) kind: UnverifiedKind,
    pub(super) verified_by: Verifier,
    pub(super) detail: String,
}

/// The component that can verify an unverified part. If the parts of one value need different
/// verifiers, the value counts for the first of them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verifier {
    /// Only the program, with its types and stores.
    Program,
    /// The deployment, whose variables `--env-file` can provide.
    Deployment,
    /// A check that reads values: without `--no-decrypt` or `--offline`.
    Reading,
}

/// The number of unverified values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct UnverifiedCounts {
    pub(super) program: usize,
    pub(super) deployment: usize,
    pub(super) reading: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnverifiedKind {
    /// A source whose value this command does not know, or a failure that depends on such a source.
    Source,
    /// The value, which was not read.
    Value,
    /// The permission to decrypt the value.
    Access,
    /// The key in the JSON.
    JsonKey,
    /// The type, which only its own `Deserialize` can verify.
    Type,
    /// The content of the JSON.
    JsonContent,
    /// `#[config(with = "…")]`.
    With,
    /// `#[config(validate = …)]` of a field or a struct.
    Validate,
    /// A failed part of a composed field.
    Part,
    /// The whole stage, because the program of `--run` has not verified it.
    Run,
}

/// The result of running the program for a stage, and what prevented the program from verifying the
/// values, if anything.
pub(super) type RunCheck = Diagnostic<RunCheckKind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RunCheckKind {
    /// The program has checked every field.
    Verified,
    /// A load of the program fails before it tries any field.
    Failed,
    /// The program could not be started, or was not started because the check could not read any
    /// value.
    NotStarted,
    /// The program did not load the configuration.
    NotReached,
    /// The program ended or reached its time limit during the check.
    NotFinished,
    /// The report of the program cannot be used.
    Unreadable,
    /// The program uses local values instead of the stores.
    LocalValues,
}

/// A problem that does not make a load fail.
pub(super) type CheckWarning = Diagnostic<CheckWarningKind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckWarningKind {
    /// A text begins or ends with white space, or begins with a byte order mark. A load keeps both.
    WhiteSpace,
    /// A field of text reads a whole secret of Secrets Manager, which is a JSON object.
    WholeJson,
    /// JSON of a type that may hold a secret, in a parameter that is not encrypted.
    Plaintext,
    /// A default that does not apply now, but would fail: its text cannot be decoded, or the
    /// program refuses it.
    Default,
    /// The snapshot in the artifact cannot be used.
    Snapshot,
    /// A fallback source that production stages read and no other declared stage reads.
    ProductionFallback,
}

/// A secret that several stages share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SharedSecret {
    pub(super) field: String,
    pub(super) stages: Vec<String>,
    /// The reason why the secrets count as the same.
    pub(super) by: SharedBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SharedBy {
    /// The values that were read are equal.
    Value,
    /// The sources are the same.
    Source,
}

impl CheckResult {
    /// Returns the exit status for scripts.
    pub(super) fn exit_status(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Incomplete | Self::Unverified => 1,
            Self::Unchecked => 2,
        }
    }

    pub(super) fn from_fields(fields: &[FieldCheck]) -> Self {
        let results = fields.iter().map(|field| match field.result {
            FieldResult::Wrong => Self::Incomplete,
            FieldResult::Unchecked => Self::Unchecked,
            _ => Self::Complete,
        });
        results.max().unwrap_or(Self::Complete)
    }
}

impl UnverifiedItem {
    /// Creates an item that only the program can verify.
    pub(super) fn new_for_program(kind: UnverifiedKind, detail: String) -> Self {
        Self {
            kind,
            verified_by: Verifier::Program,
            detail,
        }
    }
}

impl UnverifiedCounts {
    pub(super) fn from_fields(fields: &[FieldCheck], structs: &[UnverifiedItem]) -> Self {
        let mut counts = Self::default();
        let fields = fields
            .iter()
            .filter_map(|field| field.unverified.iter().map(|item| item.verified_by).min());
        for verifier in fields.chain(structs.iter().map(|item| item.verified_by)) {
            match verifier {
                Verifier::Program => counts.program += 1,
                Verifier::Deployment => counts.deployment += 1,
                Verifier::Reading => counts.reading += 1,
            }
        }
        counts
    }

    pub(super) fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl StageCheck {
    /// Turns a complete result with unverified values into `Unverified`.
    pub(super) fn into_strict(mut self) -> Self {
        if self.result == CheckResult::Complete && !self.unverified_values.is_zero() {
            self.result = CheckResult::Unverified;
        }
        self
    }

    /// Creates the result of a stage that could not be checked at all. Completes the commands in
    /// the help of the problem now: with `--workspace`, they need the options that select the
    /// checked program, and the report may be printed while another program is selected.
    pub(super) fn from_error(stage: &str, fallback: bool, problem: &CliError) -> Self {
        Self {
            stage: stage.to_owned(),
            fallback,
            result: CheckResult::Unchecked,
            problem: Some(problem.clone().complete_help()),
            run: None,
            unverified: Vec::new(),
            unverified_values: UnverifiedCounts::default(),
            warnings: Vec::new(),
            help: Vec::new(),
            fields: Vec::new(),
        }
    }
}

impl FieldFailureKind {
    /// Returns the word for a table.
    pub(super) fn to_label(self) -> String {
        match self {
            Self::Load(kind) => kind.to_string(),
            Self::Plaintext => "in plain text".to_owned(),
        }
    }
}

impl Serialize for FieldFailureKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Load(kind) => kind.serialize(serializer),
            Self::Plaintext => serializer.serialize_str("plaintext"),
        }
    }
}
