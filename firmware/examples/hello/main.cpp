// A small serial console, so that there is a real program to send over the air: it tells its
// version, checks itself and obeys lines typed at UART0. It does no networking of its own.
#include <string.h>

#include "firmware/examples/hello/console.hpp"
#include "firmware/examples/hello/shell.hpp"

namespace otatool::hello {
namespace {

void run(const char* text) {
  char line[128];
  strncpy(line, text, sizeof line - 1);
  line[sizeof line - 1] = '\0';
  printf_line("> %s\n", line);
  run_line(line);
}

void greet() {
  run("version");
  run("selftest");
  run("grep ^flash|sectors");
  run("sort station humidity anchor lamp");
  run("calc (1+2)*3-0x10/4");
  run("date 1700000000");
  run("spectrum 5 40");
  run("help");
}

[[noreturn]] void serve() {
  char line[128];
  size_t used = 0;
  for (;;) {
    feed_watchdog();
    const int character = read_character();
    if (character < 0) {
      continue;
    }
    if (character == '\r' || character == '\n') {
      line[used] = '\0';
      run_line(line);
      used = 0;
    } else if (used + 1 < sizeof line) {
      line[used++] = static_cast<char>(character);
    }
  }
}

}  // namespace
}  // namespace otatool::hello

extern "C" void hello_main() {
  otatool::hello::greet();
  otatool::hello::serve();
}
