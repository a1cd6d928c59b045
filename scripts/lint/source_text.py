"""C++ sources with comments and literals blotted out, so that lints match code only; lines keep their numbers."""
import pathlib
import re

NOT_CODE = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.S,
)
SUFFIXES = (".cpp", ".hpp", ".c", ".h")


def code_of(text):
    """Every comment and literal becomes blanks of the same length."""
    return NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def sources(root, folders):
    """Yields (path relative to root, code) of each source file."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                text = file.read_text(encoding="utf-8", errors="replace")
                yield file.relative_to(root).as_posix(), code_of(text)


def report(script, argv):
    """Runs `script(root)`, prints what it yields and returns the exit code."""
    found = list(script(pathlib.Path(argv[1] if len(argv) > 1 else ".").resolve()))
    for complaint in found:
        print(complaint)
    return 1 if found else 0
