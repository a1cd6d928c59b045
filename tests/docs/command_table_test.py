"""Checks that the README's table lists exactly the existing commands and that each has a man page: OTATOOL ROOT."""
import json
import pathlib
import re
import subprocess
import sys


def main():
    otatool, root = sys.argv[1], pathlib.Path(sys.argv[2])
    described = json.loads(subprocess.run([otatool, "help", "--json"], check=True, capture_output=True).stdout)
    commands = {command["name"] for command in described["commands"]}
    rows = re.findall(r"^\| (`otatool .*?) \|", (root / "README.md").read_text(encoding="utf-8"), re.M)
    listed = {name for row in rows for name in re.findall(r"`otatool ([a-z-]+)", row)}
    without_page = {name for name in commands - {"help", "version", "completion"}
                    if not (root / "man" / f"otatool-{name}.1.scd").is_file()}
    for what, names in (("not in the README", commands - listed), ("only in the README", listed - commands),
                        ("without a man page", without_page)):
        if names:
            print(f"{what}: {', '.join(sorted(names))}")
    return 0 if listed == commands and not without_page else 1


if __name__ == "__main__":
    sys.exit(main())
