#include "cli/serve/access_line.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "otatool/unix_time.hpp"

#include "cli/io/printable.hpp"

namespace otatool::cli {
namespace {

/// Version or MD5 of the sketch that the device runs; may be empty.
const std::string& had(const http::RequestRecord& record) {
  static const std::string kNone;
  if (!record.account.device) {
    return kNone;
  }
  const http::DeviceRequest& device = *record.account.device;
  return device.version.empty() ? device.sketch_md5 : device.version;
}

nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

bool is_visible(char letter) {
  return letter > ' ' && letter <= '~' && letter != '"' && letter != '\\';
}

/// Appends a text that a client sent as one word: quoted unless all its characters are visible
/// ASCII.
void append_word(std::string& line, std::string_view text) {
  if (text.empty()) {
    line += '-';
  } else if (std::ranges::all_of(text, is_visible)) {
    line += text;
  } else {
    line += '"';
    for (const char letter : text) {
      if (letter == '"' || letter == '\\') {
        line += '\\';
      }
      line += letter;
    }
    line += '"';
  }
}

void append_number(std::string& line, std::uint64_t number) {
  std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  line.append(digits.data(), end);
}

/// Appends seconds with three decimals.
void append_seconds(std::string& line, double seconds) {
  constexpr std::uint64_t kMilliseconds = 1000;
  const auto time = static_cast<std::uint64_t>(std::llround(seconds * kMilliseconds));
  append_number(line, time / kMilliseconds);
  const std::string_view rest = "000";
  const std::size_t start = line.size();
  append_number(line, time % kMilliseconds);
  const std::size_t digits = line.size() - start;
  line.insert(start, rest.substr(std::min(digits, rest.size())));
  line.insert(start, 1, '.');
}

/// Appends a text as nginx does: `"`, `\`, control characters and all bytes from 7F on as \xHH; `-`
/// for nothing.
void append_escaped(std::string& line, const std::optional<std::string>& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (!text) {
    line += '-';
    return;
  }
  for (const char letter : *text) {
    if (is_visible(letter) || letter == ' ') {
      line += letter;
    } else {
      const auto byte = static_cast<unsigned char>(letter);
      line += {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0x0FU]};
    }
  }
}

}  // namespace

AccessLines::AccessLines() {
  tzset();
}

void AccessLines::set_date(std::int64_t time, LogFormat format) {
  if (format == date_format_ && time == date_time_) {
    return;
  }
  date_format_ = format;
  date_time_ = time;
  date_ = format == LogFormat::Text ? fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", utc_time(time))
                                    : fmt::format("{:%d/%b/%Y:%H:%M:%S %z}",
                                                  fmt::localtime(static_cast<std::time_t>(time)));
}

void AccessLines::make_text(const http::RequestRecord& record) {
  const auto& device = record.account.device;
  set_date(record.time, LogFormat::Text);
  line_ = date_;
  line_ += ' ';
  line_ += record.client;
  line_ += ' ';
  append_word(line_, device ? std::string_view(device->station_mac) : std::string_view());
  line_ += ' ';
  append_word(line_, record.method);
  line_ += ' ';
  append_word(line_, record.account.path);
  line_ += ' ';
  append_number(line_, record.status);
  line_ += ' ';
  append_number(line_, record.bytes);
  line_ += " bytes ";
  append_seconds(line_, record.seconds);
  line_ += record.complete ? " s complete" : " s incomplete";
  if (const std::string& runs = had(record); !runs.empty()) {
    line_ += ", had ";
    append_word(line_, runs);
  }
  if (!record.account.offered.empty()) {
    line_ += ", offered ";
    append_word(line_, record.account.offered);
  }
  if (!record.account.reason.empty()) {
    line_ += " (";
    line_ += record.account.reason;
    line_ += ')';
  }
  line_ = printable(line_);
}

void AccessLines::make_combined(const http::RequestRecord& record) {
  set_date(record.time, LogFormat::Combined);
  line_ = record.client;
  line_ += " - ";
  append_escaped(line_, record.texts.user);
  line_ += " [";
  line_ += date_;
  line_ += "] \"";
  append_escaped(line_, record.texts.line);
  line_ += "\" ";
  append_number(line_, record.status);
  line_ += ' ';
  append_number(line_, record.bytes);
  line_ += " \"";
  append_escaped(line_, record.texts.referrer);
  line_ += "\" \"";
  append_escaped(line_, record.texts.agent);
  line_ += '"';
}

std::string_view AccessLines::line(const http::RequestRecord& record, LogFormat format) {
  switch (format) {
    case LogFormat::Text:
      make_text(record);
      break;
    case LogFormat::Json:
      line_ = request_event(record).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      break;
    case LogFormat::Combined:
      make_combined(record);
      break;
  }
  return line_;
}

nlohmann::json request_event(const http::RequestRecord& record) {
  const auto& device = record.account.device;
  return {{"event", "request"},
          {"time", record.time},
          {"client", record.client},
          {"device", device ? nlohmann::json(device->station_mac) : nlohmann::json()},
          {"chip", device ? nlohmann::json(to_string(device->family)) : nlohmann::json()},
          {"mode", device ? nlohmann::json(http::to_string(device->mode)) : nlohmann::json()},
          {"method", record.method},
          {"path", record.account.path},
          {"status", record.status},
          {"bytes", record.bytes},
          {"complete", record.complete},
          {"seconds", record.seconds},
          {"had", text_or_null(had(record))},
          {"offered", text_or_null(record.account.offered)},
          {"reason", text_or_null(record.account.reason)}};
}

}  // namespace otatool::cli
