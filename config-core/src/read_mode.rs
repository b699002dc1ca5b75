//! The extent to which a stage is read.

/// The extent to which a stage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "manage"),
    allow(dead_code, unreachable_pub, reason = "only `manage` uses every mode")
)]
pub enum ReadMode {
    /// Only what needs no call: `value:`, variables that can be read, and the format of sealed
    /// files.
    Offline,
    /// Only whether values exist and may be read. No value is received, except an unencrypted
    /// parameter and a configuration of AppConfig: their services have no call that looks up a name
    /// without its value. Such a value is dropped unused.
    Existence,
    /// The values.
    Values,
}
