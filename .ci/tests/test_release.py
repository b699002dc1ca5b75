"""Tests of a release: its targets, the names and the content of its archives, and its notes."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import types
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKSPACE = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
BINSTALL = tomllib.loads((ROOT / "config-cli/Cargo.toml").read_text(encoding="utf-8"))["package"]["metadata"]["binstall"]


def read_targets(file, pattern):
    return sorted(set(re.findall(pattern, (ROOT / file).read_text(encoding="utf-8"))))


TARGETS = read_targets(".github/workflows/release.yml", r"target: (\S+)")


def render(template, target):
    """Replaces the placeholders as `cargo binstall` does."""
    values = {
        "repo": WORKSPACE["repository"],
        "version": WORKSPACE["version"],
        "name": "cargo-stage",
        "bin": "cargo-stage",
        "target": target,
        "binary-ext": ".exe" if "windows" in target else "",
    }
    return re.sub(r"\{ (\S+) \}", lambda found: values[found[1]], template)


def load_platforms():
    """Returns the constant PLATFORMS of hatch_build.py. Empty modules replace hatchling, which may be missing."""
    for name in ("builders.hooks.plugin.interface", "metadata.plugin.interface"):
        module = types.ModuleType(f"hatchling.{name}")
        module.BuildHookInterface = module.MetadataHookInterface = object
        sys.modules[module.__name__] = module
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "config-cli/hatch_build.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.PLATFORMS


class Release(unittest.TestCase):
    def test_the_workflow_the_wheels_and_the_action_have_the_same_targets(self):
        self.assertEqual(len(TARGETS), 5)
        self.assertEqual(TARGETS, sorted(load_platforms()))
        self.assertEqual(TARGETS, read_targets(".github/action/install.sh", r"target=(\S+)"))

    def test_each_archive_is_complete_and_reproducible_and_binstall_finds_it(self):
        for target in TARGETS:
            with self.subTest(target), tempfile.TemporaryDirectory() as folder:
                binary = Path(folder) / "binary"
                binary.write_bytes(b"a program")
                command = [ROOT / ".ci/archive", binary, target, folder]
                archive = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())

                self.assertEqual(BINSTALL["pkg-fmt"], "tgz")
                self.assertEqual(render(BINSTALL["pkg-url"], target).rpartition("/")[2], archive.name)
                with tarfile.open(archive) as opened:
                    names = [entry.rpartition("/")[2] for entry in opened.getnames()]
                    program = opened.getmember(render(BINSTALL["bin-dir"], target))
                self.assertEqual(program.mode, 0o755)
                self.assertEqual(names[1:], ["LICENSE-APACHE", "LICENSE-MIT", "README.md"])

                first = archive.read_bytes()
                subprocess.run(command, check=True, capture_output=True)
                self.assertEqual(first, archive.read_bytes(), "the same files give the same archive")

    def test_the_notes_are_a_section_of_the_changelog(self):
        changelog = "# Changelog\n\n## 1.2.3\n\n### Added\n\n- A verb.\n\n## 1.2.2\n\n- Older.\n"
        result = self.write_notes("v1.2.3", "1.2.3", "https://forge.test/project", changelog)
        self.assertEqual((result.returncode, result.stdout), (0, "### Added\n\n- A verb.\n"))

    def test_a_commit_that_is_not_ready_is_not_released(self):
        changelog = "# Changelog\n\n## Unreleased\n\n- A verb.\n\n## 1.2.2\n\n- Older.\n"
        for tag, address, reason in [
            ("v1.2.4", "https://forge.test/project", "the version in Cargo.toml is 1.2.3"),
            ("v1.2.3", "https://example.com/project", "is a placeholder"),
            ("v1.2.3", "https://forge.test/project", "has no section `## 1.2.3`"),
        ]:
            result = self.write_notes(tag, "1.2.3", address, changelog)
            self.assertEqual(result.returncode, 1)
            self.assertIn(reason, result.stderr)

    def write_notes(self, tag, version, address, changelog):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / ".ci").mkdir()
            script = Path(shutil.copy(ROOT / ".ci/release-notes", root / ".ci"))
            (root / "Cargo.toml").write_text(f'[workspace.package]\nversion = "{version}"\nrepository = "{address}"\n')
            (root / "CHANGELOG.md").write_text(changelog)
            return subprocess.run([script, tag], capture_output=True, text=True)


if __name__ == "__main__":
    unittest.main()
