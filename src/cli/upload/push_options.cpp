#include "cli/upload/push_options.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "otatool/ascii.hpp"
#include "otatool/http/family.hpp"
#include "otatool/http/form.hpp"

#include "app/transports/transport.hpp"
#include "cli/frame/option_reader.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

/// The name of a part of a form; it stands in quotes.
Result<std::string> parse_form_name(const std::string& text) {
  if (text.empty() || std::ranges::any_of(text, [](char c) { return is_control(c) || c == '"'; })) {
    return fail(Errc::Usage, fmt::format("'{}' is not a name of a field", text));
  }
  return text;
}

Result<std::vector<http::TextPart>> read_parts(const Invocation& invocation) {
  std::vector<http::TextPart> parts;
  for (const std::string& text : invocation.values("extra")) {
    const std::size_t mark = text.find('=');
    if (mark == std::string::npos) {
      return fail(Errc::Usage, fmt::format("option '--extra': '{}' is not NAME=VALUE", text));
    }
    TRY(std::string name, parse_form_name(text.substr(0, mark)));
    parts.push_back({std::move(name), text.substr(mark + 1)});
  }
  return parts;
}

/// The family of this name; Unknown for `form`, nothing for the name of another transport.
Result<std::optional<http::Family>> parse_family(const std::string& name) {
  if (name == app::transport_of(app::Via::Form).name) {
    return std::optional(http::Family::Unknown);
  }
  return http::family_of_name(name);
}

}  // namespace

Result<http::PushOptions> read_push_options(Invocation& invocation) {
  OptionReader read(invocation);
  http::PushOptions options;
  options.filesystem = read.flag("fs");
  options.field = read.parsed("field", parse_form_name, std::string());
  options.parts = read.take(read_parts(invocation));
  options.via = read.parsed("via", parse_family, std::optional<http::Family>());
  options.file_name = http::form_file_name(invocation.arguments().front());
  options.tls.verify = !read.flag("insecure");
  if (const auto path = read.text("ca")) {
    if (!options.tls.verify) {
      read.refuse(Error(Errc::Usage, "--ca and --insecure exclude each other"));
    }
    options.tls.roots = read.take(files::read_text_file(*path, files::kLargestText));
  }
  using http::AuthScheme;
  options.auth = read.choice<std::optional<AuthScheme>>(
      "auth",
      {{"auto", std::nullopt}, {"basic", AuthScheme::Basic}, {"digest", AuthScheme::Digest}},
      std::nullopt);
  options.timing.response = read.seconds("timeout", options.timing.response);
  options.timing.stall = read.seconds("stall-timeout", options.timing.stall);
  return read.finish(std::move(options));
}

}  // namespace otatool::cli
