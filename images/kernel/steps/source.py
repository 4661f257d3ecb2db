# SPDX-License-Identifier: MIT OR Apache-2.0
"""The kernel's source: out of the registry package, with the overlay beside it."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

from .common import HERE, Failure

# The registry package that carries the kernel.
PACKAGE = "sel4-sys"


def locked_package():
    """Version and checksum of the package, as source/Cargo.lock pins them."""
    lock = tomllib.loads((HERE / "source" / "Cargo.lock").read_text())
    return next((p["version"], p["checksum"]) for p in lock["package"] if p["name"] == PACKAGE)


def fetch():
    """The package's archive in cargo's cache, downloaded when it is not there yet, and verified."""
    version, checksum = locked_package()
    manifest = HERE / "source" / "Cargo.toml"
    command = ["cargo", "metadata", "--quiet", "--locked", "--format-version", "1", "--manifest-path", manifest]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    except FileNotFoundError:
        raise Failure("cargo is not installed: run docker/setup") from None
    if done.returncode:
        raise Failure("cargo could not fetch the kernel source (see above)")
    packages = json.loads(done.stdout)["packages"]
    folder = next(Path(p["manifest_path"]).parent for p in packages if p["name"] == PACKAGE)
    # cargo keeps registry/src/INDEX/NAME-VERSION/ beside registry/cache/INDEX/NAME-VERSION.crate.
    index = folder.parent
    archive = index.parent.parent / "cache" / index.name / f"{PACKAGE}-{version}.crate"
    if not archive.is_file():
        raise Failure(f"{archive} is missing: delete {folder}, so that cargo downloads it again")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != checksum:
        raise Failure(f"{archive} does not have the checksum {checksum}")
    return archive


def unpack(archive, source):
    """Lays the kernel source out in the folder `source`, with the overlay beside it."""
    with tarfile.open(archive) as package:
        for member in package.getmembers():
            parts = Path(member.name).parts
            if member.isfile() and parts[1] == "seL4":
                target = source.joinpath(*parts[2:])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(package.extractfile(member).read())
    overlay = HERE / "overlay"
    for path in sorted(p for p in overlay.rglob("*") if p.is_file()):
        target = source / path.relative_to(overlay)
        if target.exists():
            raise Failure(f"{path} would replace a file of the kernel")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
