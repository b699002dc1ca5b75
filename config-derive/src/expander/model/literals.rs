//! Collects the texts of a field that the source code contains: those of its `value:` sources and
//! of its default.

use quote::ToTokens as _;

use super::{DefaultModel, LiteralModel, SecrecyModel};
use crate::expander::attr::{FieldInput, SourceText};
use crate::expander::source::SourceVisibility;

impl LiteralModel {
    /// Returns the texts of the `value:` sources among these sources.
    pub(super) fn from_sources(
        field: &FieldInput,
        sources: &[(&SourceText, SourceVisibility)],
    ) -> Vec<Self> {
        let find = |(source, _): &(&SourceText, _)| {
            let subject = format!("the text of `value:` for `{}`", field.name());
            Some(Self {
                at: source.to_token_stream(),
                subject: source.explain(&subject),
                text: source.value().strip_prefix("value:")?.to_owned(),
            })
        };
        sources.iter().filter_map(find).collect()
    }

    /// Returns the text of the default, if the default is a string literal.
    pub(super) fn from_default(field: &FieldInput, secrecy: &SecrecyModel) -> Option<Self> {
        match secrecy {
            SecrecyModel::ByType {
                default: Some(DefaultModel::Text(text)),
                ..
            } => Some(Self {
                at: text.to_token_stream(),
                subject: format!("the default of `{}`", field.name()),
                text: text.value(),
            }),
            _ => None,
        }
    }
}
