//! The work of stage-config without the network. Callgrind counts the instructions of `count_this`.
//!
//! `coldstart-in-memory plan_and_decode|load`

#[path = "../../../../hundred.rs"]
mod hundred;

use hundred::{Hundred, create_values, list_texts};
use stage_config::StageConfig as _;
use std::hint::black_box;

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    match std::env::args().nth(1).as_deref() {
        Some("plan_and_decode") => plan_and_decode(),
        Some("load") => load(),
        _ => Err("the argument is `plan_and_decode` or `load`".into()),
    }
}

fn plan_and_decode() -> Result<(), Error> {
    let stored = list_texts().fold(Hundred::for_tests(), |stored, (field, text)| {
        stored.set(field, text)
    });
    count_this(|| {
        black_box(Hundred::loader().stage("prod").plan()?);
        black_box(stored.build()?);
        Ok(())
    })
}

fn load() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let loader = Hundred::loader().stage("prod").local(create_values());
    count_this(|| {
        black_box(runtime.block_on(loader.resolve())?);
        Ok(())
    })
}

/// Callgrind finds this function by its name, so it must not be inlined.
#[inline(never)]
fn count_this(work: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    work()
}
