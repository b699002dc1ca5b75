//! Decides whether an optional struct is present. As in a load, it is present if any of its
//! values was found.

use crate::plan::{Plan, PlannedField};
use stage_config_grammar::source::Source;

/// The presence of a struct, according to one of its fields or to all of them.
#[derive(Clone)]
pub(super) enum Presence {
    /// A value was found, or a read failed although the store answered.
    Present,
    /// No value was found.
    Absent,
    /// It is unknown whether these sources have a value.
    Undecided(Vec<Source>),
}

/// The optional structs of a configuration, by their paths with a trailing dot: `mail.`.
pub(super) struct OptionalStructs(Vec<(String, Presence)>);

impl OptionalStructs {
    pub(super) fn from_plan(
        plan: &Plan,
        find_evidence: impl Fn(&PlannedField) -> Presence,
    ) -> Self {
        let paths = plan.schema.optional_structs();
        let presence = |path: String| {
            let fields = plan
                .fields
                .iter()
                .filter(|field| field.path.starts_with(&path));
            let presence = fields.fold(Presence::Absent, |presence, field| {
                match (presence, find_evidence(field)) {
                    (Presence::Present, _) | (_, Presence::Present) => Presence::Present,
                    (presence, Presence::Absent) | (Presence::Absent, presence) => presence,
                    (Presence::Undecided(first), Presence::Undecided(second)) => {
                        Presence::Undecided([first, second].concat())
                    }
                }
            });
            (path, presence)
        };
        Self(paths.into_iter().map(presence).collect())
    }

    /// Returns the presence of the optional structs around a field: absent if one of them is
    /// absent, else undecided if one of them is undecided, else present.
    pub(super) fn presence_around(&self, path: &str) -> Presence {
        let around = || {
            self.0
                .iter()
                .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
                .map(|(_, presence)| presence)
        };
        let absent = around().find(|presence| matches!(presence, Presence::Absent));
        let undecided = || around().find(|presence| matches!(presence, Presence::Undecided(_)));
        absent
            .or_else(undecided)
            .cloned()
            .unwrap_or(Presence::Present)
    }
}
