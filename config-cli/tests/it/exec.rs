//! `cargo stage exec`: the environment of the program, and the cases in which no program starts.
//! The program replaces the process of the command.

mod stage_variable;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::package::{COMMAND, Package, RunOutput, cargo, run_command};
use crate::support::peers::{moto, roto};
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::store_clients::StoreClients;
use crate::support::transfer_config::{TextsConfig, command, command_for, fill_stage};
use crate::support::{artifact, transfer_config};

/// Returns `cargo stage exec`, which runs `script` in a shell with the values of the stage.
fn sh(package: &Package, stage: &str, options: &[&str], script: &str) -> Command {
    command(
        package,
        roto(),
        &[
            &["exec", "--stage", stage],
            options,
            &["--", "sh", "-c", script],
        ]
        .concat(),
    )
}

fn new_filled_package(stage: &str) -> Package {
    fill_stage(roto(), stage);
    Package::new("")
}

#[test]
fn values_are_in_the_environment() {
    for peer in [moto(), roto()] {
        let stage = "t-environment";
        fill_stage(peer, stage);
        StoreClients::new(peer)
            .create_binary_secret("move/t-environment/blob", &[0, 159, 146, 150]);
        let script = r#"printf '%s\n' "$STRIPE_KEY" "$TABLE_NAME" "$PORT" "$MAIL_HOST" "$MAIL_PASSWORD" "$BLOB" "${NOTE-unset}" "${TIMEOUT_S-unset}""#;
        let package = Package::new("");
        let mut exec = command(
            &package,
            peer,
            &["exec", "--stage", stage, "--", "sh", "-c", script],
        );
        // The shell in which the user runs the command still has variables of another stage.
        let ran =
            run_command(exec.env("NOTE", "another stage's").env("PORT", "1"), b"").assert_code(0);
        let expected = [
            SECRET,
            "orders",
            "8080",
            "smtp.example.com",
            SECRET,
            "AJ+Slg==",
            "unset",
            "unset",
        ];
        assert_eq!(
            ran.stdout.lines().collect::<Vec<_>>(),
            expected,
            "{}",
            peer.name
        );
        let ran = ran
            .assert_stderr("left out, since the program uses its default: timeout_s\n")
            .assert_stderr("in base64: blob\n");
        assert_clean(
            "standard error",
            &ran.assert_stderr("because the stage has no value for them: NOTE\n")
                .stderr,
        );
    }
}

#[test]
fn variable_names_can_be_chosen() {
    let package = new_filled_package("t-names");
    let options = ["--prefix", "SHOP_", "--name", "mail.password=SMTP_PASSWORD"];
    let script = r#"printf '%s\n' "$SHOP_TABLE_NAME" "$SMTP_PASSWORD" "${TABLE_NAME-unset}""#;
    let ran = run_command(&mut sh(&package, "t-names", &options, script), b"").assert_code(0);
    assert_eq!(ran.stdout, format!("orders\n{SECRET}\nunset\n"));
}

#[test]
fn colliding_variable_names_are_refused() {
    let package = new_filled_package("t-collision");
    let options = [
        "--name",
        "port=TABLE_NAME",
        "--name",
        "prot=X",
        "--name",
        &format!("note={SECRET}"),
    ];
    let ran = run_command(
        &mut sh(&package, "t-collision", &options, "echo started"),
        b"",
    )
    .assert_code(2);
    let ran = ran
        .assert_stderr("the fields `port`, `table_name` share the variable TABLE_NAME")
        .assert_stderr("did you mean `port`?");
    assert_eq!(ran.stdout, "");
    assert_clean("--name", &ran.stderr);
}

#[test]
fn an_env_file_takes_precedence_over_the_stage() {
    let package = new_filled_package("t-env-file");
    package.write("own.env", "PORT=1\nEXTRA='two words'\nTIMEOUT_S=5\n");
    let script = r#"printf '%s\n' "$PORT" "$EXTRA" "$TIMEOUT_S" "$TABLE_NAME""#;
    let ran = run_command(
        &mut sh(&package, "t-env-file", &["--env-file", "own.env"], script),
        b"",
    )
    .assert_code(0);
    assert_eq!(ran.stdout, "1\ntwo words\n5\norders\n");
}

#[test]
fn pristine_passes_no_other_variables() {
    let package = new_filled_package("t-pristine");
    let mut exec = command(
        &package,
        roto(),
        &[
            "exec",
            "--stage",
            "t-pristine",
            "--pristine",
            "--",
            "/usr/bin/env",
        ],
    );
    let ran = run_command(exec.env("OTHER", "1"), b"").assert_code(0);
    let mut names: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "MAIL_HOST",
            "MAIL_PASSWORD",
            "PORT",
            "STRIPE_KEY",
            "TABLE_NAME",
            "stage"
        ]
    );
}

#[test]
fn exit_status_and_signals_are_passed_through() {
    let package = new_filled_package("t-status");
    let run_script = |script: &str| {
        sh(&package, "t-status", &[], script)
            .output()
            .expect("the command starts")
    };
    assert_eq!(run_script("exit 7").status.code(), Some(7));
    assert_eq!(
        run_script("kill -TERM $$; echo survived").status.signal(),
        Some(15)
    );
    // `cargo stage` itself ignores SIGPIPE, but the program must not inherit the ignored signal.
    let piped = run_script("kill -PIPE $$; echo survived");
    assert_eq!(piped.status.signal(), Some(13), "{piped:?}");
}

#[test]
fn exec_replaces_the_process() {
    let package = new_filled_package("t-replaced");
    let mut exec = sh(&package, "t-replaced", &[], "echo $$; exec cat");
    let mut child = exec
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut output = BufReader::new(child.stdout.take().expect("the stream is a pipe"));
    let mut line = String::new();
    output
        .read_line(&mut line)
        .expect("the program prints its process id");
    assert_eq!(line.trim(), child.id().to_string());
    // The program owns standard input and receives the signal.
    let mut input = child.stdin.take().expect("the stream is a pipe");
    input.write_all(b"passed on\n").expect("cat reads");
    line.clear();
    output.read_line(&mut line).expect("cat answers");
    assert_eq!(line, "passed on\n");
    let killed = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("`kill` exists");
    assert!(killed.success());
    assert_eq!(
        child.wait().expect("a child can be waited for").signal(),
        Some(15)
    );
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("the pipe ends");
    assert_eq!(rest, "");
}

/// Like `nohup`, the shell starts the command with SIGHUP ignored. The program must inherit the
/// ignored signal.
#[test]
fn an_ignored_signal_stays_ignored() {
    let package = new_filled_package("t-nohup");
    let exec = sh(&package, "t-nohup", &[], "kill -HUP $$; echo survived");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(exec.get_program())
        .args(exec.get_args());
    shell.env_clear().envs(
        exec.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell
        .env("PATH", std::env::var_os("PATH").expect("PATH is set"))
        .current_dir(package.path());
    assert_eq!(
        run_command(&mut shell, b"").assert_code(0).stdout,
        "survived\n"
    );
}

#[test]
fn ctrl_c_reaches_the_program() {
    let package = new_filled_package("t-ctrl-c");
    let script = "trap 'echo caught; exit 3' INT; echo ready; cat";
    // If the tests run in the background, they inherit an ignored SIGINT. A shell cannot reset it,
    // but `env` can.
    let mut terminal = start_terminal(
        "exec env --default-signal=INT \"$@\"",
        &sh(&package, "t-ctrl-c", &[], script),
    );
    terminal.exp_string("ready").expect("the program starts");
    terminal
        .send_control('c')
        .expect("the terminal accepts Ctrl-C");
    let (screen, code) = wait_for_end(terminal);
    assert!(screen.contains("caught"), "{screen}");
    assert!(!screen.contains("interrupted"), "{screen}");
    assert_eq!(code, 3, "{screen}");
}

#[test]
fn exec_works_the_same_through_cargo() {
    let package = new_filled_package("t-by-cargo");
    let folder = Path::new(COMMAND)
        .parent()
        .expect("the command is in a folder")
        .to_path_buf();
    let paths = std::env::var_os("PATH").expect("PATH is set");
    let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&paths)))
        .expect("paths join");
    for (script, code, signal) in [("exit 7", Some(7), None), ("kill -TERM $$", None, Some(15))] {
        let exec = sh(&package, "t-by-cargo", &[], script);
        let mut by_cargo = Command::new(cargo());
        by_cargo.args(exec.get_args()).envs(
            exec.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let status = by_cargo
            .env("PATH", &path)
            .current_dir(package.path())
            .status()
            .expect("cargo starts");
        assert_eq!((status.code(), status.signal()), (code, signal), "{script}");
    }
}

#[test]
fn a_program_that_cannot_be_run_is_an_error() {
    let package = new_filled_package("t-no-program");
    package.write("text", "no program");
    let run_program = |program: &str| {
        let mut exec = command(
            &package,
            roto(),
            &["exec", "--stage", "t-no-program", "--", program, SECRET],
        );
        let ran = run_command(&mut exec, b"");
        assert_clean(program, &ran.stderr);
        ran
    };
    run_program("no-such-program-anywhere")
        .assert_code(127)
        .assert_stderr("no-such-program-anywhere cannot be run");
    run_program("./text")
        .assert_code(126)
        .assert_stderr("Permission denied");
}

/// All problems of the stage are reported, and no program starts.
#[test]
fn no_program_starts_if_the_stage_is_incomplete() {
    for peer in [moto(), roto()] {
        let clients = StoreClients::new(peer);
        clients.put_string("/move/t-incomplete/port", DIGITS);
        clients.put_secure_string("/move/t-incomplete/stripe_key", SECRET);
        clients.create_secret(
            "move/t-incomplete/mail",
            &format!(r#"{{"pass":"{SECRET}"}}"#),
        );
        let package = Package::new("");
        let mut exec = command(
            &package,
            peer,
            &["exec", "--stage", "t-incomplete", "--", "touch", "started"],
        );
        let ran = run_command(&mut exec, b"")
            .assert_code(1)
            .assert_stderr("4 fields could not be resolved");
        let ran = ran
            .assert_stderr("table_name: missing")
            .assert_stderr("port: undecodable")
            .assert_stderr("mail.host: missing");
        let ran = ran.assert_stderr("mail.password: missing");
        assert_clean(peer.name, &ran.stderr);
        assert!(!package.path().join("started").exists());
    }
}

#[test]
fn no_program_starts_if_the_server_is_unreachable() {
    let package = Package::new("");
    let mut exec = command(
        &package,
        roto(),
        &["exec", "--stage", "t-away", "--", "touch", "started"],
    );
    exec.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_MAX_ATTEMPTS", "1");
    run_command(&mut exec, b"")
        .assert_code(2)
        .assert_stderr("\n  unavailable: the connection was refused (");
    assert!(!package.path().join("started").exists());
}

#[test]
fn a_zero_byte_is_refused_with_the_name_of_its_field() {
    let package = Package::new("");
    StoreClients::new(roto()).create_secret("move-texts/t-nul", r#"{"b":"x\u0000y","c":"fine"}"#);
    let arguments = ["exec", "--stage", "t-nul", "--", "touch", "started"];
    let mut exec = command_for(
        &package,
        roto(),
        &artifact::write_artifact::<TextsConfig>(),
        &arguments,
    );
    run_command(&mut exec, b"")
        .assert_code(1)
        .assert_stderr("a variable cannot contain the byte 0, which is in `b`");
    assert!(!package.path().join("started").exists());
}

#[test]
fn a_missing_command_and_a_misspelled_stage_are_refused() {
    let package = Package::new("");
    let run_verb = |arguments: &[&str]| -> RunOutput {
        run_command(&mut package.verb_command(arguments), b"")
    };
    run_verb(&["exec", "--stage", "dev"])
        .assert_code(2)
        .assert_stderr("<COMMAND>");
    let artifact = transfer_config::write_artifact();
    let artifact = artifact.to_str().expect("the path is text");
    run_verb(&[
        "exec",
        "--artifact",
        artifact,
        "--stage",
        "prdo",
        "--",
        "true",
    ])
    .assert_code(2)
    .assert_stderr("prdo");
}
