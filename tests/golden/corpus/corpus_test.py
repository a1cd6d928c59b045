"""Compares `otatool info --json` with the table of the corpus: corpus_test.py OTATOOL CORPUS_FOLDER"""
import json
import pathlib
import subprocess
import sys
import unittest

OTATOOL, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
LEAST_FILES = 30


def rows():
    for line in (FOLDER / "corpus.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split()


def names(codes):
    return "-" if not codes else ",".join(codes)


def codes(document, level):
    return names([finding["code"] for finding in document["findings"] if finding["level"] == level])


class Corpus(unittest.TestCase):
    def test_the_table_names_every_file(self):
        listed = sorted(row[0] for row in rows())
        self.assertEqual(listed, sorted(path.name for path in (FOLDER / "files").iterdir()))
        self.assertGreaterEqual(len(listed), LEAST_FILES)

    def test_info_reports_what_the_table_says(self):
        for name, *expected in rows():
            with self.subTest(name):
                shown = subprocess.run([OTATOOL, "info", "--json", FOLDER / "files" / name], capture_output=True, text=True)
                self.assertEqual((shown.returncode, shown.stderr), (0, ""))
                document = json.loads(shown.stdout)
                content = (document.get("gzip") or {}).get("content") or {}
                self.assertEqual([document["kind"], content.get("kind", "-"), codes(document, "error"),
                                  codes(document, "warning")], expected)
                self.assertEqual(document["size"], (FOLDER / "files" / name).stat().st_size)
                self.assertEqual(document["chip"], "none")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
