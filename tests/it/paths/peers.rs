//! Paths that are loaded from two independent servers that replace AWS.

use super::*;
use crate::support::aws::Seed;
use crate::support::load::expect_config;
use crate::support::peers::Peer;
use crate::support::suite::suite;

suite! {
    a_path_of_several_pages_is_loaded
    values_of_every_type_are_loaded
}

async fn a_path_of_several_pages_is_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    struct Paged {
        #[stage(dev = "/peer-pages/limits/*")]
        limits: BTreeMap<String, u16>,
    }

    let seed = Seed::new(peer);
    for number in 0..23 {
        let name = format!("/peer-pages/limits/group{}/n{number}", number % 3);
        seed.put_text(&name, &number.to_string()).await;
    }
    seed.put_text("/peer-pages/limits2/other", "99").await;
    let Loaded { config, report, .. } =
        resolve::<Paged>(&peer.url).await.expect("all values exist");
    assert_eq!(config.limits.len(), 23);
    assert_eq!(config.limits["group1/n22"], 22);
    assert_eq!(report.calls.len(), 1, "{report}");
}

async fn values_of_every_type_are_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    struct Types {
        #[stage(dev = "/peer-types/keys/*")]
        keys: BTreeMap<String, SecretString>,
        #[stage(dev = "/peer-types/lists/*")]
        lists: BTreeMap<String, Vec<String>>,
        #[stage(dev = "/peer-types/none/*")]
        none: Option<BTreeMap<String, String>>,
    }

    let seed = Seed::new(peer);
    seed.put_secure("/peer-types/keys/a", "decrypted").await;
    seed.put_text("/peer-types/keys/b/c", "plain").await;
    seed.put_list("/peer-types/lists/hosts", "x,y").await;
    let config = expect_config(resolve::<Types>(&peer.url).await);
    assert_eq!(config.keys["a"].expose_secret(), "decrypted");
    assert_eq!(config.keys["b/c"].expose_secret(), "plain");
    assert_eq!(config.lists["hosts"], ["x", "y"]);
    assert!(config.none.is_none());
}
