"""The specification agrees with the built program: specification_test.py OTATOOL ROOT.

docs/spec/cli.md: exit codes, commands and options; its planned parts do not exist yet.
docs/spec/signing-gzip-images.md: flash layouts.
"""
import json
import pathlib
import re
import subprocess
import sys

from described_commands import GLOBAL_OPTIONS, OPTION, described_commands, missing_options

ROW = re.compile(r"^\| *(.+?) *\|$", re.M)
CODE_SPAN = re.compile(r"`([^`]+)`")


def section(text, title):
    """The text below the heading `title`, up to the next heading of the same or a higher level."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.M)
    rest = text[heading.end():]
    end = re.search(rf"^#{{1,{len(heading.group(1))}}} ", rest, re.M)
    return rest[:end.start()] if end else rest


def rows(text):
    """The cells of each table row; `\\|` is a bar within a cell."""
    for row in ROW.finditer(text):
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.group(1))]


def exit_code_table(text):
    return {int(cells[0]): cells[1] for cells in rows(text) if cells[0].isdigit()}


def exit_code_problems(root, page):
    in_page = exit_code_table(section(page, "Exit codes"))
    in_docs = exit_code_table((root / "docs/exit-codes.md").read_text(encoding="utf-8"))
    header = next((root / "src").rglob("exit_codes.hpp")).read_text(encoding="utf-8")
    in_code = {int(number) for number in re.findall(r"^inline constexpr int k\w+ = (\d+);", header, re.M)}
    for code in sorted(in_code.symmetric_difference(in_page)):
        yield f"exit code {code} is in {'the code' if code in in_code else 'cli.md'} only"
    for code in sorted(in_page.keys() | in_docs.keys()):
        if in_page.get(code) != in_docs.get(code):
            yield f"exit code {code}: cli.md says {in_page.get(code)!r}, exit-codes.md {in_docs.get(code)!r}"


def command_problems(page, commands):
    text = section(page, "Commands")
    listed = set()
    for usage, *description in rows(text):
        spans = CODE_SPAN.findall(usage)
        names = [span.split()[0] for span in spans if span.split()[0] in commands]
        listed.update(names)
        if names:
            yield from missing_options("cli.md", OPTION.findall(" ".join(spans + description)), commands, names)
    for name in sorted(commands.keys() - listed):
        yield f"cli.md does not list the command '{name}'"
    for paragraph in re.finditer(r"^Options of `(\w+)`.*?(?=\n\n|\Z)", text, re.M | re.S):
        yield from missing_options("cli.md", OPTION.findall(paragraph.group()), commands, [paragraph.group(1)])


def planned_problems(page, commands):
    """A part that exists must not stay among the planned ones."""
    for span in CODE_SPAN.findall(section(page, "Planned")):
        options = set(OPTION.findall(span))
        name = span.removeprefix("otatool ").split()[0]
        if options and name in commands and options <= commands[name] | GLOBAL_OPTIONS:
            yield f"cli.md calls '{span}' planned, but it exists"


def layout_problems(otatool, page):
    described = json.loads(subprocess.run([otatool, "info", "--list-layouts", "--json"], check=True,
                                          capture_output=True).stdout)
    built_in = {layout["name"]: (layout["flash_size"], layout["fs_start"]) for layout in described["layouts"]}
    unit = {"KiB": 1 << 10, "MiB": 1 << 20}
    in_page = {}
    for cells in rows(section(page, "2.4 Flash layouts, space rules, overwriting in place")):
        if len(cells) == 5 and cells[2].startswith("0x"):
            number, name = cells[1].split()
            in_page[cells[0]] = (int(number) * unit[name], int(cells[2], 16))
            if int(cells[3], 16) - int(cells[2], 16) != int(cells[4].replace(",", "")):
                yield f"layout {cells[0]}: the size of the filesystem is not FS_end - FS_start"
    for name in sorted(in_page.keys() | built_in.keys()):
        if in_page.get(name) != built_in.get(name):
            yield f"layout {name}: the page says {in_page.get(name)}, otatool {built_in.get(name)}"


def main():
    otatool, root = sys.argv[1], pathlib.Path(sys.argv[2])
    commands = described_commands(otatool)
    cli, images = ((root / "docs/spec" / name).read_text(encoding="utf-8")
                   for name in ("cli.md", "signing-gzip-images.md"))
    problems = [*exit_code_problems(root, cli), *command_problems(cli, commands), *planned_problems(cli, commands),
                *layout_problems(otatool, images)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
