# SPDX-License-Identifier: MIT OR Apache-2.0
"""The configuration: configurations.toml, and the two files that tell it to others."""

import json
import os
import re
import shutil
import tomllib

from .common import HERE, Failure, write


class Configuration:
    """configurations.toml for one architecture and mode, with its parts put together."""

    def __init__(self, arch, debug):
        tables = tomllib.loads((HERE / "configurations.toml").read_text())
        own = tables[arch]
        parts = [tables["common"], own]
        if debug:
            parts += [tables["debug"], own.get("debug", {})]
        self.debug = debug
        for key in ("c_files", "defines", "c_flags"):
            setattr(self, key, [item for part in parts for item in part.get(key, [])])
        self.last_c_file = tables["common"]["last_c_file"]
        self.apart = {k: v for part in parts for k, v in part.get("apart", {}).items()}
        self.config = {k: v for part in parts for k, v in part.get("config", {}).items()}
        self.without = [] if debug else own["release_without"]
        for key in ("arch", "sel4_arch", "platform", "assembly_files", "include_paths",
                    "linker_script", "linker_flags", "bit_fields"):
            setattr(self, key, own[key])
        self.first_include_path = own.get("first_include_path")
        self.tools = own["compiler"]
        # A machine of this very architecture may have its compiler without the prefix.
        if not shutil.which(self.tools + "gcc") and os.uname().machine == self.sel4_arch:
            self.tools = ""

    def tool(self, name):
        """The path of the compiler or a binary utility for this architecture."""
        path = shutil.which(self.tools + name)
        if path is None:
            raise Failure(f"{self.tools}{name} is not installed: run docker/setup")
        return path


def known_options(source):
    """Every CONFIG_ name that the kernel's Kconfig or interface files know as yes or no."""
    names = set()
    for path in source.rglob("Kconfig"):
        names.update(re.findall(r"^\s*config\s+(\w+)\s*\n\s*bool", path.read_text(), re.M))
    for path in source.rglob("*.xml"):
        names.update(re.findall(r"defined\s*\(?\s*CONFIG_(\w+)", path.read_text()))
    return names


def write_config(configuration, source, include):
    """autoconf.h for C, kernel/gen_config.json for everyone else.

    The JSON has the form that current seL4 releases install: keys without CONFIG_, yes and no as
    booleans (the options that are off are listed too), all other values as strings.
    """
    config = configuration.config
    lines = ["/* Generated from images/kernel/configurations.toml. */",
             "#ifndef AUTOCONF_INCLUDED", "#define AUTOCONF_INCLUDED", ""]
    for name, value in sorted(config.items()):
        if value is not False:
            lines.append(f"#define CONFIG_{name} {1 if value is True else value}")
    write(include / "autoconf.h", "\n".join(lines + ["", "#endif", ""]))
    table = {name: False for name in known_options(source)}
    table |= {name: value if isinstance(value, bool) else str(value)
              for name, value in config.items()}
    table |= {"ARCH": configuration.arch, "SEL4_ARCH": configuration.sel4_arch,
              "PLAT": configuration.platform}
    write(include / "kernel" / "gen_config.json",
          json.dumps(table, indent=4, sort_keys=True) + "\n")
