//! Loads 10, 30 or 100 parameters with the default features of stage-config.
//!
//! `coldstart-stage-config COUNT [current_thread]`

use coldstart_keys as keys;
use stage_config::{ExposeSecret as _, SecretString, StageConfig};
use tokio::runtime::Builder;

/// Defines a configuration whose fields are all secret parameters.
macro_rules! parameters {
    ($name:ident: $($field:ident,)*) => {
        #[derive(StageConfig)]
        #[stage(prod = "/coldstart/{field}")]
        struct $name {
            $($field: SecretString,)*
        }

        impl $name {
            async fn load_values() -> Result<Vec<&'static str>, stage_config::Error> {
                let config = $name::load().await?;
                Ok(vec![$(config.$field.expose_secret(),)*])
            }
        }
    };
}

parameters! {
    Ten:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009,
}

parameters! {
    Thirty:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009, key_010, key_011, key_012, key_013, key_014, key_015, key_016, key_017,
    key_018, key_019, key_020, key_021, key_022, key_023, key_024, key_025, key_026,
    key_027, key_028, key_029,
}

parameters! {
    Hundred:
    key_000, key_001, key_002, key_003, key_004, key_005, key_006, key_007, key_008,
    key_009, key_010, key_011, key_012, key_013, key_014, key_015, key_016, key_017,
    key_018, key_019, key_020, key_021, key_022, key_023, key_024, key_025, key_026,
    key_027, key_028, key_029, key_030, key_031, key_032, key_033, key_034, key_035,
    key_036, key_037, key_038, key_039, key_040, key_041, key_042, key_043, key_044,
    key_045, key_046, key_047, key_048, key_049, key_050, key_051, key_052, key_053,
    key_054, key_055, key_056, key_057, key_058, key_059, key_060, key_061, key_062,
    key_063, key_064, key_065, key_066, key_067, key_068, key_069, key_070, key_071,
    key_072, key_073, key_074, key_075, key_076, key_077, key_078, key_079, key_080,
    key_081, key_082, key_083, key_084, key_085, key_086, key_087, key_088, key_089,
    key_090, key_091, key_092, key_093, key_094, key_095, key_096, key_097, key_098,
    key_099,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut builder = match std::env::args().nth(2).as_deref() {
        Some("current_thread") => Builder::new_current_thread(),
        // This is the runtime of `#[tokio::main]`.
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(load())
}

async fn load() -> Result<(), Box<dyn std::error::Error>> {
    let values = match keys::count_argument() {
        10 => Ten::load_values().await?,
        30 => Thirty::load_values().await?,
        100 => Hundred::load_values().await?,
        _ => return Err("the number of values is 10, 30 or 100".into()),
    };
    keys::finish(&values)
}
