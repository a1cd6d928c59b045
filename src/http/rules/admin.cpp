#include "http/rules/admin.hpp"

#include <fmt/format.h>

#include "otatool/fleet/rollout_action.hpp"

#include "http/auth/form_token.hpp"
#include "http/pages/html.hpp"
#include "http/rules/report.hpp"
#include "http/text/form_values.hpp"

namespace otatool::http {
namespace {

/// The phases in which an action changes something, for the script of the page.
std::string useful_phases(fleet::Action action) {
  std::string words;
  for (const auto phase : {fleet::Phase::Running,
                           fleet::Phase::Paused,
                           fleet::Phase::Halted,
                           fleet::Phase::Complete}) {
    if (is_useful(action, phase)) {
      words += fmt::format("{}{}", words.empty() ? "" : " ", to_string(phase));
    }
  }
  return words;
}

std::string_view title_of(fleet::Action action) {
  switch (action) {
    case fleet::Action::Pause:
      return "Pause";
    case fleet::Action::Resume:
      return "Resume";
    case fleet::Action::Advance:
      return "Next stage";
    case fleet::Action::Retry:
      break;
  }
  return "Retry failed devices";
}

std::string form_of(const fleet::Rollout& rollout, const std::string& token) {
  std::string form = fmt::format(
      "<form method=\"post\" action=\"admin/rollout\" aria-label=\"{0}\">"
      "<input type=\"hidden\" name=\"rule\" value=\"{0}\">"
      "<input type=\"hidden\" name=\"version\" value=\"{1}\">"
      "<input type=\"hidden\" name=\"token\" value=\"{2}\">",
      html(rollout.rule),
      html(rollout.version),
      token);
  for (const fleet::Action action : fleet::kActions) {
    form += fmt::format("<button name=\"action\" value=\"{}\" data-phases=\"{}\"{}>{}</button> ",
                        to_string(action),
                        useful_phases(action),
                        is_useful(action, rollout.phase) ? "" : " disabled",
                        title_of(action));
  }
  return form + "</form>";
}

RolloutForms forms_for(const Administrator& administrator, const ServerFacts& facts) {
  return
      [user = administrator.user, key = administrator.key, &facts](const fleet::Rollout& rollout) {
        const FormPurpose purpose{.user = user, .rule = rollout.rule, .version = rollout.version};
        return form_of(rollout, form_token(key, purpose, facts.now));
      };
}

}  // namespace

Response admin_page(const Administrator& administrator,
                    std::string_view query,
                    const Reports& reports) {
  const ServerFacts& facts = reports.facts();
  return page_of_devices(
      query, facts, {.forms = forms_for(administrator, facts), .administration = false});
}

Response admin_events(const Administrator& administrator,
                      std::string_view query,
                      const Reports& reports,
                      const std::shared_ptr<const bool>& feeds) {
  const ServerFacts& facts = reports.facts();
  return events_of_devices(query, facts, feeds, forms_for(administrator, facts));
}

Response change_rollout(const Administrator& administrator,
                        std::string_view body,
                        Reports& reports) {
  const std::string rule = form_value(body, "rule");
  const std::string version = form_value(body, "version");
  const FormPurpose purpose{.user = administrator.user, .rule = rule, .version = version};
  if (!is_form_token(form_value(body, "token"), administrator.key, purpose, reports.facts().now)) {
    return plain_response(403, "the form is too old or not from this server: load the page again");
  }
  const auto action = fleet::parse_action(form_value(body, "action"));
  if (!action) {
    return plain_response(400, "no such action");
  }
  const auto changed = reports.change(
      {.rule = rule, .version = version, .action = *action, .user = administrator.user});
  if (!changed) {
    return plain_response(409, changed.error().message());
  }
  Response response = plain_response(303, "done");
  response.fields.push_back({"Location", "../admin"});
  return response;
}

}  // namespace otatool::http
