#!/usr/bin/env python3
"""scripts/elf2image.py: reading ELF files, building images, the command line."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "scripts/elf2image.py"
sys.path.insert(0, str(SCRIPT.parent))
import elf2image  # noqa: E402
import image_reading  # noqa: E402
from elf_file import NewSection, content, elf_file, irom, small_application, small_loader  # noqa: E402

SECTION = 40  # bytes of an entry of the section table


def damaged(file, offset, value, size):
    return file[:offset] + value.to_bytes(size, "little") + file[offset + size :]


class ReadElf(unittest.TestCase):
    def refused(self, file, reason):
        with self.assertRaisesRegex(elf2image.BadInput, reason):
            elf2image.read_elf(file)

    def test_gives_entry_and_loaded_sections(self):
        entry, sections = elf2image.read_elf(small_application())
        self.assertEqual(entry, 0x40100004)
        self.assertEqual([section.name for section in sections], [".rodata", ".text", ".text1", ".data", ".irom0.text"])
        self.assertEqual(sections[0], (".rodata", 0x3FFE8400, content(77, 3)))

    def test_refuses_other_files(self):
        good = small_application()
        self.refused(b"", "^not an ELF file$")
        self.refused(b"\xe9" * 100, "^not an ELF file$")
        self.refused(damaged(good, 4, 2, 1), "^not a 32-bit little-endian ELF file$")
        self.refused(damaged(good, 5, 2, 1), "^not a 32-bit little-endian ELF file$")
        self.refused(damaged(good, 18, 62, 2), r"^machine 62 is not Xtensa \(94\)$")
        self.refused(damaged(good, 16, 1, 2), r"^ELF type 1 is not a linked program \(2\)$")
        self.refused(damaged(good, 48, 0, 2), "^no section table$")
        self.refused(damaged(good, 46, 41, 2), "^no section table$")
        self.refused(damaged(good, 50, 9, 2), "^no section names$")
        self.refused(damaged(good, 50, 7, 2), "^no section names$")

    def test_refuses_every_truncation(self):
        good = small_application()
        for size in range(len(good)):
            self.refused(good[:size], "")

    def test_refuses_offsets_and_sizes_beyond_the_file(self):
        good = small_application()
        table = int.from_bytes(good[32:36], "little")
        for value in (0xFFFFFFFF, 0x7FFFFFFF, 0x10000):
            self.refused(damaged(good, 32, value, 4), "the section table lies beyond the end of the file")
            self.refused(damaged(good, table + SECTION + 16, value, 4), "a section lies beyond the end of the file")
            self.refused(damaged(good, table + SECTION + 20, value, 4), "a section lies beyond the end of the file")
            self.refused(damaged(good, table + SECTION, value, 4), "name lies beyond the table of names")
        self.refused(damaged(good, 48, 0xFFFF, 2), "the section table lies beyond the end of the file")

    def test_refuses_a_name_without_an_end(self):
        good = small_loader()
        table = int.from_bytes(good[32:36], "little")
        self.refused(damaged(good, table - 1, ord("x"), 1), "^a section's name has no end$")
        # In this file the last name is that of .bss, which is not loaded.
        good = small_application()
        table = int.from_bytes(good[32:36], "little")
        elf2image.read_elf(damaged(good, table - 1, ord("x"), 1))

    def test_survives_every_damaged_byte(self):
        good = small_application()
        for offset in range(len(good)):
            for value in (0x00, 0x01, 0x7F, 0x80, 0xFF):
                file = damaged(good, offset, value, 1)
                try:
                    _, sections = elf2image.read_elf(file)
                except elf2image.BadInput:
                    continue
                for section in sections:
                    self.assertIn(section.content, file, offset)


class BuildImage(unittest.TestCase):
    def build(self, loader, application, *flash):
        return elf2image.build_image(elf2image.read_elf(loader), elf2image.read_elf(application), *flash)

    def refused(self, loader, application, reason, *flash):
        with self.assertRaisesRegex(elf2image.BadInput, reason):
            self.build(loader, application, *flash)

    def application_with(self, *sections):
        return elf_file(0x40100000, irom(100), NewSection(".text", 0x40100000, content(64, 9)), *sections)

    def test_crc_has_the_catalogue_check_value(self):
        self.assertEqual(elf2image.flash_crc(b"123456789"), 0x0376E6E7)  # CRC-32/MPEG-2
        self.assertEqual(image_reading.crc(b"123456789"), 0x0376E6E7)

    def test_places_loader_fill_and_application(self):
        image = self.build(small_loader(), small_application())
        loader = image_reading.read_program(image, 0)
        self.assertEqual(loader.entry, 0x4010F000)
        self.assertEqual(loader.segments, [(0x4010F000, content(300, 2))])
        self.assertEqual(loader.end % 16, 0)
        self.assertEqual(image[loader.end : 0x1000], b"\xaa" * (0x1000 - loader.end))
        application = image_reading.read_program(image, 0x1000)
        self.assertEqual(application.entry, 0x40100004)
        self.assertEqual(application.end, len(image))
        self.assertEqual([(segment.address, len(segment.content)) for segment in application.segments],
                         [(0x40201010, 1001), (0x40100000, 512), (0x40100200, 16), (0x3FFE8000, 40), (0x3FFE8400, 77)])
        self.assertEqual(application.segments[4].content, content(77, 3))

    def test_checksums_and_crc_agree_with_an_independent_calculation(self):
        image_reading.check_sums(self.build(small_loader(), small_application()))

    def test_pads_every_length(self):
        for size in range(100, 117):
            application = elf_file(0x40100000, irom(size), NewSection(".text", 0x40100000, content(64, 9)))
            image_reading.check_sums(self.build(small_loader(), application))

    def test_both_headers_hold_the_flash_settings(self):
        image = self.build(small_loader(), small_application(), ("dout", "1M", "80"))
        for header in (0, 0x1000):
            self.assertEqual(image[header + 2 : header + 4], b"\x03\x2f")
        image_reading.check_sums(image)
        for flash, expected in ((("qio", "512K", "40"), b"\x00\x00"), (("qout", "2M", "26"), b"\x01\x31"),
                                (("dio", "8M", "20"), b"\x02\x82"), (("dio", "16M", "40"), b"\x02\x90")):
            self.assertEqual(self.build(small_loader(), small_application(), flash)[2:4], expected)
        self.assertEqual(self.build(small_loader(), small_application())[2:4], b"\x02\x40")

    def test_refuses_a_loader_larger_than_its_slot(self):
        # 8 bytes of header, 8 of the segment's, one for the checksum.
        largest = elf_file(0x4010F000, NewSection(".text", 0x4010F000, content(0x1000 - 17, 1)))
        self.build(largest, small_application())
        larger = elf_file(0x4010F000, NewSection(".text", 0x4010F000, content(0x1000 - 16, 1)))
        self.refused(larger, small_application(), "^the loader needs 4112 bytes and has 4096$")

    def test_the_address_of_the_application_gives_the_size_of_the_slot(self):
        loader = elf_file(0x4010E000, NewSection(".text", 0x4010E000, content(0x2000 - 17, 1)))
        text = NewSection(".text", 0x40100000, content(64, 9))
        image = self.build(loader, elf_file(0x40100000, irom(100, 0x40202010), text))
        self.assertEqual(image_reading.read_program(image, 0x2000).segments[0].address, 0x40202010)
        image_reading.check_sums(image, 0x2000)
        self.refused(loader, elf_file(0x40100000, irom(100, 0x40203010), text),
                     "^application: the first segment is '.irom0.text' at 0x40203010, not")

    def test_refuses_an_image_larger_than_the_flash(self):
        application = elf_file(0x40100000, irom(600 * 1024), NewSection(".text", 0x40100000, content(64, 9)))
        self.build(small_loader(), application, ("dio", "1M", "40"))
        self.refused(small_loader(), application, "the image has .* bytes, the flash 524288$", ("dio", "512K", "40"))

    def test_refuses_programs_that_cannot_be_loaded(self):
        loader = small_loader()
        for reason, application in (
                ("^application: the first segment is '.text' at 0x40100000",
                 elf_file(0x40100000, NewSection(".text", 0x40100000, b"\1\2\3\4"))),
                (r"section '.vectors' \(1 bytes\) has no segment",
                 self.application_with(NewSection(".vectors", 0x40100100, b"\1"))),
                (r"section '.data' \(1 bytes\) cannot be loaded at 0x20000000",
                 self.application_with(NewSection(".data", 0x20000000, b"\1"))),
                ("cannot be loaded", self.application_with(NewSection(".data", 0x3FFFBFFF, b"\1\2"))),
                ("section '.text' appears twice", self.application_with(NewSection(".text", 0x40100200, b"\1"))),
        ):
            with self.subTest(reason=reason):
                self.refused(loader, application, reason)
        self.refused(elf_file(0x4010F000), small_application(), "^loader: nothing to load$")
        self.refused(elf_file(0x40100000, NewSection(".text", 0x4010F000, b"\1")), small_application(),
                     "^loader: entry 0x40100000 is not in a segment")

    def test_refuses_to_overwrite_code_with_length_and_crc(self):
        text = NewSection(".text", 0x40100000, content(64, 9))
        full = irom(100)
        full = full._replace(content=full.content[:7] + b"\1" + full.content[8:])
        for code in (full, irom(7)):
            self.refused(small_loader(), elf_file(0x40100000, code, text), "two zero words")


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "boot.elf").write_bytes(small_loader())
        (self.folder / "app.elf").write_bytes(small_application())

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, "-B", SCRIPT, *map(str, arguments)], cwd=self.folder, capture_output=True,
                              text=True, check=False)

    def package(self, *arguments, loader="boot.elf", app="app.elf", output="image.bin"):
        return self.run_script("--loader", loader, "--app", app, "-o", output, *arguments)

    def fails(self, code, reason, result):
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertIn(reason, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(sorted(file.name for file in self.folder.iterdir()), ["app.elf", "boot.elf"])

    def test_writes_an_image(self):
        result = self.package("--flash-mode", "qout", "--flash-size", "512K", "--flash-freq", "26")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        image = (self.folder / "image.bin").read_bytes()
        self.assertEqual(image[2:4], b"\x01\x01")
        image_reading.check_sums(image)
        self.assertEqual(len(list(self.folder.iterdir())), 3)

    def test_the_mode_of_the_image_follows_the_umask(self):
        mask = os.umask(0o027)
        try:
            self.assertEqual(self.package().returncode, 0)
        finally:
            os.umask(mask)
        self.assertEqual((self.folder / "image.bin").stat().st_mode & 0o777, 0o640)

    def test_help_needs_nothing_else(self):
        result = self.run_script("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("--flash-mode", result.stdout)

    def test_refuses_wrong_arguments(self):
        self.fails(2, "--loader, --app, -o", self.run_script())
        self.fails(2, "-o", self.run_script("--loader", "b", "--app", "a"))
        self.fails(2, "-o: expected one argument", self.run_script("--loader", "b", "--app", "a", "-o"))
        self.fails(2, "invalid choice: 'fast' (choose from 'qio', 'qout', 'dio', 'dout')", self.package("--flash-mode", "fast"))
        self.fails(2, "invalid choice: '3M'", self.package("--flash-size", "3M"))
        self.fails(2, "invalid choice: '100'", self.package("--flash-freq", "100"))
        self.fails(2, "--verbose", self.package("--verbose", "1"))

    def test_names_the_file_that_cannot_be_used(self):
        self.fails(1, "missing.elf", self.package(loader="missing.elf"))
        self.fails(1, "error: /dev/null: not an ELF file", self.package(app="/dev/null"))
        self.fails(1, "missing/image.bin", self.package(output="missing/image.bin"))

    def test_leaves_nothing_where_it_cannot_write(self):
        (self.folder / "taken").mkdir()
        (self.folder / "taken/inside").touch()
        result = self.package(output="taken")
        self.assertEqual(result.returncode, 1)
        self.assertIn("taken", result.stderr)
        self.assertEqual(sorted(file.name for file in self.folder.iterdir()), ["app.elf", "boot.elf", "taken"])


if __name__ == "__main__":
    unittest.main()
