#include "tests/support/program_log.hpp"

namespace otatool::test {
namespace {

constexpr std::size_t kLongestStream = 8'000;

void add_stream(std::string& text, const char* name, const std::string& stream) {
  if (stream.empty()) {
    text += std::string("  ") + name + " is empty\n";
    return;
  }
  text += std::string("  ") + name + ":\n";
  if (stream.size() > kLongestStream) {
    text += "[" + std::to_string(stream.size() - kLongestStream) + " bytes left out]\n";
  }
  text += stream.size() > kLongestStream ? stream.substr(stream.size() - kLongestStream) : stream;
  if (text.back() != '\n') {
    text += '\n';
  }
}

}  // namespace

ProgramLog& program_log() {
  static ProgramLog log;
  return log;
}

std::string describe(const ProgramRecord& record) {
  std::string text = "program: " + record.command + "\n  " + record.state + "\n";
  add_stream(text, "stdout", record.output);
  add_stream(text, "stderr", record.error);
  return text;
}

}  // namespace otatool::test
