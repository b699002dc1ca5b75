//! Measures the time of `load_sdk_config`. This function creates the HTTP client, whose TLS
//! configuration uses the root certificates that are compiled in.
//!
//! `cargo bench -p stage-config-benches --bench client`

use criterion::{Criterion, criterion_group};

fn create_client(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    criterion.bench_function("create the client with the compiled-in roots", |bencher| {
        bencher.iter(|| {
            let config = runtime.block_on(stage_config::aws::load_sdk_config());
            config.expect("the environment has no wrong variable")
        });
    });
}

criterion_group!(benches, create_client);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
}
