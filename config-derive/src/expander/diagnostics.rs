//! Collects all mistakes, so that one compilation reports all of them.

use std::thread;

use quote::ToTokens;
use syn::Error;

/// The mistakes of one struct. Dropping this value without [`Diagnostics::finish`] panics, so that
/// no mistake is lost.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    errors: Vec<Error>,
    finished: bool,
}

impl Diagnostics {
    /// Adds a mistake at the tokens that should be changed.
    pub(super) fn error(&mut self, at: &impl ToTokens, message: impl Into<String>) {
        self.push(Error::new_spanned(at, message.into()));
    }

    pub(super) fn push(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// Returns the number of mistakes so far. If two calls return the same number, the checks
    /// between them have passed.
    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    /// Returns all mistakes as one error, or `Ok` if there are none.
    pub(super) fn finish(mut self) -> syn::Result<()> {
        self.finished = true;
        let combined = self.errors.drain(..).reduce(|mut all, next| {
            all.combine(next);
            all
        });
        combined.map_or(Ok(()), Err)
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        assert!(
            self.finished || thread::panicking(),
            "diagnostics were dropped without `finish`"
        );
    }
}
