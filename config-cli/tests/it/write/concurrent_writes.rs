//! Concurrent writers, and Ctrl-C, while the command writes a value; and the first value of an
//! empty secret.

use std::process::{Command, Stdio};
use std::sync::mpsc;

use aws_sdk_ssm::types::ParameterType;
use stage_config::StageConfig;

use super::new_at_all_servers;
use crate::support::package::run_command;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::proxy::{Meanwhile, start_proxy, start_proxy_with};
use crate::support::stores::{
    create_empty_secret, create_secret, describe_secret, get_parameter, get_secret, put_parameter,
    put_secret,
};

#[test]
fn a_concurrent_change_of_a_json_secret_is_not_lost() {
    for test in new_at_all_servers("race") {
        let id = test.secret("db");
        create_secret(test.peer, &id, "{\"port\": 1}");
        let (peer, other_id) = (test.peer, id.clone());
        let url = start_proxy(peer, "secretsmanager.PutSecretValue", move || {
            put_secret(peer, &other_id, "{\"port\": 2}")
        });
        let mut command = test.command(&["set", "db_password"]);
        let ran =
            run_command(command.env("AWS_ENDPOINT_URL", url), SECRET.as_bytes()).assert_code(1);
        let ran = ran
            .assert_stderr("changed by another writer at the same time: nothing was written")
            .assert_stderr("run the command again");
        assert_clean("set", &ran.stderr);
        assert_eq!(get_secret(peer, &id).unwrap().0, "{\"port\": 2}");
        let (_, mut stages, _) = describe_secret(peer, &id);
        stages.sort();
        assert_eq!(stages, [["AWSCURRENT"], ["AWSPREVIOUS"]]);
        test.set("db_password", "x").assert_code(0);
        assert_eq!(
            get_secret(peer, &id).unwrap().0,
            "{\"port\": 2,\"password\": \"x\"}"
        );
    }
}

/// Another writer sets the first value of a secret while the command sets one key or the whole
/// value.
#[test]
fn a_concurrent_first_value_of_a_secret_is_not_lost() {
    for test in new_at_all_servers("race-first") {
        for (name, field) in [("db", "db_password"), ("whole", "whole")] {
            let id = test.secret(name);
            create_empty_secret(test.peer, &id);
            let (peer, other_id) = (test.peer, id.clone());
            let url = start_proxy(peer, "secretsmanager.PutSecretValue", move || {
                put_secret(peer, &other_id, "{\"port\": 2}")
            });
            let mut command = test.command(&["set", field]);
            let ran =
                run_command(command.env("AWS_ENDPOINT_URL", url), SECRET.as_bytes()).assert_code(1);
            assert_clean(
                "set",
                &ran.assert_stderr(
                    "changed by another writer at the same time: nothing was written",
                )
                .stderr,
            );
            assert_eq!(get_secret(peer, &id).unwrap().0, "{\"port\": 2}", "{field}");
            assert_eq!(
                describe_secret(peer, &id).1,
                [["AWSCURRENT"]],
                "the temporary label must be removed"
            );
        }
        test.set("db_password", "x").assert_code(0);
        assert_eq!(
            get_secret(test.peer, &test.secret("db")).unwrap().0,
            "{\"port\": 2,\"password\": \"x\"}"
        );
    }
}

#[test]
fn two_concurrent_keys_of_an_empty_secret_are_both_kept() {
    for test in new_at_all_servers("race-two") {
        let id = test.secret("db");
        create_empty_secret(test.peer, &id);
        let mut other = test.command(&["set", "db_port"]);
        let url = start_proxy(test.peer, "secretsmanager.PutSecretValue", move || {
            run_command(&mut other, b"6543").assert_code(0);
        });
        let mut command = test.command(&["set", "db_password"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"x")
            .assert_code(1)
            .assert_stderr("nothing was written")
            .assert_stderr("run the command again");
        test.set("db_password", "x").assert_code(0);
        assert_eq!(
            get_secret(test.peer, &id).unwrap().0,
            "{\"port\": 6543,\"password\": \"x\"}"
        );
    }
}

#[test]
fn set_writes_the_first_value_of_an_empty_secret() {
    for test in new_at_all_servers("empty") {
        for (name, field, expected) in [
            ("db", "db_port", "{\"port\": 6543}"),
            ("whole", "whole", "6543"),
        ] {
            let id = test.secret(name);
            create_empty_secret(test.peer, &id);
            test.set(field, "6543")
                .assert_code(0)
                .assert_stderr("is written to secret:");
            assert_eq!(get_secret(test.peer, &id).unwrap().0, expected);
            assert_eq!(
                describe_secret(test.peer, &id).1,
                [["AWSCURRENT"]],
                "the temporary label must be removed"
            );
        }
    }
}

/// Parameter Store has no conditional write. The command finds that it replaced the text of another
/// writer, and writes that text again, with its own change.
#[test]
fn a_concurrent_change_of_a_json_parameter_is_not_lost() {
    for test in new_at_all_servers("race-json") {
        let name = test.parameter("json");
        put_parameter(test.peer, &name, ParameterType::String, "{\"z\":1}");
        let (peer, other_id) = (test.peer, name.clone());
        let other = move || put_parameter(peer, &other_id, ParameterType::String, "{\"z\":2}");
        let url = start_proxy(peer, "AmazonSSM.PutParameter", other);
        let mut command = test.command(&["set", "in_json"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"x")
            .assert_code(0)
            .assert_stderr("version 4 has the changes of version 2");
        let stored = get_parameter(peer, &name).unwrap();
        assert_eq!(
            (stored.version, stored.value.as_str()),
            (4, "{\"z\":2,\"a\": {\"b\": \"x\"}}")
        );

        let other_id = name.clone();
        let other = move || {
            put_parameter(
                peer,
                &other_id,
                ParameterType::String,
                "{\"z\":3,\"a\":{\"b\":\"x\"}}",
            )
        };
        let url = start_proxy(peer, "AmazonSSM.PutParameter", other);
        let mut command = test.command(&["rm", "in_json", "--yes"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"")
            .assert_code(0)
            .assert_stderr("is now version 7");
        assert_eq!(
            get_parameter(peer, &name).unwrap().value,
            "{\"z\":3,\"a\":{}}"
        );
    }
}

/// No writer has read the changes of all other writers, so the text of each writer lacks some
/// changes.
#[test]
fn several_concurrent_changes_of_a_json_parameter_are_not_lost() {
    for test in new_at_all_servers("race-many") {
        let name = test.parameter("json");
        put_parameter(test.peer, &name, ParameterType::String, "{\"z\":1}");
        let write = |texts: &'static [&'static str]| -> Meanwhile {
            let (peer, other_id) = (test.peer, name.clone());
            Box::new(move || {
                texts
                    .iter()
                    .for_each(|text| put_parameter(peer, &other_id, ParameterType::String, text))
            })
        };
        let meanwhile = [
            write(&["{\"z\":1,\"p\":1}", "{\"z\":1,\"q\":2}"]),
            // A third writer, and a fourth writer that merges the first two texts without having
            // read the third text.
            write(&["{\"z\":1,\"r\":3}", "{\"z\":1,\"p\":1,\"q\":2}"]),
            write(&["{\"z\":4,\"p\":1,\"q\":2}"]),
        ];
        let url = start_proxy_with(test.peer, "AmazonSSM.PutParameter", meanwhile);
        let mut command = test.command(&["set", "in_json"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"x")
            .assert_code(0)
            .assert_stderr("has the changes of versions 2, 3, ")
            .assert_stderr(" and this change");
        let stored: serde_json::Value =
            serde_json::from_str(&get_parameter(test.peer, &name).unwrap().value).unwrap();
        assert_eq!(
            stored,
            serde_json::json!({"a": {"b": "x"}, "p": 1, "q": 2, "r": 3, "z": 4})
        );
    }
}

/// Another writer creates the versions 2 and 3, and version 3 equals version 1. Either version 3
/// restores the old value on purpose, or its writer has not read version 2. The command cannot know
/// which is true, so it reports an error.
#[test]
fn a_change_that_may_be_lost_is_an_error() {
    for test in new_at_all_servers("race-doubt") {
        let name = test.parameter("json");
        put_parameter(test.peer, &name, ParameterType::String, "{\"z\":1}");
        let (peer, other_id) = (test.peer, name.clone());
        let other = move || {
            for text in ["{\"z\":2}", "{\"z\":1}"] {
                put_parameter(peer, &other_id, ParameterType::String, text);
            }
        };
        let url = start_proxy(test.peer, "AmazonSSM.PutParameter", other);
        let mut command = test.command(&["set", "in_json"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"x")
            .assert_code(1)
            .assert_stderr(
                "Version 4 has this change of `a.b`, but possibly not the changes of versions 2 and 3",
            )
            .assert_stderr("aws ssm get-parameter-history");
        assert_eq!(
            get_parameter(test.peer, &name).unwrap().value,
            "{\"z\":1,\"a\": {\"b\": \"x\"}}"
        );
    }
}

/// Fields whose sources are keys of one parameter.
#[derive(StageConfig)]
#[stage(
    prod = "/write/{stage}/keys#{field}",
    fallback = "/write/{stage}/keys#{field}"
)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Keys {
    one: String,
    two: String,
    three: String,
    four: String,
}

/// In every order of the writes, all four values exist, or at least one command reports that
/// changes may be lost.
#[test]
fn four_concurrent_commands_lose_no_value_without_a_report() {
    for test in new_at_all_servers("race-four") {
        let name = test.parameter("keys");
        put_parameter(test.peer, &name, ParameterType::String, "{}");
        let commands = ["one", "two", "three", "four"].map(|field| {
            let mut command = test.command_for::<Keys>(&["set", field]);
            std::thread::spawn(move || run_command(&mut command, b"new"))
        });
        let outputs = commands.map(|command| command.join().expect("the thread does not panic"));
        let last = get_parameter(test.peer, &name).unwrap().value;
        let uncertain = outputs.iter().filter(|output| output.code != Some(0));
        for output in uncertain.clone() {
            assert!(
                output
                    .stderr
                    .contains("but possibly not the changes of version"),
                "{}",
                output.stderr
            );
        }
        let lost = ["one", "two", "three", "four"]
            .iter()
            .filter(|key| !last.contains(&format!("\"{key}\": \"new\"")));
        assert!(lost.count() == 0 || uncertain.count() > 0, "{last}");
    }
}

#[test]
fn a_concurrent_value_of_the_same_key_is_kept() {
    for test in new_at_all_servers("race-same") {
        let name = test.parameter("json");
        put_parameter(test.peer, &name, ParameterType::String, "{\"z\":1}");
        let (peer, other_id) = (test.peer, name.clone());
        let theirs = "{\"z\":1,\"a\":{\"b\":\"theirs\"}}";
        let other = move || put_parameter(peer, &other_id, ParameterType::String, theirs);
        let url = start_proxy(peer, "AmazonSSM.PutParameter", other);
        let mut command = test.command(&["set", "in_json"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"ours")
            .assert_code(1)
            .assert_stderr("their value stays");
        assert_eq!(
            get_parameter(peer, &name).unwrap().value,
            "{\"z\":1,\"a\": {\"b\": \"theirs\"}}"
        );
    }
}

#[test]
fn a_concurrently_created_value_is_not_overwritten() {
    for test in new_at_all_servers("race-new") {
        let (peer, name, id) = (test.peer, test.parameter("name"), test.secret("whole"));
        let other_id = name.clone();
        let other = move || put_parameter(peer, &other_id, ParameterType::String, "theirs");
        let url = start_proxy(peer, "AmazonSSM.PutParameter", other);
        let mut command = test.command(&["set", "name"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"ours")
            .assert_code(1)
            .assert_stderr("exists")
            .assert_stderr("add `--overwrite` to replace it");
        assert_eq!(get_parameter(peer, &name).unwrap().value, "theirs");
        let other_id = id.clone();
        let url = start_proxy(peer, "secretsmanager.CreateSecret", move || {
            create_secret(peer, &other_id, "theirs")
        });
        let mut command = test.command(&["set", "whole"]);
        run_command(command.env("AWS_ENDPOINT_URL", url), b"ours")
            .assert_code(1)
            .assert_stderr("exists");
        assert_eq!(get_secret(peer, &id).unwrap().0, "theirs");
    }
}

/// A sent request cannot be cancelled, so the command must not report that nothing was changed.
#[cfg(unix)]
#[test]
fn ctrl_c_during_a_write_waits_for_the_answer() {
    for test in new_at_all_servers("ctrl-c-late") {
        let (sender, receiver) = mpsc::channel::<u32>();
        let url = start_proxy(test.peer, "AmazonSSM.PutParameter", move || {
            let process = receiver
                .recv()
                .expect("the test sends the process id")
                .to_string();
            assert!(
                Command::new("kill")
                    .args(["-INT", &process])
                    .status()
                    .expect("`kill` runs")
                    .success()
            );
        });
        let input = test.package.write("value", "x");
        let mut command = test.command(&["set", "name"]);
        command
            .env("AWS_ENDPOINT_URL", url)
            .stdin(std::fs::File::open(input).expect("the input file exists"));
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        sender
            .send(child.id())
            .expect("the server waits for the id");
        let output = child.wait_with_output().expect("the command ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("nothing was changed"), "{stderr}");
        assert!(
            [Some(0), Some(130)].contains(&output.status.code()),
            "{stderr}"
        );
        assert_eq!(
            get_parameter(test.peer, &test.parameter("name"))
                .expect("the parameter was written")
                .value,
            "x"
        );
    }
}
