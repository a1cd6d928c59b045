"""Every rule of scripts/lint catches a planted violation and passes what is allowed."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(lint, files):
    """Runs a lint over a tree that holds just `files`; returns (exit code, output)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if lint in ("tree", "references"):  # which ask git what is tracked
            subprocess.run(["git", "init", "--quiet", folder], check=True)
            subprocess.run(["git", "-C", folder, "add", "--all"], check=True)
        result = subprocess.run([sys.executable, "-B", ROOT / "scripts/lint" / f"{lint}.py", folder],
                                capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr


class LintTest(unittest.TestCase):
    lint = ""

    def caught(self, complaint, files):
        code, output = run(self.lint, files)
        self.assertEqual(code, 1, f"{files} passed: {output}")
        self.assertIn(complaint, output)
        self.assertEqual(len(output.splitlines()), 1, output)

    def passes(self, files):
        self.assertEqual(run(self.lint, files), (0, ""), files)


class Layers(LintTest):
    lint = "layers"
    tree = {
        "include/otatool/wire/espota.hpp": "", "include/otatool/result.hpp": "", "include/otatool/image/layout.hpp": "",
        "src/image/esp8266.hpp": "", "src/signing/key.hpp": "", "src/cli/io/messages.hpp": "", "src/cli/upload/upload_plan.hpp": "", "src/app/examined_file.hpp": "", "src/device/flash_file.hpp": "",
        "src/delivery/asio_worker_pool.hpp": "",
        "firmware/core/session.hpp": "",
    }

    def includes(self, path, *targets):
        lines = "".join(f"#include {target}\n" for target in targets)
        return {**self.tree, path: "// A file.\n" + lines}

    def test_each_rule_catches_its_violation(self):
        for rule, path, target in (
                (1, "include/otatool/wire/trailer.hpp", "<stdlib.h>"),
                (1, "include/otatool/wire/trailer.hpp", "<cstdint>"),
                (1, "include/otatool/wire/trailer.hpp", '"otatool/result.hpp"'),
                (2, "include/otatool/espota/upload.hpp", "<boost/asio/ip/tcp.hpp>"),
                (2, "include/otatool/signing/key.hpp", "<openssl/evp.h>"),
                (2, "include/otatool/gzip/gzip.hpp", "<zlib.h>"),
                (2, "include/otatool/mdns/browse.hpp", "<avahi-client/client.h>"),
                (2, "include/otatool/bytes.hpp", "<tl/expected.hpp>"),
                (2, "include/otatool/image/info.hpp", '"image/esp8266.hpp"'),
                (3, "src/signing/signed_image.cpp", '"image/esp8266.hpp"'),
                (3, "src/signing/signed_image.cpp", '"../image/esp8266.hpp"'),
                (3, "src/mdns/search/querier.cpp", '"signing/key.hpp"'),
                (3, "src/http/rules/update_rules.cpp", '"device/flash_file.hpp"'),
                (3, "src/espota/session.cpp", '"delivery/asio_worker_pool.hpp"'),
                (3, "src/esphome/session.cpp", '"signing/key.hpp"'),
                (3, "src/delivery/asio_worker_pool.cpp", '"signing/key.hpp"'),
                (4, "src/image/esp8266.cpp", "<openssl/sha.h>"),
                (4, "src/cli/signing/cmd_sign.cpp", "<openssl/evp.h>"),
                (4, "src/espota/session.cpp", "<openssl/md5.h>"),
                (4, "src/esphome/session.cpp", "<openssl/evp.h>"),
                (4, "src/esphome/noise.hpp", "<openssl/evp.h>"),
                (4, "src/http/rules/update_rules.cpp", "<openssl/ssl.h>"),
                (4, "src/http/rules/update_rules.cpp", "<boost/beast/http/parser.hpp>"),
                (4, "src/image/package.cpp", "<zlib.h>"),
                (4, "src/device/virtual_device.cpp", "<libdeflate.h>"),
                (4, "src/signing/repack.cpp", "<zopfli/zopfli.h>"),
                (4, "src/gzip/pack.cpp", "<divsufsort.h>"),
                (4, "src/mdns/asio/asio_query.cpp", "<avahi-common/watch.h>"),
                (4, "src/cli/serve/cmd_serve.cpp", "<sqlite3.h>"),
                (4, "src/http/rules/operations.cpp", "<libpq-fe.h>"),
                (4, "src/signing/key.cpp", "<p11-kit/pkcs11.h>"),
                (4, "src/espota/session.cpp", "<boost/asio/steady_timer.hpp>"),
                (4, "src/cli/main.cpp", "<boost/asio/signal_set.hpp>"),
                (4, "src/http/rules/update_rules.cpp", "<boost/beast/http.hpp>"),
                (4, "src/espota/session.cpp", "<sys/socket.h>"),
                (4, "src/image/esp32.cpp", "<fstream>"),
                (4, "src/mdns/search/querier.cpp", "<random>"),
                (6, "firmware/core/updater.cpp", '"otatool/result.hpp"'),
                (6, "firmware/core/updater.cpp", "<string>"),
                (6, "firmware/port/lwip/sockets.cpp", '"device/flash_file.hpp"'),
                (6, "src/cli/device/cmd_device.cpp", '"firmware/core/session.hpp"'),
                (6, "src/espota/session.cpp", '"firmware/core/session.hpp"'),
        ):
            with self.subTest(path=path, target=target):
                self.caught(f"rule {rule}:", self.includes(path, target))

    def test_nothing_includes_the_command_line(self):
        for path in ("src/device/virtual_device.cpp", "bench/start_up.cpp"):
            self.caught("rule 5:", self.includes(path, '"cli/io/messages.hpp"'))

    def test_only_the_command_line_includes_use_cases(self):
        self.caught("rule 5:", self.includes("bench/start_up.cpp", '"app/examined_file.hpp"'))

    def test_the_picture_draws_every_arrow_and_no_other(self):
        picture = "# Architecture\n\n## Arrows\n\n| `cli/upload` | `cli/io` |\n"
        files = self.includes("src/cli/upload/cmd_upload.cpp", '"cli/io/messages.hpp"')
        self.passes({**files, "docs/architecture.md": picture})
        self.caught("draws no arrow from cli/upload to cli/io", {**files, "docs/architecture.md": "## Arrows\n"})
        self.caught("nothing in cli/upload includes cli/io", {**self.tree, "docs/architecture.md": picture})

    def test_a_violation_is_reported_with_its_line(self):
        code, output = run("layers", self.includes("src/espota/session.cpp", "<array>", "<zlib.h>"))
        self.assertEqual(code, 1)
        self.assertTrue(output.startswith("src/espota/session.cpp:3: includes zlib.h: rule 4:"), output)

    def test_what_is_allowed_passes(self):
        for path, *targets in (
                ("src/espota/asio_upload.cpp", '"delivery/asio_worker_pool.hpp"'),
                ("include/otatool/wire/trailer.hpp", "<stddef.h>", "<stdint.h>", "<string.h>", '"otatool/wire/espota.hpp"'),
                ("include/otatool/result.hpp", "<tl/expected.hpp>", "<utility>"),
                ("include/otatool/espota/upload.hpp", "<span>", '"otatool/result.hpp"', '"otatool/wire/espota.hpp"'),
                ("src/espota/digest.cpp", "<openssl/evp.h>", '"otatool/image/layout.hpp"'),
                ("src/esphome/noise.cpp", "<openssl/evp.h>", "<openssl/hmac.h>"),
                ("src/http/server/openssl_certificate.cpp", "<openssl/x509.h>"),
                ("src/http/server/beast_server.cpp", "<openssl/ssl.h>", "<boost/beast/http.hpp>", "<sys/socket.h>"),
                ("src/signing/key.cpp", "<openssl/pem.h>", '"signing/key.hpp"', '"key.hpp"'),
                ("src/gzip/deflate.cpp", "<libdeflate.h>", "<zlib.h>"),
                ("src/delta/suffix_array.cpp", "<divsufsort.h>"),
                ("src/mdns/avahi/avahi_browse.cpp", "<avahi-client/client.h>"),
                ("src/signing/token/pkcs11_module.cpp", "<p11-kit/pkcs11.h>"),
                ("src/espota/asio_upload.cpp", "<boost/asio.hpp>", "<sys/socket.h>"),
                ("src/http/server/beast_serve.cpp", "<boost/beast/http.hpp>"),
                ("src/device/virtual_device.cpp", "<boost/asio.hpp>", '"firmware/core/session.hpp"'),
                ("src/cli/images/cmd_info.cpp", "<fstream>", '"cli/io/messages.hpp"', '"otatool/image/layout.hpp"'),
                ("firmware/core/updater.cpp", "<stdint.h>", '"session.hpp"', '"otatool/wire/espota.hpp"'),
                ("firmware/tools/plugin.cpp", "<fstream>", "<vector>"),
                ("tests/unit/cli/files_test.cpp", "<gtest/gtest.h>", "<openssl/evp.h>", '"cli/io/messages.hpp"'),
        ):
            with self.subTest(path=path):
                self.passes(self.includes(path, *targets))


class CoAwaitOperands(LintTest):
    lint = "co_await_operands"

    def test_temporaries_are_caught(self):
        for code in ("co_await run([x] { return x; });", "co_await send(Datagram{bytes, 3}, token);",
                     "co_await wait({1, 2});", "if (co_await ready(\n    Deadline{3})) {}"):
            with self.subTest(code=code):
                self.caught("src/espota/asio_upload.cpp:2: ", {"src/espota/asio_upload.cpp": f"\n{code}\n"})

    def test_named_operands_pass(self):
        for code in ("co_await run(std::move(task));", "if (co_await ready()) { go({1}); }", "// co_await f({1});\n",
                     'co_await print("{");', "co_await put('{', 1'000); Type{1};", 'auto t = R"(co_await f({1}))";'):
            with self.subTest(code=code):
                self.passes({"src/espota/asio_upload.cpp": code})


class Output(LintTest):
    lint = "output"

    def test_printing_and_exiting_are_caught(self):
        for what in ("std::cout << 1;", "std::cerr << 1;", 'printf("");', 'std::printf("");', 'fprintf(stderr, "");',
                     'puts("");', "exit(1);", "std::exit(1);", 'fmt::print("");', "::_exit(3);", "abort();"):
            with self.subTest(what=what):
                self.caught("src/signing/key.cpp:1: ", {"src/signing/key.cpp": what})
        self.caught("firmware/core/session.cpp:2: ", {"firmware/core/session.cpp": '\nprintf("");'})

    def test_formatting_and_allowed_folders_pass(self):
        self.passes({"src/signing/key.cpp": 'snprintf(b, 3, ""); fmt::format(""); // printf("")\nauto s = "exit(";'
                                            "uart.puts(x); flash->abort(); Updater::abort();",
                     "src/cli/terminal.cpp": 'std::puts("");', "firmware/tools/plugin.cpp": "std::cerr << 1;",
                     "tests/unit/x_test.cpp": "std::cout << 1;", "bench/x.cpp": 'printf("");'})


class Tree(LintTest):
    lint = "tree"

    def test_violations_are_caught(self):
        for complaint, files in (
                ("big.bin: 1048577 bytes", {"big.bin": b"\0" * 1048577}),
                ("notes.md:2: a path of one machine", {"notes.md": "see\n`/" + "home/someone/otatool`\n"}),
                ("x.cpp:1: a loose end", {"x.cpp": "// TO" + "DO: more\n"}),
                ("scripts/run:2: a loose end", {"scripts/run": "#!/bin/sh\n# FIX" + "ME\n"}),
                ("ca.key:1: a private key", {"ca.key": "-----BEGIN EC " + "PRIVATE KEY-----\n"}),
                ("README.md:1: links to docs/none.md", {"README.md": "[docs](docs/none.md)"}),
                ("docs/a.md:1: links to b.md", {"docs/a.md": "[b](b.md#part)", "b.md": ""}),
                ("man/otatool.1.scd:1: refers to *otatool-upload*(1)", {"man/otatool.1.scd": "*otatool-upload*(1)"}),
                ("man/otatool.1.scd:1: refers to *otatool-a*(7)", {"man/otatool.1.scd": "*otatool-a*(7)"}),
        ):
            with self.subTest(complaint=complaint):
                self.caught(complaint, files)

    def test_a_clean_tree_passes(self):
        self.passes({"full.bin": b"\0" * 1048576, "README.md": "[docs](docs/a.md#b), [web](https://example.org/home/x), "
                                                               "[here](#part), ~/elsewhere/x, build/home/x",
                     "docs/a.md": "[up](../README.md)", "man/otatool.1.scd": "*otatool-upload*(1), *otatool-a*(7), *ssh*(1)",
                     "man/otatool-upload.1.scd": "*otatool*(1)", "tests/a.key": "-----BEGIN EC " + "PRIVATE KEY-----\n"})


class References(LintTest):
    lint = "references"
    # Written in two parts, so that this file contains no reference itself.
    page = "espota" + ".md"
    issue = "issue" + " 3"
    tree = {f"docs/spec/{page}": "# Uploads\n## 1. Messages\n### 1.1 Invitation\n### 1.2 Digest\n## 7. Time\n"}

    def with_file(self, name, text):
        return {**self.tree, name: text}

    def test_violations_are_caught(self):
        page = self.page
        for complaint, name, text in (
                (f"x.cpp:1: {page} has no section 1.3", "x.cpp", f"// As {page} 1.3 says.\n"),
                (f"x.cpp:1: {page} has no section 2", "x.cpp", f"// See {page} 1.1, 2 and 7.\n"),
                (f"x.cpp:1: {page} has no section 1.4", "x.cpp", f"/// Source: {page} 1.1,\n/// 1.4.\n"),
                (f"x.cpp:1: {page} has no section 8", "x.cpp", f"// {page}\n// section 8\n"),
                (f"x.cpp:1: {page} has no section 1.9", "x.cpp", f"// {page} 1.1-1.9\n"),
                (f"x.py:2: {page} has no section 3", "x.py", f"\n# {page}, section 3\n"),
                ("x.hpp:1: refers to none.md, which is not in docs/spec", "x.hpp", "// none" + ".md 1.1\n"),
                ("x.hpp:1: refers to none.md, which does not exist", "x.hpp", "// see none" + ".md.\n"),
                (f"README.md:1: {page} has no section 3", "README.md", f"[the page](docs/spec/{page}) 3"),
                (f"docs/a.md:1: links to #none, which spec/{page} does not have", "docs/a.md",
                 f"[x](spec/{page}#none)"),
                ("docs/a.md:2: links to #b, which the page does not have", "docs/a.md", "# A\n[x](#b)"),
                (f"x.cpp:1: '{self.issue}' does not say of which project", "x.cpp", f"// As {self.issue} says.\n"),
                ("docs/spec/form.md:2: has no section 2", "docs/spec/form.md", "# 1. A\nSee section 2.\n"),
        ):
            with self.subTest(text=text):
                self.caught(complaint, self.with_file(name, text))

    def test_what_leads_somewhere_passes(self):
        page = self.page
        for name, text in (
                ("x.cpp", f"// {page} 1.1, 1.2 and 7; RFC 6762 section 10. {page} 1.1, RFC 6762, 21 bytes.\n"),
                ("x.cpp", f"// ({page} 1,\n// 7.1.2.3 is a version) and {page} 7: 889,824 bytes\n"),
                ("docs/a.md", f"# A b: `c`\n[x](spec/{page}#11-invitation) [y](#a-b-c) {page} section 7, a.md"),
                ("docs/spec/form.md", f"# 1. A\nSection 1, RFC 7578 section 4, {page} section 7.\n"),
                ("tests/x_test.cpp", "// Makes notes" + ".md.\n"),
        ):
            with self.subTest(text=text):
                self.passes(self.with_file(name, text))


class Alone(unittest.TestCase):
    def test_a_missing_include_is_found_though_another_file_has_it(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = {"a.cpp": "#include <vector>\nstd::vector<int> a;\n", "b.cpp": "std::vector<int> b;\n"}
            for name, text in texts.items():
                pathlib.Path(folder, name).write_text(text)
            commands = [{"directory": folder, "file": f"{folder}/{name}", "command": f"c++ -o {name}.o -c {name}"}
                        for name in texts]
            pathlib.Path(folder, "compile_commands.json").write_text(json.dumps(commands))

            def run_alone(*names):
                result = subprocess.run([sys.executable, "-B", ROOT / "scripts/lint/alone.py", folder,
                                         *(f"{folder}/{name}" for name in names)],
                                        capture_output=True, text=True, check=False)
                return result.returncode, result.stdout

            self.assertEqual(run_alone("a.cpp"), (0, "alone: 1 files, 0 with errors\n"))
            code, output = run_alone("a.cpp", "b.cpp")
            self.assertEqual(code, 1, output)
            self.assertIn("b.cpp:1:", output)
            self.assertIn("alone: 2 files, 1 with errors", output)
            self.assertEqual(run_alone("c.cpp")[0], 1, "nothing was compiled")


if __name__ == "__main__":
    unittest.main()
