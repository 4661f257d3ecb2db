# SPDX-License-Identifier: MIT OR Apache-2.0
"""What all steps use: running tools, saying things, failing."""

import subprocess
import sys
from pathlib import Path

# images/kernel, and the root of the repository.
HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent


class Failure(Exception):
    """Something that the user can put right; the text says how."""


def say(text):
    print(f"kernel: {text}", file=sys.stderr, flush=True)


def run(*command, **options):
    """Runs a command; what it says is shown only when it fails."""
    command = [str(word) for word in command]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **options)
    if done.returncode:
        raise Failure(f"{' '.join(command)}\n{done.stdout}\nexited with {done.returncode}")
    return done.stdout


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
