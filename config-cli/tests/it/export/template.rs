//! `export --template`, and the import of the filled file.

use super::*;

/// Runs a command for `TransferConfig`.
fn run(package: &Package, arguments: &[&str]) -> RunOutput {
    run_command(&mut command(package, roto(), arguments), b"")
}

/// Writes the template of a stage, and returns its text. No server listens at the endpoint, because
/// a template needs no request.
fn write_template(package: &Package, stage: &str, file: &str) -> String {
    let arguments = ["export", "--template", "--stage", stage, "-o", file];
    let mut command = command(package, roto(), &arguments);
    run_command(command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1"), b"")
        .assert_code(0)
        .assert_stderr(&format!(
            "{file}: a template for 8 fields of the stage `{stage}`"
        ));
    let mode = fs::metadata(package.path().join(file)).expect("it exists");
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    package.read(file)
}

#[test]
fn a_filled_template_is_imported() {
    for (stage, file, entries) in [
        (
            "t-template",
            "stage.env",
            [
                ("STRIPE_KEY=", format!("STRIPE_KEY='{SECRET}'")),
                ("PORT=", "PORT=8080".to_owned()),
                ("MAIL_HOST=", "MAIL_HOST=smtp.example.com".to_owned()),
            ],
        ),
        (
            "t-template-2",
            "stage.yaml",
            [
                ("stripe_key: \"\"", format!("stripe_key: '{SECRET}'")),
                ("port: \"\"", "port: 8080".to_owned()),
                ("host: \"\"", "host: smtp.example.com".to_owned()),
            ],
        ),
    ] {
        let package = Package::new("");
        let mut text = write_template(&package, stage, file);
        for (empty, filled) in entries {
            assert!(text.contains(empty), "{empty} is not in: {text}");
            text = text.replacen(&format!("{empty}\n"), &format!("{filled}\n"), 1);
        }
        package.write(file, text);
        let ran = run(&package, &["import", file, "--stage", stage, "--yes"]).assert_code(0);
        assert_clean("the import", &format!("{}{}", ran.stdout, ran.stderr));
        ran.assert_stderr(
            "note: empty in the file, and not written: blob, mail.password, note, table_name, \
             timeout_s",
        );
        let clients = StoreClients::new(roto());
        for (name, value) in [("port", "8080"), ("mail/host", "smtp.example.com")] {
            let stored = clients.get_parameter(&format!("/move/{stage}/{name}"));
            assert_eq!(stored.map(|(value, ..)| value).as_deref(), Some(value));
        }
        assert_eq!(clients.get_parameter(&format!("/move/{stage}/note")), None);
    }
}

#[test]
fn an_unfilled_template_is_not_imported() {
    let package = Package::new("");
    for file in ["stage.env", "stage.yaml"] {
        write_template(&package, "t-template-3", file);
        run(
            &package,
            &["import", file, "--stage", "t-template-3", "--yes"],
        )
        .assert_code(2)
        .assert_stderr(&format!("{file}: every value is empty"));
    }
}

#[test]
fn a_template_describes_each_field() {
    let text = write_template(&Package::new(""), "t-template-4", "stage.yaml");
    for expected in [
        "# The values of the stage `t-template-4` of `TransferConfig`.",
        "#   cargo stage import stage.yaml --stage t-template-4 --artifact ",
        "\n# stripe_key: SecretString, secret, required\n# written to /move/t-template-4/stripe_key\nstripe_key: \"\"\n",
        "\n# note: Option<String>, optional\n",
        "\n# timeout_s: u64, by default 30\n",
        "\nmail:\n  # mail.host: String, required\n  # written to /move/t-template-4/mail/host\n  host: \"\"\n",
        "\n  # mail.password: SecretString, secret, required\n  # written to \
         secret:move/t-template-4/mail#password\n  password: \"\"\n",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in: {text}");
    }
}

#[test]
fn the_command_in_a_template_names_a_format_that_the_file_name_does_not_show() {
    let package = Package::new("");
    for (file, options, format) in [
        ("p2.txt", &[][..], " --format dotenv"),
        ("new.dotenv", &["--format", "dotenv"], " --format dotenv"),
        ("values", &["--format", "yaml"], " --format yaml"),
        ("odd.yaml", &["--format", "dotenv"], " --format dotenv"),
        ("plain.env", &["--format", "dotenv"], ""),
        ("plain.yml", &[], ""),
    ] {
        let arguments = ["export", "--template", "--stage", "dev", "-o", file];
        run(&package, &[&arguments[..], options].concat()).assert_code(0);
        let text = package.read(file);
        let expected = format!("  cargo stage import {file} --stage dev{format} --artifact ");
        assert!(text.contains(&expected), "{expected:?} is not in: {text}");
        run(&package, &["import", file, "--stage", "dev"])
            .assert_code(2)
            .assert_stderr(match format {
                "" => "every value is empty",
                _ if file == "odd.yaml" => file,
                _ => "does not show its format",
            });
    }
}

#[test]
fn a_template_is_in_a_format_that_import_reads() {
    let package = Package::new("");
    for (options, message) in [
        (["--format", "json"], "JSON has no comments"),
        (
            ["--format", "github"],
            "`import`, which does not read this format",
        ),
        (
            ["-o", "x.tfvars"],
            "`import`, which does not read this format",
        ),
    ] {
        let arguments = ["export", "--template", "--stage", "dev"];
        run(&package, &[&arguments[..], &options].concat())
            .assert_code(2)
            .assert_stderr(message)
            .assert_stderr("use --format dotenv or --format yaml");
    }
    let arguments = ["export", "--template", "--stage", "dev", "--prefix", "P_"];
    let ran = run(&package, &arguments).assert_code(0);
    assert!(
        ran.stdout.contains("\nP_MAIL_HOST=\n") && ran.stdout.contains(" --prefix P_"),
        "{}",
        ran.stdout
    );
}

/// A struct with an optional nested struct.
#[derive(stage_config::StageConfig)]
#[stage(dev = "/optional/dev/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Optional {
    #[config(nested)]
    mail: Option<Mail>,
}

#[derive(stage_config::StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Mail {
    /// The server
    /// of the mail.
    host: String,
}

#[test]
fn a_field_of_an_optional_struct_is_required_only_if_the_struct_has_a_value() {
    let artifact = artifact::write_artifact::<Optional>();
    let arguments = ["export", "--template", "--stage", "dev", "--format", "yaml"];
    let package = Package::new("");
    let ran = run_command(
        &mut command_for(&package, roto(), &artifact, &arguments),
        b"",
    )
    .assert_code(0);
    let expected = "mail:\n  # The server\n  # of the mail.\n  # mail.host: String, required if \
                    `mail` has any value\n  # written to /optional/dev/mail/host\n  host: \"\"\n";
    assert!(ran.stdout.contains(expected), "{}", ran.stdout);
}
