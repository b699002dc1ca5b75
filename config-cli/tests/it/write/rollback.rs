//! `cargo stage rollback`: an older version becomes current again, and no value is shown.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use aws_sdk_ssm::types::ParameterType;
use serde_json::{Value, json};

use super::{WriteTest, new_at_all_servers};
use crate::support::endpoint::{Answer, Endpoint, Request};
use crate::support::package::{RunOutput, run_command};
use crate::support::peers::moto;
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::store_clients::StoreClients;
use crate::support::stores::{get_parameter, get_parameter_key, put_parameter};

fn roll_back(test: &WriteTest, field: &str, options: &[&str]) -> RunOutput {
    let ran = test.run(&[&["rollback", field, "-y"], options].concat());
    assert_clean(field, &format!("{}{}", ran.stdout, ran.stderr));
    ran
}

#[test]
fn the_version_before_the_current_one_is_written_again() {
    for test in new_at_all_servers("rollback") {
        let key = ["set", "token", "--kms-key", "alias/aws/ssm"];
        test.pipe(&key, SECRET.as_bytes()).assert_code(0);
        test.replace("token", "second").assert_code(0);
        test.replace("token", "third").assert_code(0);
        let name = test.parameter("token");
        let (kind, kms_key) = ("SecureString", get_parameter_key(test.peer, &name));

        roll_back(&test, "token", &[])
            .assert_code(0)
            .assert_stderr(&format!(
                "`token` of the stage `{}` is rolled back: {name} is now at version 4, with the \
                 value of version 2",
                test.stage
            ));
        let stored = get_parameter(test.peer, &name).expect("the value exists");
        assert_eq!(
            (stored.value.as_str(), stored.kind.as_str()),
            ("second", kind)
        );
        assert_eq!(get_parameter_key(test.peer, &name), kms_key);

        // `--version` is another name of `--to`.
        roll_back(&test, "token", &["--version", "1"]).assert_code(0);
        let stored = get_parameter(test.peer, &name).expect("the value exists");
        assert_eq!((stored.value.as_str(), stored.version), (SECRET, 5));
    }
}

#[test]
fn a_rollback_of_a_secret_moves_its_label_and_names_the_other_fields_that_read_the_secret() {
    for test in new_at_all_servers("rollback-secret") {
        test.set("db_port", "1").assert_code(0);
        test.set("db_password", SECRET).assert_code(0);
        test.replace("db_password", DIGITS).assert_code(0);
        let secret = test.secret("db");
        let read = || StoreClients::new(test.peer).get_secret_text(&secret);
        let before = read().expect("the secret has a value");
        assert!(before.contains(DIGITS), "{}", test.peer.name);

        roll_back(&test, "db_password", &[])
            .assert_code(0)
            .assert_stderr("is a key of a JSON text, and all keys of secret:write/")
            .assert_stderr("is also read by `db_port`")
            .assert_stderr("is now at version ");
        assert!(
            read().expect("a value").contains(SECRET),
            "{}",
            test.peer.name
        );

        // The first rollback moved AWSPREVIOUS to the version that was current before, so a second
        // rollback undoes the first one.
        roll_back(&test, "db_password", &[]).assert_code(0);
        assert_eq!(read(), Some(before), "{}", test.peer.name);
    }
}

#[test]
fn a_version_that_a_field_cannot_decode_is_refused() {
    let test = WriteTest::new(moto(), "rollback-undecodable");
    put_parameter(
        moto(),
        &test.parameter("port"),
        ParameterType::String,
        SECRET,
    );
    test.replace("port", "8080").assert_code(0);
    roll_back(&test, "port", &[])
        .assert_code(1)
        .assert_stderr("version 1 of /write/")
        .assert_stderr("cannot be used: `port` (u16): ")
        .assert_stderr("Nothing was written")
        .assert_stderr("cargo stage history port --stage ");
    let stored = get_parameter(moto(), &test.parameter("port")).expect("the value exists");
    assert_eq!((stored.value.as_str(), stored.version), ("8080", 2));

    // The older JSON has no value for `db_password`. So `db_port`, which reads the same secret,
    // cannot be rolled back either.
    test.set("db_port", "1").assert_code(0);
    test.set("db_password", SECRET).assert_code(0);
    roll_back(&test, "db_password", &[])
        .assert_code(1)
        .assert_stderr("`db_password` ");
    roll_back(&test, "db_port", &[])
        .assert_code(1)
        .assert_stderr("`db_password` ");
}

#[test]
fn an_impossible_rollback_is_refused_with_help() {
    let test = WriteTest::new(moto(), "rollback-refused");
    roll_back(&test, "name", &[])
        .assert_code(1)
        .assert_stderr("does not exist: nothing was written")
        .assert_stderr("cargo stage set name --stage t-rollback-refused");
    test.set("name", "a").assert_code(0);
    roll_back(&test, "name", &[])
        .assert_code(1)
        .assert_stderr("has no version before the current one: nothing was written")
        .assert_stderr("cargo stage history name --stage ");
    roll_back(&test, "name", &["--to", SECRET])
        .assert_code(1)
        .assert_stderr("has no such version");
    roll_back(&test, "name", &["--to", "1"])
        .assert_code(1)
        .assert_stderr("is at version 1 already");
    for (field, problem) in [
        ("level", "is a variable of the deployment"),
        ("ciphertext", "is a variable of the deployment"),
        ("mode", "is in the code"),
        ("pinned", "pins `1`"),
        ("vault", "the program's own stores"),
    ] {
        roll_back(&test, field, &[])
            .assert_code(1)
            .assert_stderr(problem)
            .assert_stderr("help: ");
    }
    test.replace("name", "b").assert_code(0);
    test.run(&["rollback", "name"])
        .assert_code(1)
        .assert_stderr("there is no terminal for the question");
    test.run(&["rollback", "nam"])
        .assert_code(2)
        .assert_stderr("did you mean `name`?");
    let stored = get_parameter(moto(), &test.parameter("name")).expect("the value exists");
    assert_eq!((stored.value.as_str(), stored.version), ("b", 2));
}

/// Runs `rollback` for a field against an endpoint that answers according to a script. Returns the
/// output and the bodies of the `PutParameter` requests. If the script has no answer to a request
/// to Parameter Store, the endpoint answers as if the current version of the parameter were 5. If
/// the script has no answer to any other request, the endpoint answers with an error.
fn run_scripted(
    field: &str,
    script: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> (RunOutput, Vec<Value>) {
    let endpoint = Endpoint::start(move |request| {
        script(request).unwrap_or_else(|| match request.operation.as_str() {
            "GetParameterHistory" => Answer::json(&json!({ "Parameters": [
                { "Name": "n", "Version": 4, "Type": "SecureString", "Tier": "Standard", "KeyId": "alias/old" },
                { "Name": "n", "Version": 5, "Type": "SecureString", "Tier": "Advanced", "KeyId": "alias/new" },
            ] })),
            "GetParameters" => {
                let (name, version) = match request.names[0].rsplit_once(':') {
                    Some((name, version)) => (name, version.parse().unwrap_or(0)),
                    None => (request.names[0].as_str(), 5),
                };
                Answer::json(&json!({ "Parameters": [{
                    "Name": name, "Version": version, "Type": "SecureString", "Value": SECRET,
                    "DataType": "text", "Selector": request.names[0].strip_prefix(name),
                    "ARN": format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}"),
                }] }))
            }
            "PutParameter" => Answer::json(&json!({ "Version": 6, "Tier": "Advanced" })),
            _ => Answer::internal_error(),
        })
    });
    let test = WriteTest::new(moto(), "rollback-scripted");
    let mut command = test.command(&["rollback", field, "--yes"]);
    let ran = run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"");
    assert_clean(field, &format!("{}{}", ran.stdout, ran.stderr));
    let puts = endpoint
        .requests()
        .into_iter()
        .filter(|request| request.operation == "PutParameter");
    (ran, puts.map(|request| request.body).collect())
}

#[test]
fn a_rollback_keeps_the_type_tier_and_key_of_the_current_version() {
    let (ran, puts) = run_scripted("token", |_| None);
    ran.assert_code(0);
    let [put] = puts.as_slice() else {
        panic!("expected one write: {}", puts.len())
    };
    assert_eq!(
        (&put["Type"], &put["Tier"], &put["KeyId"], &put["Overwrite"]),
        (
            &json!("SecureString"),
            &json!("Advanced"),
            &json!("alias/new"),
            &json!(true)
        )
    );
    assert_eq!(put["Value"], SECRET);
}

#[test]
fn a_concurrent_write_is_noticed() {
    let (ran, _) = run_scripted("token", |request| {
        (request.operation == "PutParameter")
            .then(|| Answer::json(&json!({ "Version": 7, "Tier": "Advanced" })))
    });
    ran.assert_code(1)
        .assert_stderr("is now version 7, and other writers wrote version 6 at the same time")
        .assert_stderr("cargo stage rollback token --stage t-rollback-scripted --to 6");

    // Another writer deletes the parameter after the command has read its version.
    let (ran, _) = run_scripted("token", |request| {
        (request.operation == "PutParameter")
            .then(|| Answer::json(&json!({ "Version": 1, "Tier": "Advanced" })))
    });
    ran.assert_code(1)
        .assert_stderr("another writer deleted /write/t-rollback-scripted/token at the same time")
        .assert_stderr("created it again, as version 1 and without its older versions")
        .assert_stderr("aws ssm delete-parameter --name /write/t-rollback-scripted/token");

    // The current version changes after the command has read it.
    let (ran, puts) = run_scripted("token", |request| {
        let is_current = request.operation == "GetParameters" && !request.names[0].contains(':');
        is_current.then(|| {
            Answer::json(&json!({ "Parameters": [{
                "Name": request.names[0], "Version": 6, "Type": "SecureString", "Value": SECRET,
            }] }))
        })
    });
    ran.assert_code(1)
        .assert_stderr("was changed by another writer in the meantime: nothing was written");
    assert!(puts.is_empty());
}

#[test]
fn a_secret_that_another_writer_changed_is_not_rolled_back() {
    let moved = AtomicBool::new(false);
    let (ran, _) = run_scripted("whole", move |request| match request.operation.as_str() {
        "ListSecretVersionIds" => Some(Answer::json(&json!({ "Versions": [
            { "VersionId": "new", "VersionStages": ["AWSCURRENT"] },
            { "VersionId": "old", "VersionStages": ["AWSPREVIOUS"] },
        ] }))),
        "GetSecretValue" => Some(Answer::json(&json!({
            "SecretString": SECRET, "VersionId": "old", "Name": "write/t-rollback-scripted/whole",
            "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:write/t-rollback-scripted/whole-AbCdEf",
        }))),
        "UpdateSecretVersionStage" => {
            assert_eq!(request.body["RemoveFromVersionId"], "new");
            moved.store(true, SeqCst);
            Some(Answer::error(400, "InvalidParameterException", SECRET))
        }
        "DescribeSecret" if moved.load(SeqCst) => Some(Answer::json(
            &json!({ "VersionIdsToStages": { "newer": ["AWSCURRENT"] } }),
        )),
        _ => None,
    });
    ran.assert_code(1)
        .assert_stderr("was changed by another writer at the same time: nothing was written");
}
