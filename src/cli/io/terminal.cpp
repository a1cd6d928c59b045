#include "cli/io/terminal.hpp"

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "otatool/number.hpp"

namespace otatool::cli {
namespace {

constexpr std::size_t kDefaultWidth = 80;
constexpr std::size_t kSmallestWidth = 20;

}  // namespace

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') {
    return std::nullopt;
  }
  return value;
}

bool is_terminal(int descriptor) {
  return isatty(descriptor) == 1;
}

std::size_t terminal_width(int descriptor) {
  if (const auto columns = environment("COLUMNS")) {
    const auto width = parse_number<std::size_t>(*columns);
    if (width && *width >= kSmallestWidth) {
      return *width;
    }
  }
  winsize size = {};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= kSmallestWidth) {
    return size.ws_col;
  }
  return kDefaultWidth;
}

bool can_redraw(int descriptor) {
  return is_terminal(descriptor) && environment("TERM").value_or("dumb") != "dumb";
}

bool wants_color(ColorMode mode, bool terminal) {
  switch (mode) {
    case ColorMode::Always:
      return true;
    case ColorMode::Never:
      return false;
    case ColorMode::Auto:
      break;
  }
  return terminal && !environment("NO_COLOR") && !environment("CI") &&
         environment("TERM").value_or("") != "dumb";
}

bool may_prompt() {
  return is_terminal(STDIN_FILENO) && is_terminal(STDERR_FILENO);
}

}  // namespace otatool::cli
