#include "firmware/examples/hello/shell.hpp"

#include <string.h>

#include "firmware/examples/hello/console.hpp"
#include "firmware/examples/hello/self_test.hpp"
#include "firmware/examples/hello/version.hpp"

namespace otatool::hello {
namespace {

void show_help(char* arguments);

void show_version(char*) {
  printf_line("%s\n", version());
}

void run_self_test(char*) {
  const uint32_t start = cycles();
  const char* const failed = failed_exercise();
  if (failed != nullptr) {
    printf_line("self test: %s gives a wrong answer\n", failed);
  } else {
    printf_line("self test: all answers right, %u cycles\n",
                static_cast<unsigned>(cycles() - start));
  }
}

const Command kOwnCommands[] = {
    {"help", "list the commands", show_help},
    {"version", "show the name and version of this program", show_version},
    {"selftest", "compute known answers and compare", run_self_test}};

template <typename Visit>
void for_each_command(Visit visit) {
  for (const Command& command : kOwnCommands) {
    visit(command);
  }
  for (const Command& command : kTextCommands) {
    visit(command);
  }
  for (const Command& command : kByteCommands) {
    visit(command);
  }
  for (const Command& command : kMachineCommands) {
    visit(command);
  }
}

void show_help(char*) {
  for_each_command(
      [](const Command& command) { printf_line("  %-10s %s\n", command.name, command.help); });
}

}  // namespace

char* next_word(char*& text) {
  text += strspn(text, " \t");
  if (*text == '\0') {
    return nullptr;
  }
  char* const word = text;
  text += strcspn(text, " \t");
  if (*text != '\0') {
    *text++ = '\0';
  }
  return word;
}

void run_line(char* line) {
  char* const name = next_word(line);
  if (name == nullptr) {
    return;
  }
  bool found = false;
  for_each_command([&](const Command& command) {
    if (strcmp(command.name, name) == 0) {
      found = true;
      command.run(line);
    }
  });
  if (!found) {
    printf_line("no command '%s'; try help\n", name);
  }
}

}  // namespace otatool::hello
