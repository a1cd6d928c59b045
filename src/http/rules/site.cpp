#include "otatool/http/site.hpp"

#include <fmt/format.h>
#include <utility>

#include "otatool/http/update_rules.hpp"

#include "http/rules/conditions.hpp"
#include "http/rules/file_path.hpp"
#include "http/rules/own_paths.hpp"
#include "http/rules/status_page.hpp"
#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

Answer document(std::string_view type, std::string text) {
  Answer answer;
  answer.text = std::move(text);
  answer.length = answer.text.size();
  answer.fields = {{"Content-Type", std::string(type)},
                   {"Cache-Control", "no-store"},
                   {"X-Content-Type-Options", "nosniff"}};
  return answer;
}

Answer report(std::string_view path, const Reports& reports) {
  if (path == kMetrics) {
    return document("text/plain; version=0.0.4; charset=utf-8", reports.metrics());
  }
  if (path == kStatusJson) {
    return document("application/json", reports.status_json());
  }
  Answer page = document("text/html; charset=utf-8", std::string(kStatusPage));
  page.fields.push_back({"Content-Security-Policy", std::string(kStatusPagePolicy)});
  page.fields.push_back({"Referrer-Policy", "no-referrer"});
  return page;
}

std::string etag_of(const Deliverable& form) {
  constexpr std::size_t kDigits = 32;
  return '"' + form.sha256.substr(0, kDigits) + '"';
}

/// The bytes of `form`, or as much of them as the conditions and ranges of the request leave.
Answer send(const Request& request, const Deliverable& form, std::int64_t modified) {
  const Representation file{
      .etag = etag_of(form), .modified = modified, .size_bytes = form.size_bytes};
  const Selection selection = select(request.fields, request.method == "GET", file);
  Answer answer;
  answer.status = selection.status;
  answer.fields = {{"ETag", file.etag},
                   {"Last-Modified", format_date(modified)},
                   {"Accept-Ranges", "bytes"},
                   {"Cache-Control", "no-cache"}};
  if (selection.status == 200 || selection.status == 206) {
    answer.fields.push_back({"Content-Type", "application/octet-stream"});
    answer.content = form.content;
    answer.first = selection.first;
    answer.length = selection.length;
    answer.account.image = request.method == "GET";
    answer.account.part = selection.length != form.size_bytes;
  }
  if (selection.status == 206) {
    answer.fields.push_back({"Content-Range",
                             fmt::format("bytes {}-{}/{}",
                                         selection.first,
                                         selection.first + selection.length - 1,
                                         form.size_bytes)});
  } else if (selection.status == 416) {
    answer.fields.push_back({"Content-Range", fmt::format("bytes */{}", form.size_bytes)});
  }
  return answer;
}

/// Both families check the image against x-MD5, which therefore has to be of exactly its bytes.
void add_hashes(Answer& answer, const Deliverable& form, const DeviceRequest& device) {
  if (answer.status != 200) {
    return;
  }
  answer.fields.push_back({"x-MD5", form.md5});
  if (!device.sketch_sha256.empty()) {
    answer.fields.push_back({"x-SHA256", form.sha256});
  }
}

/// Clients are not told whether there is a file that they may not have.
Answer missing_file(const std::string& refusal) {
  Answer answer = plain_answer(404, "no such file");
  if (!refusal.empty()) {
    answer.account.reason = refusal;
  }
  return answer;
}

Answer answer_of(const Request& request, const Decision& decision, const DeviceRequest& device) {
  Answer answer;
  switch (decision.verdict) {
    case Verdict::Send:
      answer = send(request, *decision.deliverable, decision.file->modified);
      add_hashes(answer, *decision.deliverable, device);
      break;
    case Verdict::Tell:
      answer = plain_answer(200, decision.version);
      if (decision.deliverable != nullptr) {
        add_hashes(answer, *decision.deliverable, device);
      }
      break;
    case Verdict::UpToDate:
      answer.status = 304;
      break;
    case Verdict::NotForYou:
      answer = plain_answer(404, decision.reason);
      break;
  }
  if (!decision.version.empty()) {
    answer.fields.push_back({"x-version", decision.version});
  }
  answer.account.reason = decision.reason;
  if (decision.file != nullptr) {
    answer.account.offered = decision.version.empty() ? decision.file->name : decision.version;
  }
  return answer;
}

}  // namespace

Site::Site(SiteOptions options, Library& library, const Reports& reports)
    : options_(std::move(options)), library_(library), reports_(reports) {}

std::optional<Answer> Site::refuse(const Request& request, bool device) {
  if (options_.users) {
    const auto authorization = find_field(request.fields, "Authorization");
    if (!authorization || !options_.users->accept(*authorization)) {
      Answer answer =
          plain_answer(401, authorization ? "wrong user or password" : "no user and password");
      answer.fields.push_back({"WWW-Authenticate", "Basic realm=\"otatool\", charset=\"UTF-8\""});
      return answer;
    }
  }
  if (options_.devices_only && !device) {
    return plain_answer(403, "only devices that ask for an update are served here");
  }
  return std::nullopt;
}

Answer Site::answer_update(const Request& request,
                           const DeviceRequest& device,
                           std::string_view query,
                           const Catalogue& catalogue) const {
  const Decision decision = decide(device, query_value(query, "board"), catalogue);
  return answer_of(request, decision, device);
}

Answer Site::answer_file(const Request& request,
                         const std::optional<DeviceRequest>& device,
                         const ServedFile& file) const {
  if (device) {
    return answer_of(request, decide_file(*device, file), *device);
  }
  Answer answer = send(request, file.whole, file.modified);
  answer.account.offered = file.name;
  return answer;
}

Answer Site::answer(const Request& request) {
  const auto device = read_device_request(request.fields);
  const auto target = read_target(request.target);
  const auto respond = [&]() -> Answer {
    if (!target) {
      return plain_answer(404, "no such file");
    }
    if (request.method != "GET" && request.method != "HEAD") {
      Answer answer = plain_answer(405, "only GET and HEAD are answered here");
      answer.fields.push_back({"Allow", "GET, HEAD"});
      return answer;
    }
    if (target->path == kHealth) {
      return document("text/plain; charset=utf-8", "ok\n");
    }
    // Whoever watches over the fleet is no device.
    if (auto refusal = refuse(request, device.has_value() || is_report(target->path))) {
      return std::move(*refusal);
    }
    if (is_report(target->path)) {
      return report(target->path, reports_);
    }
    const auto catalogue = library_.catalogue();
    // A device that was only told the server's address means its rules, too.
    const bool wants_update =
        target->path == catalogue->update_path || (device && target->path.empty());
    if (wants_update && !catalogue->rules.empty()) {
      return device ? answer_update(request, *device, target->query, *catalogue)
                    : plain_answer(403, "only devices that ask for an update are served here");
    }
    if (catalogue->only_file &&
        (target->path.empty() || target->path == catalogue->only_file->name)) {
      return answer_file(request, device, *catalogue->only_file);
    }
    if (target->path.empty() && device) {
      // Devices follow no redirection, and the status page is nothing that they could install.
      return plain_answer(404, "there are no rules here: ask for an image by its name");
    }
    if (target->path.empty()) {
      Answer answer = plain_answer(302, "the status page");
      answer.fields.push_back({"Location", "/status"});
      return answer;
    }
    const auto file = library_.file(target->path);
    return file ? answer_file(request, device, *file) : missing_file(library_.refusal());
  };
  Answer answer = respond();
  answer.account.device = device;
  answer.account.path = target ? "/" + target->path : std::string(request.target);
  answer.with_body = request.method != "HEAD" && answer.status != 304;
  return answer;
}

}  // namespace otatool::http
