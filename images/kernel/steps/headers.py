# SPDX-License-Identifier: MIT OR Apache-2.0
"""Headers that the kernel's own Python tools generate, for the kernel and for its users."""

import os
import sys
from pathlib import Path

from .common import ROOT, Failure, run

# Where docker/setup puts the modules that the generators import.
PYTHON_MODULES = ROOT / "target" / "croft" / "python"


class Generators:
    """The kernel's own header generators, run out of a copy of its source."""

    def __init__(self, configuration, source, include_paths):
        self.configuration = configuration
        self.source = source
        self.include_flags = [f"-I{path}" for path in include_paths]
        self.python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
        modules = [str(source / "tools"), str(PYTHON_MODULES)]
        self.environment = {**os.environ, "PYTHONPATH": ":".join(modules),
                            "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            self.tool("-c", "import ply, six, tempita")
        except Failure:
            raise Failure("the Python modules ply, six and tempita are missing: "
                          "run docker/setup") from None

    def tool(self, *arguments):
        return run(self.python, *arguments, env=self.environment, cwd=self.source)

    def invocations(self, xml, target, *options):
        target.parent.mkdir(parents=True, exist_ok=True)
        self.tool("tools/invocation_header_gen.py", "--xml", xml, *options, "--dest", target)

    def system_calls(self, target, option):
        target.parent.mkdir(parents=True, exist_ok=True)
        self.tool("tools/syscall_header_gen.py", "--xml", "include/api/syscall.xml", option, target)

    def bit_fields(self, description, target, *options):
        """Preprocesses a .bf description and generates its C accessors."""
        target.parent.mkdir(parents=True, exist_ok=True)
        plain = target.with_suffix(".pbf")
        defines = [f"-D{name}" for name in self.configuration.defines]
        run(self.configuration.tool("cpp"), "-nostdinc", "-P", *defines, *self.include_flags,
            self.source / description, plain)
        self.tool("tools/bitfield_gen.py", *options, plain, target)
        plain.unlink()

    def interface_files(self):
        """The kernel's XML: common, of the architecture, of its word size variant."""
        c = self.configuration
        return ("libsel4/include/interfaces/sel4.xml",
                f"libsel4/arch_include/{c.arch}/interfaces/sel4arch.xml",
                f"libsel4/sel4_arch_include/{c.sel4_arch}/interfaces/sel4arch.xml")

    def for_kernel(self, include):
        common, arch, sel4_arch = self.interface_files()
        self.invocations(common, include / "api/invocation.h")
        self.invocations(arch, include / "arch/api/invocation.h", "--arch")
        self.invocations(sel4_arch, include / "arch/api/sel4_invocation.h", "--sel4_arch")
        self.system_calls(include / "arch/api/syscall.h", "--kernel_header")
        for target, description in self.configuration.bit_fields.items():
            self.bit_fields(description, include / target)

    def for_user(self, include):
        """What libsel4's headers include, and its C stubs."""
        c = self.configuration
        common, arch, sel4_arch = self.interface_files()
        self.invocations(common, include / "sel4/invocation.h", "--libsel4")
        self.invocations(arch, include / "sel4/arch/invocation.h", "--libsel4", "--arch")
        self.invocations(sel4_arch, include / "sel4/sel4_arch/invocation.h",
                         "--libsel4", "--sel4_arch")
        self.system_calls(include / "sel4/syscall.h", "--libsel4_header")
        user = ("--environment", "libsel4")
        self.bit_fields("libsel4/include/sel4/types_64.bf", include / "sel4/types_gen.h", *user)
        self.bit_fields("libsel4/include/sel4/shared_types_64.bf",
                        include / "sel4/shared_types_gen.h", *user)
        self.bit_fields(f"libsel4/sel4_arch_include/{c.sel4_arch}/sel4/sel4_arch/types.bf",
                        include / "sel4/sel4_arch/types_gen.h", *user)
        stubs = include / "interfaces/sel4_client.h"
        stubs.parent.mkdir(parents=True, exist_ok=True)
        # The generator takes nothing but the word size from this file.
        word_size = self.source / ".config"
        word_size.write_text(f"CONFIG_WORD_SIZE={c.config['WORD_SIZE']}\n")
        self.tool("libsel4/tools/syscall_stub_gen.py", "-a", c.sel4_arch, "-c", word_size,
                  "-o", stubs, sel4_arch, arch, common)
