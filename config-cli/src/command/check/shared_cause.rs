//! A cause that prevented the check of several fields of a stage.

use super::report::{FieldCheck, FieldFailureKind, StageCheck};
use crate::cause::Cause;

pub(super) struct SharedCause<'a> {
    pub(super) cause: Cause,
    /// The fields, in the order of declaration.
    pub(super) fields: Vec<&'a FieldCheck>,
}

impl SharedCause<'_> {
    fn names(&self) -> Vec<&str> {
        let fields = self.fields.iter();
        fields.map(|field| field.field.as_str()).collect()
    }

    /// Returns the lines about this cause: the cause itself, the names of its fields, and the help
    /// of these fields, each text once.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.cause.to_string(), self.names().join(", ")];
        for failure in self
            .fields
            .iter()
            .filter_map(|field| field.failure.as_ref())
        {
            let help = format!("help: {}", failure.help);
            if !lines.contains(&help) {
                lines.push(help);
            }
        }
        lines
    }
}

/// Returns whether one of these causes prevented the check of a field.
pub(super) fn is_shared(field: &FieldCheck, causes: &[Cause]) -> bool {
    find_cause(field).is_some_and(|cause| causes.contains(&cause))
}

/// Returns the causes that several fields share.
pub(super) fn find_shared_causes(stage: &StageCheck) -> Vec<SharedCause<'_>> {
    let mut causes: Vec<SharedCause<'_>> = Vec::new();
    for field in &stage.fields {
        let Some(cause) = find_cause(field) else {
            continue;
        };
        match causes.iter_mut().find(|shared| shared.cause == cause) {
            Some(shared) => shared.fields.push(field),
            None => causes.push(SharedCause {
                cause,
                fields: vec![field],
            }),
        }
    }
    causes.retain(|shared| shared.fields.len() > 1);
    causes
}

fn find_cause(field: &FieldCheck) -> Option<Cause> {
    let failure = field.failure.as_ref()?;
    match failure.kind {
        FieldFailureKind::Load(kind) => Cause::new(kind, &failure.detail),
        FieldFailureKind::Plaintext => None,
    }
}
