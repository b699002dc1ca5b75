//! Compares the formatted expansions of structs with the files in `snapshots`. `UPDATE_EXPECT=1
//! cargo test --workspace --all-features` rewrites these files.

use expect_test::expect_file;
use proc_macro2::TokenStream;
use quote::quote;

use crate::expander::expand;

fn expand_pretty(input: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(expand(input, "")).expect("the emitted code parses"))
}

macro_rules! snapshots {
    ($($name:ident: { $($input:tt)* })*) => {$(
        #[test]
        fn $name() {
            let file = concat!("snapshots/", stringify!($name), ".rs");
            expect_file![file].assert_eq(&expand_pretty(quote!($($input)*)));
        }
    )*};
}

snapshots! {
    plain: {
        /// Settings.
        ///
        /// Of the shop.
        #[stage(dev = "env:DEV_{field}", prod = "env:PROD_{field}")]
        pub struct Config {
            /// A table.
            pub table: String,
        }
    }
    chains_and_bare_keys: {
        #[stage(dev = "env:{field}", prod, fallback = ["env:{stage}_{field}", "env:{field}"])]
        struct Config {
            #[stage(dev, prod = ["env:A", "value:b"], fallback)]
            first: u16,
            #[stage(all = "env:B")]
            second: Option<bool>,
        }
    }
    bare_keys_and_all: {
        #[stage(dev, prod, eu = "env:EU_{field}")]
        #[stage(all = "env:{stage}_{field}")]
        #[config(preview("pr-*"))]
        struct Config {
            first: u16,
            #[stage(dev, all)]
            second: u16,
        }
    }
    stages_of_the_fields: {
        struct Config {
            #[stage(dev = "env:A", "pr-1" = "env:B")]
            first: u16,
            #[stage(all = "value:3")]
            second: u16,
        }
    }
    defaults: {
        #[stage(dev = "env:{field}")]
        struct Config {
            #[config(default)]
            first: Vec<String>,
            #[config(default = Duration::from_secs(60 * 5))]
            second: Duration,
            #[config(default = -1)]
            third: i8,
        }
    }
    secrets: {
        #[stage(dev = "env:{field}", prod = "env:{field}?plaintext=allow")]
        #[config(schemes("vault"))]
        struct Config {
            by_type: SecretString,
            #[stage(dev = "env:X?plaintext=allow", prod = "vault:x#y")]
            #[config(secret)]
            marked: String,
        }
    }
    nested: {
        #[stage(dev = "env:{field}")]
        struct Config {
            #[config(nested)]
            mail: Mail,
            #[config(nested = "second")]
            backup: Option<Mail>,
        }
    }
    nested_templates: {
        #[stage(dev = "env:{field}", prod = "env:{field}")]
        struct Config {
            #[config(nested)]
            #[stage(dev = ["secret:{app}/orders#{field}", "/orders/{field}"], prod)]
            orders: Db,
            #[config(nested)]
            #[stage(prod = "secret:rds!db-2#{field}")]
            users: Option<Db>,
        }
    }
    inherit: {
        #[stage(dev, prod)]
        #[config(inherit, rename_all = "camelCase")]
        struct Mail {
            host_name: String,
            #[stage(all = "value:25")]
            port: u16,
        }
    }
    options_of_the_struct: {
        #[stage(dev = "vault:{app}/{field}", fallback = "vault:{stage}/{field}")]
        #[config(stage_var = "STAGE_NAME", default_stage = "dev", preview("pr-*", "feature*"), account(dev = "111122223333"))]
        #[config(rename_all = "kebab-case", app = "shop", schemes("vault"), refresh = "1h", validate = checks::whole)]
        struct Config {
            table_name: String,
            #[config(refresh = "5m", rename = "db/name")]
            database: String,
        }
    }
    options_of_fields: {
        #[stage(dev = "env:{field}", fallback = "env:{field}")]
        struct Config {
            #[config(no_fallback, validate = positive)]
            first: Option<u8>,
            #[config(with = "codec::seconds")]
            second: Option<Duration>,
            #[config(with = "codec::hex")]
            third: [u8; 4],
            #[config(skip)]
            fourth: Cache<'static, u8>,
        }
    }
    raw_identifiers: {
        #[stage(r#static = "env:{field}")]
        struct r#struct {
            r#type: Box<dyn Fn(&str) -> u8 + Send>,
        }
    }
    texts: {
        #[stage(dev = "env:{field}")]
        struct Config {
            #[config(default = "3s, 5M")]
            first: Vec<Duration>,
            #[config(default = "x", with = "module")]
            second: String,
            #[stage(dev = "secret:shop/key")]
            #[config(default = "x")]
            third: String,
            #[config(from_str, default = "a")]
            fourth: Option<Vec<Level>>,
            #[config(from_str)]
            fifth: SecretBox<Level>,
        }
    }
    renamed_crate: {
        #[stage(dev = "env:{field}")]
        #[config(crate = "framework::settings")]
        struct Config {
            table: String,
        }
    }
    only_fallback: {
        #[stage(fallback = "env:{field}")]
        struct Config {
            table: String,
        }
    }
    with_mistakes: {
        #[stage(dev = "ens:{field}")]
        struct Config {
            #[config(defualt = 3)]
            table: String,
        }
    }
    generic: {
        #[stage(dev = "env:{field}")]
        struct Config<T> {
            table: T,
        }
    }
}

#[cfg(feature = "kms")]
snapshots! {
    sealed: {
        #[stage(dev = "env:{field}?plaintext=allow", prod = "sealed:{field}")]
        #[config(app = "payments")]
        struct Config {
            stripe_key: SecretString,
        }
    }
    snapshot: {
        #[stage(dev = "env:{field}", prod = "env:{field}")]
        #[config(snapshot = "sealed/{stage}.snapshot", snapshot_max_age = "7d", snapshot_refreshed)]
        struct Config {
            table: String,
        }
    }
}
