//! `cargo stage copy` writes the values that one stage lacks and another one has. It copies secrets
//! only with `--secrets`, and replaces values only with `--overwrite`. Some tests also run `diff`
//! or `import`.

use std::sync::Barrier;

use aws_sdk_ssm::types::ParameterType;
use serde_json::json;

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::endpoint::{
    Answer, Endpoint, Parameter, Parameters, Request, Secret, Secrets, answer, caller,
    is_caller_request,
};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{ACCOUNT, Peer, moto, roto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;
use crate::support::transfer_config::{command, fill_stage};

fn copy(package: &Package, peer: &Peer, arguments: &[&str]) -> RunOutput {
    let arguments = [&["copy"], arguments].concat();
    let ran = run_command(&mut command(package, peer, &arguments), b"");
    assert_clean(
        &arguments.join(" "),
        &format!("{}{}", ran.stdout, ran.stderr),
    );
    ran
}

#[test]
fn copy_writes_the_values_that_the_target_lacks() {
    for peer in [moto(), roto()] {
        let (clients, package) = (StoreClients::new(peer), Package::new(""));
        fill_stage(peer, "t-co-from");
        clients.put_string("/move/t-co-to/port", "1");
        let text = |name: &str| {
            clients
                .get_parameter(&format!("/move/t-co-to/{name}"))
                .map(|(text, ..)| text)
        };

        let ran = copy(&package, peer, &["t-co-from", "t-co-to", "--yes"]).assert_code(0);
        assert_eq!(
            ran.stdout
                .matches("a secret: `--secrets` copies it")
                .count(),
            2,
            "{}",
            ran.stdout
        );
        assert_eq!(ran.stdout.matches(" new").count(), 2, "{}", ran.stdout);
        assert_eq!(
            text("table_name").as_deref(),
            Some("orders"),
            "{}",
            peer.name
        );
        assert_eq!(text("mail/host").as_deref(), Some("smtp.example.com"));
        assert_eq!(
            text("port").as_deref(),
            Some("1"),
            "the existing value must stay"
        );
        assert_eq!(text("stripe_key"), None);

        let ran = copy(
            &package,
            peer,
            &["t-co-from", "t-co-to", "--yes", "--secrets"],
        )
        .assert_code(0);
        ran.assert_stderr(
            "note: secrets that `t-co-from` and `t-co-to` share, which `check` warns about: \
             stripe_key, mail.password",
        );
        let stripe = clients
            .get_parameter("/move/t-co-to/stripe_key")
            .map(|(text, kind, _)| (text, kind));
        assert_eq!(
            stripe,
            Some((SECRET.to_owned(), ParameterType::SecureString))
        );
        let mail = clients
            .get_secret_text("move/t-co-to/mail")
            .expect("the secret was created");
        assert_eq!(
            mail,
            format!(r#"{{"password": "{SECRET}"}}"#),
            "only the key that the field names must be copied"
        );
        copy(&package, peer, &["t-co-from", "t-co-to", "--secrets"])
            .assert_code(0)
            .assert_stderr("there is nothing to write");
    }
}

#[test]
fn copy_writes_only_the_named_fields() {
    let (clients, package) = (StoreClients::new(roto()), Package::new(""));
    fill_stage(roto(), "t-co-named");
    clients.put_string("/move/t-co-named-to/port", "1");
    let copy_fields = |rest: &[&str]| {
        copy(
            &package,
            roto(),
            &[&["t-co-named", "t-co-named-to", "--yes"], rest].concat(),
        )
    };
    let port = || {
        clients
            .get_parameter("/move/t-co-named-to/port")
            .map(|(text, ..)| text)
    };

    copy_fields(&["port", "table_name"])
        .assert_code(1)
        .assert_stderr("1 of 2 would replace an existing value");
    assert_eq!(port().as_deref(), Some("1"));
    copy_fields(&["port", "--overwrite"])
        .assert_code(0)
        .assert_stderr("port is written: /move/t-co-named-to/port, version 2");
    assert_eq!(port().as_deref(), Some("8080"));
    assert_eq!(
        clients.get_parameter("/move/t-co-named-to/table_name"),
        None,
        "the field was not named"
    );
    copy_fields(&["port"])
        .assert_code(0)
        .assert_stderr("there is nothing to write");

    copy_fields(&["prot", "nothing_like_it"])
        .assert_code(2)
        .assert_stderr("no field `prot`")
        .assert_stderr("did you mean `port`?")
        .assert_stderr("there is no such field: expected one of");
    copy_fields(&["mail"])
        .assert_code(2)
        .assert_stderr("`mail` is a struct: name one of its fields: `mail.");
    copy_fields(&["stripe_key"])
        .assert_code(1)
        .assert_stderr("secrets are not copied: `stripe_key`")
        .assert_stderr("`--secrets`");
    copy_fields(&["note"])
        .assert_code(1)
        .assert_stderr("`note` has no value in the stage `t-co-named`");
    copy_fields(&["timeout_s"])
        .assert_code(1)
        .assert_stderr("the program's default applies there");
    copy_fields(&["--overwrite"])
        .assert_code(2)
        .assert_stderr("--overwrite needs the names of the fields");
}

#[test]
fn a_binary_secret_is_copied_as_binary() {
    let (clients, package) = (StoreClients::new(roto()), Package::new(""));
    fill_stage(roto(), "t-co-bytes");
    clients.create_binary_secret("move/t-co-bytes/blob", &[0, 159, 146, 150]);
    copy(
        &package,
        roto(),
        &["t-co-bytes", "t-co-bytes-to", "blob", "--secrets", "--yes"],
    )
    .assert_code(0);
    let exported = run_command(
        &mut command(
            &package,
            roto(),
            &["export", "--stage", "t-co-bytes-to", "--incomplete"],
        ),
        b"",
    );
    assert!(exported.assert_code(0).stdout.contains("BLOB='AJ+Slg=='\n"));
    assert_eq!(
        clients.get_secret_text("move/t-co-bytes-to/blob"),
        None,
        "a SecretBinary has no text"
    );
}

#[test]
fn a_stage_is_not_copied_to_itself() {
    let package = Package::new("");
    copy(&package, roto(), &["t-co-same", "t-co-same"])
        .assert_code(2)
        .assert_stderr("both stages are `t-co-same`");
    copy(&package, roto(), &["dev", "prdo"])
        .assert_code(2)
        .assert_stderr("prdo");
}

#[test]
fn a_copy_at_a_terminal_asks_first() {
    fill_stage(roto(), "t-co-asked");
    let package = Package::new("");
    let copy = command(&package, roto(), &["copy", "t-co-asked", "t-co-asked-to"]);
    for (answer, expected_code) in [("n", 1), ("y", 0)] {
        let mut terminal = start_terminal("exec \"$@\"", &copy);
        let screen = terminal
            .exp_string("Write 3 values into the stage `t-co-asked-to`? [y/N] ")
            .expect("the command asks");
        assert_clean("the terminal", &screen);
        terminal
            .send_line(answer)
            .expect("the terminal accepts a line");
        let (screen, code) = wait_for_end(terminal);
        assert_eq!(code, expected_code, "{screen}");
        let written = StoreClients::new(roto())
            .get_parameter("/move/t-co-asked-to/port")
            .is_some();
        assert_eq!(written, answer == "y");
    }
}

/// The destination denies all reads. The error names only the fields that the command would write,
/// so it does not name the secrets, for which the source stage has no value.
#[test]
fn a_destination_that_denies_reads_is_an_error() {
    let package = Package::new("");
    let values = [
        ("/move/t-co-read/table_name", "orders"),
        ("/move/t-co-read/port", "8080"),
        ("/move/t-co-read/mail/host", "smtp.example.com"),
    ];
    let parameters = Parameters::texts(values);
    let endpoint = Endpoint::start(move |request| {
        let is_denied = request
            .names
            .iter()
            .any(|name| name.contains("t-co-denied"));
        if is_denied {
            let action = format!("ssm:{}", request.operation);
            return Answer::not_authorized(
                &action,
                "arn:aws:ssm:eu-west-1:123456789012:parameter/x",
            );
        }
        answer(request, &parameters, &Secrets::texts([]))
    });
    for rest in [&["--yes"][..], &["port", "--overwrite", "--yes"]] {
        let arguments = [&["copy", "t-co-read", "t-co-denied"], rest].concat();
        let mut command = command(&package, roto(), &arguments);
        let ran = run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"");
        let ran = ran.assert_code(2).assert_stderr("denied");
        assert!(!ran.stderr.contains("stripe_key"), "{}", ran.stderr);
    }
    let has_write = endpoint
        .requests()
        .iter()
        .any(|request| request.operation.starts_with("Put"));
    assert!(!has_write);
}

/// The endpoint answers a request for the parameters of one stage only after the same request for
/// the other stage has arrived.
#[test]
fn both_stages_are_read_concurrently() {
    let package = Package::new("");
    let (mut parameters, mut secrets) = (Parameters::default(), Secrets::default());
    for stage in ["t-co-one", "t-co-two"] {
        for (name, text) in [("table_name", "orders"), ("port", "1"), ("mail/host", "x")] {
            parameters = parameters.with(&format!("/move/{stage}/{name}"), Parameter::text(text));
        }
        let key = format!("/move/{stage}/stripe_key");
        parameters = parameters.with(&key, Parameter::secure(SECRET));
        let mail = format!(r#"{{"password":"{SECRET}"}}"#);
        secrets = secrets.with(&format!("move/{stage}/mail"), Secret::text(&mail));
    }
    let both = Barrier::new(2);
    let endpoint = Endpoint::start(move |request| {
        if request.operation == "GetParameters" {
            both.wait();
        }
        answer(request, &parameters, &secrets)
    });
    let reads = || {
        let requests = endpoint.requests();
        let is_read = |request: &&Request| request.operation == "GetParameters";
        requests.iter().filter(is_read).count()
    };
    // `total` counts the reads of the verb and of the verbs before it.
    for (verb, total) in [("copy", 2), ("diff", 4)] {
        let mut command = command(&package, roto(), &[verb, "t-co-one", "t-co-two"]);
        let ran = run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"");
        assert_clean(verb, &format!("{}{}", ran.stdout, ran.stderr));
        ran.assert_code(0);
        // If the command read one stage after the other, the first request would time out. Its
        // retry would then be the second request at the barrier. The number of requests shows that
        // there was no retry.
        assert_eq!(reads(), total, "{verb}: each stage is read once");
    }
}

/// Cargo.toml names an account, so the command asks AWS for the account of its credentials once for
/// each connection. The number of these requests is the number of connections: one for each stage.
#[test]
fn a_stage_is_read_and_written_over_one_connection() {
    let package = Package::new(&format!(
        "[package.metadata.stage.\"*\"]\naccount = \"{ACCOUNT}\"\n"
    ));
    for (arguments, callers) in [
        (
            &["copy", "t-co-once", "t-co-once-to", "table_name", "port"][..],
            2,
        ),
        (
            &[
                "import",
                "-",
                "--format",
                "dotenv",
                "--stage",
                "t-co-once-to",
            ],
            1,
        ),
    ] {
        let endpoint = Endpoint::start(|request| match request.operation.as_str() {
            _ if is_caller_request(request) => caller(ACCOUNT),
            "PutParameter" => Answer::json(&json!({ "Version": 1, "Tier": "Standard" })),
            "GetParameters" => {
                let is_found = |name: &&String| name.starts_with("/move/t-co-once/");
                let (found, missing): (Vec<_>, Vec<_>) = request.names.iter().partition(is_found);
                let to_parameter =
                    |name| json!({ "Name": name, "Type": "String", "Value": "1", "Version": 1 });
                let found: Vec<_> = found.into_iter().map(to_parameter).collect();
                Answer::json(&json!({ "Parameters": found, "InvalidParameters": missing }))
            }
            _ => Answer::error(400, "ResourceNotFoundException", "there is none"),
        });
        let mut command = command(&package, roto(), &[arguments, &["--yes"]].concat());
        command.env("AWS_ENDPOINT_URL", &endpoint.url);
        run_command(&mut command, b"TABLE_NAME=orders\nPORT=1\n").assert_code(0);
        let requests = endpoint.requests();
        let count = |is_counted: &dyn Fn(&Request) -> bool| {
            requests
                .iter()
                .filter(|request| is_counted(request))
                .count()
        };
        assert_eq!(count(&is_caller_request), callers, "{arguments:?}");
        let writes = count(&|request| request.operation == "PutParameter");
        assert_eq!(writes, 2, "{arguments:?}");
    }
}

/// Each command waits until its read times out. To shorten the test, both commands run at the same
/// time.
#[test]
fn the_cause_of_an_unreachable_endpoint_is_printed_once() {
    let package = Package::new("");
    let run = |arguments: &[&str]| {
        let mut command = command(&package, roto(), arguments);
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        let ran = run_command(&mut command, b"TABLE_NAME=orders\nPORT=8080\n").assert_code(2);
        let causes = ran.stderr.matches("the connection was refused").count();
        assert_eq!(causes, 1, "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| run(&["copy", "t-co-away", "t-co-away-to", "--yes"]));
        scope.spawn(|| {
            let format = ["import", "-", "--format", "dotenv"];
            run(&[&format[..], &["--stage", "t-co-away", "--yes"]].concat());
        });
    });
}
