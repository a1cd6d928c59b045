// The lines of the access log: for people, as JSON, and in the combined format of nginx and Apache.
// Writes nothing.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "otatool/http/operations.hpp"

namespace otatool::cli {

enum class LogFormat { Text, Json, Combined };

/// Makes lines one after the other; keeps the text of a date for the requests of one second.
class AccessLines {
 public:
  /// Reads the time zone: a sandbox may forbid it later.
  AccessLines();

  /// The line without its end; valid until the next call.
  [[nodiscard]] std::string_view line(const http::RequestRecord& record, LogFormat format);

 private:
  void make_text(const http::RequestRecord& record);
  void make_combined(const http::RequestRecord& record);
  void set_date(std::int64_t time, LogFormat format);

  std::string line_;
  std::string date_;
  LogFormat date_format_ = LogFormat::Json;  ///< of `date_`; Json: there is none yet
  std::int64_t date_time_ = 0;
};

/// The `request` event (cli.md).
[[nodiscard]] nlohmann::json request_event(const http::RequestRecord& record);

}  // namespace otatool::cli
