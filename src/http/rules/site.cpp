#include "otatool/http/site.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

#include "otatool/http/update_rules.hpp"

#include "http/rules/conditions.hpp"
#include "http/rules/file_path.hpp"
#include "http/rules/own_paths.hpp"
#include "http/rules/request_head.hpp"
#include "http/rules/status_page.hpp"
#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kAllowed = "GET, HEAD, OPTIONS";

/// Files that devices fetch beside an image, in the format of md5sum (espota.md 5.4).
constexpr std::array<std::pair<std::string_view, std::string Deliverable::*>, 2> kHashFiles = {
    {{".md5", &Deliverable::md5}, {".sha256", &Deliverable::sha256}}};

/// The response to a method other than GET and HEAD.
Response refuse_method(std::string_view method) {
  if (!is_known_method(method)) {
    return plain_response(501, "unknown method");
  }
  Response response = plain_response(405, "only GET and HEAD are allowed");
  if (method == "OPTIONS") {
    response = Response();
  }
  response.fields.push_back({"Allow", std::string(kAllowed)});
  return response;
}

Response document(std::string_view type, std::string text) {
  Response response;
  response.text = std::move(text);
  response.length = response.text.size();
  response.fields = {{"Content-Type", std::string(type)},
                     {"Cache-Control", "no-store"},
                     {"X-Content-Type-Options", "nosniff"}};
  return response;
}

Response report(std::string_view path, const Reports& reports) {
  if (path == kMetrics) {
    return document("text/plain; version=0.0.4; charset=utf-8", reports.metrics());
  }
  if (path == kStatusJson) {
    return document("application/json", reports.status_json());
  }
  Response page = document("text/html; charset=utf-8", std::string(kStatusPage));
  page.fields.push_back({"Content-Security-Policy", std::string(kStatusPagePolicy)});
  page.fields.push_back({"Referrer-Policy", "no-referrer"});
  return page;
}

std::string etag_of(const Deliverable& form) {
  constexpr std::size_t kDigits = 32;
  return '"' + form.sha256.substr(0, kDigits) + '"';
}

/// The part of `form` that the conditions and the range of the request select.
Response send(const Request& request, const Deliverable& form, std::int64_t modified) {
  const Representation file{
      .etag = etag_of(form), .modified = modified, .size_bytes = form.size_bytes};
  const Selection selection = select(request.fields, request.method == "GET", file);
  Response response;
  response.status = selection.status;
  response.fields = {{"ETag", file.etag},
                     {"Last-Modified", format_date(modified)},
                     {"Accept-Ranges", "bytes"},
                     {"Cache-Control", "no-cache"}};
  if (selection.status == 200 || selection.status == 206) {
    response.fields.push_back({"Content-Type", "application/octet-stream"});
    response.content = form.content;
    response.first = selection.first;
    response.length = selection.length;
    response.account.image = request.method == "GET";
    response.account.sha256 = form.sha256;
    response.account.part = selection.length != form.size_bytes;
  }
  if (selection.status == 206) {
    response.fields.push_back({"Content-Range",
                               fmt::format("bytes {}-{}/{}",
                                           selection.first,
                                           selection.first + selection.length - 1,
                                           form.size_bytes)});
  } else if (selection.status == 416) {
    response.fields.push_back({"Content-Range", fmt::format("bytes */{}", form.size_bytes)});
  }
  return response;
}

/// Both families check the image against x-MD5, so the hash covers exactly the bytes sent.
void add_hashes(Response& response, const Deliverable& form, const DeviceRequest& device) {
  if (response.status != 200) {
    return;
  }
  response.fields.push_back({"x-MD5", form.md5});
  if (!device.sketch_sha256.empty()) {
    response.fields.push_back({"x-SHA256", form.sha256});
  }
}

/// The reason goes to the log only: clients must not learn which files exist.
Response missing_file(const std::string& refusal) {
  Response response = plain_response(404, "no such file");
  if (!refusal.empty()) {
    response.account.reason = refusal;
  }
  return response;
}

Response response_to(const Request& request,
                     const Decision& decision,
                     const DeviceRequest& device) {
  Response response;
  switch (decision.verdict) {
    case Verdict::Send:
      response = send(request, *decision.deliverable, decision.file->modified);
      add_hashes(response, *decision.deliverable, device);
      break;
    case Verdict::SendVersion:
      response = plain_response(200, decision.version);
      if (decision.deliverable != nullptr) {
        add_hashes(response, *decision.deliverable, device);
      }
      break;
    case Verdict::UpToDate:
    case Verdict::Waiting:
      response.status = 304;
      break;
    case Verdict::NotForYou:
      response = plain_response(404, decision.reason);
      break;
  }
  if (!decision.version.empty()) {
    response.fields.push_back({"x-version", decision.version});
  }
  response.account.reason = decision.reason;
  response.account.verdict = decision.verdict;
  response.account.verifiable = decision.verifiable;
  if (decision.file != nullptr) {
    response.account.offered = decision.version.empty() ? decision.file->name : decision.version;
  }
  return response;
}

}  // namespace

Site::Site(SiteOptions options, Library& library, const Reports& reports)
    : options_(std::move(options)), library_(library), reports_(reports) {}

std::optional<Response> Site::refuse(const Request& request, bool device) {
  if (options_.users) {
    const auto authorization = find_field(request.fields, "Authorization");
    if (!authorization || !options_.users->accept(*authorization)) {
      Response response =
          plain_response(401, authorization ? "wrong user or password" : "no user and password");
      response.fields.push_back({"WWW-Authenticate", "Basic realm=\"otatool\", charset=\"UTF-8\""});
      return response;
    }
  }
  if (options_.devices_only && !device) {
    return plain_response(403, "only devices that ask for an update are served");
  }
  return std::nullopt;
}

Response Site::respond_to_update(const Request& request,
                                 const DeviceRequest& device,
                                 std::string_view query,
                                 const Catalogue& catalogue) const {
  const Decision decision = decide(device, query_value(query, "board"), catalogue);
  return response_to(request, decision, device);
}

Response Site::respond_to_file(const Request& request,
                               const std::optional<DeviceRequest>& device,
                               const ServedFile& file,
                               bool by_name) const {
  if (device) {
    return response_to(request, decide_file(*device, file, by_name), *device);
  }
  Response response = send(request, file.whole, file.modified);
  response.account.offered = file.name;
  return response;
}

std::optional<Response> Site::respond_with_hash(const std::string& path,
                                                const Catalogue& catalogue) {
  for (const auto& [suffix, hash] : kHashFiles) {
    if (!path.ends_with(suffix)) {
      continue;
    }
    const std::string name = path.substr(0, path.size() - suffix.size());
    const auto file = catalogue.only_file && catalogue.only_file->name == name
                          ? catalogue.only_file
                          : library_.file(name);
    if (file && file->kind != FileKind::Other) {
      return document("text/plain; charset=utf-8",
                      fmt::format("{}  {}\n", file->whole.*hash, name.substr(name.rfind('/') + 1)));
    }
  }
  return std::nullopt;
}

Response Site::respond(const Request& request) {
  const auto device = read_device_request(request.fields);
  const auto target = read_target(request.target);
  const auto choose = [&]() -> Response {
    if (!has_valid_host(request.fields, request.http11)) {
      return plain_response(400, "the request needs one valid Host field");
    }
    if (request.method != "GET" && request.method != "HEAD") {
      return refuse_method(request.method);
    }
    if (!target) {
      return plain_response(404, "no such file");
    }
    if (target->path == kHealth) {
      return document("text/plain; charset=utf-8", "ok\n");
    }
    // Reports are for people and monitoring, so --devices-only does not apply to them.
    if (auto refusal = refuse(request, device.has_value() || is_report(target->path))) {
      return std::move(*refusal);
    }
    if (is_report(target->path)) {
      return report(target->path, reports_);
    }
    const auto catalogue = library_.catalogue();
    // A device that knows only the server's address asks for `/`: the rules apply there too.
    const bool wants_update =
        target->path == catalogue->update_path || (device && target->path.empty());
    if (wants_update && !catalogue->rules.empty()) {
      return device ? respond_to_update(request, *device, target->query, *catalogue)
                    : plain_response(403, "only devices that ask for an update are served");
    }
    if (catalogue->only_file &&
        (target->path.empty() || target->path == catalogue->only_file->name)) {
      return respond_to_file(request, device, *catalogue->only_file, !target->path.empty());
    }
    if (target->path.empty() && device) {
      // Devices do not follow redirects and cannot install the status page.
      return plain_response(404, "this server has no rules: ask for an image by its name");
    }
    if (target->path.empty()) {
      Response response = plain_response(302, "the status page");
      response.fields.push_back({"Location", "/status"});
      return response;
    }
    if (const auto file = library_.file(target->path)) {
      return respond_to_file(request, device, *file, true);
    }
    const std::string refusal = library_.refusal();
    auto hash = respond_with_hash(target->path, *catalogue);
    return hash ? std::move(*hash) : missing_file(refusal);
  };
  Response response = choose();
  response.account.device = device;
  response.account.path = target ? "/" + target->path : std::string(request.target);
  response.with_body = request.method != "HEAD" && response.status != 304;
  return response;
}

}  // namespace otatool::http
