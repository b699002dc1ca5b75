//! Lists what prevents the verification of a field: sources that were not read, and failed parts.

use super::{FieldExamination, find_verifier, new_unverified_source};
use crate::command::check::report::{UnverifiedItem, UnverifiedKind, Verifier};
use crate::redact;

impl FieldExamination<'_> {
    /// Lists the sources that this command could not reach. If a source provides the value, lists
    /// only those before this source. Then lists the sources that decide whether the optional
    /// struct of the field exists, and the failed parts of a composed field.
    pub(super) fn list_unread_sources(&self) -> Vec<UnverifiedItem> {
        let unread = self.field.unreachable_sources.iter().map(|source| {
            let location = match find_verifier(source) {
                Verifier::Program => "one of the program's own stores",
                Verifier::Deployment => {
                    "a variable of the deployment, which `--env-file FILE` can provide"
                }
                Verifier::Reading => "not requested with --offline",
            };
            new_unverified_source(
                source,
                format!("{} ({location})", redact::display_source(source)),
            )
        });
        let undecided = self.field.undecided_by.iter().map(|source| {
            new_unverified_source(
                source,
                format!(
                    "whether its optional struct exists, which depends on {}",
                    redact::display_source(source)
                ),
            )
        });
        unread
            .chain(undecided)
            .chain(self.list_failed_parts())
            .collect()
    }

    /// Lists the names of the parts that have failed. The report shows the failure of each part as
    /// the result of that part.
    fn list_failed_parts(&self) -> impl Iterator<Item = UnverifiedItem> {
        self.field.failed_parts.iter().map(|part| UnverifiedItem {
            kind: UnverifiedKind::Part,
            verified_by: Verifier::Reading,
            detail: format!("its failed part `{part}`"),
        })
    }
}
