#include "otatool/publish/index_page.hpp"

#include <fmt/format.h>
#include <string_view>

#include "otatool/publish/update_manifest.hpp"

namespace otatool::publish {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
dt {{ font-weight: 600; margin-top: 1.5rem; }}
dd {{ margin: 0; overflow-wrap: anywhere; }}
code {{ font-size: .9em; }}
</style>
</head>
<body>
<h1>{0}</h1>
)";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char letter : text) {
    switch (letter) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += letter;
    }
  }
  return html;
}

std::string link_to(const std::string& path) {
  // `./`: the part before a colon of a name is no scheme.
  return fmt::format("<a href=\"./{}\">{}</a>", url_of_path(path), escaped(path));
}

void append_row(std::string& page, const PageRow& row) {
  page += fmt::format("<dt>{}</dt>\n<dd>{}{}, {} bytes</dd>\n",
                      link_to(row.path),
                      escaped(row.description),
                      row.version.empty() ? "" : ", version " + escaped(row.version),
                      row.size_bytes);
  page += fmt::format(
      "<dd>MD5 <code>{}</code></dd>\n<dd>SHA-256 <code>{}</code></dd>\n", row.md5, row.sha256);
  std::string related;
  for (const std::string& path : row.related) {
    related += (related.empty() ? "" : ", ") + link_to(path);
  }
  if (!related.empty()) {
    page += fmt::format("<dd>{}</dd>\n", related);
  }
}

}  // namespace

std::string index_page(const std::string& title,
                       const std::vector<PageRow>& rows,
                       const std::string& manifest) {
  std::string page = fmt::format(kHead, escaped(title));
  if (!manifest.empty()) {
    page += fmt::format("<p>Manifest for ESPHome and ESP Web Tools: {}</p>\n", link_to(manifest));
  }
  page += "<dl>\n";
  for (const PageRow& row : rows) {
    append_row(page, row);
  }
  return page + "</dl>\n</body>\n</html>\n";
}

}  // namespace otatool::publish
