//! A writer that counts bytes. A secret is written twice: first into a counter, then into memory of
//! the counted size. A buffer that grows would leave copies in memory.

use std::io::{self, Write};

/// The number of bytes that were written.
pub(crate) struct ByteCounter(pub(crate) usize);

impl Write for ByteCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
