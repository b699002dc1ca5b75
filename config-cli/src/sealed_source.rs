//! The file of a `sealed:` source. Each stage has its own file if the source names no stage.

use std::borrow::Cow;

use stage_config_core::Stage;
use stage_config_grammar::source::{Address, Source};

/// A source, and the stage that reads it.
#[derive(Clone, Copy)]
pub(crate) struct StageSource<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) source: &'a Source,
}

impl StageSource<'_> {
    /// Returns whether both sources have the same address and key. The address of a sealed file
    /// includes its stage.
    pub(crate) fn is_same(self, other: Self) -> bool {
        self.source.key == other.source.key
            && name_stage(&self.source.address, self.stage)
                == name_stage(&other.source.address, other.stage)
    }
}

/// Returns the address with the stage of its sealed file: the stage that the address names, else
/// `reader`. Returns an address of another scheme unchanged.
pub(crate) fn name_stage<'a>(address: &'a Address, reader: &Stage) -> Cow<'a, Address> {
    match address {
        Address::Sealed { name, stage: None } => Cow::Owned(Address::Sealed {
            name: name.clone(),
            stage: Some(reader.name().to_owned()),
        }),
        address => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use stage_config::StageConfig;

    use super::*;

    #[derive(StageConfig)]
    #[stage(dev = "/dev/{field}", prod = "/prod/{field}")]
    #[allow(dead_code, reason = "only its stages are used")]
    struct Config {
        field: String,
    }

    #[test]
    fn a_sealed_source_without_a_stage_belongs_to_the_stage_that_reads_it() {
        let stages = ["dev", "prod"].map(|name| Stage::choose(&Config::SCHEMA, name).unwrap());
        for (dev_text, prod_text, expected) in [
            ("sealed:key", "sealed:key", false),
            ("sealed:dev/key", "sealed:key", false),
            ("sealed:prod/key", "sealed:key", true),
            ("sealed:key", "sealed:dev/key", true),
            ("sealed:prod/key", "sealed:prod/key", true),
            ("sealed:prod/key", "sealed:prod/other", false),
            ("sealed:prod/key#a", "sealed:key#a", true),
            ("sealed:prod/key#a", "sealed:key#b", false),
            ("/shop/key", "/shop/key", true),
            ("/shop/key", "/shop/other", false),
        ] {
            let sources = [dev_text, prod_text].map(|text| Source::parse(text, &[]).unwrap());
            let [dev, prod] = [0, 1].map(|index| StageSource {
                stage: &stages[index],
                source: &sources[index],
            });
            assert_eq!(dev.is_same(prod), expected, "{dev_text} {prod_text}");
        }
    }
}
