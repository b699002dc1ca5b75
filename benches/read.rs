//! What reading a field of a loaded configuration costs: a few nanoseconds, and no allocation.
//!
//! `cargo bench --bench read`

use criterion::{Criterion, criterion_group};
use stage_config::{StageConfig, testing::Memory};
use std::hint::black_box;

#[derive(StageConfig)]
#[stage(prod = "/bench/prod/{field}")]
struct Config {
    timeout_s: u64,
}

fn read_a_field(criterion: &mut Criterion) {
    let loader = Config::loader().stage("prod").local(Memory::new().set("timeout_s", "30"));
    loader.load_blocking().expect("complete");
    let allocations = allocation_counter::measure(|| {
        black_box(Config::get().timeout_s);
    });
    assert_eq!(allocations.count_total, 0, "reading a field allocates");
    criterion.bench_function("read a field of get()", |bencher| bencher.iter(|| black_box(Config::get().timeout_s)));
}

criterion_group!(benches, read_a_field);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}
