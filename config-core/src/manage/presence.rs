//! Whether an optional struct is there: it is where anything of it was found, as a load decides.

use crate::{
    plan::{Plan, PlannedField},
    schema::{Content, Schema},
};

/// What one field tells of the structs that it is in.
pub(super) enum Traces {
    /// They are there: something was found, or a read of it was refused.
    Some,
    /// Nothing.
    None,
    /// It is not known whether these sources have anything.
    Open(Vec<String>),
}

/// Whether a struct is there.
#[derive(Clone)]
pub(super) enum Presence {
    Present,
    Absent,
    /// These sources decide.
    Undecided(Vec<String>),
}

/// The optional structs of a configuration, by their paths with a dot at the end: `mail.`.
pub(super) struct OptionalStructs(Vec<(String, Presence)>);

impl OptionalStructs {
    pub(super) fn of(plan: &Plan, traces: impl Fn(&PlannedField) -> Traces) -> Self {
        let mut paths = Vec::new();
        gather(plan.schema, "", &mut paths);
        let presence = |path: String| {
            let fields = plan.fields.iter().filter(|field| field.path.starts_with(&path));
            let presence = fields.fold(Presence::Absent, |presence, field| match (presence, traces(field)) {
                (Presence::Present, _) | (_, Traces::Some) => Presence::Present,
                (presence, Traces::None) => presence,
                (Presence::Absent, Traces::Open(sources)) => Presence::Undecided(sources),
                (Presence::Undecided(mut all), Traces::Open(sources)) => {
                    all.extend(sources);
                    Presence::Undecided(all)
                }
            });
            (path, presence)
        };
        Self(paths.into_iter().map(presence).collect())
    }

    /// Whether all structs around a field are there.
    pub(super) fn around(&self, path: &str) -> Presence {
        let around =
            || self.0.iter().filter(|(prefix, _)| path.starts_with(prefix.as_str())).map(|(_, presence)| presence);
        let absent = around().find(|presence| matches!(presence, Presence::Absent));
        let undecided = || around().find(|presence| matches!(presence, Presence::Undecided(_)));
        absent.or_else(undecided).cloned().unwrap_or(Presence::Present)
    }
}

fn gather(schema: &Schema, prefix: &str, paths: &mut Vec<String>) {
    for field in schema.fields {
        let Content::Nested { schema, optional } = &field.content else { continue };
        let path = format!("{prefix}{}.", field.name);
        if *optional {
            paths.push(path.clone());
        }
        gather(schema, &path, paths);
    }
}
