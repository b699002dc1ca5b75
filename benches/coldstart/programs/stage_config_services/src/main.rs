//! Loads parameters, secrets and encrypted variables with stage-config: each kind alone, and all
//! kinds together.
//!
//! `coldstart-services KIND`, where KIND is one of the texts in the `match` in `main`.

use stage_config::{ExposeSecret as _, SecretString, StageConfig};

/// Defines a configuration whose fields are all secret. The struct has the given attributes, and
/// each field after the semicolon has its own attribute.
macro_rules! configuration {
    (
        $(#[$of_struct:meta])* $name:ident:
        $($field:ident,)* $(; $(#[$of_field:meta] $other:ident,)*)?
    ) => {
        #[derive(StageConfig)]
        $(#[$of_struct])*
        struct $name {
            $($field: SecretString,)*
            $($(#[$of_field] $other: SecretString,)*)?
        }

        impl $name {
            async fn load_values() -> Result<Vec<&'static str>, stage_config::Error> {
                let config = $name::load().await?;
                Ok(vec![
                    $(config.$field.expose_secret(),)*
                    $($(config.$other.expose_secret(),)*)?
                ])
            }
        }
    };
}

configuration! {
    #[stage(prod = "/coldstart/{field}")]
    Parameters:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009, key_010, key_011, key_012, key_013, key_014, key_015, key_016, key_017,
    key_018, key_019,
}

configuration! {
    #[stage(prod = "secret:coldstart/{field}")]
    Secrets:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007,
}

configuration! {
    #[stage(prod = "kms-env:{field}")]
    Variables:
    key_000, key_001,
}

configuration! {
    #[stage(prod = "/coldstart/{field}")]
    Together:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009, key_010, key_011, key_012, key_013, key_014, key_015, key_016, key_017,
    key_018, key_019,
    ;
    #[stage(prod = "secret:coldstart/key_020")] key_020,
    #[stage(prod = "secret:coldstart/key_021")] key_021,
    #[stage(prod = "secret:coldstart/key_022")] key_022,
    #[stage(prod = "secret:coldstart/key_023")] key_023,
    #[stage(prod = "secret:coldstart/key_024")] key_024,
    #[stage(prod = "secret:coldstart/key_025")] key_025,
    #[stage(prod = "secret:coldstart/key_026")] key_026,
    #[stage(prod = "secret:coldstart/key_027")] key_027,
    #[stage(prod = "kms-env:key_028")] key_028,
    #[stage(prod = "kms-env:key_029")] key_029,
}

configuration! {
    #[stage(prod = "secret:coldstart/{field}")]
    ThirtySecrets:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009, key_010, key_011, key_012, key_013, key_014, key_015, key_016, key_017,
    key_018, key_019, key_020, key_021, key_022, key_023, key_024, key_025, key_026,
    key_027, key_028, key_029,
}

configuration! {
    #[stage(prod = "secret:coldstart/{field}")]
    #[config(secrets = "batch")]
    ThirtySecretsInBatches:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009, key_010, key_011, key_012, key_013, key_014, key_015, key_016, key_017,
    key_018, key_019, key_020, key_021, key_022, key_023, key_024, key_025, key_026,
    key_027, key_028, key_029,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let kind = std::env::args().nth(1).unwrap_or_default();
    let values = match kind.as_str() {
        "parameters" => Parameters::load_values().await?,
        "secrets" => Secrets::load_values().await?,
        "variables" => Variables::load_values().await?,
        "together" => Together::load_values().await?,
        "thirty_secrets" => ThirtySecrets::load_values().await?,
        "thirty_secrets_in_batches" => ThirtySecretsInBatches::load_values().await?,
        _ => return Err("the argument is not a known kind of values".into()),
    };
    coldstart_keys::finish(&values)
}
