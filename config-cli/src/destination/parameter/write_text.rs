//! The write of a whole text: the type, the tier, the KMS key and the data type of the parameter.

use stage_config_core::manage::{
    Encryption, NewParameter, ParameterInfo, ParameterKind, choose_data_type,
};
use stage_config_core::schema::{Kind, Secrecy};
use stage_config_grammar::source::Address;
use stage_config_grammar::white_space::trim;

use super::ParameterTarget;
use super::write::ParameterWrite;
use crate::destination::protected_write::protect_write;
use crate::destination::{Destination, WriteResult};
use crate::error::CliError;

/// The maximum size, in bytes, of a parameter of the standard tier, which is free.
pub(super) const STANDARD_LIMIT: usize = 4096;

/// The data types that the command chooses by the field's kind. If a parameter has another data
/// type, a user chose it, so a write keeps it.
const KIND_DATA_TYPES: [&str; 5] = ["text", "integer", "float", "boolean", "json"];

impl ParameterWrite<'_> {
    /// Writes a whole text. Returns the result, and the number of the new version.
    pub(super) async fn write_text(
        &self,
        stored: Option<&ParameterInfo>,
        text: &str,
        value_kind: Kind,
    ) -> Result<(WriteResult, i64), CliError> {
        let Self {
            target,
            aws,
            destination,
            options,
        } = self;
        target.check_text(text)?;
        let kind = stored.map_or(initial_kind(destination), |parameter| parameter.kind);
        check_list(kind, value_kind, text, &target.name)?;
        if text.len() > STANDARD_LIMIT && !options.advanced {
            let message = format!(
                "the value has {} bytes, and the limit of the standard tier is {STANDARD_LIMIT}",
                text.len()
            );
            return Err(CliError::failed(message).with_help(
                "add `--advanced` to write it in the advanced tier, which costs money",
            ));
        }

        let key = self.kms_key(stored).await?;
        let chosen = stored
            .and_then(|parameter| parameter.data_type.as_deref())
            .filter(|chosen| !KIND_DATA_TYPES.contains(chosen));
        let new = NewParameter {
            name: &target.name,
            region: target.region.as_deref(),
            text,
            kind,
            kms_key: key.as_deref(),
            data_type: Some(chosen.unwrap_or_else(|| choose_data_type(value_kind, text))),
            // Without `overwrite`, AWS refuses the write if the parameter was created in the
            // meantime.
            overwrite: stored.is_some(),
            advanced: text.len() > STANDARD_LIMIT,
        };
        let written = protect_write(aws.put_parameter(&new)).await?;

        let mut notes = Vec::new();
        if let Some(refused) = &written.refused_data_type {
            notes.push(format!(
                "Parameter Store does not accept the data type `{refused}` here, so the parameter \
                 has the data type `text`"
            ));
        }
        Ok((
            WriteResult {
                version: Some(written.version.to_string()),
                notes,
            },
            written.version,
        ))
    }

    /// Returns the KMS key for the write. Without a key in the request, Parameter Store uses its
    /// own key, even if the parameter was encrypted with another key.
    async fn kms_key(&self, stored: Option<&ParameterInfo>) -> Result<Option<String>, CliError> {
        if let Some(key) = self.destination.kms_key(self.options) {
            return Ok(Some(key.to_owned()));
        }
        if stored.is_none_or(|parameter| parameter.kind != ParameterKind::SecureString) {
            return Ok(None);
        }

        let ParameterTarget { name, region, .. } = self.target;
        let address = Address::Parameter {
            name: name.clone(),
            selector: None,
            region: region.clone(),
            role: None,
        };
        match self.aws.fetch_encryption(&address).await {
            Ok(Some(Encryption::Kms(key))) => Ok(key),
            Ok(_) => Ok(None),
            Err(error) => Err(CliError::from(error).with_help(
                "allow the request that failed, so that the command can find the parameter's \
                 current KMS key; or name the key with --kms-key KEY",
            )),
        }
    }
}

/// Returns the type of a new parameter. It is never a StringList, because an item of a StringList
/// cannot contain a comma.
fn initial_kind(destination: &Destination<'_>) -> ParameterKind {
    if destination.field.secrecy() == Secrecy::No {
        ParameterKind::String
    } else {
        ParameterKind::SecureString
    }
}

/// Refuses a JSON text for a StringList. A load splits the text of a StringList at its commas, even
/// if the text is JSON.
fn check_list(
    kind: ParameterKind,
    value_kind: Kind,
    text: &str,
    name: &str,
) -> Result<(), CliError> {
    let is_json = match value_kind {
        kind if kind.is_list() => trim(text).starts_with('['),
        Kind::Other => trim(text).starts_with(['[', '{']),
        Kind::Json => true,
        _ => false,
    };
    match kind {
        ParameterKind::StringList if is_json => Err(CliError::failed(format!(
            "the value is JSON, and {name} is a StringList, which is split at its commas"
        ))
        .with_help(
            "separate the items with commas; or remove the parameter, and set it again as a String",
        )),
        _ => Ok(()),
    }
}
