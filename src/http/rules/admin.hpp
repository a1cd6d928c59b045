// The page on which administrators change rollouts, and the form that it sends.
#pragma once

#include <string>
#include <string_view>

#include "otatool/http/site.hpp"

namespace otatool::http {

/// An administrator who is logged in.
struct Administrator {
  std::string user;
  const Secret& key;  ///< of form_token()
};

/// /admin: the status page with a form for each rollout.
[[nodiscard]] Response admin_page(const Administrator& administrator,
                                  std::string_view query,
                                  const Reports& reports);

/// /admin/events: the events of that page. `feeds`: see events_of_devices().
[[nodiscard]] Response admin_events(const Administrator& administrator,
                                    std::string_view query,
                                    const Reports& reports,
                                    const std::shared_ptr<const bool>& feeds);

/// POST of such a form. 303 to the page after the change; 403 without a token of this user and
/// rollout; 409 if the rollout does not allow the action.
[[nodiscard]] Response change_rollout(const Administrator& administrator,
                                      std::string_view body,
                                      Reports& reports);

}  // namespace otatool::http
