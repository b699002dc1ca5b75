//! Examines composed fields.

use stage_config_core::manage::{ComposedValue, UnverifiedPart};

use super::FieldExamination;
use crate::command::check::report::{
    FieldCheck, FieldResult, UnverifiedItem, UnverifiedKind, Verifier,
};
use crate::redact;

impl FieldExamination<'_> {
    pub(super) fn examine_composed(&self, value: &ComposedValue, report: &mut FieldCheck) {
        report.source = Some(value.template.to_owned());
        match self.field.verify() {
            Some(Err(failure)) => self.add_wrong(&failure, failure.help().clone(), report),
            Some(Ok(parts)) => {
                let items = parts.into_iter().map(|part| match part {
                    UnverifiedPart::ExistsOnly => UnverifiedItem {
                        kind: UnverifiedKind::Value,
                        verified_by: Verifier::Reading,
                        detail: redact::describe_unverified(part, self.type_name()),
                    },
                    part => self.new_program_item(part),
                });
                report.unverified.extend(items);
            }
            None => {}
        }
        if report.result == FieldResult::Ok && !report.unverified.is_empty() {
            report.result = FieldResult::Exists;
        }
    }
}
