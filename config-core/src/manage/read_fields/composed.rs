//! The states of composed fields, which depend on the states of their parts.

use super::{FieldState, Presence, ReadField};
use stage_config_grammar::compose::sort_by_parts;

/// The state of a part, as the composed field needs it.
enum PartState {
    Known,
    Unset,
    /// The part has a failure of its own, or is a composed field with failed parts.
    Failed,
    /// The value is not known: a load may read it from an unreachable source, or it is unknown
    /// whether an optional struct around the part is present.
    Undecided,
}

/// Sets the state of each composed field. If a part has failed or its value is not known, the
/// composed field is undecided; otherwise, if a part is unset, the composed field is unset. The
/// composed field gets the unreachable sources of its parts.
pub(super) fn set_states(fields: &mut [ReadField]) {
    let composed = (0..fields.len()).filter(|index| fields[*index].planned.spec.compose.is_some());
    let composed: Vec<usize> = composed.collect();
    let names: Vec<(String, Vec<String>)> = composed
        .iter()
        .map(|index| {
            let planned = &fields[*index].planned;
            (planned.path.clone(), planned.parts().collect())
        })
        .collect();
    // The order always exists, because the derive and the reader of the manifest refuse templates
    // that form a cycle.
    for at in sort_by_parts(&names).unwrap_or_default() {
        set_state(fields, composed[at], &names[at].1);
    }
}

fn set_state(fields: &mut [ReadField], index: usize, parts: &[String]) {
    let (mut unreachable, mut undecided_by) = (Vec::new(), Vec::new());
    let mut failed = Vec::new();
    let (mut is_unset, mut is_undecided) = (false, false);
    for path in parts {
        let Some(part) = fields.iter().find(|field| field.planned.path == *path) else {
            failed.push(path.clone());
            continue;
        };
        unreachable.extend(part.unreachable_sources.iter().cloned());
        undecided_by.extend(part.undecided_by.iter().cloned());
        match find_state(part) {
            PartState::Known => {}
            PartState::Unset => is_unset = true,
            PartState::Failed => failed.push(path.clone()),
            PartState::Undecided => is_undecided = true,
        }
        if let (FieldState::Default(_), Presence::Undecided(sources)) =
            (&part.state, &part.presence)
        {
            undecided_by.extend(sources.iter().cloned());
        }
    }

    let field = &mut fields[index];
    if is_undecided || !failed.is_empty() {
        field.state = FieldState::Undecided;
    } else if is_unset {
        field.state = FieldState::Unset;
    }
    field.failed_parts = failed;
    field.unreachable_sources = unreachable;
    field.undecided_by = undecided_by;
}

fn find_state(part: &ReadField) -> PartState {
    match &part.state {
        FieldState::Failed(_) => PartState::Failed,
        _ if !part.failed_parts.is_empty() => PartState::Failed,
        FieldState::Undecided => PartState::Undecided,
        _ if !part.unreachable_sources.is_empty() => PartState::Undecided,
        FieldState::Found(_) | FieldState::Composed(_) => match part.verify() {
            Some(Err(_)) => PartState::Failed,
            _ => PartState::Known,
        },
        FieldState::Default(_) => match part.presence {
            Presence::Present => PartState::Known,
            Presence::Absent => PartState::Unset,
            Presence::Undecided(_) => PartState::Undecided,
        },
        FieldState::Unset => PartState::Unset,
    }
}
