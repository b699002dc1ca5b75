"""Tests of the scripts of action.yml. A fake `cargo-stage` records its arguments, and a fake `curl` records its URL."""

import hashlib
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / ".github/action"

CARGO_STAGE = """#!/bin/bash
printf '%s\\n' "$@" >>"$CALLS"
printf 'end\\n' >>"$CALLS"
case "$*" in
    *--format=github) echo '::error title=prod::table_name: missing'; echo 'a message' >&2; exit "$STATUS" ;;
    *--format=markdown) echo '| Stage |'; echo 'a message' >&2; exit "${SUMMARY_STATUS:-$STATUS}" ;;
esac
"""

# Copies a file from the folder RELEASES. `--output` gives the name of the file, and the URL has no effect.
CURL = """#!/bin/bash
printf '%s\\n' "${@: -1}" >>"$CALLS"
while [ "$1" != --output ]; do shift; done
cp "$RELEASES/$2" "$2"
"""


class ActionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        self.calls, self.summary, self.path = (self.folder / name for name in ("calls", "summary", "path"))
        for file in (self.calls, self.summary, self.path):
            file.touch()

    def install(self, name, text):
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def run_script(self, name, **variables):
        environment = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "CALLS": self.calls,
            "GITHUB_ACTION_PATH": ROOT,
            "GITHUB_PATH": self.path,
            "GITHUB_STEP_SUMMARY": self.summary,
            "RUNNER_TEMP": self.folder,
        }
        environment.update(variables)
        return subprocess.run(["bash", SCRIPTS / name], env=environment, capture_output=True, text=True, cwd=self.folder)


class Check(ActionTest):
    def check(self, status="0", **inputs):
        self.install("cargo-stage", CARGO_STAGE)
        names = ("STAGE", "ARTIFACT", "ENV_FILE", "STRICT", "NO_DECRYPT", "ARGS")
        variables = {f"INPUT_{name}": inputs.pop(name.lower(), "") for name in names}
        result = self.run_script("check.sh", STATUS=status, **variables, **inputs)
        return result, [call.split("\n")[:-1] for call in self.calls.read_text().split("end\n")[:-1]]

    def test_prints_annotations_and_writes_the_summary(self):
        result, calls = self.check()
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "::error title=prod::table_name: missing\n")
        self.assertEqual(result.stderr, "a message\n")
        self.assertEqual(self.summary.read_text(), "| Stage |\n")
        self.assertEqual(calls, [["stage", "check", "--format=github"], ["stage", "check", "--format=markdown"]])

    def test_keeps_the_table_and_the_status_of_a_check_that_fails(self):
        for status in (1, 2):
            result, _ = self.check(status=str(status))
            self.assertEqual(result.returncode, status)
        self.assertEqual(self.summary.read_text(), "| Stage |\n" * 2)

    def test_fails_if_only_the_second_run_fails(self):
        result, _ = self.check(SUMMARY_STATUS="2")
        self.assertEqual(result.returncode, 2)
        self.assertIn("::error title=cargo stage::the second run", result.stdout)

    def test_passes_all_inputs(self):
        _, calls = self.check(
            stage="dev  prod\npr-7",
            artifact="target/a b.zip",
            env_file="prod.env",
            strict="true",
            no_decrypt="true",
            args="--config\r\nSettings of mail\n\n--run\n",
        )
        expected = ["stage", "check", "--stage=dev", "--stage=prod", "--stage=pr-7", "--artifact=target/a b.zip"]
        expected += ["--env-file=prod.env", "--strict", "--no-decrypt", "--config", "Settings of mail", "--run"]
        self.assertEqual(calls[0], [*expected, "--format=github"])

    def test_runs_no_code_of_an_input(self):
        text = "$(touch hacked) `touch hacked`; touch hacked * --output=x"
        _, calls = self.check(stage="-x", artifact=text, env_file=text, args=text)
        self.assertEqual(calls[0][2:6], ["--stage=-x", f"--artifact={text}", f"--env-file={text}", text])
        self.assertFalse((self.folder / "hacked").exists())

    def test_refuses_a_flag_that_is_neither_true_nor_false(self):
        result, calls = self.check(strict="yes")
        self.assertEqual(result.returncode, 2)
        self.assertIn("the input strict is neither true nor false", result.stdout)
        self.assertEqual(calls, [])


class Install(ActionTest):
    def setUp(self):
        super().setUp()
        self.releases = self.folder / "releases"
        self.binary = self.folder / "binary"
        self.binary.write_text("#!/bin/sh\necho installed\n")
        self.install("curl", CURL)

    def write_release(self, target):
        command = [ROOT / ".ci/archive", self.binary, target, self.releases]
        archive = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        return Path(archive)

    def install_release(self, version="", system="Linux", architecture="X64"):
        return self.run_script(
            "install.sh", INPUT_VERSION=version, RELEASES=self.releases, RUNNER_OS=system, RUNNER_ARCH=architecture
        )

    def test_installs_the_binary_of_each_platform(self):
        for system, architecture, target, program in [
            ("Linux", "X64", "x86_64-unknown-linux-musl", "cargo-stage"),
            ("Linux", "ARM64", "aarch64-unknown-linux-musl", "cargo-stage"),
            ("macOS", "X64", "x86_64-apple-darwin", "cargo-stage"),
            ("macOS", "ARM64", "aarch64-apple-darwin", "cargo-stage"),
            ("Windows", "X64", "x86_64-pc-windows-msvc", "cargo-stage.exe"),
        ]:
            archive = self.write_release(target)
            result = self.install_release(system=system, architecture=architecture)
            self.assertEqual(result.returncode, 0, result)
            installed = Path(self.path.read_text().split("\n")[-2]) / program
            self.assertIn(target, str(installed))
            self.assertEqual(subprocess.check_output([installed], text=True), "installed\n")
            address = self.calls.read_text().split("\n")[-3]
            self.assertTrue(address.startswith("https://"), address)
            self.assertTrue(address.endswith(f"/{archive.name}"), address)

    def test_refuses_a_wrong_checksum(self):
        archive = self.write_release("x86_64-unknown-linux-musl")
        other = hashlib.sha256(b"another file").hexdigest()
        archive.with_name(archive.name + ".sha256").write_text(f"{other}  {archive.name}\n")
        result = self.install_release()
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"::error title=cargo stage::the checksum of {archive.name} is wrong", result.stdout)
        self.assertEqual(self.path.read_text(), "")

    def test_refuses_a_text_that_is_not_a_version(self):
        for version in ("latest", "1.2", "1.2.3/../../other", "1.2.3 4"):
            result = self.install_release(version=version)
            self.assertEqual(result.returncode, 1, version)
            self.assertIn('the input "version" is not a version', result.stdout)
        self.assertEqual(self.calls.read_text(), "")

    def test_reports_a_release_that_does_not_exist(self):
        result = self.install_release(version="v99.0.0-rc.1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the download of cargo-stage-v99.0.0-rc.1-x86_64-unknown-linux-musl.tar.gz failed", result.stdout)

    def test_reports_a_platform_without_a_binary(self):
        result = self.install_release(system="Windows", architecture="ARM64")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no release has a binary for Windows on ARM64", result.stdout)

    def test_uses_the_command_that_the_job_has_installed(self):
        self.install("cargo-stage", CARGO_STAGE)
        self.assertEqual(self.install_release(version="installed").returncode, 0)
        self.assertEqual(self.path.read_text(), "")


if __name__ == "__main__":
    unittest.main()
