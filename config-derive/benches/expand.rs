//! Measures the expansion of a struct with a hundred fields. Target: under 100 ms.

use criterion::{Criterion, criterion_group, criterion_main};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

// A proc-macro crate exports only its macros, so the benchmark includes the module by its path.
#[path = "../src/expander/mod.rs"]
mod expander;

fn hundred_fields() -> TokenStream {
    let fields = (0..100).map(|index| {
        let name = format_ident!("field_{index}");
        match index % 4 {
            0 => quote!(#[stage(dev = "/a/dev", prod = ["/a/prod", "/b/prod"], fallback)] pub #name: SecretString),
            1 => quote!(#[config(default = 30)] pub #name: u64),
            2 => quote!(#[doc = " What it is."] pub #name: Option<Vec<String>>),
            _ => quote!(pub #name: String),
        }
    });
    quote! {
        #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}", fallback = ["/shop/{stage}/{field}", "/shop/dev/{field}"])]
        pub struct Config {
            #(#fields),*
        }
    }
}

fn bench(criterion: &mut Criterion) {
    let input = hundred_fields();
    criterion.bench_function("expand 100 fields", |bencher| {
        bencher.iter(|| expander::expand(input.clone(), ""))
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
