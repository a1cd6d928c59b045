// The steps of one upload to a device of a known family (field-firmwares.md 3 to 10): look-ups and
// preparations, the upload, its verdict, and what follows. A state machine: events in, one action
// out. No sockets, no clock; the caller answers challenges.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "otatool/error.hpp"
#include "otatool/http/family.hpp"
#include "otatool/http/form.hpp"

namespace otatool::http {

/// What is uploaded, and what the user says about the request.
struct FormOrder {
  Family family = Family::Unknown;
  std::string target = {};           ///< path and query of the URL; empty: those of the family
  std::string field = {};            ///< of the file part; empty: that of the family
  std::vector<TextPart> parts = {};  ///< further text parts
  std::string file_name = "firmware.bin";
  bool filesystem = false;
  std::uint64_t image_size = 0;
  std::string image_md5 = {};    ///< 32 lower-case hex digits
  bool is_app = false;           ///< the image begins with E9
  bool skip_validation = false;  ///< of the release by WLED
};

/// The body that the order leads to, without the image.
[[nodiscard]] FormContent content_of(const FormOrder& order);

class FormPlan {
 public:
  // Actions.
  struct Get {
    std::string target;
    bool with_body = false;  ///< the body matters
  };
  struct Post {
    std::string target;
    std::string referer;  ///< a path; empty: neither Origin nor Referer
    FormContent content;
  };
  struct Pause {
    std::chrono::milliseconds time;
  };
  /// Without an error the device accepted the image.
  struct Finish {
    std::optional<Error> error;
  };
  using Action = std::variant<Get, Post, Pause, Finish>;

  // Events.
  struct Answered {
    unsigned status = 0;
    std::string_view body = {};
    std::string_view location = {};  ///< of a redirect
    bool with_password = false;
    bool challenged = false;                         ///< a 401 has a WWW-Authenticate field
    std::optional<Error> incomplete = std::nullopt;  ///< why the rest of the body is missing
  };
  struct Unanswered {
    Error error;
    bool all_delivered = false;
    bool image_begun = false;  ///< bytes of the image may have reached the device
  };
  struct Paused {};
  using Event = std::variant<Answered, Unanswered, Paused>;

  explicit FormPlan(FormOrder order);

  [[nodiscard]] Action start();
  [[nodiscard]] Action next(const Event& event);

 private:
  enum class Stage { Page, Safeboot, SafebootReady, Opening, Upload, Restart, WayBack };

  [[nodiscard]] Action on_page(const Answered& page);
  [[nodiscard]] Action on_safeboot(const Event& event);
  [[nodiscard]] Action on_opened(const Event& event);
  [[nodiscard]] Action on_uploaded(const Event& event);
  [[nodiscard]] Action on_restarted(const Event& event) const;
  [[nodiscard]] Action ask_safeboot();
  [[nodiscard]] Action wait_for_safeboot(std::chrono::milliseconds time);
  [[nodiscard]] Action open();
  [[nodiscard]] Action upload();
  [[nodiscard]] Action after_verdict(std::optional<Error> error);
  [[nodiscard]] std::optional<Error> verdict(const Answered& answer, std::uint64_t size) const;
  [[nodiscard]] Error lost(const Unanswered& loss) const;

  FormOrder order_;
  std::string page_;
  std::string upload_;
  Stage stage_ = Stage::Page;
  bool in_safeboot_ = false;                    ///< the plan led the device there
  std::chrono::milliseconds safeboot_time_{0};  ///< of the pauses so far
  std::optional<Error> refusal_;
};

}  // namespace otatool::http
