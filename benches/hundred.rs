//! The configuration with a hundred fields that the benches of planning, decoding and loading use.

use stage_config::{SecretString, StageConfig, testing::Memory};
use std::time::Duration;

/// A struct with a hundred fields of nine types.
#[derive(StageConfig)]
#[stage(prod = "/bench/prod/{field}", dev = "/bench/dev/{field}")]
#[allow(dead_code, reason = "decoded, not read")]
pub(crate) struct Hundred {
    f00: u64,
    f01: String,
    f02: bool,
    f03: f64,
    f04: SecretString,
    f05: Vec<String>,
    f06: Duration,
    f07: Option<u16>,
    f08: i32,
    f09: String,
    f10: u64,
    f11: String,
    f12: bool,
    f13: f64,
    f14: SecretString,
    f15: Vec<String>,
    f16: Duration,
    f17: Option<u16>,
    f18: i32,
    f19: String,
    f20: u64,
    f21: String,
    f22: bool,
    f23: f64,
    f24: SecretString,
    f25: Vec<String>,
    f26: Duration,
    f27: Option<u16>,
    f28: i32,
    f29: String,
    f30: u64,
    f31: String,
    f32: bool,
    f33: f64,
    f34: SecretString,
    f35: Vec<String>,
    f36: Duration,
    f37: Option<u16>,
    f38: i32,
    f39: String,
    f40: u64,
    f41: String,
    f42: bool,
    f43: f64,
    f44: SecretString,
    f45: Vec<String>,
    f46: Duration,
    f47: Option<u16>,
    f48: i32,
    f49: String,
    f50: u64,
    f51: String,
    f52: bool,
    f53: f64,
    f54: SecretString,
    f55: Vec<String>,
    f56: Duration,
    f57: Option<u16>,
    f58: i32,
    f59: String,
    f60: u64,
    f61: String,
    f62: bool,
    f63: f64,
    f64: SecretString,
    f65: Vec<String>,
    f66: Duration,
    f67: Option<u16>,
    f68: i32,
    f69: String,
    f70: u64,
    f71: String,
    f72: bool,
    f73: f64,
    f74: SecretString,
    f75: Vec<String>,
    f76: Duration,
    f77: Option<u16>,
    f78: i32,
    f79: String,
    f80: u64,
    f81: String,
    f82: bool,
    f83: f64,
    f84: SecretString,
    f85: Vec<String>,
    f86: Duration,
    f87: Option<u16>,
    f88: i32,
    f89: String,
    f90: u64,
    f91: String,
    f92: bool,
    f93: f64,
    f94: SecretString,
    f95: Vec<String>,
    f96: Duration,
    f97: Option<u16>,
    f98: i32,
    f99: String,
}

/// The stored texts of the fields `f00` to `f09`. Each further ten fields have the same texts.
const TEXTS: [&str; 10] = [
    "64", "text", "true", "1.5", "s3cr3t", "a,b,c", "30s", "8080", "-5", "orders",
];

/// Returns the stored values of the stage `prod`.
pub(crate) fn create_values() -> Memory {
    (0..100).fold(Memory::new(), |values, index| {
        values.set(format!("/bench/prod/f{index:02}"), TEXTS[index % 10])
    })
}

/// Returns the field names of `Hundred` with their stored texts.
pub(crate) fn list_texts() -> impl Iterator<Item = (String, &'static str)> {
    (0..100).map(|index| (format!("f{index:02}"), TEXTS[index % 10]))
}
