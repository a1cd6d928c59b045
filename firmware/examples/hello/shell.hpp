// The command line of the sample: one line of text in, the command's output on the console.
#pragma once

namespace otatool::hello {

/// A command: its name, what it does in a line, and the function that gets the rest of the line.
struct Command {
  const char* name;
  const char* help;
  void (*run)(char* arguments);
};

/// Runs one line; changes it while taking it apart.
void run_line(char* line);

/// The next word of `text`, zero-terminated in place, or null; `text` moves behind it.
char* next_word(char*& text);

/// Commands on text: grep, sort, calc.
extern const Command kTextCommands[3];
/// Commands on bytes: md5, sha256, sha512, crc32, aes.
extern const Command kByteCommands[5];
/// Commands on the machine: date, dump, spectrum, life.
extern const Command kMachineCommands[4];

}  // namespace otatool::hello
