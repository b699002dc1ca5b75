//! One parameter of a path, as if it were a field of its own.

use crate::{
    decode::{StoredValue, normalize_key, verify},
    plan::{Plan, PlannedField},
    schema::{FieldSpec, Kind, Shape},
};
use stage_config_grammar::arn::is_arn;
use stage_config_grammar::source::{Address, Source};

impl PlannedField {
    /// Returns whether the first source of the field is a path.
    #[must_use]
    pub fn reads_path(&self) -> bool {
        let first = self.chain.first();
        first.is_some_and(|source| matches!(source.address, Address::ParameterPath { .. }))
    }

    /// Returns the field with only this parameter of a path in its chain, and with the kind of the
    /// map's values. One source is enough, because a load reads a map from one source of the chain,
    /// and never adds parameters from a later one.
    fn with_parameter(&self, source: Source) -> Self {
        Self {
            spec: describe_map_value(self.spec),
            chain: vec![source],
            ..self.clone()
        }
    }
}

impl Plan {
    /// Returns the plan with one change: the field reads only the parameter `key` of its path, and
    /// has the type of the map's values. Each call leaks the description of this type.
    ///
    /// # Errors
    ///
    /// Returns the reason if the first source of the field is not a path, if the path and `key` do
    /// not form the name of a parameter, if `key` does not fit the key type of the map, or if the
    /// map's type writes this key in another form. The reason does not contain `key`.
    pub fn select_parameter(&self, field: &str, key: &str) -> Result<Self, String> {
        let mut plan = self.clone();
        let planned = plan.fields.iter_mut().find(|planned| planned.path == field);
        let Some(planned) = planned.filter(|planned| planned.reads_path()) else {
            return Err(format!(
                "`{field}` does not read a path, so no key can follow it"
            ));
        };
        if let Kind::MapOf { key: kind, .. } = unwrap_optional(planned.spec.shape.kind) {
            let reason = |error| format!("the key does not fit the map: {error}");
            let stored = StoredValue::from_key(key);
            verify(*kind, stored).map_err(reason)?;
            // A duration has no standard form, so any form is accepted.
            let has_form = !matches!(kind, Kind::Duration);
            if has_form && *normalize_key(*kind, stored).map_err(reason)? != key {
                return Err(
                    "the key is not in the form in which the map's type writes it, so another \
                     parameter could have the same key"
                        .to_owned(),
                );
            }
        }
        let mut sources = planned.chain.iter();
        let selected = sources
            .find_map(|source| select_source(source, key))
            .ok_or(
                "the path and the key do not form a valid name of a parameter: use only ASCII \
                 letters, digits, `.`, `-`, `_` and `/` in the key",
            )?;
        *planned = planned.with_parameter(selected);
        Ok(plan)
    }

    /// Returns the plan with one change: if a field reads a path that contains the parameter at
    /// `address`, it reads only this parameter.
    #[must_use]
    pub fn narrow_paths(&self, address: &Address) -> Self {
        let mut plan = self.clone();
        for field in &mut plan.fields {
            let mut sources = field.chain.iter();
            let selected = sources.find_map(|source| {
                let key = find_key(&source.address, address)?;
                select_source(source, key)
            });
            if let Some(selected) = selected {
                *field = field.with_parameter(selected);
            }
        }
        plan
    }
}

/// Returns the source of one parameter of a path. Returns `None` if `source` is not a path, or if
/// no parameter can have this name.
fn select_source(source: &Source, key: &str) -> Option<Source> {
    let Address::ParameterPath { path, region, role } = &source.address else {
        return None;
    };
    let selected = Source {
        address: Address::Parameter {
            name: format!("{path}/{key}"),
            selector: None,
            region: region.clone(),
            role: role.clone(),
        },
        key: None,
    };
    // Only a name that a parameter can have is parsed back to the same source.
    let parsed = Source::parse(&selected.to_string(), &[]);
    (parsed.as_ref() == Ok(&selected)).then_some(selected)
}

/// Returns the part of a parameter's name after a path, if the parameter is below this path.
fn find_key<'a>(path: &Address, parameter: &'a Address) -> Option<&'a str> {
    match (path, parameter) {
        (Address::ParameterPath { path, region, role }, Address::Parameter { name, .. })
            if !is_arn(name)
                && region.as_deref() == parameter.region()
                && role.as_deref() == parameter.role() =>
        {
            name.strip_prefix(path.as_str())?.strip_prefix('/')
        }
        _ => None,
    }
}

/// Returns the description of the values of a map. It is leaked, like the schema of an artifact.
fn describe_map_value(spec: &FieldSpec) -> &'static FieldSpec {
    let kind = spec.shape.kind.map_value();
    let type_name = format!("one value of {}", spec.type_name);
    Box::leak(Box::new(FieldSpec {
        shape: Shape {
            kind,
            optional: false,
        },
        type_name: Box::leak(type_name.into_boxed_str()),
        ..*spec
    }))
}

fn unwrap_optional(kind: Kind) -> Kind {
    match kind {
        Kind::Optional(inner) => unwrap_optional(*inner),
        kind => kind,
    }
}
