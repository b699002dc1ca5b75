//! Random numbers of the operating system.
//!
//! SnapStart and `fork` copy the memory of a process. If the random generator were in this memory,
//! all copies of the process would draw the same numbers, and would retry at the same time.

use std::{cell::Cell, time::SystemTime};

thread_local! {
    static USES_THREAD_GENERATOR: Cell<bool> = const { Cell::new(false) };
}

/// Makes this thread draw its numbers from the generator of `fastrand`. A benchmark seeds this
/// generator, so that each of its runs draws the same numbers.
pub fn use_thread_generator() {
    USES_THREAD_GENERATOR.set(true);
}

/// Draws a number for jitter or for a label. Do not use it as a key.
pub(crate) fn draw_number() -> u64 {
    if USES_THREAD_GENERATOR.get() {
        return fastrand::u64(..);
    }
    getrandom::u64().unwrap_or_else(|_| {
        // Every system that runs this crate has random numbers. If a sandbox forbids them, the
        // clock is good enough to spread retries.
        let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        u64::from(time.subsec_nanos()).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// Draws a number from 0 to 1, without 1.
pub(crate) fn draw_fraction() -> f64 {
    if USES_THREAD_GENERATOR.get() {
        return fastrand::f64();
    }
    // 32 bits are exact in an `f64`.
    let number = u32::try_from(draw_number() >> 32).unwrap_or(u32::MAX);
    f64::from(number) / (f64::from(u32::MAX) + 1.0)
}
