#include "tests/e2e/signing/signing_commands.hpp"

#include <array>
#include <filesystem>
#include <utility>

#include "otatool/bytes.hpp"

#include "tests/golden/signing/test_keys.hpp"

namespace otatool::test {

SigningFolder::SigningFolder() {
  constexpr std::array<std::pair<const char*, const char*>, 5> kKeys = {
      {{"private.key", "rsa-2048.pem"},
       {"public.key", "rsa-2048.pub.pem"},
       {"ec.key", "p256.pem"},
       {"ec.pub", "p256.pub.pem"},
       {"locked.key", "rsa-2048.aes.pem"}}};
  for (const auto& [name, made] : kKeys) {
    write(name, testing::key_file(made));
  }
  write("app.bin", sketch());
  write("esp32.bin", support::esp32_image());
  write("junk.bin", support::noise(3000, 7));
}

void SigningFolder::write(std::string_view name, const support::Blob& content) const {
  folder_.write(name, as_text(content));
}

bool SigningFolder::has(std::string_view name) const {
  return std::filesystem::exists(folder_ / name);
}

ProgramCall SigningFolder::call(std::vector<std::string> arguments) const {
  ProgramCall call{.program = OTATOOL_BINARY};
  call.arguments = std::move(arguments);
  call.folder = folder_.path().string();
  return call;
}

Outcome SigningFolder::otatool(std::vector<std::string> arguments) const {
  return run(call(std::move(arguments)));
}

bool SigningFolder::shell(const std::string& command) const {
  ProgramCall call{.program = "/bin/sh"};
  call.arguments = {"-c", command};
  call.folder = folder_.path().string();
  return run(call).exit_code == 0;
}

support::Blob sketch(const std::string& text) {
  support::ArduinoSpec spec;
  spec.code_size = 20001;
  spec.text = text;
  return support::arduino_image(spec);
}

}  // namespace otatool::test
