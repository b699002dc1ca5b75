//! The policy is exact because the command takes the region from the AWS settings, and asks AWS for
//! the account and for the keys of existing values. The command reports what it could not look up.
//! Other tests are about the settings of a stage pattern, a stage without requests, and invalid
//! arguments.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use super::{prepare_stage, resources, run_iam, run_iam_in, run_iam_with};
use crate::support::kms::{REGION, create_key};
use crate::support::package::Package;
use crate::support::peers::{ACCOUNT, ministack, moto};
use crate::support::planted::{SECRET, assert_clean};

#[derive(StageConfig)]
#[stage(dev = "/looked-up/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct LookedUp {
    plain: String,
    #[stage(dev = "/looked-up/own/token")]
    token: SecretString,
    #[stage(dev = "secret:looked-up/own")]
    password: SecretString,
    #[stage(dev = "secret:looked-up/default")]
    other: SecretString,
}

#[test]
fn account_region_and_keys_are_looked_up() {
    let arn = create_key("alias/looked-up");
    let plain = json!({ "parameters": { "/looked-up/plain": SECRET }, "secrets": { "looked-up/default": SECRET } });
    prepare_stage(moto(), &plain);
    let encrypted = json!({
        "parameters": { "/looked-up/own/token": SECRET }, "secrets": { "looked-up/own": SECRET }, "key": "alias/looked-up",
    });
    prepare_stage(moto(), &encrypted);

    let ran = run_iam::<LookedUp>(&["--stage", "dev"]).assert_code(0);
    assert_eq!(ran.stderr, "", "the command must report no assumption");
    let policy: Value = serde_json::from_str(&ran.stdout).expect("the policy is JSON");
    let parameter =
        |name: &str| format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/looked-up/{name}");
    assert_eq!(
        resources(&policy, "ReadParameters"),
        [parameter("own/token"), parameter("plain")]
    );
    let decrypt = |sid: &str| {
        assert_eq!(
            resources(&policy, sid),
            [arn.as_str()],
            "the resource must be the key's ARN, not its alias"
        );
        let statements = policy["Statement"].as_array().expect("a list");
        statements
            .iter()
            .find(|statement| statement["Sid"] == sid)
            .expect("the statement exists")["Condition"]
            .clone()
    };
    let context = json!({ "kms:EncryptionContext:PARAMETER_ARN": parameter("own/token") });
    assert_eq!(
        decrypt("DecryptParameters"),
        json!({ "StringEquals": context })
    );
    let secret = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:looked-up/own-??????");
    assert_eq!(
        decrypt("DecryptSecrets"),
        json!({ "StringLike": { "kms:EncryptionContext:SecretARN": secret } })
    );
    assert_clean("the policy", &ran.stdout);
}

#[derive(StageConfig)]
#[stage(dev = "/pinned/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Pinned {
    token: SecretString,
    #[stage(dev = "/pinned/token:1")]
    old: SecretString,
}

#[test]
fn each_version_has_its_own_key() {
    let keys = [create_key("alias/pinned-1"), create_key("alias/pinned-2")];
    for alias in ["alias/pinned-1", "alias/pinned-2"] {
        prepare_stage(
            moto(),
            &json!({ "parameters": { "/pinned/token": SECRET }, "key": alias }),
        );
    }
    let ran = run_iam::<Pinned>(&["--stage", "dev"]).assert_code(0);
    let policy: Value = serde_json::from_str(&ran.stdout).expect("the policy is JSON");
    let mut named = [
        resources(&policy, "DecryptParameters"),
        resources(&policy, "DecryptParameters2"),
    ]
    .concat();
    let mut expected = keys.to_vec();
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
}

#[derive(StageConfig)]
#[stage(dev = "/not-yet/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct NotYet {
    token: SecretString,
}

#[test]
fn assumptions_about_missing_values_are_reported() {
    let ran = run_iam::<NotYet>(&["--stage", "dev"])
        .assert_code(0)
        .assert_stderr(
            "not looked up: the KMS keys of values that do not exist yet: /not-yet/token",
        );
    assert!(!ran.stdout.contains("kms:"), "{}", ran.stdout);
    let arn = create_key("alias/not-yet");
    let ran = run_iam::<NotYet>(&["--stage", "dev", "--kms-key", "alias/not-yet"]).assert_code(0);
    let ran = ran.assert_stderr(&format!(
        "assumed, not looked up: the stage's KMS key {arn} encrypts /not-yet/token"
    ));
    assert!(ran.stdout.contains(&format!("\"{arn}\"")), "{}", ran.stdout);
}

#[test]
fn a_policy_made_without_aws_has_placeholders() {
    let unreachable = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1".to_owned()),
        ("AWS_MAX_ATTEMPTS", "1".to_owned()),
    ];
    let ran = run_iam_with::<NotYet>(&["--stage", "dev"], &unreachable).assert_code(0);
    let ran = ran
        .assert_stderr("note: not looked up: the credentials: sts:GetCallerIdentity")
        .assert_stderr("give --account");
    assert!(
        ran.stdout.contains(&format!(
            "arn:aws:ssm:{REGION}:ACCOUNT:parameter/not-yet/token"
        )),
        "{}",
        ran.stdout
    );
    let ran = run_iam::<NotYet>(&["--stage", "dev", "--offline"]).assert_code(0);
    let ran = ran
        .assert_stderr("assumed, not looked up")
        .assert_stderr("give --region");
    assert!(
        ran.stdout
            .contains("arn:aws:ssm:REGION:ACCOUNT:parameter/not-yet/token"),
        "{}",
        ran.stdout
    );
}

#[test]
fn facts_that_aws_denies_are_reported_as_assumptions() {
    let policy = json!({ "Statement": [{ "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" }] });
    let answer = prepare_stage(ministack(), &json!({ "policies": [policy] }));
    let key_part = |at: usize| {
        answer["keys"][0][at]
            .as_str()
            .expect("a key is text")
            .to_owned()
    };
    let variables = [
        ("AWS_ENDPOINT_URL", ministack().url.clone()),
        ("AWS_ACCESS_KEY_ID", key_part(0)),
        ("AWS_SECRET_ACCESS_KEY", key_part(1)),
    ];
    let ran = run_iam_with::<NotYet>(&["--stage", "dev"], &variables).assert_code(0);
    let ran = ran
        .assert_stderr("note: not looked up: /not-yet/token: denied")
        .assert_stderr("note: assumed, not looked up: no customer managed KMS key");
    assert!(
        ran.stdout.contains(&format!(
            "arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/not-yet/token"
        )),
        "{}",
        ran.stdout
    );
    assert!(!ran.stderr.contains(&key_part(1)), "{}", ran.stderr);
}

#[derive(StageConfig)]
#[stage(dev = "/previews/dev/{field}", fallback = "/previews/{stage}/{field}")]
#[config(preview("pr-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Previews {
    token: SecretString,
}

#[test]
fn settings_of_a_stage_pattern_apply_to_the_pattern() {
    let package = Package::new(&format!(
        "[package.metadata.stage.\"pr-*\"]\naccount = \"444455556666\"\nregion = \
         \"{REGION}\"\nkms_key = \"k-1\"\n"
    ));
    let ran = run_iam_in::<Previews>(&package, &["--stage", "pr-*", "--offline"], &[])
        .assert_code(0)
        .assert_stderr("KMS key k-1");
    let policy: Value = serde_json::from_str(&ran.stdout).expect("the policy is JSON");
    let previews = format!("arn:aws:ssm:{REGION}:444455556666:parameter/previews/pr-*/token");
    assert_eq!(resources(&policy, "ReadParameters"), [previews.as_str()]);
    assert_eq!(
        resources(&policy, "DecryptParameters"),
        [format!("arn:aws:kms:{REGION}:444455556666:key/k-1")]
    );
    // The credentials belong to another account, so nothing is looked up, and the policy names the
    // stage's account.
    let ran = run_iam_in::<Previews>(&package, &["--stage", "pr-*"], &[]).assert_code(0);
    let ran = ran.assert_stderr("not looked up: the stage `pr-*` is in account 444455556666");
    assert!(ran.stdout.contains(&previews), "{}", ran.stdout);
}

#[derive(StageConfig)]
#[stage(dev = "value:1")]
#[allow(dead_code, reason = "only its schema is used")]
struct Nothing {
    a: String,
}

#[test]
fn a_stage_without_requests_has_no_policy() {
    let ran = run_iam::<Nothing>(&["--stage", "dev", "--offline"])
        .assert_code(0)
        .assert_stderr("no permission is needed");
    assert_eq!(ran.stdout, "", "IAM takes no policy without statements");
}

#[test]
fn invalid_arguments_are_reported() {
    run_iam::<NotYet>(&["--stage", "pr-*", "--offline"])
        .assert_code(2)
        .assert_stderr("stage `pr-*`: it is not declared, and `NotYet` has no fallback");
    run_iam::<NotYet>(&["--stage", "dve", "--offline"])
        .assert_code(2)
        .assert_stderr("did you mean `dev`?");
    run_iam::<NotYet>(&["--stage", "dev", "--offline", "--kms-key", "*"])
        .assert_code(2)
        .assert_stderr("is not a KMS key");
    run_iam::<NotYet>(&["--stage", "dev", "--offline", "--account", "*"])
        .assert_code(2)
        .assert_stderr("12 digits");
    run_iam::<NotYet>(&["--stage", "dev", "--offline", "--region", "eu-*"])
        .assert_code(2)
        .assert_stderr("is not a region");
    run_iam::<NotYet>(&["--stage", "dev", "--offline", "--function", "a*"])
        .assert_code(2)
        .assert_stderr("the name of a Lambda function");
}
