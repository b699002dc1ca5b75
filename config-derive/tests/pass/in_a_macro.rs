//! Attributes and types from a `macro_rules!` macro, and a struct inside a function.

#![deny(warnings)]

use stage_config::StageConfig;

macro_rules! config {
    ($name:ident, $field:ident: $type:ty = $source:literal, $default:expr, $path:path) => {
        #[derive(StageConfig)]
        #[stage(dev = "/a/{field}")]
        struct $name {
            #[config(default = $default, validate = $path)]
            $field: $type,
            #[stage(dev = [$source])]
            optional: Option<$type>,
        }
    };
}

fn positive(number: &i64) -> Result<(), &'static str> {
    if *number > 0 { Ok(()) } else { Err("not above zero") }
}

fn main() {
    {
        config!(Config, count: i64 = "env:LOG_LEVEL", 3 + 4, positive);
        let _ = |config: Config| (config.count, config.optional);
        assert_eq!(<Config as StageConfig>::SCHEMA.fields.len(), 2);
    }
}
