#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of the kernel build that need no compiler: /usr/bin/python3 images/kernel/tests.py"""

import io
import json
import re
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from steps import source as source_step
from steps.common import HERE, Failure
from steps.compiling import c_files, expand
from steps.configuration import Configuration, write_config

ARCHITECTURES = ("x86_64", "aarch64")


def archive(folder, files):
    """A package's archive with those files."""
    path = Path(folder) / "package.crate"
    with tarfile.open(path, "w:gz") as package:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            package.addfile(member, io.BytesIO(text))
    return path


class Tests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.source = Path(self.folder.name) / "source"

    def test_patterns_expand_as_in_a_shell(self):
        self.assertEqual(expand("a/{b,c}/{d,e}.c"), ["a/b/d.c", "a/b/e.c", "a/c/d.c", "a/c/e.c"])
        self.assertEqual(expand("a/*.c"), ["a/*.c"])

    def test_the_package_is_pinned(self):
        version, checksum = source_step.locked_package()
        self.assertEqual(version, "0.0.28")
        self.assertEqual(
            checksum, "b42578af4c4eb8468e57beaabecc86541ac3a94eca1e92a611457b71f6034822")

    def test_only_the_kernel_is_unpacked_and_the_overlay_added(self):
        package = archive(self.folder.name, {
            "sel4-sys-0.0.28/seL4/src/a.c": b"kernel",
            "sel4-sys-0.0.28/build.rs": b"not the kernel"})
        source_step.unpack(package, self.source)
        self.assertEqual((self.source / "src/a.c").read_bytes(), b"kernel")
        self.assertFalse((self.source / "build.rs").exists())
        self.assertTrue((self.source / "src/plat/virt/linker.lds").exists())

    def test_the_overlay_replaces_nothing(self):
        package = archive(self.folder.name, {
            "sel4-sys-0.0.28/seL4/src/plat/virt/linker.lds": b"the kernel's own"})
        with self.assertRaisesRegex(Failure, "would replace"):
            source_step.unpack(package, self.source)

    def test_configuration_reaches_both_files(self):
        self.source.mkdir()
        (self.source / "Kconfig").write_text("config FASTPATH\n    bool x\nconfig OFF\n  bool\n"
                                             "config NUMBER\n    int\n")
        (self.source / "a.xml").write_text('<method condition="defined(CONFIG_VTX)"/>')
        include = Path(self.folder.name) / "include"
        for arch in ARCHITECTURES:
            for debug in (False, True):
                write_config(Configuration(arch, debug), self.source, include)
                table = json.loads((include / "kernel/gen_config.json").read_text())
                self.assertEqual(table["SEL4_ARCH"], arch)
                self.assertEqual(table["ROOT_CNODE_SIZE_BITS"], "16")
                self.assertEqual((table["FASTPATH"], table["OFF"], table["VTX"]),
                                 (True, False, False))
                self.assertNotIn("NUMBER", table)
                self.assertEqual(table.get("PRINTING", False), debug)
                header = (include / "autoconf.h").read_text()
                defined = dict(re.findall(r"#define CONFIG_(\w+) (.+)", header))
                expected = {name: "1" if value is True else value
                            for name, value in table.items()
                            if value is not False and name not in ("ARCH", "SEL4_ARCH", "PLAT")}
                self.assertEqual(defined, expected)

    def test_a_pattern_without_files_is_an_error(self):
        self.source.mkdir()
        with self.assertRaisesRegex(Failure, "no file matches"):
            c_files(Configuration("aarch64", False), self.source)

    def test_release_kernels_have_nothing_for_debugging(self):
        for arch in ARCHITECTURES:
            configuration = Configuration(arch, False)
            self.assertNotIn("DEBUG", configuration.defines)
            for name in ("DEBUG_BUILD", "PRINTING", "IRQ_REPORTING"):
                self.assertFalse(configuration.config.get(name, False), name)

    def test_kernel_code_is_marked_as_such(self):
        for folder in ("overlay", "overlay-pc99"):
            for path in (p for p in (HERE / folder).rglob("*") if p.is_file()):
                licence = "MIT OR Apache-2.0" if "libsel4" in path.parts else "GPL-2.0-only"
                self.assertIn(f"SPDX-License-Identifier: {licence}", path.read_text(), path)


if __name__ == "__main__":
    unittest.main()
