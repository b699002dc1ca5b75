//! Runs the built examples as a user would. `payments` also runs against two servers.

use std::process::Command;

use crate::support::aws::{self, Seed};
use crate::support::child::{self, ChildOutput};
use crate::support::peers::{self, Peer};
use crate::support::{environment, target};

/// Runs an example that `cargo test --workspace` has built for this test.
pub(crate) fn run(example: &str, arguments: &[&str], variables: &[(&str, String)]) -> ChildOutput {
    let program = target::profile()
        .join("examples")
        .join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.is_file(),
        "{} is not built. `cargo test --workspace` builds it, `cargo test -p stage-config-tests` \
         does not",
        program.display()
    );

    let mut command = Command::new(program);
    environment::clear(&mut command);
    command
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)));
    child::run_to_end(&mut command)
}

pub(crate) fn stage_variable(name: &str) -> Vec<(&'static str, String)> {
    vec![("stage", name.to_owned())]
}

#[track_caller]
pub(crate) fn assert_prints(output: &ChildOutput, words: &[&str]) {
    assert!(output.success, "{}", output.text());
    for word in words {
        assert!(
            output.stdout.contains(word),
            "{word:?} is not in: {}",
            output.text()
        );
    }
}

#[test]
fn payments_runs_on_its_local_file() {
    for (name, table) in [
        ("dev", "payments-local"),
        ("prod", "payments-prod"),
        ("featureX", "payments-featureX"),
    ] {
        let output = run("payments", &[], &stage_variable(name));
        assert_prints(&output, &[table, "REDACTED", "LOCAL", "(secret)"]);
        assert_eq!(
            output.stdout.contains("FALLBACK"),
            name == "featureX",
            "{}",
            output.stdout
        );
        assert!(
            !output.text().contains("sk_test_local") && !output.text().contains("sk_live_local"),
            "{}",
            output.text()
        );
    }
}

#[test]
fn the_rotation_example_fetches_a_rotated_key() {
    let output = run("rotation", &[], &[]);
    assert_prints(
        &output,
        &[
            "client for shop/region v0",
            "before the refresh: rejected",
            "fetched again: charged",
            "does not change: rejected",
            "refreshed once",
        ],
    );
}

#[test]
fn payments_reports_errors() {
    for (variables, words) in [
        (vec![], "`stage` is not set"),
        (stage_variable("prodution"), "did you mean `prod`?"),
        (
            stage_variable("qa"),
            "no `preview` pattern (`pr-*`, `feature*`) matches it",
        ),
        (stage_variable("pr-1"), "has no table `[pr-1]`"),
    ] {
        let output = run("payments", &[], &variables);
        assert!(
            !output.success && output.stdout.is_empty() && output.stderr.contains(words),
            "{}",
            output.text()
        );
    }
    let output = run("payments", &["--asw"], &stage_variable("dev"));
    assert!(
        !output.success && output.stderr.contains("usage: "),
        "{}",
        output.text()
    );
}

/// Stores the values that `payments` needs in the stages `dev`, `prod` and `featureX`.
async fn seed(peer: &Peer) {
    let seed = Seed::new(peer);
    for (stage, key) in [
        ("dev", "/stripeSecretKey/test"),
        ("prod", "/stripeSecretKey/live"),
    ] {
        let name = |field: &str| format!("/payments/{stage}/{field}");
        seed.put_secure(key, &format!("planted key of {stage}"))
            .await;
        seed.put_secure(
            &name("db"),
            &format!("{{\"password\":\"planted password of {stage}\"}}"),
        )
        .await;
        seed.put_text(&name("table_name"), &format!("table of {stage}"))
            .await
            .put_list(&name("allowed_ips"), "10.0.0.1,::1")
            .await;
        seed.put_text(&name("mail/host"), &format!("mail.{stage}"))
            .await
            .put_secure(&name("mail/password"), "planted")
            .await;
    }
    seed.put_text("/payments/prod/timeout_s", "5")
        .await
        .put_text("/payments/featureX/table_name", "table of featureX")
        .await;
}

async fn payments_reads_from_parameter_store(peer: &Peer) {
    seed(peer).await;
    let read = |stage: &str| {
        let mut variables = aws::variables(&peer.url);
        variables.push(("stage", stage.to_owned()));
        let output = run("payments", &["--aws"], &variables);
        assert!(
            !output.text().contains("planted"),
            "a secret is shown: {}",
            output.text()
        );
        output
    };
    let common_words = [
        "REDACTED",
        "10.0.0.1",
        "GetParameters",
        "/payments/dev/mail/host",
    ];
    assert_prints(
        &read("dev"),
        &["\"table of dev\"", "timeout_s: 30", "/stripeSecretKey/test"],
    );
    assert_prints(&read("dev"), &common_words);
    assert_prints(
        &read("prod"),
        &[
            "\"table of prod\"",
            "timeout_s: 5",
            "/stripeSecretKey/live",
            "mail.prod",
        ],
    );

    let preview = read("featureX");
    assert_prints(
        &preview,
        &[
            "\"table of featureX\"",
            "/payments/featureX/table_name",
            "FALLBACK",
            "mail.dev",
        ],
    );
    assert_prints(&preview, &common_words);
}

#[tokio::test]
async fn payments_reads_from_moto() {
    payments_reads_from_parameter_store(peers::moto()).await;
}

#[tokio::test]
async fn payments_reads_from_roto() {
    payments_reads_from_parameter_store(peers::roto()).await;
}

#[test]
fn the_other_examples_run() {
    for example in ["nested", "custom_store", "figment"] {
        assert_prints(&run(example, &[], &stage_variable("dev")), &[]);
    }
}
