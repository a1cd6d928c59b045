"""The commands that pages show exist, with all their options: page_commands_test.py OTATOOL PAGE...

Reads code spans and code blocks. A span that begins with an option names one of otatool, unless it is in OF_OTHERS.
"""
import pathlib
import re
import sys

from described_commands import GLOBAL_OPTIONS, OPTION, described_commands, missing_options

BLOCK = re.compile(r"^```(.*?)\n(.*?)^```$", re.M | re.S)
SPAN = re.compile(r"`([^`]+)`")
# From the name of the program to the end of the line, or of this command in a line of several.
CALL = re.compile(r"(?<![\w/.-])otatool ((?:[^|;&\n\\]|\\\n|\\\|)+)")
WITHOUT_LIST = {"espota", "signing"}  # they have the options of espota.py and signing.py, which `otatool help` does not list
OF_OTHERS = {"network", "auth", "allow-missing", "mechanism"}  # of docker, espota.py, signing.py and pkcs11-tool


def calls(text):
    """The words after `otatool` of each command in the blocks and spans of a page."""
    for kind, block in BLOCK.findall(text):
        lines = [re.sub(r"\s#\s.*", "", line) for line in block.splitlines()]
        if kind.startswith("console"):
            lines = [line for line in lines if line.startswith(("$ ", "    "))]
        yield from CALL.findall("\n".join(lines))
    for span in SPAN.findall(BLOCK.sub("", text)):
        yield from CALL.findall(" ".join(span.split()))


def call_problems(page, words, commands):
    if re.match(r"-[A-Z]", words):  # an option of PowerShell with the value `otatool`
        return
    name = next((word for word in words.split() if not word.startswith("-")), "")
    options = OPTION.findall(words)
    if name not in commands:
        if name or not GLOBAL_OPTIONS.issuperset(options):
            yield f"{page}: 'otatool {words.strip()}' has no command that exists"
    elif name not in WITHOUT_LIST:
        yield from missing_options(page, options, commands, [name])


def main():
    otatool, *pages = sys.argv[1:]
    commands = described_commands(otatool)
    some_command = {"otatool": set().union(*commands.values())}
    problems = []
    for page in map(pathlib.Path, pages):
        text = page.read_text(encoding="utf-8")
        found = list(calls(text))
        if not found:
            problems.append(f"{page.name}: no commands were found")
        for words in found:
            problems += call_problems(page.name, words, commands)
        named = {option for span in SPAN.findall(BLOCK.sub("", text)) if span.startswith("--") for option in OPTION.findall(span)}
        problems += missing_options(page.name, named - OF_OTHERS, some_command, ["otatool"])
        print(f"{page.name}: {len(found)} commands")
    sys.exit("\n".join(problems) or 0)


main()
