//! Warns about a value that a load accepts but that is probably a mistake, and about a default that
//! a load would refuse.

use serde::de::IgnoredAny;
use stage_config_core::manage::ReadValue;
use stage_config_core::schema::Kind;
use stage_config_core::{Diagnostic, Help};
use stage_config_grammar::source::{Address, Source};
use stage_config_grammar::white_space::strip_byte_order_mark;

use super::FieldExamination;
use crate::command::check::report::{CheckWarning, CheckWarningKind};
use crate::{help, redact};

impl FieldExamination<'_> {
    /// Warns about a default that a load would refuse if no source had a value.
    pub(super) fn warn_about_default(&self) -> Option<CheckWarning> {
        let failure = self.field.verify_default()?.err()?;
        Some(Diagnostic::new(
            CheckWarningKind::Default,
            "",
            failure.detail(),
            failure.help().clone(),
        ))
    }

    /// Warns about JSON that is not encrypted and whose type may contain a secret, such as a
    /// password.
    pub(super) fn warn_about_plaintext(&self, value: &ReadValue) -> Option<CheckWarning> {
        self.field.can_be_plaintext_secret().then(|| {
            let detail = format!(
                "JSON of `{}`, which may contain a secret, is in a parameter that is not encrypted",
                self.type_name()
            );
            let help = format!(
                "write `#[config(plain)]` on the field if it contains none; else write \
                 `#[config(secret)]`, and {}",
                help::encrypt_value(self.stage, self.planned(), &value.source)
            );
            Diagnostic::new(CheckWarningKind::Plaintext, "", detail, help)
        })
    }

    /// Warns about white space or a byte order mark around a text, because the program uses the
    /// text unchanged. A line end after a text of several lines, such as a key or certificate, is
    /// usual and causes no warning.
    pub(super) fn warn_about_white_space(&self, value: &ReadValue) -> Option<CheckWarning> {
        let text = value
            .text()
            .filter(|_| self.planned().spec().shape.kind == Kind::String)?;
        let without_line_end = text
            .strip_suffix("\r\n")
            .or_else(|| text.strip_suffix('\n'));
        let detail = match without_line_end {
            _ if strip_byte_order_mark(text) != text => {
                "the text begins with a byte order mark, which is a part of the value"
            }
            Some(line) if line.trim() == line && line.contains('\n') => return None,
            Some(line) if line.trim() == line => {
                "the text ends with a line end, which is a part of the value"
            }
            _ if text.trim() != text => {
                "the text begins or ends with white space, which is a part of the value"
            }
            _ => return None,
        };
        let trim = Help::ChangeValue {
            expected: "the text without it".to_owned(),
            source: redact::display_source(&value.source),
        };
        let help = help::replace_value(self.stage, self.planned(), &value.source, &trim);
        Some(Diagnostic::new(
            CheckWarningKind::WhiteSpace,
            "",
            detail,
            help,
        ))
    }

    /// Warns if a field of text reads a whole secret that is a JSON object. The console and RDS
    /// store a password under a key of a JSON object, so the source probably lacks the key.
    pub(super) fn warn_about_whole_json(&self, value: &ReadValue) -> Option<CheckWarning> {
        let is_whole_secret =
            matches!(value.source.address, Address::Secret { .. }) && value.source.key.is_none();
        let spec = self.planned().spec();
        let is_text = spec.shape.kind == Kind::String && !spec.with;
        let text = value.text().filter(|_| is_whole_secret && is_text)?;
        let is_object =
            text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
        is_object.then(|| {
            let with_key = Source {
                key: Some("KEY".to_owned()),
                ..value.source.clone()
            };
            Diagnostic::new(
                CheckWarningKind::WholeJson,
                "",
                "the secret is a JSON object, and the field reads all of it",
                format!(
                    "if the program needs only one of its keys, name it in the source: {with_key}"
                ),
            )
        })
    }
}
