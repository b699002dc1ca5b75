//! The extent to which a stage is read.

/// The extent to which a stage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "manage"), allow(dead_code, unreachable_pub, reason = "a program reads values"))]
pub enum ReadMode {
    /// No calls: `value:`, known variables, and the format of sealed files.
    Offline,
    /// Only whether values exist and may be read. A parameter without encryption is the only value
    /// that is received, since Parameter Store has no other call by name. It is dropped without
    /// being used.
    Existence,
    /// The values.
    Values,
}
