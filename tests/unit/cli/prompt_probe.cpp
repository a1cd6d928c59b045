// Asks for a password as commands do, and prints what came of it: `[answer]` or the error's name.
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
