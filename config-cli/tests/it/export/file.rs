//! Exports to a file: the mode of the file, and the files that remain after an export that fails or
//! is killed.

use super::*;

fn read_mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("the file exists")
        .permissions()
        .mode()
        & 0o777
}

fn list_files(package: &Package) -> Vec<String> {
    let mut names = list_names(package.path());
    names.retain(|name| name != "src" && name != "Cargo.toml");
    names
}

#[test]
fn only_the_owner_can_read_an_exported_file() {
    fill_stage(roto(), "t-file");
    let package = Package::new("");
    let run_export = |options: &[&str]| {
        let export = command(
            &package,
            roto(),
            &[&["export", "--stage", "t-file"], options].concat(),
        );
        // The umask 0 removes no permission, so the command alone determines the mode of the file.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "umask 0; exec \"$@\"", "sh"])
            .arg(export.get_program())
            .args(export.get_args());
        shell.env_clear().envs(
            export
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        shell
            .current_dir(package.path())
            .env("PATH", std::env::var_os("PATH").expect("PATH is set"));
        let ran = run_command(&mut shell, b"");
        assert_clean("export", &format!("{}{}", ran.stdout, ran.stderr));
        ran
    };
    let path = package.path().join("values.env");
    run_export(&["-o", "values.env"])
        .assert_code(0)
        .assert_stderr("values.env: 5 values of the stage `t-file`");
    assert_eq!(read_mode(&path), 0o600);

    package.write("values.env", "mine");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("the mode can be changed");
    run_export(&["-o", "values.env"])
        .assert_code(1)
        .assert_stderr("values.env exists")
        .assert_stderr("add `--overwrite` to replace it");
    assert_eq!(package.read("values.env"), "mine");
    run_export(&["-o", "values.env", "--overwrite"]).assert_code(0);
    assert_eq!(read_mode(&path), 0o600);
    assert!(package.read("values.env").contains(SECRET));

    symlink("elsewhere", package.path().join("link.env")).expect("a link can be created");
    for options in [
        ["-o", "link.env"].as_slice(),
        &["-o", "link.env", "--overwrite"],
    ] {
        run_export(options)
            .assert_code(1)
            .assert_stderr("link.env is a symbolic link");
    }
    run_export(&["-o", "no/such/folder/values.env"])
        .assert_code(1)
        .assert_stderr("values.env cannot be written");
    assert_eq!(list_files(&package), ["link.env", "values.env"]);
}

#[test]
fn an_incomplete_stage_is_not_exported() {
    let clients = StoreClients::new(roto());
    clients.put_string("/move/t-partly/table_name", "orders");
    clients.put_string("/move/t-partly/port", DIGITS);
    clients.put_secure_string("/move/t-partly/stripe_key", SECRET);
    let package = Package::new("");
    let run_export = |options: &[&str]| {
        let ran = run_command(
            &mut command(
                &package,
                roto(),
                &[&["export", "--stage", "t-partly"], options].concat(),
            ),
            b"",
        );
        assert_clean("standard error", &ran.stderr);
        ran
    };
    let refused = run_export(&["-o", "values.json"])
        .assert_code(1)
        .assert_stderr("mail.host: missing")
        .assert_stderr("mail.password: missing");
    assert!(
        !refused.stderr.contains("\n  port"),
        "a value of the wrong type must not be refused: {}",
        refused.stderr
    );
    assert_eq!(list_files(&package), Vec::<String>::new());
    let written = run_export(&["-o", "values.json", "--incomplete"]).assert_code(0);
    written.assert_stderr("left out, because they are missing: mail.host, mail.password");
    assert!(package.read("values.json").contains(DIGITS));
}

#[test]
fn ctrl_c_leaves_no_file() {
    let package = Package::new("");
    let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
    let mut export = command(
        &package,
        roto(),
        &["export", "--stage", "t-impatient", "-o", "values.env"],
    );
    export.env(
        "AWS_ENDPOINT_URL",
        format!(
            "http://{}",
            listener.local_addr().expect("a listener has an address")
        ),
    );
    let child = export
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let connection = listener.accept().expect("the command asks");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("`kill` exists");
    assert!(killed.success());
    let output = child.wait_with_output().expect("a child can be waited for");
    drop(connection);
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(list_files(&package), Vec::<String>::new());
}

/// The system kills a process that exceeds its file size limit. As with SIGKILL, no code of the
/// process runs afterwards. The limit is smaller than the content, so the process has already
/// written values when it ends. The test cannot use SIGKILL, because no other process can see when
/// an unnamed file is written.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_export_leaves_no_values() {
    use std::os::unix::process::ExitStatusExt as _;
    let long = SECRET.repeat(3000 / SECRET.len());
    let package = store_texts(roto(), "t-killed", &[("a", SECRET), ("b", &long)]);
    let export = command_for(
        &package,
        roto(),
        &artifact::write_artifact::<TextsConfig>(),
        &["export", "--stage", "t-killed", "-o", "values.env"],
    );
    let mut killed = Command::new("sh");
    killed
        .args(["-c", "ulimit -c 0; ulimit -f 1; exec \"$@\"", "sh"])
        .arg(export.get_program())
        .args(export.get_args());
    killed.env_clear().envs(
        export
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let path = std::env::var_os("PATH").expect("PATH is set");
    let output = killed
        .current_dir(package.path())
        .env("PATH", path)
        .output()
        .expect("the command starts");
    assert_eq!(
        output.status.signal(),
        Some(rustix::process::Signal::XFSZ.as_raw()),
        "{output:?}"
    );
    assert_eq!(list_files(&package), Vec::<String>::new());

    // Without the limit, the same command succeeds.
    self::export(&package, "t-killed", &["-o", "values.env"]).assert_code(0);
    assert!(
        package.read("values.env").len() > 1024,
        "the content must exceed the limit"
    );
}

/// On a file system without unnamed files, a killed export leaves a temporary file.
#[test]
fn the_next_export_removes_the_files_of_a_killed_one() {
    fill_stage(roto(), "t-left");
    let package = Package::new("");
    package.write(".tmp-cargo-stage-AbCdEf", SECRET);
    package.write(".tmp-of-another-program", "");
    let export = ["export", "--stage", "t-left", "-o", "values.env"];
    run_command(&mut command(&package, roto(), &export), b"").assert_code(0);
    assert_eq!(
        list_files(&package),
        [".tmp-of-another-program", "values.env"]
    );
}
