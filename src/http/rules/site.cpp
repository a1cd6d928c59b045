#include "otatool/http/site.hpp"

#include <array>
#include <fmt/format.h>
#include <utility>

#include "otatool/http/credentials.hpp"
#include "otatool/http/update_rules.hpp"

#include "http/rules/admin.hpp"
#include "http/rules/conditions.hpp"
#include "http/rules/document.hpp"
#include "http/rules/file_path.hpp"
#include "http/rules/own_paths.hpp"
#include "http/rules/refusals.hpp"
#include "http/rules/report.hpp"
#include "http/rules/request_head.hpp"
#include "http/text/http_date.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kRealm = "otatool";
constexpr std::string_view kStatusRealm = "otatool status";

/// Files that devices fetch beside an image, in the format of md5sum (espota.md 5.4).
constexpr std::array<std::pair<std::string_view, std::string Deliverable::*>, 2> kHashFiles = {
    {{".md5", &Deliverable::md5}, {".sha256", &Deliverable::sha256}}};

Response answer_probe(std::string_view path, const Reports& reports) {
  const ServerFacts& facts = reports.facts();
  const bool away = path == kReady && !facts.store_problem.empty();
  Response response = document(
      "text/plain; charset=utf-8",
      away ? fmt::format("the store cannot be written: {}\n", facts.store_reason) : "ok\n");
  response.status = away ? 503 : 200;
  return response;
}

/// Whether the device runs what it downloaded last.
fleet::Runs runs_last_download(const DeviceRequest& device, const fleet::View& fleet) {
  const auto mac = fleet::parse_mac(device.station_mac);
  const fleet::Device* const known = mac ? fleet.device(*mac) : nullptr;
  const auto* const progress = known != nullptr ? &known->at(slot_of(device)) : nullptr;
  return progress != nullptr && progress->image ? runs_image(device, *progress->image)
                                                : fleet::Runs::Unknown;
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
    case Verdict::Blocked:
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
  response.account.waits = decision.waits;
  response.account.waits_rule = decision.waits_rule;
  if (decision.file != nullptr) {
    response.account.decided = fleet::Image{.rule = decision.rollout,
                                            .version = decision.version,
                                            .sha256 = decision.file->whole.sha256,
                                            .md5 = decision.file->running_md5};
    response.account.offered = decision.version.empty() ? decision.file->name : decision.version;
  }
  return response;
}

}  // namespace

Site::Site(SiteOptions options, Library& library, Reports& reports)
    : options_(std::move(options)), library_(library), reports_(reports) {}

void Site::renew_users(SiteUsers users) {
  // Guards point to the objects.
  const auto renew = [](std::optional<Users>& old, std::optional<Users>& renewed) {
    if (old && renewed) {
      *old = std::move(*renewed);
    }
  };
  renew(options_.users, users.users);
  renew(options_.status_users, users.status_users);
  renew(options_.admins, users.admins);
  options_.form_key = std::move(users.form_key);
}

bool Site::is_page(std::string_view path) const {
  return is_report(path) || (options_.admins && is_for_admins(path));
}

bool Site::is_for_status(const Request& request, std::string_view path) const {
  return options_.separate_status ? request.entrance == Entrance::Status : is_page(path);
}

bool Site::takes_form(const Request& request) const {
  const auto target = request.method == "POST" ? read_target(request.target) : std::nullopt;
  return target && target->path == kAdminRollout && options_.admins &&
         is_for_status(request, target->path);
}

std::optional<Response> Site::refuse(const Request& request, const Target* target) const {
  if (!has_valid_host(request.fields, request.http11)) {
    return plain_response(400, "the request needs one valid Host field");
  }
  const bool form = takes_form(request);
  if (!form && request.method != "GET" && request.method != "HEAD") {
    return refuse_method(request.method);
  }
  if (target == nullptr) {
    return plain_response(404, "no such file");
  }
  if (!form && target->path == kAdminRollout && options_.admins) {
    Response response = plain_response(405, "only POST is allowed");
    response.fields.push_back({"Allow", "POST"});
    return response;
  }
  return std::nullopt;
}

Response Site::respond_with_page(const Request& request, const Target& target) {
  if (!options_.admins || !is_for_admins(target.path)) {
    return report(target.path, target.query, reports_, feeds_, options_.admins.has_value());
  }
  const auto field = find_field(request.fields, "Authorization");
  const auto login = field ? read_basic(*field) : std::nullopt;
  const Administrator administrator{.user = login ? login->first : std::string(),
                                    .key = options_.form_key};
  if (target.path == kAdminRollout) {
    return change_rollout(administrator, request.body, reports_);
  }
  return target.path == kAdmin ? admin_page(administrator, target.query, reports_)
                               : admin_events(administrator, target.query, reports_, feeds_);
}

Guard Site::guard_of(const Request& request, std::string_view path) {
  const bool for_status = is_for_status(request, path);
  const bool for_admins = options_.admins && for_status && is_for_admins(path);
  const bool own_users = for_admins || (options_.status_users && for_status);
  std::optional<Users>& users = for_admins  ? options_.admins
                                : own_users ? options_.status_users
                                            : options_.users;
  const bool free = is_probe(path) || !users;
  return {.users = free ? nullptr : &*users, .realm = own_users ? kStatusRealm : kRealm};
}

Guard Site::guard_of(const Request& request) {
  const auto target = read_target(request.target);
  return target ? guard_of(request, target->path) : Guard();
}

Response Site::respond_to_update(const Request& request,
                                 const DeviceRequest& device,
                                 std::string_view query,
                                 const Catalogue& catalogue) const {
  return respond_to_device(
      request,
      device,
      decide(device, query_value(query, "board"), catalogue, &reports_.facts().fleet));
}

Response Site::respond_to_device(const Request& request,
                                 const DeviceRequest& device,
                                 Decision decision) const {
  std::shared_ptr<const Deliverable> patch;
  if (decision.verdict == Verdict::Send && device.running && device.mode == UpdateMode::Sketch) {
    patch = library_.patch(*device.running, *decision.file);
  }
  if (patch && has_room_for_patch(device, *decision.file, *patch)) {
    decision.deliverable = patch.get();
    decision.reason = "a difference update";
  }
  return response_to(request, decision, device);
}

Response Site::respond_to_file(const Request& request,
                               const std::optional<DeviceRequest>& device,
                               const ServedFile& file,
                               bool by_name) const {
  if (device) {
    return respond_to_device(
        request, *device, decide_file(*device, file, by_name, &reports_.facts().fleet));
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

Response Site::respond_by_name(const Request& request,
                               const std::optional<DeviceRequest>& device,
                               const std::string& path,
                               const Catalogue& catalogue) {
  if (const auto file = library_.file(path)) {
    return respond_to_file(request, device, *file, true);
  }
  std::string refusal = library_.refusal();
  bool exhausted = library_.exhausted();
  auto hash = respond_with_hash(path, catalogue);
  if (!hash && !exhausted && library_.exhausted()) {
    refusal = library_.refusal();
    exhausted = true;
  }
  return hash ? std::move(*hash) : missing_file(refusal, exhausted);
}

Response Site::respond(const Request& request, const LoginResult& login) {
  const auto device = read_device_request(request.fields);
  const auto target = read_target(request.target);
  const auto choose = [&]() -> Response {
    if (auto refusal = refuse(request, target ? &*target : nullptr)) {
      return std::move(*refusal);
    }
    if (is_probe(target->path)) {
      return answer_probe(target->path, reports_);
    }
    const Guard guard = guard_of(request, target->path);
    if (guard.users != nullptr && login.outcome != LoginResult::Outcome::Accepted) {
      return refuse_login(login, guard.realm);
    }
    // Reports are for people and monitoring, so --devices-only does not apply to them.
    if (is_for_status(request, target->path)) {
      return respond_with_page(request, *target);
    }
    if (is_page(target->path)) {
      return missing_file("the reports have an address of their own");
    }
    if (options_.devices_only && !device) {
      return plain_response(403, "only devices that ask for an update are served");
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
    if (wants_update && device && target->path.empty()) {
      // Devices do not follow redirects and cannot install the status page.
      return refuse_update();
    }
    if (target->path.empty()) {
      return options_.separate_status ? missing_file({}) : to_status_page();
    }
    Response response = respond_by_name(request, device, target->path, *catalogue);
    return wants_update && device && response.status == 404 ? refuse_update() : std::move(response);
  };
  Response response = choose();
  response.account.device = device;
  if (device && response.account.verdict) {
    response.account.runs = runs_last_download(*device, reports_.facts().fleet);
  }
  response.account.path = target ? "/" + target->path : std::string(request.target);
  response.with_body = request.method != "HEAD" && response.status != 304;
  return response;
}

}  // namespace otatool::http
