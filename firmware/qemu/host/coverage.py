"""The source lines that the emulated device has executed, from the plugin's records and the programs' line tables."""
import collections
import pathlib
import re
import subprocess

ROW = re.compile(r"^(\S+)\s+(\d+)\s+0x([0-9a-f]+)")


def read_records(folder):
    """All executed addresses, all accesses of less than a word as (pc, address), and the number of emulators."""
    executed, narrow = set(), set()
    files = list(pathlib.Path(folder).iterdir())
    for file in files:
        for line in file.read_text().splitlines():
            words = line.split()
            if words[0] == "pc":
                executed.add(int(words[1], 16))
            elif words[0] == "narrow":
                narrow.add((int(words[1], 16), int(words[2], 16)))
    return executed, narrow, len(files)


def lines_of(objdump, elf):
    """(file name, line) -> ranges of addresses. Skips code that the linker removed."""
    listing = subprocess.run([objdump, "--dwarf=decodedline", str(elf)], check=True, capture_output=True, text=True).stdout
    ranges = collections.defaultdict(list)
    previous = None
    for line in listing.splitlines():
        row = ROW.match(line)
        if not row:
            previous = None if not line.strip() else previous
            continue
        name, address = row[1], int(row[3], 16)
        if previous and address > previous[1] >= 0x40100000:
            ranges[previous[0]].append((previous[1], address))
        previous = None if line.rstrip().endswith("END") else ((name, int(row[2])), address)
    return ranges


def lines_executed(objdump, elves, executed, names):
    """For each named file: the lines with code in any of the programs, and those that were executed."""
    code, done = collections.defaultdict(set), collections.defaultdict(set)
    for elf in elves:
        for (name, number), ranges in lines_of(objdump, elf).items():
            if name not in names:
                continue
            code[name].add(number)
            if any(address in executed for start, end in ranges for address in range(start, end)):
                done[name].add(number)
    return {name: (code[name], done[name]) for name in sorted(code)}
