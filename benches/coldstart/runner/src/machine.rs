//! The machine, the versions and the commit of a measurement.

use std::{env, fs, process::Command};

use serde_json::Value;

use crate::{Error, programs};

/// The packages whose versions have an effect on the figures.
const PACKAGES: [&str; 12] = [
    "aws-config",
    "aws-lc-rs",
    "aws-sdk-kms",
    "aws-sdk-secretsmanager",
    "aws-sdk-ssm",
    "aws_secretsmanager_caching",
    "hyper",
    "ring",
    "rustls",
    "secretspec",
    "stage-config",
    "tokio",
];

/// Returns a list of the facts of this measurement, as Markdown. `what` describes the measurement
/// itself.
pub(crate) fn describe(what: &str) -> Result<String, Error> {
    let cpu_info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu_info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let date = read("date", &["-u", "+%Y-%m-%d"])?;
    let commit = read("git", &["rev-parse", "--short", "HEAD"])?;
    let rustc = read("rustc", &["--version"])?;
    let lock = fs::read_to_string(programs::folder().join("Cargo.lock"))?;
    let versions: Vec<String> = PACKAGES
        .into_iter()
        .filter_map(|name| Some(format!("{name} {}", find_version(&lock, name)?)))
        .collect();
    let facts = [
        format!("{date}, commit {commit}, {what}."),
        format!(
            "{model}, {cores} cores, {} {}.",
            env::consts::OS,
            kernel.trim()
        ),
        format!("{rustc}."),
        format!("{}.", versions.join(", ")),
    ];
    let items = facts.map(|fact| wrap(&fact));
    Ok(items.join("\n"))
}

/// Returns what the compiled code depends on: the architecture, the C library and the compiler.
pub(crate) fn describe_platform() -> Result<String, Error> {
    let libc = read("getconf", &["GNU_LIBC_VERSION"])?;
    let rustc = read("rustc", &["--version"])?;
    Ok(format!("{}, {libc}, {rustc}", env::consts::ARCH))
}

/// Returns a list of the versions of the libraries for other languages, as Markdown.
pub(crate) fn describe_peers() -> Result<String, Error> {
    let peers = programs::folder().join("peers");
    let requirements = fs::read_to_string(peers.join("python/requirements.txt"))?;
    let package: Value = serde_json::from_slice(&fs::read(peers.join("node/package.json"))?)?;
    let node_packages = package["dependencies"].as_object().into_iter().flatten();
    let node_packages: Vec<String> = node_packages
        .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
        .collect();
    let python_packages: Vec<String> = requirements
        .lines()
        .map(|line| line.replace("==", " "))
        .collect();
    let items = [
        format!(
            "{}: {}.",
            read("python3", &["--version"])?,
            python_packages.join(", ")
        ),
        format!(
            "Node.js {}: {}.",
            read("node", &["--version"])?.trim_start_matches('v'),
            node_packages.join(", ")
        ),
    ];
    Ok(items.map(|fact| wrap(&fact)).join("\n"))
}

/// Wraps a fact as an item of a list, at 80 columns.
fn wrap(fact: &str) -> String {
    let mut lines = vec!["-".to_owned()];
    for word in fact.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + word.len() < 80 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n")
}

fn read(program: &str, arguments: &[&str]) -> Result<String, Error> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(programs::folder())
        .output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Returns the last version of a package in a lock file, which is the newest.
fn find_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"\nversion = \"");
    lock.rsplit_once(&name)?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_of_a_package_is_found() {
        let lock = "name = \"hyper\"\nversion = \"0.14.32\"\n\nname = \"hyper\"\nversion = \
                    \"1.12.0\"\n\nname = \"hyper-util\"\nversion = \"0.1.21\"\n";
        assert_eq!(find_version(lock, "hyper"), Some("1.12.0"));
        assert_eq!(find_version(lock, "rustls"), None);
    }

    #[test]
    fn a_long_fact_is_wrapped() {
        let wrapped = wrap(&"word ".repeat(40));
        assert!(wrapped.starts_with("- word word"));
        assert!(wrapped.lines().skip(1).all(|line| line.starts_with("  ")));
        assert!(wrapped.lines().all(|line| line.len() <= 80));
    }
}
