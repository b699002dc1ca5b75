//! The extent to which a stage is read.

/// The extent to which a stage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// No calls: `value:`, known variables, and the format of sealed files.
    Offline,
    /// Whether values are there and may be asked for, without asking for them. The one value that comes along unasked is that
    /// of a parameter without encryption, since Parameter Store has no other call by name; it is dropped unseen.
    Existence,
    /// The values.
    Values,
}
