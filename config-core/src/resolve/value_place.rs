//! The place where a user changes a value, for the help of an error.

use crate::store::local::LocalTable;
use std::sync::Arc;

/// The place where a user changes a value. The text that describes the place is created only for an
/// error. Otherwise every load would create one text for each value, and most loads have no error.
#[derive(Clone)]
pub(crate) enum ValuePlace {
    /// The source that the report names.
    Source,
    /// A provider of a layer. `option` is the method of the loader that the provider was passed to.
    Provider { option: &'static str },
    /// The local values.
    Local(Arc<LocalTable>),
}

impl ValuePlace {
    /// Describes the place of a field's value. `source` is the source in the report.
    pub(crate) fn describe(&self, path: &str, source: &str) -> String {
        match self {
            Self::Source => source.to_owned(),
            Self::Provider { option } => {
                format!("`{path}` of the provider {source}, given to `{option}`")
            }
            Self::Local(table) => table.describe_for_help(source),
        }
    }
}
