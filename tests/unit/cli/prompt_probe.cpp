// Prompts for a password like a command and prints the result: `[answer]` or the name of the error.
#include <cstdio>
#include <string>

#include "cli/frame/secrets.hpp"

int main() {
  const auto answer = otatool::cli::ask_password("kitchen");
  const std::string text = answer ? "[" + std::string(answer->reveal()) + "]"
                                  : std::string(to_string(answer.error().code()));
  std::puts(text.c_str());
  return answer ? 0 : 1;
}
