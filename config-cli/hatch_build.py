"""Describes the wheel of the command: most of its metadata is that of Cargo.toml, and its content is one binary."""

import os
import sysconfig
import tomllib
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

# The platforms on which the binary of a target runs. The binaries for musl are static, so they also run with glibc. The
# versions of macOS are the oldest that Rust supports for these targets.
PLATFORMS = {
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "aarch64-unknown-linux-musl": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "x86_64-pc-windows-msvc": "win_amd64",
    "x86_64-unknown-linux-musl": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
}


class CargoMetadata(MetadataHookInterface):
    def update(self, metadata):
        folder = Path(self.root)
        package = tomllib.loads((folder / "Cargo.toml").read_text(encoding="utf-8"))["package"]
        workspace = tomllib.loads((folder / "../Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
        metadata["version"] = workspace["version"]
        metadata["description"] = package["description"]
        metadata["license"] = workspace["license"]
        metadata["keywords"] = workspace["keywords"]
        metadata["urls"] = {
            "Homepage": workspace["homepage"],
            "Documentation": workspace["documentation"],
            "Source": workspace["repository"],
        }


class Binary(BuildHookInterface):
    """Adds the binary CARGO_STAGE_BINARY, built for CARGO_STAGE_TARGET. An empty target means this machine."""

    def initialize(self, version, build_data):
        binary = Path(os.environ["CARGO_STAGE_BINARY"]).resolve(strict=True)
        target = os.environ.get("CARGO_STAGE_TARGET", "")
        if target:
            platform = PLATFORMS[target]
        else:
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["shared_scripts"][str(binary)] = binary.name
