"""Which Pythons Multiplane runs on. Read by old Pythons too: keep the syntax plain."""

OLDEST = (3, 11)
NEWEST = (3, 14)


def python_problem(version: tuple, executable: str) -> str:
    """Say what is wrong with a Python of this version and what to do, or return ''.

    Args:
        version: (major, minor, micro) of the Python that runs the installer.
        executable: its path, to show which of several Pythons it is.
    """
    here = f"Python {version[0]}.{version[1]}.{version[2]} ({executable})"
    wanted = f"3.{OLDEST[1]} to 3.{NEWEST[1]}"
    example = f"python3.{NEWEST[1] - 1} installer setup"
    if tuple(version[:2]) < OLDEST:
        return (
            f"Multiplane needs Python {wanted}; this is {here}.\n"
            f"Install one of them and start the installer with it, for example: {example}"
        )
    if tuple(version[:2]) > NEWEST:
        return (
            f"Multiplane's libraries are built for Python {wanted} so far; this is {here}.\n"
            f"Install one of them beside it and start the installer with it, for example: {example}"
        )
    return ""
