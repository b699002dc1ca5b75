//! Decodes a composed field if one of its parts failed or has no value.

use super::{StructDecoder, ValidateFn};
use crate::{
    decode::StoredValue,
    failure::FailureKind,
    field_default::DecodeFn,
    report::{FieldReport, Origin},
    resolve::ResolvedField,
};

impl StructDecoder<'_> {
    /// Decodes a composed field that has no value of its own, if one of its parts failed or is
    /// unset. Returns `None` for any other field. A failed part has its own failure, so the
    /// composed field has none.
    ///
    /// The decoder knows more about the parts than the resolver: whether their texts decode, and
    /// whether their optional struct is present. Generated code decodes the parts first.
    pub(super) fn decode_without_parts<T>(
        &mut self,
        path: &str,
        resolved: &ResolvedField,
        decode: DecodeFn<T>,
        validate: Option<ValidateFn<T>>,
    ) -> Option<Option<T>> {
        if resolved.spec.compose.is_none() || resolved.is_present() {
            return None;
        }
        let parts: Vec<String> = resolved.spec.list_parts(path).collect();
        let origins = || {
            let reports = self.results.fields.iter();
            let part_reports = reports.filter(|report| parts.contains(&report.field));
            part_reports.map(|report| report.origin)
        };
        let failed = origins().find(|origin| matches!(origin, Origin::Failed(_)));
        let unset = origins().find(|origin| *origin == Origin::Unset);

        let origin = failed.or(unset)?;
        if origin != Origin::Unset {
            self.report_composed(path, resolved, origin);
            return Some(None);
        }
        let value = decode(StoredValue::missing()).map_err(|_| {
            let detail = "a part of this composed field has no value".to_owned();
            let help = "make the field an `Option`".into();
            self.new_failure(path, None, None, FailureKind::Missing, detail, help)
        });
        let validated = value.and_then(|value| {
            let result = validate.map_or(Ok(()), |validate| validate(&value));
            result
                .map(|()| value)
                .map_err(|text| self.new_invalid_failure(path, None, None, text))
        });
        let origin = validated
            .as_ref()
            .map_or_else(|failure| Origin::Failed(failure.kind()), |_| origin);
        self.report_composed(path, resolved, origin);
        Some(self.collect_failure(validated))
    }

    fn report_composed(&mut self, path: &str, resolved: &ResolvedField, origin: Origin) {
        self.results.fields.push(FieldReport {
            field: path.to_owned(),
            secret: resolved.is_secret(),
            origin,
            source: None,
            version: None,
            variable: None,
        });
    }
}
