#include <cstddef>
#include <cstdio>
#include <exception>
#include <span>

#include "cli/frame/run.hpp"

int main(int argc, char** argv) {
  try {
    return otatool::cli::run(std::span(argv, static_cast<std::size_t>(argc)));
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "otatool: error: internal failure: %s\n", bug.what());
  } catch (...) {
    std::fputs("otatool: error: internal failure of an unknown kind\n", stderr);
  }
  return 1;
}
