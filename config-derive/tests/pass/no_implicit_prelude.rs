//! Generated code does not depend on the prelude, or on names that a program may define.

#![no_implicit_prelude]
#![allow(non_camel_case_types, dead_code)]

// Generated code would refer to these items if it used a name without its path.
struct Option;
struct Some;
struct None;
struct String;
struct Default;
struct Result;
struct Ok;
struct str;
struct bool;
struct u64;
mod core {}
mod std {}
const values: () = ();
const f0: () = ();

#[derive(::stage_config::StageConfig)]
#[stage(dev = "/a/{field}", fallback = "/b/{field}")]
#[config(validate = whole)]
struct Config {
    name: ::std::string::String,
    #[config(default = 7, validate = positive)]
    values: ::std::primitive::u64,
    #[config(default)]
    f0: ::std::option::Option<::std::vec::Vec<::std::string::String>>,
    #[stage(dev = "/k", fallback = "/k")]
    key: ::stage_config::SecretString,
    #[config(nested)]
    inner: Inner,
    #[config(nested)]
    perhaps: ::std::option::Option<Inner>,
    #[config(skip)]
    skipped: ::std::primitive::u64,
}

#[derive(::stage_config::StageConfig)]
#[config(inherit)]
struct Inner {
    port: ::std::primitive::u16,
}

fn whole(_: &Config) -> ::std::result::Result<(), &'static ::std::primitive::str> {
    ::std::result::Result::Ok(())
}

fn positive(_: &::std::primitive::u64) -> ::std::result::Result<(), &'static ::std::primitive::str> {
    ::std::result::Result::Ok(())
}

fn main() {}
