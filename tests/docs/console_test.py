"""Runs the examples of Markdown pages: console_test.py OTATOOL IMAGE PAGE...

A fenced block that begins with ```console test has commands. A command begins with `$ `; a `\\` at the end of a line
continues it. The lines below a command are its expected output, where `...` matches any lines; without such lines, any
output is allowed. A command must exit with 0, or with N if it ends in `# exits N`. All blocks of a page run in one new folder,
which contains the image as firmware.bin and a password.txt.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```console test\n(.*?)^```$", re.M | re.S)


def examples(page):
    """Yields (line, command, expected lines) of each command of a page."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        lines = block.group(1).splitlines()
        first = text.count("\n", 0, block.start(1)) + 1
        at = 0
        while at < len(lines):
            start = at
            if not lines[at].startswith("$ "):
                sys.exit(f"{page.name}:{first + at}: output without a command")
            command = lines[at][2:]
            at += 1
            while command.endswith("\\"):
                command = command[:-1] + lines[at].removeprefix("> ")
                at += 1
            expected = []
            while at < len(lines) and not lines[at].startswith("$ "):
                expected.append(lines[at])
                at += 1
            yield first + start, command, expected


def matches(expected, output):
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, output) is not None


def problem_of(command, expected, folder, environment):
    """Runs one command; returns a description of the problem, or an empty text."""
    wanted = re.search(r"#\s*exits (\d+)$", command)
    result = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=60, check=False)
    if result.returncode != int(wanted.group(1) if wanted else 0):
        return f"exit code {result.returncode}\n{result.stdout}{result.stderr}"
    if expected and not matches(expected, result.stdout):
        return f"expected output:\n{os.linesep.join(expected)}\nactual output:\n{result.stdout}"
    return ""


def main():
    otatool, image, *pages = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
    environment = {"PATH": f"{otatool.parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    failed = 0
    for page in pages:
        count = 0
        with tempfile.TemporaryDirectory() as folder:
            shutil.copyfile(image, pathlib.Path(folder, "firmware.bin"))
            pathlib.Path(folder, "password.txt").write_text("correct horse battery staple\n", encoding="utf-8")
            for line, command, expected in examples(page):
                count += 1
                problem = problem_of(command, expected, folder, {**environment, "HOME": folder})
                if problem:
                    failed += 1
                    print(f"{page.name}:{line}: {command}: {problem}")
        print(f"{page.name}: {count} commands")
        failed += count == 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
