#include "http/rules/report.hpp"

#include <string>
#include <utility>

#include "otatool/number.hpp"

#include "http/pages/device_page.hpp"
#include "http/pages/live_feed.hpp"
#include "http/pages/metrics.hpp"
#include "http/pages/page_files.hpp"
#include "http/pages/status_json.hpp"
#include "http/rules/document.hpp"
#include "http/rules/file_path.hpp"
#include "http/rules/own_paths.hpp"

namespace otatool::http {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";

Response pieces_of(std::string_view type, std::shared_ptr<TextPieces> pieces) {
  Response response = document(type, {});
  response.pieces = std::move(pieces);
  if (type == kHtml) {
    response.fields.push_back({"Content-Security-Policy", std::string(kPagePolicy)});
    response.fields.push_back({"Referrer-Policy", "same-origin"});
  }
  return response;
}

/// `limit` and `after` of a query, and the devices that it chooses; nothing if one is invalid.
std::optional<StatusRange> read_range(std::string_view query) {
  StatusRange range;
  auto devices = read_device_query(query);
  if (!devices) {
    return std::nullopt;
  }
  range.query = std::move(*devices);
  const std::string limit = query_value(query, "limit");
  if (!limit.empty()) {
    const auto most = parse_number<std::size_t>(limit);
    if (!most) {
      return std::nullopt;
    }
    range.most = *most;
  }
  const std::string after = query_value(query, "after");
  if (!after.empty()) {
    const auto mac = canonical_mac(after);
    range.after = mac ? fleet::parse_mac(*mac) : std::nullopt;
    if (!range.after) {
      return std::nullopt;
    }
  }
  return range;
}

Response list(std::string_view path, std::string_view query, const ServerFacts& facts) {
  const auto range = read_range(query);
  if (!range) {
    return plain_response(400,
                          "'limit' is a number, 'after' a MAC address; 'state' or 'chip' may be "
                          "no known word");
  }
  if (path == kStatusJson) {
    return pieces_of("application/json", status_json(facts, *range));
  }
  Response response = pieces_of("text/csv; charset=utf-8", status_csv(facts, *range));
  response.fields.push_back({"Content-Disposition", "attachment; filename=\"devices.csv\""});
  return response;
}

Response invalid_query() {
  return plain_response(400, "a value of the query is invalid");
}

Response device(std::string_view query, const Reports& reports) {
  const auto mac = canonical_mac(query_value(query, "mac"));
  const auto number = mac ? fleet::parse_mac(*mac) : std::nullopt;
  const fleet::Device* const known = number ? reports.facts().fleet.device(*number) : nullptr;
  return known == nullptr
             ? plain_response(404, "no such device")
             : pieces_of(kHtml, device_page(reports.facts(), *known, reports.history(*number)));
}

}  // namespace

Response page_of_devices(std::string_view query,
                         const ServerFacts& facts,
                         const StatusPageOptions& options) {
  const auto devices = read_device_query(query);
  return devices ? pieces_of(kHtml, status_page(facts, *devices, options)) : invalid_query();
}

Response events_of_devices(std::string_view query,
                           const ServerFacts& facts,
                           const std::shared_ptr<const bool>& feeds,
                           RolloutForms forms) {
  const auto devices = read_device_query(query);
  if (!devices) {
    return invalid_query();
  }
  if (feeds.use_count() > kMostFeeds) {
    Response response = plain_response(503, "too many open status pages");
    response.fields.push_back({"Retry-After", "10"});
    return response;
  }
  Response response = document("text/event-stream", {});
  response.feed = live_feed(facts, *devices, feeds, std::move(forms));
  return response;
}

Response to_status_page() {
  Response response = plain_response(302, "the status page");
  response.fields.push_back({"Location", "/status"});
  return response;
}

Response report(std::string_view path,
                std::string_view query,
                const Reports& reports,
                const std::shared_ptr<const bool>& feeds,
                bool administration) {
  const ServerFacts& facts = reports.facts();
  if (path.empty()) {
    return to_status_page();
  }
  if (path == kMetrics) {
    return pieces_of("text/plain; version=0.0.4; charset=utf-8", metrics(facts));
  }
  if (path == kStatusStyle) {
    return document("text/css; charset=utf-8", std::string(kStyleFile));
  }
  if (path == kStatusScript) {
    return document("text/javascript; charset=utf-8", std::string(kScriptFile));
  }
  if (path == kStatusJson || path == kStatusCsv) {
    return list(path, query, facts);
  }
  if (path == kStatusDevice) {
    return device(query, reports);
  }
  if (path != kStatus && path != kStatusEvents) {
    return plain_response(404, "no such file");
  }
  return path == kStatus
             ? page_of_devices(query, facts, {.forms = {}, .administration = administration})
             : events_of_devices(query, facts, feeds);
}

}  // namespace otatool::http
