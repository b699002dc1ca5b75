//! The total calls, retries and throttles of a load or a refresh.

use super::CallReport;

/// The total calls, retries and throttles of a load or a refresh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CallTotals {
    pub(crate) calls: u64,
    pub(crate) retries: u64,
    pub(crate) throttles: u64,
}

impl CallTotals {
    pub(crate) fn sum<'a>(calls: impl IntoIterator<Item = &'a CallReport>) -> Self {
        calls
            .into_iter()
            .fold(Self::default(), |totals, call| Self {
                calls: totals.calls + 1,
                retries: totals.retries + u64::from(call.retries),
                throttles: totals.throttles + u64::from(call.throttles),
            })
    }
}
