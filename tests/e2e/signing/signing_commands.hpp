// Runs otatool's signing commands in a folder with keys and images.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/image_builder.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_folder.hpp"

namespace otatool::test {

/// Holds `private.key` and `public.key` (RSA-2048), `ec.key` and `ec.pub` (P-256), `locked.key`
/// (RSA-2048 with the passphrase "open sesame"), `app.bin` (ESP8266), `esp32.bin`, `junk.bin`.
class SigningFolder {
 public:
  SigningFolder();

  void write(std::string_view name, const support::Blob& content) const;
  [[nodiscard]] std::string read(std::string_view name) const { return folder_.read(name); }
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] std::string path(std::string_view name) const { return (folder_ / name).string(); }
  /// A call of otatool in this folder, which the test may change before it runs.
  [[nodiscard]] ProgramCall call(std::vector<std::string> arguments) const;
  [[nodiscard]] Outcome otatool(std::vector<std::string> arguments) const;
  /// Runs another program in this folder; true if its exit code is 0.
  [[nodiscard]] bool shell(const std::string& command) const;

 private:
  TemporaryFolder folder_;
};

/// An ESP8266 sketch whose code contains `text`.
support::Blob sketch(const std::string& text = {});

}  // namespace otatool::test
