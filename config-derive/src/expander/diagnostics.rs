//! Gathers every mistake, so that one compilation shows them all.

use std::thread;

use quote::ToTokens;
use syn::Error;

/// The mistakes of one struct. Dropped without [`Diagnostics::finish`] it panics: a mistake would be lost.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    errors: Vec<Error>,
    finished: bool,
}

impl Diagnostics {
    /// A mistake, at the tokens it is to be mended at.
    pub(super) fn error(&mut self, at: &impl ToTokens, message: impl Into<String>) {
        self.push(Error::new_spanned(at, message.into()));
    }

    pub(super) fn push(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// How many there are so far: a caller that sees no more than before knows that what lies between was sound.
    pub(super) fn count(&self) -> usize {
        self.errors.len()
    }

    /// All mistakes as one error.
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
        assert!(self.finished || thread::panicking(), "a report was dropped unread");
    }
}
