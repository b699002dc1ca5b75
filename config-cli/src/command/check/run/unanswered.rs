//! A stage whose stores gave no answer. `--run` does not run the program in this stage, because the
//! program would get no answer from these stores either.

use stage_config_core::manage::{FieldState, ReadField, ReadStage};
use stage_config_grammar::source::Address;

use crate::cause::Cause;

/// Returns whether all requests of a stage failed for the same cause, and there is no other value
/// that the program could verify.
pub(super) fn is_unanswered(reading: &ReadStage) -> bool {
    let causes: Vec<Cause> = reading.fields.iter().filter_map(find_cause).collect();
    let has_one_cause = causes.windows(2).all(|pair| pair[0] == pair[1]);
    !causes.is_empty() && has_one_cause && !reading.fields.iter().any(can_be_verified)
}

fn find_cause(field: &ReadField) -> Option<Cause> {
    match &field.state {
        FieldState::Failed(failure) => Cause::new(failure.kind(), failure.detail()),
        _ => None,
    }
}

/// Returns whether a store answered a request of the field, or the program can verify the field
/// without the stores that gave no answer.
fn can_be_verified(field: &ReadField) -> bool {
    let is_own = |address: &Address| matches!(address, Address::Custom { .. });
    let is_of_store =
        |address: &Address| !matches!(address, Address::Value(_) | Address::Env { .. });
    let mut unread = field.unreachable_sources.iter();
    let is_read_by_program = unread.any(|source| is_own(&source.address));
    is_read_by_program
        || match &field.state {
            FieldState::Failed(_) => find_cause(field).is_none(),
            FieldState::Undecided | FieldState::Composed(_) => false,
            FieldState::Found(_) | FieldState::Default(_) | FieldState::Unset => {
                let mut chain = field.planned.chain().iter();
                let parts = field.verify().and_then(Result::ok).unwrap_or_default();
                chain.any(|source| is_of_store(&source.address)) || !parts.is_empty()
            }
        }
}
