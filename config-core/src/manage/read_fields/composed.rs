//! The states of composed fields, which depend on the states of their parts.

use super::{FieldState, ReadField};

/// What a part means for the field that it is a part of.
enum PartState {
    Known,
    Unset,
    Unknown,
}

/// Settles the state of each composed field. A part that a load cannot use, or whose value is not
/// known, has its own result, so the composed field is undecided.
pub(super) fn settle(fields: &mut [ReadField]) {
    let is_composed = |field: &ReadField| field.planned.spec.compose.is_some();
    let mut waiting: Vec<usize> = (0..fields.len())
        .filter(|index| is_composed(&fields[*index]))
        .collect();
    // A part may itself be composed.
    while !waiting.is_empty() {
        let names: Vec<String> = waiting
            .iter()
            .map(|index| fields[*index].planned.path.clone())
            .collect();
        let is_ready = |index: &usize| {
            let planned = &fields[*index].planned;
            let mut parts = planned.parts();
            parts.all(|part| !names.contains(&part))
        };
        let (ready, later): (Vec<usize>, Vec<usize>) = waiting.iter().copied().partition(is_ready);
        if ready.is_empty() {
            // The manifest contains no cycle.
            return;
        }
        for index in ready {
            settle_field(fields, index);
        }
        waiting = later;
    }
}

fn settle_field(fields: &mut [ReadField], index: usize) {
    let planned = &fields[index].planned;
    let parts: Vec<String> = planned.parts().collect();
    let mut is_unset = false;
    let mut unknown = Vec::new();
    for part in parts {
        let found = fields.iter().find(|field| field.planned.path == part);
        match found.map_or(PartState::Unknown, find_state) {
            PartState::Known => {}
            PartState::Unset => is_unset = true,
            PartState::Unknown => unknown.push(part),
        }
    }

    let field = &mut fields[index];
    if !unknown.is_empty() {
        field.state = FieldState::Undecided;
        field.unknown_parts = unknown;
    } else if is_unset {
        field.state = FieldState::Unset;
    }
}

fn find_state(part: &ReadField) -> PartState {
    match &part.state {
        _ if !part.unreachable_sources.is_empty() || !part.undecided_by.is_empty() => {
            PartState::Unknown
        }
        FieldState::Found(_) | FieldState::Composed(_) if matches!(part.verify(), Some(Err(_))) => {
            PartState::Unknown
        }
        FieldState::Found(_) | FieldState::Composed(_) => PartState::Known,
        FieldState::Default(_) if part.may_be_present => PartState::Known,
        FieldState::Default(_) | FieldState::Unset => PartState::Unset,
        FieldState::Undecided | FieldState::Failed(_) => PartState::Unknown,
    }
}
