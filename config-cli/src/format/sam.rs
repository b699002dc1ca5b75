//! The JSON of `sam local invoke --env-vars`. The object `Parameters` applies to every function of
//! the template.

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use zeroize::Zeroizing;

use super::{ExportEntry, json};
use crate::error::CliError;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct EnvironmentFile<'a> {
    parameters: Variables<'a>,
}

/// The variables and their texts. They are serialized as one JSON object.
struct Variables<'a>(&'a [ExportEntry<'a>]);

impl Serialize for Variables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for entry in self.0 {
            map.serialize_entry(entry.variable, entry.text)?;
        }
        map.end()
    }
}

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Result<Zeroizing<String>, CliError> {
    let file = EnvironmentFile {
        parameters: Variables(entries),
    };
    json::to_text(entries, &file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_strings_in_the_object_parameters() {
        let entry = |path, variable, text| ExportEntry {
            path,
            variable,
            text,
            is_secret: false,
        };
        let text = write(&[
            entry("mail.port", "MAIL_PORT", "25"),
            entry("a", "A", "\"\n"),
        ]);
        assert_eq!(
            text.unwrap().as_str(),
            "{\n  \"Parameters\": {\n    \"MAIL_PORT\": \"25\",\n    \"A\": \"\\\"\\n\"\n  }\n}\n"
        );
    }
}
