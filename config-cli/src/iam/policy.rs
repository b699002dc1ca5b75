//! The document of a policy, as IAM accepts it, and the notes for the user.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};

use super::policy_text::{Hole, PolicyText};

/// The maximum length of a managed policy, in characters without white space.
const MANAGED_LIMIT: usize = 6_144;
/// The maximum length of all inline policies of a role together.
const INLINE_LIMIT: usize = 10_240;

/// A policy document with notes for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) document: PolicyDocument,
    /// Notes, for example on assumptions and on sources that the policy does not cover.
    /// [`collect_notes`](Self::collect_notes) adds others.
    pub(super) notes: Vec<String>,
    /// The stages, if the stage is a parameter of the policy. Otherwise, the list is empty.
    pub(super) stages: Vec<String>,
}

/// A policy. It is serialized as the JSON of IAM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PolicyDocument {
    version: &'static str,
    #[serde(rename = "Statement")]
    pub(crate) statements: Vec<Statement>,
}

/// One statement with the effect `Allow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statement {
    pub(crate) sid: String,
    effect: &'static str,
    #[serde(rename = "Action")]
    pub(crate) actions: Vec<&'static str>,
    #[serde(rename = "Resource")]
    pub(crate) resources: Vec<PolicyText>,
    #[serde(rename = "Condition", skip_serializing_if = "Conditions::is_empty")]
    pub(crate) conditions: Conditions,
}

/// The conditions of a statement: the condition keys of each operator, with their values.
pub(crate) type Conditions = BTreeMap<&'static str, BTreeMap<String, ConditionValues>>;

/// The accepted values of a condition key. A single value is written without a list, because some
/// programs that read policies do not accept a list for the operator `Null`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConditionValues(pub(crate) Vec<PolicyText>);

impl Serialize for ConditionValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

impl Statement {
    /// Creates a statement. If several statements share a `sid`, [`Policy::new`] adds a number to
    /// each except the first.
    pub(super) fn allow(
        sid: &str,
        actions: &[&'static str],
        resources: impl IntoIterator<Item = PolicyText>,
    ) -> Self {
        let resources: BTreeSet<PolicyText> = resources.into_iter().collect();
        Self {
            sid: sid.to_owned(),
            effect: "Allow",
            actions: actions.to_vec(),
            resources: resources.into_iter().collect(),
            conditions: Conditions::new(),
        }
    }

    /// Adds a condition: the condition key must have one of these values.
    #[must_use]
    pub(super) fn with_condition(
        mut self,
        operator: &'static str,
        key: &str,
        values: Vec<PolicyText>,
    ) -> Self {
        self.conditions
            .entry(operator)
            .or_default()
            .insert(key.to_owned(), ConditionValues(values));
        self
    }

    /// Adds a condition: the KMS key must have this alias. `None` adds no condition.
    #[must_use]
    pub(super) fn with_alias_condition(self, alias: Option<&str>) -> Self {
        match alias {
            Some(alias) => self.with_condition(
                "ForAnyValue:StringEquals",
                "kms:ResourceAliases",
                vec![PolicyText::from(alias)],
            ),
            None => self,
        }
    }

    /// Adds a condition: a key of the KMS encryption context must match one of these values, which
    /// may contain wildcards.
    #[must_use]
    pub(super) fn with_context_condition(
        self,
        key: &str,
        values: impl IntoIterator<Item = PolicyText>,
    ) -> Self {
        let values: BTreeSet<PolicyText> = values.into_iter().collect();
        let operator = if values.iter().any(PolicyText::has_wildcards) {
            "StringLike"
        } else {
            "StringEquals"
        };
        self.with_condition(
            operator,
            &format!("kms:EncryptionContext:{key}"),
            values.into_iter().collect(),
        )
    }
}

impl Policy {
    /// Creates the policy. Removes statements that grant nothing, and makes the names of the others
    /// unique.
    pub(super) fn new(statements: Vec<Statement>, notes: Vec<String>) -> Self {
        let mut statements: Vec<_> = statements
            .into_iter()
            .filter(|statement| !statement.resources.is_empty())
            .collect();

        let mut counts = BTreeMap::<String, usize>::new();
        for statement in &mut statements {
            let count = counts.entry(statement.sid.clone()).or_default();
            *count += 1;
            if *count > 1 {
                statement.sid = format!("{}{count}", statement.sid);
            }
        }

        let document = PolicyDocument {
            version: "2012-10-17",
            statements,
        };
        Self {
            document,
            notes,
            stages: Vec::new(),
        }
    }

    /// Makes the stage a parameter of the policy. The texts contain `mark` in place of the stage's
    /// name.
    #[must_use]
    pub(super) fn with_stage_parameter(mut self, mark: char, stages: Vec<String>) -> Self {
        for text in self.document.texts_mut() {
            *text = text.with_stage_holes(mark);
        }
        for note in &mut self.notes {
            *note = note.replace(mark, Hole::Stage.placeholder());
        }
        self.stages = stages;
        self
    }

    /// Returns the notes, a note on an excessive length, and a note on each placeholder that
    /// remains in the output, except the partition and the stage. `is_filled` returns whether the
    /// output format fills a hole.
    pub(crate) fn collect_notes(&self, is_filled: impl Fn(Hole) -> bool) -> Vec<String> {
        let holes: BTreeSet<Hole> = self
            .document
            .texts()
            .flat_map(PolicyText::holes)
            .filter(|hole| !is_filled(*hole))
            .collect();
        let placeholders = holes.into_iter().filter_map(|hole| match hole {
            // The placeholder of the partition is usually correct. The renderer describes the
            // parameter for the stage.
            Hole::Partition | Hole::Stage => None,
            Hole::Region => Some("REGION stands for the region, which is not known: give --region"),
            Hole::Account => Some(
                "ACCOUNT stands for the account, which is not known: give \
                 --account",
            ),
            Hole::KeyId => Some(
                "KEY_ID stands for a KMS key that is not known: give --kms-key, or `?key=` in \
                 the source",
            ),
            Hole::Function => Some(
                "FUNCTION_NAME stands for the name of the Lambda function: give \
                 --function",
            ),
        });

        let stage_length = self
            .stages
            .iter()
            .map(String::len)
            .max()
            .unwrap_or_default();
        self.notes
            .iter()
            .cloned()
            .chain(self.document.length_note(stage_length))
            .chain(placeholders.map(str::to_owned))
            .collect()
    }

    /// Returns whether the policy has no statements, which IAM refuses.
    pub(crate) fn is_empty(&self) -> bool {
        self.document.statements.is_empty()
    }
}

impl PolicyDocument {
    /// Returns the length that IAM counts: without white space, and with all holes filled by values
    /// of maximum length.
    fn length(&self, stage_length: usize) -> usize {
        let text = serde_json::to_string(self).unwrap_or_default();
        let growth = self.texts().map(|text| {
            text.max_length(stage_length)
                .saturating_sub(text.to_string().chars().count())
        });
        text.chars().filter(|c| !c.is_whitespace()).count() + growth.sum::<usize>()
    }

    fn length_note(&self, stage_length: usize) -> Option<String> {
        let length = self.length(stage_length);
        let message = format!(
            "the policy has up to {length} characters, and the limit of a managed policy is \
             {MANAGED_LIMIT}"
        );
        if length <= MANAGED_LIMIT {
            return None;
        }

        Some(if length <= INLINE_LIMIT {
            format!(
                "{message}: make it an inline policy of the role (limit of all its inline policies \
                 together: {INLINE_LIMIT}), or spread its statements over several managed policies"
            )
        } else {
            format!(
                "{message} (limit of all inline policies of a role together: {INLINE_LIMIT}): \
                 spread its statements, or the resources of the longest statement, over several \
                 managed policies"
            )
        })
    }

    fn texts_mut(&mut self) -> impl Iterator<Item = &mut PolicyText> {
        self.statements.iter_mut().flat_map(|statement| {
            let values = statement
                .conditions
                .values_mut()
                .flat_map(BTreeMap::values_mut)
                .flat_map(|values| &mut values.0);
            statement.resources.iter_mut().chain(values)
        })
    }

    /// Returns every text that may have holes.
    pub(super) fn texts(&self) -> impl Iterator<Item = &PolicyText> {
        self.statements.iter().flat_map(|statement| {
            let values = statement
                .conditions
                .values()
                .flat_map(BTreeMap::values)
                .flat_map(|values| &values.0);
            statement.resources.iter().chain(values)
        })
    }
}
