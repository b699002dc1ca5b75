//! Binary secrets, and base64 text.

use super::*;

suite! {
    binary_secrets_are_loaded_into_bytes
    base64_text_is_loaded_into_bytes
}

async fn binary_secrets_are_loaded_into_bytes(peer: &Peer) {
    #[derive(StageConfig)]
    struct Binary {
        #[stage(dev = "secret:binary/key")]
        secret: SecretSlice<u8>,
        #[stage(dev = "secret:binary/key")]
        bytes: Vec<u8>,
        #[stage(dev = "secret:binary/key")]
        four: [u8; 4],
        /// Bytes that are also valid text.
        #[stage(dev = "secret:binary/text")]
        text: Vec<u8>,
        #[stage(dev = "secret:binary/text#key")]
        key: String,
    }
    #[derive(StageConfig)]
    struct Text {
        #[stage(dev = "secret:binary/key")]
        text: SecretString,
    }

    let seed = Seed::new(peer);
    seed.create_binary("binary/key", &[0, 255, 1, 254]).await;
    seed.create_binary("binary/text", br#"{"key":"v"}"#).await;
    let config = expect_config(resolve::<Binary>(&peer.url).await);
    assert_eq!(
        (config.secret.expose_secret(), config.bytes, config.four),
        (
            &[0, 255, 1, 254][..],
            vec![0, 255, 1, 254],
            [0, 255, 1, 254]
        )
    );
    assert_eq!(
        (config.text.as_slice(), config.key.as_str()),
        (&br#"{"key":"v"}"#[..], "v")
    );

    let failure = expect_failure(
        resolve::<Text>(&peer.url)
            .await
            .map(|loaded| loaded.config.text),
    );
    assert_failure(
        &failure,
        "text",
        FailureKind::Undecodable,
        &["secret:binary/key"],
    );
}

/// If the value of a secret is a text, a field of bytes decodes the text as base64.
async fn base64_text_is_loaded_into_bytes(peer: &Peer) {
    #[derive(StageConfig)]
    struct Bytes {
        #[stage(dev = "secret:bytes/base64")]
        bytes: SecretSlice<u8>,
    }
    Seed::new(peer)
        .create_text("bytes/base64", "AP8B\n/g==")
        .await;
    assert_eq!(
        expect_config(resolve::<Bytes>(&peer.url).await)
            .bytes
            .expose_secret(),
        [0, 255, 1, 254]
    );
}
