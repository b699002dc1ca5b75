//! The result of a check, as `--json` prints it.

use serde::{Serialize, Serializer};
use stage_config_core::schema::Secrecy;
use stage_config_core::{Diagnostic, FailureKind, Help};

use crate::error::CliError;
use crate::lines::Lines;

/// Version 2 of the JSON. Keys and words are added without a new version; one that goes or changes its meaning raises it.
#[derive(Debug, Serialize)]
pub(super) struct CheckReport {
    pub(super) version: u32,
    pub(super) config: &'static str,
    pub(super) package: &'static str,
    /// How far it was looked: `values`, `existence` or `offline`.
    pub(super) depth: &'static str,
    pub(super) result: CheckResult,
    pub(super) stages: Vec<StageCheck>,
    pub(super) shared_secrets: Vec<SharedSecret>,
    /// Of the configuration, whatever stages are checked.
    pub(super) warnings: Vec<CheckWarning>,
}

/// The whole, or one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckResult {
    /// Nothing is known to be wrong.
    Complete,
    /// Nothing is known to be wrong, but something is not verified, and `--strict` asks for that.
    Unverified,
    /// Something could not be asked, and nothing is known to be wrong.
    Unchecked,
    /// Something is known to be wrong, whatever else could not be asked.
    Incomplete,
}

#[derive(Debug, Serialize)]
pub(super) struct StageCheck {
    pub(super) stage: String,
    /// Nobody declared it: it uses the fallback sources.
    pub(super) fallback: bool,
    pub(super) result: CheckResult,
    /// Why nothing of it could be asked.
    pub(super) problem: Option<StageFailure>,
    /// What is left open of structs as a whole.
    pub(super) unverified: Vec<UnverifiedItem>,
    /// How many values are not verified, by what would verify them; structs that are validated as a whole among them.
    pub(super) unverified_values: UnverifiedCounts,
    /// What a load would not fail with, and what a deployment should not be without knowing.
    pub(super) warnings: Vec<CheckWarning>,
    pub(super) fields: Vec<FieldCheck>,
}

#[derive(Debug, Serialize)]
pub(super) struct StageFailure {
    pub(super) detail: Lines,
    pub(super) help: Option<Help>,
}

#[derive(Debug, Serialize)]
pub(super) struct FieldCheck {
    pub(super) field: String,
    #[serde(rename = "type")]
    pub(super) type_name: &'static str,
    /// It must be hidden; of a field of unknown secrecy the value that was read decides.
    pub(super) secret: bool,
    pub(super) secrecy: Secrecy,
    pub(super) result: FieldResult,
    /// The chain, first come first.
    pub(super) sources: Vec<String>,
    /// The source that has it.
    pub(super) source: Option<String>,
    /// Its version there.
    pub(super) value_version: Option<String>,
    /// The default that applies, as it is written; absent where the field is secret.
    pub(super) default: Option<&'static str>,
    pub(super) failure: Option<FieldFailure>,
    pub(super) unverified: Vec<UnverifiedItem>,
    pub(super) warnings: Vec<CheckWarning>,
}

/// From what is worst to what is best, which is the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FieldResult {
    /// It is missing, denied, undecodable, or should not be as it is.
    Wrong,
    /// Nobody answered whether it is there.
    Unchecked,
    /// Whether it is there cannot be told from here.
    Unknown,
    /// It is there, and not all of it could be verified.
    Exists,
    /// It is there, and a load takes it.
    Ok,
    /// It is nowhere, and its default applies.
    Default,
    /// It is nowhere, and nothing is needed.
    Absent,
}

/// What is wrong, or why nobody knows.
pub(super) type FieldFailure = Diagnostic<FieldFailureKind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldFailureKind {
    /// What a load would fail with.
    Load(FailureKind),
    /// A load would take it, but it is a secret that is kept in clear.
    Plaintext,
}

/// What a check leaves open, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct UnverifiedItem {
    pub(super) kind: UnverifiedKind,
    pub(super) verified_by: Verifier,
    pub(super) detail: String,
}

/// What would tell what is left open, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verifier {
    /// The program alone, with its types and stores.
    Program,
    /// The deployment, whose variables `--env-file` can give.
    Deployment,
    /// A check that reads: without `--no-decrypt` or `--offline`.
    Reading,
}

/// How many values are left open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct UnverifiedCounts {
    pub(super) program: usize,
    pub(super) deployment: usize,
    pub(super) reading: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UnverifiedKind {
    /// A source that cannot be asked from here.
    Source,
    /// The value, which was not asked for.
    Value,
    /// The right to read it.
    Access,
    /// The key in the JSON.
    JsonKey,
    /// The type, which only its own `Deserialize` knows.
    Type,
    /// What the JSON holds.
    InsideOfJson,
    /// `#[config(with = "…")]`.
    With,
    /// `#[config(validate = …)]`, of a field or a struct.
    Validate,
}

/// What a load would not fail with.
pub(super) type CheckWarning = Diagnostic<CheckWarningKind>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckWarningKind {
    /// A text begins or ends with white space, and keeps it.
    WhiteSpace,
    /// JSON of a type that may hold a secret, in a parameter that is not encrypted.
    Plaintext,
    /// The snapshot in the artifact would be of no use.
    Snapshot,
    /// A fallback source that only production reads.
    ProductionFallback,
}

/// A secret that several stages share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SharedSecret {
    pub(super) field: String,
    pub(super) stages: Vec<String>,
    /// How that is known.
    pub(super) by: SharedBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SharedBy {
    /// The values were read, and are equal.
    Value,
    /// The sources are the same.
    Source,
}

impl CheckResult {
    /// What a script learns.
    pub(super) fn exit_status(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Incomplete | Self::Unverified => 1,
            Self::Unchecked => 2,
        }
    }

    pub(super) fn from_fields(fields: &[FieldCheck]) -> Self {
        let worst = fields.iter().map(|field| match field.result {
            FieldResult::Wrong => Self::Incomplete,
            FieldResult::Unchecked => Self::Unchecked,
            _ => Self::Complete,
        });
        worst.max().unwrap_or(Self::Complete)
    }
}

impl UnverifiedItem {
    /// What only the program can tell.
    pub(super) fn new_for_program(kind: UnverifiedKind, detail: String) -> Self {
        Self { kind, verified_by: Verifier::Program, detail }
    }
}

impl UnverifiedCounts {
    pub(super) fn from_fields(fields: &[FieldCheck], structs: &[UnverifiedItem]) -> Self {
        let mut counts = Self::default();
        let fields = fields.iter().filter_map(|field| field.unverified.iter().map(|open| open.verified_by).min());
        for verifier in fields.chain(structs.iter().map(|open| open.verified_by)) {
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
    /// What is not verified counts as wrong.
    pub(super) fn into_strict(mut self) -> Self {
        if self.result == CheckResult::Complete && !self.unverified_values.is_zero() {
            self.result = CheckResult::Unverified;
        }
        self
    }

    /// A stage of which nothing could be asked.
    pub(super) fn from_error(stage: &str, fallback: bool, problem: &CliError) -> Self {
        let problem = StageFailure { detail: problem.message(), help: problem.help().cloned() };
        Self {
            stage: stage.to_owned(),
            fallback,
            result: CheckResult::Unchecked,
            problem: Some(problem),
            unverified: Vec::new(),
            unverified_values: UnverifiedCounts::default(),
            warnings: Vec::new(),
            fields: Vec::new(),
        }
    }
}

impl FieldFailureKind {
    /// The word for a table.
    pub(super) fn to_label(self) -> String {
        match self {
            Self::Load(kind) => kind.to_string(),
            Self::Plaintext => "in clear".to_owned(),
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
