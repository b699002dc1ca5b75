//! The name of a parameter may have up to 15 parts between slashes, and up to 1011 characters.
//! Names with exactly these lengths compile.

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

/// `Inner` has its own template. So the parts of the template of `Outer`, and of `nested`, do not
/// count for the names of the fields in `Inner`.
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
