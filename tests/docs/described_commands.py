"""The commands and options that the program describes itself."""
import json
import re
import subprocess

OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]+)")
GLOBAL_OPTIONS = {"json", "quiet", "verbose", "color", "help", "version"}


def described_commands(otatool):
    """The names of the options of each command."""
    described = json.loads(subprocess.run([otatool, "help", "--json"], check=True, capture_output=True).stdout)
    return {command["name"]: {option["name"] for option in command["options"]} for command in described["commands"]}


def missing_options(page, options, commands, names):
    """A description of each option that none of these commands has."""
    known = set().union(GLOBAL_OPTIONS, *(commands[name] for name in names))
    for option in sorted(set(options) - known):
        yield f"{page} gives '{' or '.join(names)}' the option --{option}, which does not exist"
