#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/examples/hello/console.hpp"
#include "firmware/examples/hello/handbook.hpp"
#include "firmware/examples/hello/shell.hpp"

namespace otatool::hello {
namespace {

constexpr size_t kMaxWords = 32;

void grep(char* arguments) {
  arguments += strspn(arguments, " ");
  regex_t pattern;
  const int status = regcomp(&pattern, arguments, REG_EXTENDED | REG_ICASE | REG_NOSUB);
  if (status != 0) {
    char reason[64];
    regerror(status, &pattern, reason, sizeof reason);
    printf_line("grep: %s: '%s'\n", reason, arguments);
    return;
  }
  unsigned hits = 0;
  for (const char* const* line = kHandbook; *line != nullptr; ++line) {
    if (regexec(&pattern, *line, 0, nullptr, 0) == 0) {
      printf_line("%s\n", *line);
      ++hits;
    }
  }
  printf_line("%u lines\n", hits);
  regfree(&pattern);
}

int compare_words(const void* left, const void* right) {
  return strcmp(*static_cast<char* const*>(left), *static_cast<char* const*>(right));
}

void sort(char* arguments) {
  char* words[kMaxWords];
  size_t count = 0;
  for (char* word = next_word(arguments); word != nullptr && count < kMaxWords;
       word = next_word(arguments)) {
    words[count++] = word;
  }
  qsort(words, count, sizeof words[0], compare_words);
  for (size_t i = 0; i < count; ++i) {
    printf_line("%s%s", words[i], i + 1 == count ? "\n" : " ");
  }
}

// A sum of products of numbers and parentheses, by recursive descent; depth is bound by the line's
// length.
class Calculator {
 public:
  explicit Calculator(const char* text) : text_(text) {}

  long sum() {
    long value = product();
    for (;;) {
      if (take('+')) {
        value += product();
      } else if (take('-')) {
        value -= product();
      } else {
        return value;
      }
    }
  }

  bool ended() {
    skip();
    return !failed_ && *text_ == '\0';
  }

 private:
  void skip() { text_ += strspn(text_, " "); }

  bool take(char character) {
    skip();
    if (*text_ != character) {
      return false;
    }
    ++text_;
    return true;
  }

  long product() {
    long value = factor();
    for (;;) {
      if (take('*')) {
        value *= factor();
      } else if (take('/')) {
        const long divisor = factor();
        failed_ = failed_ || divisor == 0;
        value = divisor == 0 ? 0 : value / divisor;
      } else {
        return value;
      }
    }
  }

  long factor() {
    if (take('-')) {
      return -factor();
    }
    if (take('(')) {
      const long value = sum();
      failed_ = !take(')') || failed_;
      return value;
    }
    skip();
    char* end = nullptr;
    const long value = strtol(text_, &end, 0);
    failed_ = failed_ || end == text_;
    text_ = end;
    return value;
  }

  const char* text_;
  bool failed_ = false;
};

void calc(char* arguments) {
  Calculator calculator(arguments);
  const long value = calculator.sum();
  if (calculator.ended()) {
    printf_line("%ld (0x%lx)\n", value, static_cast<unsigned long>(value));
  } else {
    printf_line("calc: not an expression\n");
  }
}

}  // namespace

const Command kTextCommands[3] = {{"grep", "search the handbook by a regular expression", grep},
                                  {"sort", "put words in order", sort},
                                  {"calc", "compute with + - * / and parentheses", calc}};

}  // namespace otatool::hello
