// Runs a fuzz target without libFuzzer: each file of a corpus, then seeded mutations of these
// files, the same ones in every run. `NAME_fuzz MUTATIONS FOLDER [DICTIONARY]`, or `NAME_fuzz
// FILE...` for single inputs.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;
constexpr std::size_t kLargestInput = 4096;

// The current input, for the message of a broken invariant.
const Input* current = nullptr;

extern "C" void show_current_input(int signal) {
  std::fprintf(stderr, "input of %zu bytes in hex, see xxd -r -p:\n", current->size());
  for (const std::uint8_t byte : *current) {
    std::fprintf(stderr, "%02x", byte);
  }
  std::fprintf(stderr, "\n");
  std::signal(signal, SIG_DFL);
}

void run(const Input& input) {
  current = &input;
  // A copy of exact size, so that ASan detects the first byte read beyond it.
  const Input exact(input);
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

Input read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::uint8_t hex_digit(char digit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::size_t value = kDigits.find(digit);
  if (value == std::string_view::npos) {
    std::fprintf(stderr, "a dictionary has '%c' as a digit\n", digit);
    std::exit(2);
  }
  return static_cast<std::uint8_t>(value);
}

/// The word of a line of a libFuzzer dictionary: `"text"` with \xHH, \" and \\. Empty for a
/// comment.
Input word_of(std::string_view line) {
  Input word;
  if (line.size() < 2 || !line.starts_with('"') || !line.ends_with('"')) {
    return word;
  }
  line = line.substr(1, line.size() - 2);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 3 < line.size() && line[i + 1] == 'x') {
      word.push_back(
          static_cast<std::uint8_t>(hex_digit(line[i + 2]) << 4U | hex_digit(line[i + 3])));
      i += 3;
      continue;
    }
    i += line[i] == '\\' && i + 1 < line.size() ? 1 : 0;
    word.push_back(static_cast<std::uint8_t>(line[i]));
  }
  return word;
}

std::vector<Input> read_dictionary(const std::filesystem::path& path) {
  std::vector<Input> words;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (Input word = word_of(line); !word.empty()) {
      words.push_back(std::move(word));
    }
  }
  if (words.empty()) {
    std::fprintf(stderr, "no words in %s\n", path.c_str());
    std::exit(2);
  }
  return words;
}

class Mutator {
 public:
  Mutator(const std::vector<Input>& corpus, const std::vector<Input>& words)
      : corpus_(corpus), words_(words) {}

  Input next() {
    Input input = corpus_[below(corpus_.size())];
    for (std::size_t steps = 1 + below(4); steps != 0; --steps) {
      mutate(input);
    }
    input.resize(std::min(input.size(), kLargestInput));
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  std::uint8_t any_byte() { return static_cast<std::uint8_t>(random_()); }

  std::uint8_t interesting_byte() {
    using namespace std::string_view_literals;
    constexpr std::string_view kInteresting = "\0\x01\x7F\x80\xFF\n\r\t 09OKAE:[]#\"=.-"sv;
    return static_cast<std::uint8_t>(kInteresting[below(kInteresting.size())]);
  }

  void mutate(Input& input) {
    const std::size_t at = below(input.size() + 1);
    const auto place = input.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t rest = input.size() - at;
    const auto end =
        place + static_cast<std::ptrdiff_t>(below(std::min<std::size_t>(rest, 32) + 1));
    switch (below(words_.empty() ? 7 : 8)) {
      case 0:
        input.insert(place, interesting_byte());
        break;
      case 1:
        input.insert(place, any_byte());
        break;
      case 2:
        input.erase(place, end);
        break;
      case 3:
        std::fill(place, end, interesting_byte());
        break;
      case 4:
        flip_bit(input);
        break;
      case 5: {
        const Input repeated(place, end);
        input.insert(place, repeated.begin(), repeated.end());
        break;
      }
      case 6:
        splice(input, at);
        break;
      default: {
        const Input& word = words_[below(words_.size())];
        input.insert(place, word.begin(), word.end());
        break;
      }
    }
  }

  void flip_bit(Input& input) {
    if (!input.empty()) {
      input[below(input.size())] ^= static_cast<std::uint8_t>(1U << below(8));
    }
  }

  void splice(Input& input, std::size_t at) {
    const Input& other = corpus_[below(corpus_.size())];
    const auto from = other.begin() + static_cast<std::ptrdiff_t>(below(other.size() + 1));
    input.resize(at);
    input.insert(input.end(), from, other.end());
  }

  const std::vector<Input>& corpus_;
  const std::vector<Input>& words_;
  std::mt19937_64 random_{20240501};
};

int replay_corpus(unsigned mutations,
                  const std::filesystem::path& folder,
                  const std::vector<Input>& words) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const auto& path : paths) {
    corpus.push_back(read(path));
    run(corpus.back());
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "no inputs in %s\n", folder.c_str());
    return 2;
  }
  Mutator mutator(corpus, words);
  for (unsigned i = 0; i < mutations; ++i) {
    run(mutator.next());
  }
  std::printf("%zu inputs and %u mutations of them\n", corpus.size(), mutations);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, show_current_input);
  std::signal(SIGSEGV, show_current_input);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  unsigned mutations = 0;
  if (arguments.size() == 2 || arguments.size() == 3) {
    const std::string& text = arguments[0];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mutations);
    if (error == std::errc() && end == text.data() + text.size()) {
      return replay_corpus(
          mutations,
          arguments[1],
          arguments.size() == 3 ? read_dictionary(arguments[2]) : std::vector<Input>());
    }
  }
  for (const std::string& path : arguments) {
    const Input input = read(path);
    run(input);
  }
  return arguments.empty() ? 2 : 0;
}
