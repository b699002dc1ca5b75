//! Loads parameters with the provider of secretspec for Parameter Store. The secrets are declared
//! in Rust instead of in `secretspec.toml`. One call has up to ten names, and the calls run one
//! after another.

use coldstart_keys as keys;
use secretspec::{Profile, Secret, Secrets, Spec};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<String> = (0..keys::count_argument()).map(keys::key).collect();
    let profile = names.iter().fold(Profile::new(), |profile, name| {
        profile.secret(name, Secret::required("a value of the bench"))
    });
    let spec = Spec::builder("coldstart")
        .profile("default", profile)
        .build()?;
    let mut secrets = Secrets::from_spec(spec)?;
    secrets.set_provider("awsps://?template=/{project}/{key}");

    // `secrets` is a `BTreeMap`, so the values are in the order of the keys.
    let values: Vec<String> = secrets
        .resolve()?
        .secrets
        .into_values()
        .filter_map(|secret| secret.value)
        .collect();
    keys::finish(&values)
}
