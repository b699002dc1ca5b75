//! A cause for which several fields of a stage were not checked.

use stage_config_core::Help;

use super::report::{FieldCheck, FieldFailureKind, StageCheck};
use crate::cause::Cause;

pub(super) struct SharedCause<'a> {
    pub(super) cause: Cause,
    /// The fields, in the order of declaration.
    pub(super) fields: Vec<&'a FieldCheck>,
}

impl SharedCause<'_> {
    pub(super) fn names(&self) -> Vec<&str> {
        let fields = self.fields.iter();
        fields.map(|field| field.field.as_str()).collect()
    }

    /// Returns the different help texts of the fields.
    pub(super) fn help_texts(&self) -> Vec<&Help> {
        let mut texts = Vec::new();
        for failure in self
            .fields
            .iter()
            .filter_map(|field| field.failure.as_ref())
        {
            if !texts.contains(&&failure.help) {
                texts.push(&failure.help);
            }
        }
        texts
    }
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

pub(super) fn find_cause(field: &FieldCheck) -> Option<Cause> {
    let failure = field.failure.as_ref()?;
    match failure.kind {
        FieldFailureKind::Load(kind) => Cause::new(kind, &failure.detail),
        FieldFailureKind::Plaintext => None,
    }
}
