// elf2image: from two ELF files to one ESP8266 image. Exit code 0, 1 on failure, 2 on wrong usage.
#include <cstdio>
#include <fmt/format.h>
#include <string_view>
#include <vector>

#include "firmware/tools/elf2image/arguments.hpp"
#include "firmware/tools/elf2image/elf.hpp"
#include "firmware/tools/elf2image/files.hpp"
#include "firmware/tools/elf2image/image.hpp"

namespace otatool::elf2image {
namespace {

Result<void> run(const Arguments& arguments) {
  const auto loader_file = read_file(arguments.loader);
  if (!loader_file) {
    return fail(loader_file.error());
  }
  const auto application_file = read_file(arguments.application);
  if (!application_file) {
    return fail(application_file.error());
  }
  const auto loader = read_elf(*loader_file);
  if (!loader) {
    return fail(loader.error().with_context(arguments.loader));
  }
  const auto application = read_elf(*application_file);
  if (!application) {
    return fail(application.error().with_context(arguments.application));
  }
  const auto image = build_image(*loader, *application, arguments.flash);
  if (!image) {
    return fail(image.error());
  }
  return write_file(arguments.output, *image);
}

}  // namespace
}  // namespace otatool::elf2image

int main(int argc, char** argv) {
  using namespace otatool::elf2image;
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto arguments = read_arguments(words);
  if (!arguments) {
    fmt::print(stderr, "error: {}\n{}", arguments.error().message(), kUsage);
    return 2;
  }
  if (arguments->help) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (const auto done = run(*arguments); !done) {
    fmt::print(stderr, "error: {}\n", done.error().message());
    return 1;
  }
  return 0;
}
