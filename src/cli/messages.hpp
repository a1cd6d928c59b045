// Everything that otatool prints goes through here: results to stdout, all else to stderr (cli.md).
// With --json stdout holds JSON only. The only other room that prints is main's last resort.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "otatool/error.hpp"
#include "otatool/result.hpp"

namespace otatool::cli {

enum class ColorMode { Auto, Always, Never };

struct MessageOptions {
  bool json = false;
  bool quiet = false;
  int verbosity = 0;  ///< 1: -v, 2: -vv
  ColorMode color = ColorMode::Auto;
};

class Messages {
 public:
  explicit Messages(MessageOptions options);

  [[nodiscard]] bool json() const;
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] int verbosity() const;

  /// A line of the command's result, on stdout; nothing with --json.
  void result(std::string_view line);
  /// One JSON object as one line on stdout; nothing without --json.
  void json_line(const nlohmann::json& object);
  /// One JSON document on stdout; nothing without --json.
  void json_document(const nlohmann::json& document);
  /// What is going on, on stderr; nothing with -q.
  void note(std::string_view line);
  /// As note, but only from this verbosity on.
  void detail(int verbosity, std::string_view line);
  void warning(std::string_view line);
  /// `otatool: error: ...` and, if there is one for its code, `otatool: hint: ...`.
  void error(const Error& error);

  /// Writes what is buffered; OutputFailed when stdout could not take all of it (disk full).
  [[nodiscard]] Result<void> flush();

 private:
  MessageOptions options_;
  bool color_ = false;
};

}  // namespace otatool::cli
