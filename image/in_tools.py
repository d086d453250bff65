"""Run a command in the tools tree: image/in-tools g++ --version"""

import os
import sys
from pathlib import Path

from image.host import console, tools

if __name__ == "__main__":
    try:
        tools.check_host()
        command = tools.sandbox(sys.argv[1:] or ["bash"], devices=True, cwd=Path.cwd())
    except console.StepFailed as error:
        sys.exit(f"image/in-tools: {error}")
    os.execvp(command[0], command)
