"""Entry of `python3 installer <command>`.

This file and `python_version.py` keep to syntax that old Pythons can read, so that an old Python is
told what is wrong instead of failing on a line that it cannot parse.
"""

import os
import sys

# Python puts this folder on the path; the package is found from the folder above it.
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from installer.python_version import python_problem

problem = python_problem(sys.version_info[:3], sys.executable)
if problem:
    sys.stderr.write(problem + "\n")
    sys.exit(2)

from installer.app import main

sys.exit(main(sys.argv[1:]))
