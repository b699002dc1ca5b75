//! The extent to which a stage is read.

/// The extent to which a stage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "manage"),
    allow(dead_code, unreachable_pub, reason = "a program reads values")
)]
pub enum ReadMode {
    /// Only what needs no call: `value:`, known variables, and the format of sealed files.
    Offline,
    /// Only whether values exist and may be read. No value is received, except an unencrypted
    /// parameter, since Parameter Store has no other call by name. That value is dropped unused.
    Existence,
    /// The values.
    Values,
}
