#include "cli/compat/signing_arguments.hpp"

#include <array>
#include <fmt/format.h>
#include <getopt.h>
#include <string_view>
#include <vector>

namespace otatool::cli {
namespace {

constexpr int kAllowMissing = 256;
constexpr char kSigningLetters[] = "-:hm:b:o:l:p:s:";
constexpr std::array kSigningLongOptions = {
    option{"help", no_argument, nullptr, 'h'},
    option{"mode", required_argument, nullptr, 'm'},
    option{"bin", required_argument, nullptr, 'b'},
    option{"out", required_argument, nullptr, 'o'},
    option{"legacy", required_argument, nullptr, 'l'},
    option{"publickey", required_argument, nullptr, 'p'},
    option{"privatekey", required_argument, nullptr, 's'},
    option{"allow-missing", no_argument, nullptr, kAllowMissing},
    option{nullptr, 0, nullptr, 0},
};

struct Scanned {
  SigningArguments arguments;
  std::string mode;
  bool help = false;
};

void take(int letter, const char* value, Scanned& scanned) {
  SigningArguments& out = scanned.arguments;
  switch (letter) {
    case 'h':
      scanned.help = true;
      break;
    case 'm':
      scanned.mode = value;
      break;
    case 'b':
      out.bin = value;
      break;
    case 'o':
      out.out = value;
      break;
    case 'l':
      out.legacy = value;
      break;
    case 'p':
      out.public_key = value;
      break;
    case 's':
      out.private_key = value;
      break;
    default:
      out.allow_missing = true;
      break;
  }
}

Result<Scanned> scan(std::vector<std::string> words) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  Scanned scanned;
  optind = 0;  // glibc: start again
  opterr = 0;
  const int count = static_cast<int>(words.size());
  for (;;) {
    const int letter =
        getopt_long(count, argv.data(), kSigningLetters, kSigningLongOptions.data(), nullptr);
    if (letter == -1) {
      break;
    }
    if (letter == 1) {
      return fail(Errc::Usage, fmt::format("unrecognized argument: {}", optarg));
    }
    const std::string_view word = argv[static_cast<std::size_t>(optind) - 1];
    if (letter == '?') {
      return fail(Errc::Usage, fmt::format("no such option: {}", word));
    }
    if (letter == ':') {
      return fail(Errc::Usage, fmt::format("option {} needs a value", word));
    }
    take(letter, optarg, scanned);
  }
  if (optind < count) {
    return fail(Errc::Usage,
                fmt::format("unrecognized argument: {}", argv[static_cast<std::size_t>(optind)]));
  }
  return scanned;
}

Result<void> require(const std::string& value, std::string_view what) {
  if (value.empty()) {
    return fail(Errc::Usage, fmt::format("no {} is given", what));
  }
  return {};
}

}  // namespace

Result<SigningArguments> parse_signing_arguments(std::span<const std::string> arguments) {
  std::vector<std::string> words = {"signing"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  TRY(auto scanned, scan(std::move(words)));
  SigningArguments out = std::move(scanned.arguments);
  if (scanned.help) {
    return out;
  }
  Result<void> complete;
  if (scanned.mode == "header") {
    out.mode = SigningMode::Header;
    complete = require(out.public_key, "public key");
  } else if (scanned.mode == "sign") {
    out.mode = SigningMode::Sign;
    complete =
        require(out.private_key, "private key").and_then([&] { return require(out.bin, "image"); });
  } else {
    return fail(Errc::Usage, "mode not specified as header or sign");
  }
  complete = complete.and_then([&] { return require(out.out, "output file"); });
  return complete ? Result<SigningArguments>(std::move(out)) : fail(complete.error());
}

}  // namespace otatool::cli
