//! A name of exactly 15 levels compiles, and a name of exactly 1011 characters too.

use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/b/c/d/e/f/g/h/i/j/k/l/m/{field}", prod = "ssm:/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/{field}:3")]
#[stage(staging = "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b/c/d/e/f/g/h/i/j/k/l/{app}/{field}:label")]
#[config(app = "shop")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

/// The levels of a root struct's templates count only for the structs that use these templates.
#[derive(StageConfig)]
#[stage(dev = "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/{field}")]
struct Outer {
    #[config(nested = "a/b/c/d/e/f/g/h")]
    inner: Inner,
    table: String,
}

#[derive(StageConfig)]
#[stage(dev = "/i/{field}")]
struct Inner {
    #[config(nested)]
    mail: Mail,
}

fn main() {}
