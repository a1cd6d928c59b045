#include "cli/frame/secret_variable.hpp"

#include <cstdlib>
#include <string.h>

namespace otatool::cli {

std::optional<Secret> take_variable(const std::string& name) {
  const char* const text = std::getenv(name.c_str());
  if (text == nullptr || *text == '\0') {
    return std::nullopt;
  }
  Secret secret{std::string(text)};
  overwrite_variable(name);
  return secret;
}

void overwrite_variable(const std::string& name) {
  if (char* const text = std::getenv(name.c_str())) {
    explicit_bzero(text, strlen(text));
  }
}

}  // namespace otatool::cli
