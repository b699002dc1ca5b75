//! The time of a load without the network.
//!
//! `cargo bench -p stage-config-benches --bench load`

use criterion::{BatchSize, Criterion, criterion_group};
use stage_config::{SecretString, StageConfig, testing::Memory};
use std::time::Duration;

/// A struct with a hundred fields of nine types.
#[derive(StageConfig)]
#[stage(prod = "/bench/prod/{field}", dev = "/bench/dev/{field}")]
#[allow(dead_code, reason = "decoded, not read")]
struct Hundred {
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

const TEXTS: [&str; 10] = [
    "64", "text", "true", "1.5", "s3cr3t", "a,b,c", "30s", "8080", "-5", "orders",
];

fn create_values() -> Memory {
    (0..100).fold(Memory::new(), |values, index| {
        values.set(format!("/bench/prod/f{index:02}"), TEXTS[index % 10])
    })
}

fn create_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Measures the work of a cold start without the network: the plan of a stage, and decoding its
/// values into a struct.
fn plan_and_decode(criterion: &mut Criterion) {
    let stored = || {
        let fields = (0..100).map(|index| (format!("f{index:02}"), TEXTS[index % 10]));
        fields.fold(Hundred::for_tests(), |stored, (field, text)| {
            stored.set(field, text)
        })
    };
    criterion.bench_function("plan and decode 100 fields", |bencher| {
        bencher.iter_batched(
            stored,
            |stored| {
                let plan = Hundred::loader().stage("prod").plan().expect("a plan");
                (plan, stored.build().expect("complete"))
            },
            BatchSize::SmallInput,
        );
    });
}

/// Measures a whole load from values in memory. Each load also parses the keys of the values, which
/// are sources.
fn load(criterion: &mut Criterion) {
    let (runtime, values) = (create_runtime(), create_values());
    criterion.bench_function("load 100 fields from memory", |bencher| {
        let loader = || Hundred::loader().stage("prod").local(values.clone());
        bencher.iter_batched(
            loader,
            |loader| runtime.block_on(loader.resolve()).expect("complete").config,
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, plan_and_decode, load);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}
