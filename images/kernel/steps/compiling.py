# SPDX-License-Identifier: MIT OR Apache-2.0
"""From C, assembly and linker script to the kernel's ELF file."""

import itertools
import re

from .common import Failure, run


def expand(pattern):
    """Expands {a,b} in a pattern, as a shell does; Path.glob knows only * and **."""
    pieces = [piece.split(",") if index % 2 else [piece]
              for index, piece in enumerate(re.split(r"[{}]", pattern))]
    return ["".join(words) for words in itertools.product(*pieces)]


def c_files(configuration, source):
    """The C files that become one, in their order."""
    found = set()
    for pattern in configuration.c_files:
        matches = [path.relative_to(source).as_posix()
                   for simple in expand(pattern) for path in source.glob(simple)]
        if not matches:
            raise Failure(f"configurations.toml: no file matches {pattern}")
        found.update(matches)
    found -= {*configuration.without, configuration.last_c_file, *configuration.apart}
    return sorted(found) + [configuration.last_c_file]


def compile_kernel(configuration, source, include_paths, work, target):
    gcc = configuration.tool("gcc")
    flags = [*(f"-D{name}" for name in configuration.defines), *configuration.c_flags,
             *(f"-I{path}" for path in include_paths),
             # Debugging information names files relative to the source, wherever that lay.
             # The last map that fits is used.
             f"-ffile-prefix-map={work}=build", f"-ffile-prefix-map={source}=."]
    whole = work / "kernel_all.c"
    with whole.open("w") as out:
        for name in c_files(configuration, source):
            out.write(f'#line 1 "{name}"\n{(source / name).read_text()}\n')
    objects = [work / "kernel_all.o"]
    run(gcc, *flags, "-c", whole, "-o", objects[0], cwd=source)
    for name, own in configuration.apart.items():
        objects.append(work / (name.replace("/", "_") + ".o"))
        run(gcc, *flags, *own, "-c", name, "-o", objects[-1], cwd=source)
    for name in configuration.assembly_files:
        objects.append(work / (name.replace("/", "_") + ".o"))
        run(gcc, *flags, "-D__ASSEMBLER__", "-c", name, "-o", objects[-1], cwd=source)
    script = work / "linker.lds"
    defines = [flag for flag in flags if flag.startswith(("-D", "-I"))]
    run(configuration.tool("cpp"), "-nostdinc", "-P", "-x", "c", *defines,
        source / configuration.linker_script, script)
    target.parent.mkdir(parents=True, exist_ok=True)
    # -n: segments need not be page-aligned in the file.
    run(configuration.tool("ld"), *configuration.linker_flags, "-nostdlib", "-static", "-n",
        "--build-id=none", "-z", "noexecstack", "-T", script, "-o", target, *objects)
