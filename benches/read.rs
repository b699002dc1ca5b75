//! The time to read a field: about one nanosecond for a loaded configuration, and some tens of
//! nanoseconds for a live one. Reading a field does not allocate. The benches compare the time of a
//! live configuration with that of an `ArcSwap` of the same struct, and with reading the monotonic
//! clock and the wall clock.
//!
//! `cargo bench -p stage-config-benches --bench read`

use arc_swap::ArcSwap;
use criterion::{Criterion, criterion_group};
use futures_util::FutureExt;
use stage_config::{
    StageConfig,
    store::{FetchFuture, Found, Outcome, Request, Store},
    testing::Memory,
};
use std::{
    hint::black_box,
    time::{Duration, Instant, SystemTime},
};

#[derive(StageConfig)]
#[stage(prod = "/bench/prod/{field}")]
struct Config {
    timeout_s: u64,
}

fn read_a_field(criterion: &mut Criterion) {
    let loader = Config::loader()
        .stage("prod")
        .local(Memory::new().set("timeout_s", "30"));
    loader.load_blocking().expect("complete");
    let allocations = allocation_counter::measure(|| {
        black_box(Config::get().timeout_s);
    });
    assert_eq!(allocations.count_total, 0, "reading a field allocates");
    let mut group = criterion.benchmark_group("read");
    let config: &'static Config = Config::get();
    // The time of the measurement itself.
    group.bench_function("nothing", |bencher| bencher.iter(|| black_box(30_u64)));
    group.bench_function("a field", |bencher| {
        bencher.iter(|| black_box(black_box(config).timeout_s))
    });
    group.bench_function("a field of get()", |bencher| {
        bencher.iter(|| black_box(Config::get().timeout_s))
    });
    group.finish();
}

#[derive(StageConfig)]
#[stage(prod = "vault:{field}")]
#[config(schemes("vault"), refresh = "1h")]
struct Rotated {
    timeout_s: u64,
}

/// A store that answers every request with a number.
struct Vault;

impl Store for Vault {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(std::future::ready(
            requests
                .iter()
                .map(|_| Outcome::Found(Found::from_text("30")))
                .collect(),
        ))
    }
}

fn read_a_live_field(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let loader = || Rotated::loader().stage("prod").store("vault", Vault);
    let live = runtime
        .block_on(loader().live(Duration::from_secs(3600)))
        .expect("complete");
    runtime.block_on(loader().load()).expect("complete");
    let allocations = allocation_counter::measure(|| {
        black_box(
            runtime
                .block_on(live.current())
                .map(|config| config.timeout_s),
        )
        .expect("the values have no maximum age");
    });
    assert_eq!(allocations.count_total, 0, "reading a live field allocates");

    let swap = ArcSwap::from_pointee(Rotated { timeout_s: 30 });
    let mut group = criterion.benchmark_group("live");
    group.bench_function("ArcSwap alone", |bencher| {
        bencher.iter(|| black_box(swap.load_full().timeout_s))
    });
    group.bench_function("latest()", |bencher| {
        bencher.iter(|| black_box(live.latest().timeout_s))
    });
    let clocks = || black_box((Instant::now(), SystemTime::now()));
    group.bench_function("two clocks", |bencher| bencher.iter(clocks));
    group.bench_function("current()", |bencher| {
        bencher.iter(|| {
            let current = live
                .current()
                .now_or_never()
                .expect("the call does not wait");
            black_box(current.expect("the values have no maximum age").timeout_s)
        });
    });
    group.bench_function("Config::current()", |bencher| {
        bencher.iter(|| {
            let current = Rotated::current()
                .now_or_never()
                .expect("the call does not wait");
            black_box(current.expect("the values have no maximum age").timeout_s)
        });
    });
    group.finish();
}

criterion_group!(benches, read_a_field, read_a_live_field);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}
