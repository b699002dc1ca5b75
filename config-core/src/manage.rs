//! Functions for tools such as `cargo stage` (cargo feature `manage`): reading a stage without its
//! Rust types, writing values and snapshots, looking up versions, keys and identities, downloading
//! files. A program that only loads its configuration does not need this module.
//!
//! No function of this module prints or logs a value, and no error contains one.

mod cached_credentials;
mod call_timeout;
mod clients;
mod document;
mod download;
mod encryption;
mod error;
mod history;
mod identity;
mod listing;
mod merge;
mod new_value;
mod parameter;
mod path_parameter;
mod presence;
mod program_variables;
mod read_fields;
mod read_stage;
mod rollback;
mod secret;
mod snapshot;
mod verify;

use crate::{
    overrides,
    platform::{InitializationType, Platform},
    schema::Schema,
};
use std::time::Duration;

pub use crate::{
    check_run::{
        CheckRequest, ParseError, ProgramError, ProgramFailure, ProgramField, ProgramOutcome,
        ProgramReport, VARIABLE as CHECK_RUN_VARIABLE,
    },
    decode::JsonEntries,
    fetch::trim_attempt_count,
    plan::list_template_sources,
    read_mode::ReadMode,
};
pub use document::JsonDocument;
pub use download::{DownloadLimits, Downloader};
pub use encryption::{Encryption, KmsKey};
pub use error::{ADD_OVERWRITE, ManageError};
pub use history::VersionInfo;
pub use identity::{AwsContext, CallerIdentity, Identity};
pub use new_value::{
    NewValue, StorageKind, find_new_value_help, verify_new_part, verify_new_value,
};
pub use parameter::{
    NewParameter, ParameterInfo, ParameterKind, WrittenParameter, choose_data_type,
};
pub use program_variables::ProgramVariable;
pub use read_fields::{ComposedValue, FieldState, ReadField, ReadValue};
pub use read_stage::{ReadOptions, ReadStage, VariableSource};
pub use secret::{NewSecret, SecretInfo, SecretPayload};
pub use snapshot::{
    NewSnapshot, VerifiedSnapshot, check_embedded_snapshot, check_snapshot, verify_snapshot,
    write_snapshot,
};
pub use verify::UnverifiedPart;

/// Returns the default timeout of a load in a function. The arguments say whether the function has
/// SnapStart, and whether it runs on Managed Instances.
#[must_use]
pub fn default_load_timeout(has_snap_start: bool, on_managed_instances: bool) -> Duration {
    let initialization = match (on_managed_instances, has_snap_start) {
        (true, _) => InitializationType::ManagedInstances,
        (false, true) => InitializationType::SnapStart,
        (false, false) => InitializationType::OnDemand,
    };
    Platform::Lambda(initialization).default_timeout()
}

/// Returns the names of the variables that replace the source or the value of a field.
#[must_use]
pub fn override_variables(schema: &Schema) -> Vec<String> {
    overrides::all_variable_names(&[schema])
}

/// The environment variable in which Lambda gives a program the name of its function. If this
/// variable is set, a program may conclude that it runs in Lambda.
pub const FUNCTION_NAME: &str = crate::platform::FUNCTION_NAME;

#[cfg(test)]
mod tests;
