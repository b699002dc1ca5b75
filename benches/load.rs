//! Measures the time of a load without the network.
//!
//! `cargo bench -p stage-config-benches --bench load`

mod hundred;

use criterion::{BatchSize, Criterion, criterion_group};
use hundred::{Hundred, create_values, list_texts};
use stage_config::StageConfig as _;

fn create_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Measures the work of a cold start without the network: planning a stage, and decoding the values
/// of the stage into a struct.
fn plan_and_decode(criterion: &mut Criterion) {
    let stored = || {
        list_texts().fold(Hundred::for_tests(), |stored, (field, text)| {
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

/// Measures a whole load from values in memory. Each load also parses the keys of the values,
/// because the keys are sources.
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
