#![expect(
    deprecated,
    reason = "`aws-config` exports these types only under a deprecated name"
)]

use super::*;
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};

async fn profiles(name: &str, text: &str) -> ProfileSet {
    let files = ProfileFiles::builder()
        .with_contents(ProfileFileKind::Config, text)
        .build();
    load(
        &Fs::real(),
        &Env::real(),
        &files,
        Some(name.to_owned().into()),
    )
    .await
    .expect("the text is a profile file")
}

/// Every secret in the profiles of these tests contains this text.
const PLANTED: &str = "PLANTED";

#[tokio::test]
async fn the_reason_names_the_part_of_the_profile_that_failed() {
    for (name, text, words, help) in [
        (
            "shop",
            "[profile shop]\nsso_session = s\nsso_account_id = PLANTED\n",
            "the SSO token of the profile `shop`",
            "aws sso login --profile shop",
        ),
        (
            "shop",
            "[profile shop]\nsso_start_url = https://PLANTED\n",
            "the SSO token of the profile `shop`",
            "aws sso login --profile shop",
        ),
        (
            "my-shop",
            "[profile my-shop]\ncredential_process = get --password PLANTED\n",
            "the `credential_process` of the profile `my-shop` failed",
            "run its command",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\nweb_identity_token_file = /PLANTED\n",
            "the token file of the profile `shop`",
            "`web_identity_token_file`",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\ncredential_source = Environment\n",
            "the role of the profile `shop`",
            "get-caller-identity",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\nsource_profile = keys\n\
             [profile keys]\naws_access_key_id = PLANTED\naws_secret_access_key = PLANTED\n",
            "the role of the profile `shop`",
            "get-caller-identity",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\nsource_profile = shop\n\
             aws_access_key_id = PLANTED\naws_secret_access_key = PLANTED\n",
            "the role of the profile `shop`",
            "get-caller-identity",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\nsource_profile = base\n\
             [profile base]\nsso_session = s\n",
            "the SSO token of the profile `base`",
            "aws sso login --profile base",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\nsource_profile = base\n[profile base]\nregion = x\n",
            "the profile `base` has no credentials",
            "aws configure --profile base",
        ),
        (
            "shop",
            "[profile shop]\nrole_arn = r\nsource_profile = bsae\n[profile base]\nregion = x\n",
            "the profile `bsae` does not exist",
            "did you mean `base`?",
        ),
        (
            "a",
            "[profile a]\nrole_arn = r\nsource_profile = b\n\
             [profile b]\nrole_arn = r\nsource_profile = a\n",
            "the profile `b` needs the profile `a`, which needs `b`",
            "`source_profile`",
        ),
        (
            "shop",
            "[profile shop]\naws_access_key_id = PLANTED\n",
            "only a part of a key pair",
            "aws configure --profile shop",
        ),
        (
            "shpo",
            "[profile shop]\nregion = x\n",
            "the profile `shpo` does not exist",
            "did you mean `shop`?",
        ),
        (
            "the shop",
            "[profile other]\nregion = x\n",
            "the profile `the shop` does not exist",
            "aws configure --profile 'the shop'",
        ),
    ] {
        let reason = explain_profile(&profiles(name, text).await)
            .unwrap_or_else(|| panic!("no reason for {text}"));
        let shown = format!("{reason:?}");
        assert!(!shown.contains(PLANTED), "{shown}");
        assert!(reason.detail.contains(words), "{words}: {shown}");
        let is_unsupported = shown.contains("developer-credentials");
        let expected = !cfg!(feature = "developer-credentials")
            && (text.contains("sso_") || text.contains("credential_process"));
        assert_eq!(is_unsupported, expected, "{shown}");
        if !is_unsupported {
            let shown = reason.help.expect("every reason of a profile has a help");
            assert!(shown.contains(help), "{help}: {shown}");
        }
    }
}

/// If a profile names no credentials, the provider chain continues with its other providers. If
/// these providers give no credentials either, the error says that the profile has no credentials.
/// It does not say this of the default profile.
#[tokio::test]
async fn a_profile_without_credentials_is_not_a_failure_of_the_profile() {
    let empty = profiles("shop", "[profile shop]\nregion = x\n").await;
    assert_eq!(explain_profile(&empty), None);
    assert_eq!(
        explain_empty(&empty).expect("the profile was named").detail,
        "the profile `shop` has no credentials"
    );
    for text in ["[default]\nregion = x\n", "[profile other]\nregion = x\n"] {
        let default = profiles(DEFAULT_PROFILE, text).await;
        assert_eq!(explain_profile(&default), None, "{text}");
        assert_eq!(explain_empty(&default), None, "{text}");
    }
}
